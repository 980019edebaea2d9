/** Policy over all refs: what it sees, what it refuses, and the record of that. */
import { describe, expect, it } from 'vitest';
import { loadEngine, nativeEngine } from '../../node/index.js';
import { type GateWorld, gateWorlds, told } from '../../testing/gate-world.js';
import { REF_PREFIX } from '../chain/index.js';
import { decode } from '../codec/index.js';
import { gitError } from '../git/index.js';
import { approve, grant, propose, recordUse, revoke } from '../governance/index.js';
import { LIMITS } from '../kernel/index.js';
import type { PolicyInput } from '../policy/index.js';
import { formatRefusals, type Judgement, judgePush } from './index.js';

const worlds = gateWorlds({ sandbox: await loadEngine(), engine: nativeEngine() });

const MAIN = 'refs/heads/main';
const API = `
deny "api-needs-quorum"
  message "{change.path} is public API: {update.ref} needs a grant"
  because "ADR-0042"
  hint "git gatos propose --action api-change --target {update.ref}"
when {
  update in input.updates
  commit in update.commits
  change in commit.changes
  glob.match("src/api/**", change.path)
  not {
    granted("api-change", update.ref, approvers)
    count { lead | lead in approvers; member("leads", lead) } >= 2
  }
}
deny "no-force" message "{update.ref} moves forward only" when {
  update in input.updates
  update.space == "branch"
  not { update.fast_forward }
}
warn "many" message "many commits" when { update in input.updates; count(update.commits) > 3 }
`;

async function governed(rules = API): Promise<GateWorld> {
  const world = await worlds.founded();
  await world.adopt({ 'api.rgs': rules });
  expect(told(await world.send())).toEqual([]);
  return world;
}

async function pushMain(world: GateWorld, files: Readonly<Record<string, string>>, message?: string) {
  const parent = await world.client.refs.read(MAIN);
  const next = await world.commit({ files, parents: parent === null ? [] : [parent], ...(message ? { message } : {}) });
  await world.point(MAIN, next);
  return world.send();
}

const inputOf = ({ input }: Judgement) => decode(input ?? new Uint8Array()) as unknown as PolicyInput;

describe('a policy', () => {
  it('sees commits and what they change', async () => {
    const world = await governed();
    expect((await pushMain(world, { 'a.txt': '1', 'b/c.txt': '2' })).verdict).toBe('allow');
    const judgement = await pushMain(world, { 'a.txt': '11', d: '4' }, 'second\n\nbody\n');
    const [update] = inputOf(judgement).updates;
    expect(update).toMatchObject({ ref: MAIN, name: 'main', space: 'branch', kind: 'update', fast_forward: true });
    expect(update?.commits).toHaveLength(1);
    const [commit] = update?.commits ?? [];
    expect(commit).toMatchObject({ subject: 'second', message: 'second\n\nbody\n', signer: null });
    expect(commit?.author).toEqual({ name: 'A U Thor', email: 'author@example.com', time: 1_700_000_000_000_000 });
    expect(commit?.changes.map(({ path, op, size }) => [path, op, size])).toEqual([
      ['a.txt', 'modify', 2],
      ['b/c.txt', 'delete', null],
      ['d', 'add', 1],
    ]);
  });

  it('refuses in words: what, which rule, why with values, what would make it pass, and the decision behind it', async () => {
    const world = await governed();
    const judgement = await pushMain(world, { 'src/api/x.ts': '1' });
    expect(told(judgement)).toEqual([`${MAIN} policy/api-needs-quorum`]);
    const text = formatRefusals(judgement, { audit: null }).join('\n');
    expect(text).toContain('refused: src/api/x.ts is public API: refs/heads/main needs a grant');
    expect(text).toContain('rule: policy/api-needs-quorum');
    expect(text).toContain('why:  update = `refs/heads/main`');
    expect(text).toContain('why:  change = `src/api/x.ts`');
    expect(text).toMatch(/why: {2}rule `api-needs-quorum` at api\.rgs:2:1/);
    expect(text).toContain('pass: git gatos propose --action api-change --target refs/heads/main');
    expect(text).toContain('see:  ADR-0042');
  });

  it('sees what a ref gains, also when another ref has it already', async () => {
    const world = await governed();
    expect((await pushMain(world, { 'a.txt': '1' })).verdict).toBe('allow');
    const base = await world.head(MAIN);
    await world.adopt({
      'main.rgs': API.replaceAll('update in input.updates', `update in input.updates; update.ref == "${MAIN}"`),
    });
    expect(told(await world.send())).toEqual([]);
    const next = await world.commit({ files: { 'src/api/x.ts': '1' }, parents: [base] });
    await world.point('refs/heads/feature', next);
    expect(told(await world.send())).toEqual([]);
    await world.point(MAIN, next);
    expect(told(await world.send())).toEqual([`${MAIN} policy/api-needs-quorum`]);
    await world.point(MAIN, await world.commit({ files: { 'src/api/x.ts': '1' }, parents: [base, next] }));
    const merged = await world.send();
    expect(merged.refusals.map(({ rule }) => rule)).toContain('policy/api-needs-quorum');
    expect(inputOf(merged).updates[0]?.commits.map(({ id }) => id)).toContain(next);
  });

  it('sees a branch that is rewound, a tag, and a ref that is deleted', async () => {
    const world = await governed();
    await pushMain(world, { 'a.txt': '1' });
    const old = await world.head(MAIN);
    const other = await world.commit({ files: { 'b.txt': '1' } });
    await world.point(MAIN, other);
    expect(told(await world.send())).toEqual([`${MAIN} policy/no-force`]);
    const gone = await world.judge([{ name: MAIN, old, next: null }]);
    expect(told(gone)).toEqual([`${MAIN} policy/no-force`]);
    const tags = await world.judge([{ name: 'refs/tags/v1', old: null, next: other }]);
    expect(inputOf(tags).updates[0]).toMatchObject({ space: 'tag', name: 'v1', kind: 'create', tag: null });
  });

  it('sees of new refs what they bring, each all of it', async () => {
    const world = await governed(
      'warn "all" message "{u.ref} {c.subject}" when { u in input.updates; c in u.commits }',
    );
    const base = await world.commit({ files: { a: '0' }, message: 'base\n' });
    await world.point(MAIN, base);
    expect((await world.send()).verdict).toBe('allow');
    const one = await world.commit({ files: { a: '1' }, parents: [base], message: 'one\n' });
    const two = await world.commit({ files: { a: '2' }, parents: [one], message: 'two\n' });
    for (const [name, oid] of Object.entries({ x: one, y: two, z: base })) await world.point(`refs/heads/${name}`, oid);
    const judgement = await world.judge(await world.updates());
    const said = inputOf(judgement).updates.map(({ name, commits }) => [
      name,
      ...commits.map(({ subject }) => subject),
    ]);
    expect(said).toEqual([['x', 'one'], ['y', 'one', 'two'], ['z']]);
  });

  it('does not judge a move of a ref that is elsewhere', async () => {
    const world = await governed();
    const [a, b] = [await world.commit({ files: { a: '0' } }), await world.commit({ files: { a: '1' } })];
    await world.accept([{ name: MAIN, old: null, next: a }]);
    expect(told(await world.judge([{ name: MAIN, old: b, next: a }]))).toEqual([`${MAIN} gate/moved`]);
    expect(told(await world.judge([{ name: MAIN, old: null, next: b }]))).toEqual([`${MAIN} gate/moved`]);
  });

  it('is not asked about a ref whose name cannot be read', async () => {
    const world = await governed();
    const name = 'refs/heads/\ufffd';
    const read = async (ref: string) => {
      if (ref === name) throw gitError('ref-name', { ref, why: 'it is not well-formed Unicode' });
      return world.server.refs.read(ref);
    };
    const list = world.server.refs.list.bind(world.server.refs);
    const backend = { objects: world.server.objects, refs: { ...world.server.refs, read, list } };
    const updates = [{ name, old: null, next: await world.commit({ files: { a: '1' } }) }];
    const judgement = await judgePush({ ...world.ports, backend }, { updates, pusher: null, options: [], received: 1 });
    expect(told(judgement)).toEqual([`${name} gate/malformed`]);
  });

  it('is not asked about more than it can read', async () => {
    const world = await governed();
    const huge = await world.commit({ files: { a: '1' }, message: `${'x'.repeat(LIMITS.gateCommitBytes)}\n` });
    expect(told(await world.judge([{ name: MAIN, old: null, next: huge }]))).toEqual(['* gate/limits']);
    // A few commits, each in so many refs that the document would take gigabytes.
    const large = await world.commit({ files: { a: '1' }, message: `${'x'.repeat(LIMITS.gateCommitBytes / 2)}\n` });
    const updates = Array.from({ length: 1000 }, (_, i) => ({ name: `refs/heads/${i}`, old: null, next: large }));
    const judgement = await world.judge(updates);
    expect(told(judgement)).toEqual(['* gate/limits']);
    expect(judgement.refusals[0]?.why[0]).toContain('characters of commits');
  });

  it('that comes with the push does not judge the push', async () => {
    const world = await governed();
    const next = await world.commit({ files: { 'src/api/x.ts': '1' } });
    await world.adopt({ 'lax.rgs': '# anything goes\n' });
    await world.point(MAIN, next);
    expect(told(await world.send())).toEqual([`${MAIN} policy/api-needs-quorum`]);
    expect(told(await world.send('refs/gatos/'))).toEqual([]);
    expect(told(await world.send())).toEqual([]);
  });

  it('whose rule fails denies', async () => {
    const world = await governed(
      'deny "broken" message "{n}" when { u in input.updates; c in u.commits; n = div(1, length(c.subject) - 8) }',
    );
    const judgement = await pushMain(world, { a: '1' });
    expect(judgement.verdict).toBe('deny');
    expect(told(judgement)).toEqual(['* policy/broken']);
  });

  it('warns without refusing', async () => {
    const world = await governed();
    let parents: readonly string[] = [];
    for (let i = 0; i < 4; i++) parents = [await world.commit({ files: { a: `${i}` }, parents })];
    await world.point(MAIN, parents[0] ?? null);
    const judgement = await world.send();
    expect(judgement.verdict).toBe('allow');
    expect(formatRefusals(judgement, { audit: null })[0]).toBe('warning: many commits');
  });

  it('takes texts that have no place in a document', async () => {
    const world = await governed();
    const judgement = await pushMain(world, { '\ufeffpath': '1' }, '\ufeffmessage\n');
    expect(told(judgement)).toEqual([]);
    expect(inputOf(judgement).updates[0]?.commits[0]?.changes[0]?.path).toBe('\ufffdpath');
  });
});

describe('grants', () => {
  const leads = { op: 'set-group', name: 'leads', members: ['user:alice', 'user:bob'] } as const;

  async function proposed() {
    const world = await governed();
    const { applyPending, proposeChange } = await import('../trust/index.js');
    const ports = { ...world.folds.ports, engine: world.ports.engine };
    const root = { actor: 'user:alice', signer: world.folds.signer('user:alice') };
    const change = await proposeChange(ports, { ...root, changes: [leads] });
    await applyPending(ports, change.bytes);
    const policy = (await world.judge([])).policyRoot;
    const as = (actor: string) => world.author(actor, policy);
    const { id } = await propose(ports, {
      ...(await as('user:alice')),
      action: 'api-change',
      target: MAIN,
      quorum: '2 of @leads',
      reason: 'we need it',
      expires: null,
    });
    return { world, ports, as, id };
  }

  it('denies with one approval, passes with two, denies again after a revocation', async () => {
    const { world, ports, as, id } = await proposed();
    await world.point(MAIN, await world.commit({ files: { 'src/api/x.ts': '1' } }));
    await approve(ports, { ...(await as('user:alice')), id });
    expect(told(await world.send('refs/gatos/'))).toEqual([]);
    expect(told(await world.send())).toEqual([`${MAIN} policy/api-needs-quorum`]);

    const bobs = await approve(ports, { ...(await as('user:bob')), id });
    const granted = await grant(ports, { ...(await as('user:alice')), id });
    // Grants that come with the push do not hold for it.
    expect(told(await world.judge(await world.updates()))).toEqual([`${MAIN} policy/api-needs-quorum`]);
    expect(told(await world.send('refs/gatos/'))).toEqual([]);
    const updates = await world.updates();
    const judgement = await world.judge(updates);
    expect(told(judgement)).toEqual([]);
    expect(judgement.uses).toMatchObject([{ id, ref: MAIN, old: null, new: updates[0]?.next }]);
    expect(String(judgement.uses[0]?.grant)).toBe(String(granted.cid));

    await revoke(ports, { ...(await as('user:bob')), target: bobs.cid, kind: 'approval', reason: 'no' } as never);
    expect(told(await world.send('refs/gatos/'))).toEqual([]);
    expect(told(await world.send())).toEqual([`${MAIN} policy/api-needs-quorum`]);
  });

  it('are used up', async () => {
    const { world, ports, as, id } = await proposed();
    for (const actor of ['user:alice', 'user:bob']) await approve(ports, { ...(await as(actor)), id });
    await grant(ports, { ...(await as('user:alice')), id });
    expect(told(await world.send('refs/gatos/'))).toEqual([]);
    await world.point(MAIN, await world.commit({ files: { 'src/api/x.ts': '1' } }));
    const updates = await world.updates();
    const [use] = (await world.judge(updates)).uses;
    if (use === undefined) throw new Error('the grant is used');
    const trust = await world.folds.trust();
    const gate = {
      actor: 'service:gate',
      signer: world.folds.signer('service:gate'),
      trust,
      policyRoot: (await as('user:bob')).policyRoot,
    };
    await recordUse({ ...ports, backend: world.server }, { ...gate, ...use, time: world.folds.clock.now() });
    await world.accept(updates);
    const second = await world.commit({ files: { 'src/api/x.ts': '2' }, parents: [await world.head(MAIN)] });
    await world.point(MAIN, second);
    expect(told(await world.send(MAIN))).toEqual([`${MAIN} policy/api-needs-quorum`]);
  });

  it('that are forged are no grants: the push of one is refused', async () => {
    const { world, ports, as, id } = await proposed();
    for (const actor of ['user:alice', 'user:bob']) await approve(ports, { ...(await as(actor)), id });
    await grant(ports, { ...(await as('user:alice')), id });
    // So that no place in history is missing without it.
    for (let i = 0; i < 12; i++) await world.emit('user:alice', [{ payload: i }]);
    const bobs = `${REF_PREFIX}approvals/${id}.user-bob`;
    const updates = (await world.updates()).filter(({ name }) => name !== bobs);
    const judgement = await world.judge(updates);
    expect(told(judgement)).toEqual([
      `refs/gatos/audit/proofs/governance/${id} gate/governance`,
      `refs/gatos/grants/${id} gate/governance`,
    ]);
  });
});
