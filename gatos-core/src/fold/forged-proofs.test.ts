/** Checkpoints that claim what is not so, whole and validly signed: recomputing says which field, with both values. */
import { describe, expect, it } from 'vitest';
import { loadEngine } from '../../node/index.js';
import { FoldWorld, type Forgery } from '../../testing/fold-world.js';
import { attachDirectory, attachFile, type NewFile, refOfChain } from '../chain/index.js';
import { Cid, type Value } from '../codec/index.js';
import { type Check, EXIT, exitOfReport, utf8 } from '../kernel/index.js';
import { filesOfBundle } from './bundle.js';
import { definitionOf } from './definition.js';
import { type Checkpoint, newestCheckpoint, verifyProof } from './index.js';

const sandbox = await loadEngine();
const SOURCE = `export function fold(state, { payload }) {
  return { sum: (state.sum ?? 0) + payload.n, last: payload.n, long: state.long ?? 'x'.repeat(100) };
}`;
const ALICE = 'user:alice';
const BOB = 'user:bob';
const CHAIN = 'state/test';
const JOURNAL = 'journal/default/user-alice';
const OTHER = Cid.hash('dag-cbor', utf8('something else'));
const ZEROS = new Uint8Array(32);

/** Three checkpoints, of 600, 1300 and 1301 events: the last two lie inside of the second window. */
async function world(): Promise<FoldWorld> {
  const made = await FoldWorld.open({ sandbox, actors: [ALICE, BOB] });
  const bundle = made.bundle(SOURCE);
  const events = (count: number) => Array.from({ length: count }, (_, n) => ({ payload: { n } }));
  await made.emit(ALICE, events(300));
  await made.emit(ALICE, events(300));
  await made.fold(bundle);
  await made.emit(BOB, events(700));
  await made.fold(bundle);
  await made.emit(ALICE, events(1));
  await made.fold(bundle);
  return made;
}

async function proofChecks(made: FoldWorld): Promise<readonly Check[]> {
  const { report } = await made.verify();
  const others = report.checks.filter(({ name }) => name !== 'proof-of-fold');
  expect(others.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
  return report.checks.filter(({ name }) => name === 'proof-of-fold');
}

async function refusedProof(forgery: Forgery): Promise<Check> {
  const made = await world();
  await made.forge('test', forgery);
  const checks = await proofChecks(made);
  expect(checks).toHaveLength(1);
  return checks[0] as Check;
}

/** What a check that is there brings with it. */
function evidenceOf<T>(check: Check | undefined): T {
  expect(check?.evidence).toBeDefined();
  return check?.evidence as unknown as T;
}

const withBase = (base: Partial<Checkpoint['base']>) => (body: Checkpoint) => ({
  ...body,
  base: { ...body.base, ...base },
});
const withWindow =
  (change: (window: Checkpoint['windows'][number]) => Checkpoint['windows'][number]) => (body: Checkpoint) => ({
    ...body,
    windows: body.windows.map((window) => (window.chain === JOURNAL ? change(window) : window)),
  });

/** Field, as it is claimed and as it is recomputed (a part of the text), and how it is forged. */
const FIELDS: readonly [field: string, claimed: string, computed: string, body: (body: Checkpoint) => Checkpoint][] = [
  ['name', 'other', 'test', (body) => ({ ...body, name: 'other' })],
  ['ns', 'other', 'default', (body) => ({ ...body, ns: 'other' })],
  ['fold_version', '2', '1', (body) => ({ ...body, fold_version: 2 })],
  ['policy_root', String(OTHER), 'none', (body) => ({ ...body, policy_root: OTHER })],
  ['policy_code_root', 'sha256:0000', 'none', (body) => ({ ...body, policy_code_root: ZEROS })],
  ['prev_state', 'none', 'bafy', (body) => ({ ...body, prev_state: null })],
  ['prev_state', String(OTHER), 'bafy', (body) => ({ ...body, prev_state: OTHER })],
  [`windows[${JOURNAL}].first_seq`, '1', '0', withWindow((window) => ({ ...window, first_seq: 1 }))],
  [`windows[${JOURNAL}].last_seq`, '599', '600', withWindow((window) => ({ ...window, last_seq: 599 }))],
  ['windows', 'trust', 'journal/default/', withWindow((window) => ({ ...window, chain: 'trust' }))],
  [
    'windows',
    'journal/other/user-alice',
    'journal/default/',
    withWindow((window) => ({ ...window, chain: 'journal/other/user-alice' })),
  ],
  [
    'windows',
    'user-bob journal/default/user-alice',
    'user-alice journal/default/user-bob',
    (body) => ({ ...body, windows: body.windows.toReversed() }),
  ],
  [
    'windows',
    'user-alice journal/default/user-alice',
    'user-alice journal/default/user-bob',
    (body) => ({ ...body, windows: body.windows.flatMap((window) => [window, window]) }),
  ],
  ['events', '1302', '1301', (body) => ({ ...body, events: 1302 })],
  ['history_root', 'sha256:0000', 'sha256:', (body) => ({ ...body, history_root: ZEROS })],
  ['state_root', String(OTHER), 'bafy', (body) => ({ ...body, state_root: OTHER })],
  ['gas_used', '1', '', (body) => ({ ...body, gas_used: 1 })],
  ['base.events', '0', '1024', withBase({ events: 0 })],
  ['base.skip', '5', '424', withBase({ skip: 5 })],
  ['base.heads', '', 'journal/default/user-alice@', withBase({ heads: [] })],
  ['base.frontier', 'sha256:0000', 'sha256:', withBase({ frontier: [ZEROS] })],
  ['base.state_root', String(OTHER), 'bafy', withBase({ state_root: OTHER })],
  ['base.gas_used', '7', '', withBase({ gas_used: 7 })],
];

describe('a forged field', () => {
  it.each(FIELDS)('%s, claimed as %s', async (field, claimed, computed, body) => {
    const check = await refusedProof({ body });
    expect(check).toMatchObject({ outcome: 'fail', code: 'fold/proof-mismatch', exit: EXIT.mismatch });
    const evidence = check.evidence as { field: string; claimed: string; computed: string; verified_events: number };
    expect(evidence.field).toBe(field);
    expect(evidence.claimed).toContain(claimed);
    expect(evidence.computed).toContain(computed);
    expect(evidence.claimed).not.toBe(evidence.computed);
    expect(evidence.verified_events).toBe(1300);
    expect(check.detail).toContain(`${field} is claimed as \`${evidence.claimed}\``);
    expect(check.detail).toContain(`recomputed as \`${evidence.computed}\``);
  });

  it('is looked for in every field that a checkpoint has', async () => {
    const { body } = await newestCheckpoint((await world()).backend, 'test');
    const named = new Set(FIELDS.map(([field]) => field.replace(/[.[].*/, '')));
    // Told in other ways: see below.
    for (const field of ['fold_root', 'engine', 'attachments']) named.add(field);
    expect([...named].sort()).toEqual(Object.keys(body).sort());
  });

  it('head of a window, another envelope of the chain: what was folded ends elsewhere', async () => {
    const made = await world();
    const { body } = await newestCheckpoint(made.backend, 'test');
    const first = (await newestCheckpoint(made.backend, 'test')).body.windows.find(({ chain }) => chain === JOURNAL);
    const [earlier] = body.base.heads;
    expect(earlier?.chain).toBe(JOURNAL);
    expect(earlier?.head.equals(first?.head as Cid)).toBe(false);
    await made.forge('test', { body: withWindow((window) => ({ ...window, head: earlier?.head as Cid })) });
    const [check] = await proofChecks(made);
    expect(check?.evidence).toMatchObject({ field: `windows[${JOURNAL}].last_seq`, claimed: '600', computed: '599' });
  });

  it('a window left out: what was folded is not what is claimed', async () => {
    const check = await refusedProof({ body: (body) => ({ ...body, windows: body.windows.slice(0, 1) }) });
    expect(check).toMatchObject({ outcome: 'fail', code: 'fold/proof-mismatch' });
    expect(check.evidence).toMatchObject({ field: 'events', claimed: '1301', computed: '601' });
  });

  it('the clock of the envelope: a checkpoint comes after what it folded', async () => {
    const made = await world();
    const { entry } = await newestCheckpoint(made.backend, 'test');
    await made.forge('test', { clock: entry.envelope.clock - 1 });
    const [check] = await proofChecks(made);
    expect(check).toMatchObject({ outcome: 'fail', code: 'fold/proof-mismatch' });
    expect(check?.evidence).toMatchObject({ field: 'clock', claimed: String(entry.envelope.clock - 1) });
  });

  it('the policy of the envelope, which is that of the checkpoint', async () => {
    const check = await refusedProof({ policy: OTHER });
    expect(check.evidence).toMatchObject({ field: 'policy_root', claimed: 'none', computed: String(OTHER) });
  });
});

describe('what could not be checked', () => {
  it('another engine', async () => {
    const engine = 'quickjs@2025-09-13+wasm@sha256:00+gas@1';
    const check = await refusedProof({ body: (body) => ({ ...body, engine }) });
    expect(check).toMatchObject({ outcome: 'unknown', code: 'fold/other-engine', exit: EXIT.unchecked });
    expect(check.evidence).toMatchObject({ want: engine, have: sandbox.id, checkpoints: 1, checkpoints_verified: 2 });
  });

  it('a definition that is not there', async () => {
    const check = await refusedProof({ body: (body) => ({ ...body, fold_root: OTHER }) });
    expect(check).toMatchObject({ outcome: 'unknown', code: 'fold/definition-missing', exit: EXIT.unchecked });
  });

  it('an envelope that is not there', async () => {
    const check = await refusedProof({ body: withWindow((window) => ({ ...window, head: OTHER })) });
    expect(check).toMatchObject({ outcome: 'unknown', code: 'fold/window-missing', exit: EXIT.unchecked });
    expect(check.evidence).toMatchObject({ chain: JOURNAL, head: String(OTHER) });
  });

  it('a journal that is not in this clone', async () => {
    const made = await world();
    const ref = refOfChain('journal/default/user-bob');
    await made.backend.refs.transaction([{ name: ref, expected: await made.backend.refs.read(ref), next: null }]);
    const { report } = await made.verify();
    const [check] = report.checks.filter(({ name }) => name === 'proof-of-fold');
    expect(check).toMatchObject({ outcome: 'unknown', code: 'fold/window-missing', exit: EXIT.unchecked });
    expect(check?.evidence).toMatchObject({ checkpoints: 2, checkpoints_verified: 1 });
    expect(exitOfReport(report)).toBe(EXIT.unchecked);
    expect(report.checks.filter(({ outcome }) => outcome !== 'pass')).toHaveLength(1);
  });

  it('no engine at hand', async () => {
    const made = await world();
    const checkpoint = await newestCheckpoint(made.backend, 'test');
    const refused = verifyProof({ backend: made.backend }, { checkpoint, previous: null, prevState: null });
    await expect(refused).rejects.toMatchObject({ code: 'fold/no-engine', exit: EXIT.unchecked });
  });
});

/** Files with one of them changed, and the list of attachments that fits them. */
function refile(change: (files: readonly NewFile[]) => readonly NewFile[]): Forgery {
  let attachments: Checkpoint['attachments'] = [];
  return {
    files: (files) => {
      const changed = change(files);
      const inside = (folder: string) => changed.filter(({ path }) => path.startsWith(folder));
      const alone = changed.filter(({ path }) => !path.includes('/')).map(attachFile);
      const folders = ['blocks/', 'state/', 'base/'].filter((folder) => inside(folder).length > 0);
      attachments = [...alone, ...folders.map((folder) => attachDirectory(folder, inside(folder)))];
      const order = ['root.cbor', 'blocks/', 'state/', 'base.cbor', 'base/'];
      const place = (path: string): number => (order.includes(path) ? order.indexOf(path) : order.length);
      attachments = attachments.toSorted((a, b) => place(a.path) - place(b.path));
      return changed;
    },
    body: (body) => ({ ...body, attachments }),
  };
}

const altered = (path: string) => (files: readonly NewFile[]) =>
  files.map((file) => (file.path === path ? { ...file, bytes: utf8('{"sum":1}\n') } : file));

describe('files that do not follow from the state, listed as they are', () => {
  it.each([
    ['a block', 'attachments[blocks/]', altered('blocks/sum.cbor')],
    ['the readable view', 'attachments[state/]', altered('state/sum.json')],
    ['the root block', 'attachments[root.cbor]', altered('root.cbor')],
    ['a block of the base', 'attachments[base.cbor]', altered('base.cbor')],
    [
      'one more in the view',
      'attachments[state/]',
      (files: readonly NewFile[]) => [...files, { path: 'state/more.json', bytes: utf8('1\n') }],
    ],
    [
      'one more at the top',
      'attachments',
      (files: readonly NewFile[]) => [...files, { path: 'more.txt', bytes: utf8('1\n') }],
    ],
    [
      'a block left out',
      'attachments[blocks/]',
      (files: readonly NewFile[]) => files.filter(({ path }) => path !== 'blocks/last.cbor'),
    ],
  ])('%s', async (_what, field, change) => {
    const made = await world();
    // Files come before the body that lists them.
    const forgery = refile(change);
    const honest = await newestCheckpoint(made.backend, 'test');
    const files = forgery.files?.(await made.filesOf(honest.entry.tree)) ?? [];
    await made.forge('test', { body: forgery.body as NonNullable<Forgery['body']>, files: () => files });
    const [check] = await proofChecks(made);
    expect(check).toMatchObject({ outcome: 'fail', code: 'fold/proof-mismatch', exit: EXIT.mismatch });
    expect(check?.evidence).toMatchObject({ field });
  });
});

describe('where a fold departs', () => {
  const departure = (check: Check | undefined) => evidenceOf<{ departure?: unknown }>(check).departure;

  it('between the base and the end, when the base agrees', async () => {
    const made = await world();
    const { entry } = await newestCheckpoint(made.backend, 'test');
    // Without the third checkpoint the second is the newest.
    await made.rewind(CHAIN, { entry });
    await made.forge('test', { body: (body) => ({ ...body, state_root: OTHER }) });
    const [check] = await proofChecks(made);
    expect(departure(check)).toEqual({ agrees_after: 1024, differs_after: 1300 });
    expect(check?.evidence).toMatchObject({ verified_events: 600 });
    expect(check?.hint).toContain('both agree after event 1024 and differ after event 1300');
    const { roots } = evidenceOf<{
      roots: { state_root: object; history_root: { claimed: string; computed: string } };
    }>(check);
    expect(roots.state_root).toMatchObject({ claimed: String(OTHER), computed: expect.stringMatching(/^bafy/) });
    expect(roots.history_root.claimed).toBe(roots.history_root.computed);
  });

  it('before the base, when that differs too', async () => {
    const made = await world();
    const { entry } = await newestCheckpoint(made.backend, 'test');
    await made.rewind(CHAIN, { entry });
    await made.forge('test', { body: (body) => withBase({ gas_used: 1 })({ ...body, gas_used: 2 }) });
    const [check] = await proofChecks(made);
    expect(departure(check)).toEqual({ agrees_after: 600, differs_after: 1024 });
  });

  it('at one event, which is named', async () => {
    const check = await refusedProof({ body: (body) => ({ ...body, state_root: OTHER }) });
    const found = departure(check) as { event: string };
    expect(found).toMatchObject({ agrees_after: 1300, differs_after: 1301 });
    const made = await world();
    const { body } = await newestCheckpoint(made.backend, 'test');
    expect(body.events).toBe(1301);
    expect(found.event).toMatch(/^bafy/);
    expect(check.hint).toContain(found.event);
  });

  it('is not told when other events were folded', async () => {
    const check = await refusedProof({ body: (body) => ({ ...body, windows: body.windows.slice(0, 1) }) });
    expect(departure(check)).toBeUndefined();
  });
});

describe('other checkpoints of the chain', () => {
  it('are verified all the same, and the next fold goes on from an honest one', async () => {
    const made = await world();
    const bundle = made.bundle(SOURCE);
    await made.forge('test', { actor: BOB, body: (body) => ({ ...body, state_root: OTHER }) });
    await made.emit(BOB, [{ payload: { n: 5 } }]);
    const { startedAt, body } = await made.fold(bundle, { actor: ALICE });
    expect(startedAt).toBe(1024);
    expect(body.events).toBe(1302);
    const [check, ...more] = await proofChecks(made);
    expect(more).toEqual([]);
    expect(check).toMatchObject({ outcome: 'fail', code: 'fold/proof-mismatch' });
    expect(check?.evidence).toMatchObject({ checkpoints: 1, checkpoints_verified: 3, verified_events: 1300 });
  });

  it('a fold does not go on from a base that another actor forged', async () => {
    const made = await world();
    const bundle = made.bundle(SOURCE);
    const whole = (await made.fold(bundle, { full: true })).outcome;
    const wrong = { base: { ...(await newestCheckpoint(made.backend, 'test')).body.base, gas_used: 1 } };
    await made.forge('test', { actor: BOB, body: (body) => ({ ...body, ...wrong, gas_used: 2 }) });
    const { body } = await made.fold(bundle, { actor: ALICE });
    expect(body.gas_used).toBe(whole.gasUsed);
  });

  it('a checkpoint whose fold stops has no state, whatever it claims', async () => {
    const made = await world();
    const stops = made.bundle(`export function fold(state, { payload }) {
      if (payload.n === 250) throw new Error('no');
      return state;
    }`);
    const { envelope } = await made.define('test', definitionOf(stops) as unknown as Value, filesOfBundle(stops));
    expect(envelope.count).toBe(1);
    await made.forge('test', { body: (body) => ({ ...body, fold_root: stops.foldRoot }) });
    const [check] = await proofChecks(made);
    expect(check).toMatchObject({ outcome: 'fail', code: 'fold/proof-mismatch', exit: EXIT.mismatch });
    expect(check?.evidence).toMatchObject({ field: 'state_root' });
    expect(evidenceOf<{ computed: string }>(check).computed).toMatch(
      /^nothing: fold `test` stopped at event 250 \(`bafy/,
    );
  });
});
