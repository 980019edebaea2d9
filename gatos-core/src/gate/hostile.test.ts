import { describe, expect, it } from 'vitest';
import { loadEngine, nativeEngine } from '../../node/index.js';
import { type GateWorld, gateWorlds, told } from '../../testing/gate-world.js';
import { type Departure, HandMade, testSigner } from '../../testing/hand-made.js';
import { attachFile } from '../chain/index.js';
import { Cid } from '../codec/index.js';
import { EVENT_KIND } from '../journal/index.js';
import { LIMITS, utf8 } from '../kernel/index.js';
import { BUNDLE_KIND, POLICY_CHAIN, readSources } from '../policy/index.js';
import { applyPending, CHANGE_KIND, proposeChange, type TrustChange } from '../trust/index.js';

const worlds = gateWorlds({ sandbox: await loadEngine(), engine: nativeEngine() });

const CHAIN = 'journal/default/user-alice';
const ALICE = `refs/gatos/${CHAIN}`;
const EVENT = { ulid: '01HF7YAT00000000000000000A', type: 'e', payload: 1 };

async function forged(departure: Departure): Promise<GateWorld> {
  const world = await worlds.founded();
  const { repo } = await world.folds.trust();
  const options = { chain: CHAIN, kind: EVENT_KIND, repo, backend: world.client, clock: world.folds.founded + 1 };
  const chain = new HandMade(options);
  await chain.add({ bodies: [EVENT] });
  expect(told(await world.send())).toEqual([]);
  await chain.add({ bodies: [{ ...EVENT, ulid: '01HF7YAT00000000000000000B' }], ...departure });
  return world;
}

const CID = Cid.hash('dag-cbor', new Uint8Array([1]));

describe('envelopes that are not what they should be', () => {
  it('an honest one passes', async () => {
    expect(told(await (await forged({})).send())).toEqual([]);
  });

  it.each<[string, Departure, string]>([
    ['unsigned', { signatures: () => [] }, 'gate/signature'],
    ['signed over something else', { signs: new Uint8Array([1]) }, 'gate/signature'],
    ['signed by a key that nobody trusts', { signers: [testSigner(99)] }, 'gate/trust'],
    ['signed by the key of somebody else', { signers: [testSigner(2)] }, 'gate/trust'],
    ['that leaves out a record', { header: { seq: 2 } }, 'gate/sequence'],
    ['that repeats a record', { header: { seq: 0 } }, 'gate/sequence'],
    ['on another predecessor', { header: { prev: CID } }, 'gate/sequence'],
    ['that goes back in time', { header: { clock: 1 } }, 'gate/sequence'],
    ['of another repository', { header: { repo: CID } }, 'gate/replay'],
    ['of another chain', { header: { chain: 'journal/default/user-bob' } }, 'gate/replay'],
    ['of another actor', { header: { actor: 'user:bob' }, signers: [testSigner(2)] }, 'gate/records'],
    ['with a record out of form', { bodies: [{ ...EVENT, type: '' }] }, 'gate/records'],
    ['with a file that no record lists', { files: [{ path: 'x', bytes: new Uint8Array(1) }] }, 'gate/attachments'],
    ['in a commit with another message', { commit: (it) => ({ ...it, message: 'hello\n' }) }, 'gate/envelope'],
    [
      'with a link in its tree',
      { tree: (it) => [...it, { mode: '120000', name: 'l', oid: '1'.repeat(40) }] },
      'gate/attachments',
    ],
    [
      'with another repository in its tree',
      { tree: (it) => [...it, { mode: '160000', name: 'm', oid: '1'.repeat(40) }] },
      'gate/attachments',
    ],
    ['that is no envelope', { stored: () => new Uint8Array([0xa0]) }, 'gate/envelope'],
  ])('one %s', async (_, departure, rule) => {
    expect(told(await (await forged(departure)).send())).toEqual([`${ALICE} ${rule}`]);
  });
});

async function change(world: GateWorld, first: TrustChange, actor = 'user:alice'): Promise<void> {
  const ports = { ...world.folds.ports, engine: world.ports.engine };
  const pending = await proposeChange(ports, { actor, signer: world.folds.signer(actor), changes: [first] });
  await applyPending(ports, pending.bytes);
}

describe('trust', () => {
  it('of the push is judged first, and lets in who it adds', async () => {
    const world = await worlds.founded({ actors: ['user:alice', 'user:bob'] });
    const carol = testSigner(77);
    await change(world, { op: 'add-key', actor: 'user:carol', key: carol.key });
    Object.assign(world.folds, { signers: new Map([...world.folds.signers, ['user:carol', carol]]) });
    await world.emit('user:carol', [{ payload: 1 }]);
    const updates = await world.updates();
    const without = await world.judge(updates.filter(({ name }) => !name.endsWith('trust')));
    expect(told(without)).toEqual(['refs/gatos/journal/default/user-carol gate/trust']);
    expect(told(await world.judge(updates))).toEqual([]);
  });

  it('may come before the chains that its writer had seen, and not from another age', async () => {
    const world = await worlds.founded();
    for (let i = 0; i < 5; i++) await world.emit('user:alice', [{ payload: i }]);
    await change(world, { op: 'set-group', name: 'g', members: ['user:bob'] });
    expect(told(await world.send('refs/gatos/trust'))).toEqual([]);
    expect(told(await world.send())).toEqual([]);
    const { head, repo } = await world.folds.trust();
    const chain = new HandMade({ chain: 'trust', kind: CHANGE_KIND, repo, backend: world.client });
    chain.oids.push(head.oid);
    const clock = head.clock + LIMITS.gateClockAhead + 1;
    const header = { seq: head.next, prev: head.cid, time: head.time, clock };
    await chain.add({ header, bodies: [{ op: 'set-group', name: 'x', members: ['user:alice'] }] });
    expect(told(await world.send())).toEqual(['refs/gatos/trust gate/clock']);
  });

  it('a key that was revoked before admits nothing, whatever place it claims', async () => {
    const world = await worlds.founded();
    await world.emit('user:bob', [{ payload: 1 }]);
    const early = await world.head('refs/gatos/journal/default/user-bob');
    await world.point('refs/gatos/journal/default/user-bob', null);
    await change(world, { op: 'revoke-key', key: world.folds.signer('user:bob').key, reason: 'lost' });
    expect(told(await world.send())).toEqual([]);
    await world.point('refs/gatos/journal/default/user-bob', early);
    const judgement = await world.send();
    expect(told(judgement)).toEqual(['refs/gatos/journal/default/user-bob gate/trust']);
    expect(judgement.refusals[0]?.why[0]).toContain('revoked now (lost)');
  });

  it('a change by too few is refused, and so is another genesis', async () => {
    const world = await worlds.founded();
    await change(world, { op: 'set-roots', roots: ['user:alice', 'user:bob'], threshold: 2 });
    expect(told(await world.send())).toEqual([]);
    const { folds } = world;
    const { head, repo } = await folds.trust();
    const chain = new HandMade({ chain: 'trust', kind: CHANGE_KIND, repo, backend: world.client });
    chain.oids.push(head.oid);
    const place = { seq: head.next, prev: head.cid, clock: head.clock + 1, time: head.time };
    const bodies = [{ op: 'set-group', name: 'x', members: ['user:alice'] }];
    await chain.add({ header: place, bodies, signers: [testSigner(1)] });
    expect(told(await world.send())).toEqual(['refs/gatos/trust gate/threshold']);
  });

  it('a genesis other than the one that was pinned is refused', async () => {
    const world = await worlds.open();
    const judgement = await world.judge(await world.updates(), { pin: CID });
    expect(told(judgement)).toEqual(['refs/gatos/trust gate/genesis']);
    const { repo } = await world.folds.trust();
    expect(told(await world.judge(await world.updates(), { pin: repo }))).toEqual([]);
  });

  it('a chain without trust is refused', async () => {
    const world = await worlds.open();
    await world.emit('user:alice', [{ payload: 1 }]);
    const updates = (await world.updates()).filter(({ name }) => name === ALICE);
    expect(told(await world.judge(updates))).toEqual([`${ALICE} gate/trust`]);
  });

  it('a profile that this program does not know is refused', async () => {
    const world = await worlds.open({ profile: 'strange' });
    await world.emit('user:alice', [{ payload: 1 }]);
    const judgement = await world.judge(await world.updates());
    expect(told(judgement)).toEqual(['* gate/could-not-check']);
    expect(judgement.refusals[0]?.why).toEqual(['this program does not know the profile `strange`']);
  });
});

describe('policies', () => {
  const REF = 'refs/gatos/policies/active';
  const files = (text: string) => [{ path: 'a.rgs', bytes: utf8(text) }];

  /** An adoption by Alice alone, with files that were perhaps altered after they were compiled. */
  async function adopted(world: GateWorld, { as = '# nothing\n', clock = 0 } = {}): Promise<void> {
    const { repo, head } = await world.folds.trust();
    const { code, codeRoot } = readSources(files('# nothing\n'));
    const all = [
      { path: 'bundle.rgc', bytes: code },
      ...files(as).map((file) => ({ ...file, path: `sources/${file.path}` })),
    ];
    const body = {
      language: 1,
      modules: ['a.rgs'],
      adrs: [],
      policy_code_root: codeRoot,
      note: '',
      attachments: all.map(attachFile),
    };
    const options = {
      chain: POLICY_CHAIN,
      kind: BUNDLE_KIND,
      repo,
      backend: world.client,
      clock: clock || head.clock + 1,
    };
    await new HandMade(options).add({ bodies: [body as never], files: all });
  }

  it('are adopted by the threshold only', async () => {
    const world = await worlds.founded();
    await change(world, { op: 'set-roots', roots: ['user:alice', 'user:bob'], threshold: 2 });
    expect(told(await world.send())).toEqual([]);
    await adopted(world);
    expect(told(await world.send())).toEqual([`${REF} gate/threshold`]);
  });

  it('are what their sources say', async () => {
    const world = await worlds.founded();
    await adopted(world, { as: 'deny "x" message "no" when { input.v == 1 }\n' });
    expect(told(await world.send())).toEqual([`${REF} gate/policy-bundle`]);
    await world.point(REF, null);
    await adopted(world);
    expect(told(await world.send())).toEqual([]);
  });

  it('are not adopted by who decided before, at a place that has passed', async () => {
    const world = await worlds.founded();
    const clock = world.folds.founded + 1;
    await change(world, { op: 'set-roots', roots: ['user:bob'], threshold: 1 });
    await change(world, { op: 'set-group', name: 'g', members: ['user:bob'] }, 'user:bob');
    expect(told(await world.send())).toEqual([]);
    await adopted(world, { clock });
    expect(told(await world.send())).toEqual([`${REF} gate/policy-bundle`]);
  });
});
