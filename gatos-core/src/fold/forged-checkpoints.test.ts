/** Checkpoints that are forged as a whole: everything in them fits together and is signed by a trusted key, only it is not so. */
import { describe, expect, it } from 'vitest';
import { loadEngine } from '../../node/index.js';
import { FoldWorld, type Forgery } from '../../testing/fold-world.js';
import { attachDirectory, attachFile, type NewFile } from '../chain/index.js';
import { Cid, type Value } from '../codec/index.js';
import { type Check, EXIT, LIMITS, utf8 } from '../kernel/index.js';
import { filesOfBundle } from './bundle.js';
import { definitionOf } from './definition.js';
import { type Checkpoint, newestCheckpoint, WINDOW } from './index.js';
import { checkpointsBackwards } from './stored-checkpoint.js';

const sandbox = await loadEngine();
const ALICE = 'user:alice';
const BOB = 'user:bob';
const LONG = 'x'.repeat(60);
const SOURCE = `export function fold(state, { payload }) {
  return { sum: (state.sum ?? 0) + payload.n, last: payload.n, long: '${LONG}' };
}`;
const OTHER = Cid.hash('dag-cbor', utf8('something else'));
const [ALICES, BOBS] = ['journal/default/user-alice', 'journal/default/user-bob'];

/** Two writers, checkpoints after each of the given numbers of events; payloads count up from `first`. */
async function world(sizes: readonly number[], first = 0): Promise<FoldWorld> {
  const made = await FoldWorld.open({ sandbox, actors: [ALICE, BOB] });
  let n = first;
  for (const [i, size] of sizes.entries()) {
    const events = Array.from({ length: size }, () => ({ payload: { n: n++ } }));
    await made.emit(i % 2 === 0 ? ALICE : BOB, events);
    await made.fold(made.bundle(SOURCE));
  }
  return made;
}

async function proofCheck(made: FoldWorld): Promise<Check> {
  const { report } = await made.verify();
  const refused = report.checks.filter(({ outcome }) => outcome !== 'pass');
  expect(refused.map(({ name, subject }) => [name, subject])).toEqual([['proof-of-fold', 'state/test']]);
  return refused[0] as Check;
}

interface Evidence {
  readonly field: string;
  readonly claimed: string;
  readonly computed: string;
  readonly commit: string;
  readonly verified_events: number;
  readonly roots?: {
    readonly state_root: { readonly claimed: string; readonly computed: string };
    readonly history_root: { readonly claimed: string; readonly computed: string };
  };
  readonly departure?: { readonly agrees_after: number; readonly differs_after: number; readonly event?: string };
}

async function mismatch(made: FoldWorld): Promise<Evidence> {
  const check = await proofCheck(made);
  expect(check).toMatchObject({ outcome: 'fail', code: 'fold/proof-mismatch', exit: EXIT.mismatch });
  return check.evidence as unknown as Evidence;
}

const windowsWith = (change: (windows: Checkpoint['windows']) => Checkpoint['windows']) => (body: Checkpoint) => ({
  ...body,
  windows: change(body.windows),
});

/** What fits a state of other events: its root, its blocks, its base. */
async function stateOf(made: FoldWorld): Promise<Forgery> {
  const { body: theirs, entry } = await newestCheckpoint(made.backend, 'test');
  const files = await made.filesOf(entry.tree);
  const { state_root, attachments, base } = theirs;
  return {
    body: (body) => ({ ...body, state_root, attachments, base: { ...body.base, state_root: base.state_root } }),
    files: () => files,
  };
}

describe('a state that other events would give, with all its blocks', () => {
  it('under the true history: the state is told, and that the histories are the same', async () => {
    const made = await world([300, 200]);
    await made.forge('test', await stateOf(await world([300, 200], 1)));
    const { field, claimed, computed, roots, verified_events, departure, commit } = await mismatch(made);
    expect(field).toBe('state_root');
    expect(roots?.state_root).toEqual({ claimed, computed });
    expect(claimed).not.toBe(computed);
    expect(roots?.history_root.claimed).toBe(roots?.history_root.computed);
    expect(verified_events).toBe(300);
    expect(departure).toEqual({ agrees_after: 300, differs_after: 500 });
    expect(commit).toBe((await newestCheckpoint(made.backend, 'test')).entry.oid);
  });

  it('over a window: the departure is sought before the base, which was made up as well', async () => {
    const made = await world([700, 700]);
    await made.forge('test', await stateOf(await world([700, 700], 1)));
    expect(await mismatch(made)).toMatchObject({
      field: 'state_root',
      verified_events: 700,
      departure: { agrees_after: 700, differs_after: WINDOW },
    });
  });

  it('under their history, too: the history is told, and both roots', async () => {
    const made = await world([300, 200]);
    const others = await world([300, 200], 1);
    const { history_root, base } = (await newestCheckpoint(others.backend, 'test')).body;
    const forgery = await stateOf(others);
    await made.forge('test', {
      ...forgery,
      body: (body) => ({
        ...(forgery.body?.(body) ?? body),
        history_root,
        base: { ...body.base, frontier: base.frontier },
      }),
    });
    const { field, roots, departure } = await mismatch(made);
    expect(field).toBe('history_root');
    expect(roots?.history_root.claimed).not.toBe(roots?.history_root.computed);
    expect(roots?.state_root.claimed).not.toBe(roots?.state_root.computed);
    expect(departure).toBeUndefined();
  });

  it('the true state under another history: the history alone is told', async () => {
    const made = await world([300, 200]);
    const { history_root } = (await newestCheckpoint((await world([300, 200], 1)).backend, 'test')).body;
    await made.forge('test', { body: (body) => ({ ...body, history_root }) });
    const { field, roots } = await mismatch(made);
    expect(field).toBe('history_root');
    expect(roots?.state_root.claimed).toBe(roots?.state_root.computed);
  });

  it('in the first checkpoint: nothing was verified before, and the one after it is judged by itself', async () => {
    const made = await world([300]);
    await made.forge('test', await stateOf(await world([300], 1)));
    const { state_root } = (await newestCheckpoint(made.backend, 'test')).body;
    expect(await mismatch(made)).toMatchObject({
      verified_events: 0,
      departure: { agrees_after: 0, differs_after: 300 },
    });
    // The next one names the state before it, as it stands there.
    await made.emit(BOB, [{ payload: { n: 1 } }]);
    await made.fold(made.bundle(SOURCE));
    expect((await newestCheckpoint(made.backend, 'test')).body.prev_state?.equals(state_root)).toBe(true);
    expect((await proofCheck(made)).evidence).toMatchObject({ checkpoints: 1, checkpoints_verified: 1 });
  });
});

describe('the base', () => {
  it('a state of it that was made up, blocks and all: later folds of others do not start there, and it is told', async () => {
    const made = await world([700, 700]);
    const others = await world([700, 700], 1);
    const { body: theirs, entry } = await newestCheckpoint(others.backend, 'test');
    const theirBase = (await others.filesOf(entry.tree)).filter(({ path }) => path.startsWith('base'));
    expect(theirBase.length).toBeGreaterThan(1);
    const honest = await made.filesOf((await newestCheckpoint(made.backend, 'test')).entry.tree);
    const files = [...honest.filter(({ path }) => !path.startsWith('base')), ...theirBase];
    const attachments = attachmentsOf(files);
    await made.forge('test', {
      actor: BOB,
      files: () => files,
      body: (body) => ({ ...body, attachments, base: { ...body.base, state_root: theirs.base.state_root } }),
    });
    expect(await mismatch(made)).toMatchObject({
      field: 'base.state_root',
      departure: { agrees_after: 700, differs_after: WINDOW },
    });
    await made.emit(ALICE, [{ payload: { n: 1 } }]);
    await made.fold(made.bundle(SOURCE), { actor: ALICE });
    expect((await proofCheck(made)).evidence).toMatchObject({ checkpoints: 1, checkpoints_verified: 2 });
  });

  it('at the end of what was verified before: no departure is made up', async () => {
    const made = await world([WINDOW, 10]);
    await made.forge('test', { body: (body) => ({ ...body, base: { ...body.base, state_root: OTHER } }) });
    const { field, departure, verified_events } = await mismatch(made);
    expect(field).toBe('base.state_root');
    expect(verified_events).toBe(WINDOW);
    expect(departure).toBeUndefined();
  });
});

/** What a body lists for these files, in the order in which honest ones do. */
function attachmentsOf(files: readonly NewFile[]): Checkpoint['attachments'] {
  const folder = (path: string) => {
    const inside = files.filter((file) => file.path.startsWith(path));
    return inside.length === 0 ? [] : [attachDirectory(path, inside)];
  };
  const single = (path: string) => files.filter((file) => file.path === path).map(attachFile);
  return [
    ...single('root.cbor'),
    ...folder('blocks/'),
    ...folder('state/'),
    ...single('base.cbor'),
    ...folder('base/'),
  ];
}

describe('files, listed as they are', () => {
  const text = utf8('1\n');
  it.each<[string, string, (files: readonly NewFile[]) => readonly NewFile[]]>([
    ['one more block', 'attachments[blocks/]', (files) => [...files, { path: 'blocks/more.cbor', bytes: text }]],
    [
      'one more block of the base',
      'attachments[base/]',
      (files) => [...files, { path: 'base/more.cbor', bytes: text }],
    ],
    ['no blocks at all', 'attachments', (files) => files.filter(({ path }) => !path.startsWith('blocks/'))],
    ['no view', 'attachments', (files) => files.filter(({ path }) => !path.startsWith('state/'))],
    ['no root', 'attachments', (files) => files.filter(({ path }) => path !== 'root.cbor')],
    ['no root of the base', 'attachments', (files) => files.filter(({ path }) => path !== 'base.cbor')],
    ['no blocks of the base', 'attachments', (files) => files.filter(({ path }) => !path.startsWith('base/'))],
    [
      'two blocks under one another’s names',
      'attachments[blocks/]',
      (files) =>
        files.map((file) => {
          const other = { 'blocks/sum.cbor': 'blocks/last.cbor', 'blocks/last.cbor': 'blocks/sum.cbor' }[file.path];
          return other === undefined ? file : { ...file, path: other };
        }),
    ],
  ])('%s', async (_what, field, change) => {
    const made = await world([700, 700]);
    const { entry } = await newestCheckpoint(made.backend, 'test');
    const files = change(await made.filesOf(entry.tree));
    const attachments = attachmentsOf(files);
    await made.forge('test', { files: () => files, body: (body) => ({ ...body, attachments }) });
    expect((await mismatch(made)).field).toBe(field);
  });

  it('in a folder whose name reads like two', async () => {
    const made = await world([WINDOW]);
    const { entry } = await newestCheckpoint(made.backend, 'test');
    const root = (await made.filesOf(entry.tree)).filter(({ path }) => path === 'root.cbor');
    const files = [...root, { path: 'blocks/ state/sum.cbor', bytes: text }];
    const attachments = [...root.map(attachFile), attachDirectory('blocks/ state/', files.slice(1))];
    await made.forge('test', { files: () => files, body: (body) => ({ ...body, attachments }) });
    expect((await mismatch(made)).field).toBe('attachments');
  });
});

describe('windows', () => {
  it('one more, of a journal that was not folded', async () => {
    const made = await world([300]);
    const late = await made.emit(BOB, [{ payload: { n: 1 } }]);
    const head = late.envelope.cid;
    await made.forge('test', {
      body: windowsWith((windows) => [...windows, { chain: BOBS, first_seq: 0, last_seq: 0, head }]),
    });
    expect(await mismatch(made)).toMatchObject({ field: 'events', claimed: '300', computed: '301' });
  });

  it('one chain twice, at two places', async () => {
    const made = await world([300, 1, 200]);
    const windows: Checkpoint['windows'][number][] = [];
    for await (const { body } of checkpointsBackwards(made.backend, 'test'))
      windows.push(...body.windows.filter(({ chain }) => chain === ALICES));
    const [newest, , earlier] = windows;
    if (earlier === undefined || newest === undefined) throw new Error('there are three checkpoints');
    expect(earlier.head.equals(newest.head)).toBe(false);
    await made.forge('test', { body: windowsWith((all) => [earlier, ...all]) });
    expect((await proofCheck(made)).outcome).toBe('fail');
  });

  it('the head of another journal, under this one’s name', async () => {
    const made = await world([300, 200]);
    const heads = (await newestCheckpoint(made.backend, 'test')).body.windows;
    await made.forge('test', {
      body: windowsWith((windows) => windows.map((window) => ({ ...window, head: heads[0]?.head as Cid }))),
    });
    const check = await proofCheck(made);
    expect(check).toMatchObject({ outcome: 'unknown', code: 'fold/window-missing', exit: EXIT.unchecked });
    expect(check.evidence).toMatchObject({ chain: BOBS });
  });
});

describe('another definition', () => {
  const forgedWith = async (source: string, manifest: object = {}): Promise<FoldWorld> => {
    const made = await world([300, 200]);
    const other = made.bundle(source, manifest);
    await made.define('test', definitionOf(other) as unknown as Value, filesOfBundle(other));
    await made.forge('test', { body: (body) => ({ ...body, fold_root: other.foldRoot }) });
    return made;
  };

  it('that gives another state', async () => {
    const made = await forgedWith(SOURCE.replace('+ payload.n', '- payload.n'));
    const evidence = await mismatch(made);
    expect(evidence).toMatchObject({ field: 'state_root', verified_events: 300 });
    // It has nothing in common with the checkpoint before it.
    expect(evidence.departure).toEqual({ agrees_after: 0, differs_after: 500 });
  });

  it('of another version, which the checkpoint does not say', async () => {
    expect(await mismatch(await forgedWith(SOURCE, { version: 2 }))).toMatchObject({
      field: 'fold_version',
      claimed: '1',
      computed: '2',
    });
  });

  it('of another namespace, which the checkpoint does not say', async () => {
    expect(await mismatch(await forgedWith(SOURCE, { ns: 'lab' }))).toMatchObject({
      field: 'ns',
      claimed: 'default',
      computed: 'lab',
    });
  });

  it('that claims the root of the true one does not hide it, however large its source', async () => {
    const made = await world([300, 200]);
    const honest = made.bundle(SOURCE);
    const source = { path: 'fold.mjs', bytes: utf8(`//${'x'.repeat(LIMITS.foldSourceBytes)}`) };
    const [manifest] = filesOfBundle(honest);
    const files = manifest === undefined ? [] : [manifest, source];
    const claim = { ...definitionOf(honest), attachments: files.map(attachFile) };
    await made.define('test', claim as unknown as Value, files);
    const { report } = await made.verify();
    expect(report.checks.find(({ name }) => name === 'proof-of-fold')).toMatchObject({
      outcome: 'pass',
      evidence: { checkpoints: 2 },
    });
    // It is told where it stands.
    const refused = report.checks.filter(({ outcome }) => outcome !== 'pass');
    expect(refused.map(({ name, subject }) => [name, subject])).toEqual([['definition', 'folds/test']]);
  });

  it.each([
    ['that cannot start', 'null.x; export function fold(state) { return state; }', {}, /could not be started/],
    ['that never ends starting', 'for (;;) ; export function fold(state) { return state; }', {}, /gas units/],
    ['that is refused', 'export function fold(state) { return { t: Date.now() }; }', {}, /is refused at line 1/],
    [
      'whose state has a block that no reader takes',
      `export function fold(state, { payload }) { return payload.n < 499 ? state : { big: 'x'.repeat(34000000) }; }`,
      { memory: 256 * 1024 * 1024, gas: 10_000_000 },
      /bytes encoded, the limit is/,
    ],
    [
      'whose state is none in the end',
      'export function fold(state) { return { f: () => 1 }; }',
      {},
      /stopped at event 0 .*no form/,
    ],
  ])('%s gives no state, whatever is claimed', async (_what, source, manifest, why) => {
    const { field, claimed, computed } = await mismatch(await forgedWith(source, manifest));
    expect(field).toBe('state_root');
    expect(claimed).toMatch(/^bafy/);
    expect(computed).toMatch(/^nothing: /);
    expect(computed).toMatch(why);
  });
});
