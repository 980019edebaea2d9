/** `fold run`: what it records, what it starts from, and that a fold that cannot go on records nothing and names the event. */
import { beforeAll, describe, expect, it } from 'vitest';
import { loadEngine } from '../../node/index.js';
import { FoldWorld } from '../../testing/fold-world.js';
import { recordBytes, recordCid } from '../chain/index.js';
import { EVENT_KIND, journalHeads, readOrdered } from '../journal/index.js';
import { GatosError, isGatosError } from '../kernel/index.js';
import { newestCheckpoint, readState, runFold, WINDOW } from './index.js';

const sandbox = await loadEngine();
const ALICE = 'user:alice';
const BOB = 'user:bob';
const SUM = 'export function fold(state, { payload }) { return { sum: (state.sum ?? 0) + payload.n }; }';

async function filled(sizes: readonly number[], actors: readonly string[] = [ALICE, BOB]): Promise<FoldWorld> {
  const world = await FoldWorld.open({ sandbox, actors });
  let n = 0;
  for (const [i, size] of sizes.entries()) {
    const events = Array.from({ length: size }, () => ({ payload: { n: n++ } }));
    await world.emit(actors[i % actors.length] as string, events);
  }
  return world;
}

async function cidOf(world: FoldWorld, index: number): Promise<string> {
  let at = 0;
  for await (const batch of readOrdered(world.backend, { heads: await journalHeads(world.backend, 'default') }))
    for (const { envelope } of batch)
      for (let i = 0; i < envelope.count; i++)
        if (at++ === index) return String(recordCid(EVENT_KIND.kind, recordBytes(envelope, i)));
  throw new Error('no such event');
}

async function refusal(action: Promise<unknown>): Promise<GatosError> {
  try {
    await action;
  } catch (error) {
    if (error instanceof GatosError) return error;
    throw error;
  }
  throw new Error('accepted');
}

describe('a run', () => {
  it('records a definition and a checkpoint, and nothing when nothing is new', async () => {
    const world = await filled([3, 4]);
    const bundle = world.bundle(SUM);
    const first = await world.fold(bundle);
    expect(first).toMatchObject({ folded: 7, startedAt: 0, body: { events: 7, prev_state: null } });
    expect(first.appended).not.toBeNull();
    const again = await world.fold(bundle);
    expect(again).toMatchObject({ appended: null, body: first.body });
    expect(await readState(world.backend, await newestCheckpoint(world.backend, 'test'))).toEqual({ sum: 21 });
  });

  it('of a namespace without events records the initial state', async () => {
    const world = await FoldWorld.open({ sandbox });
    const { body } = await world.fold(world.bundle(SUM, { initial: { sum: 2 ** 60 } }));
    expect(body).toMatchObject({ events: 0, windows: [], base: { events: 0, skip: 0 } });
    expect(await readState(world.backend, await newestCheckpoint(world.backend, 'test'))).toEqual({ sum: 2 ** 60 });
    expect((await world.verify()).report.outcome).toBe('pass');
  });

  it('goes on from the last window, and from none of another fold', async () => {
    const world = await filled([WINDOW + 10]);
    const bundle = world.bundle(SUM);
    await world.fold(bundle);
    await world.emit(ALICE, [{ payload: { n: 1 } }]);
    expect(await world.fold(bundle)).toMatchObject({ startedAt: WINDOW, folded: 11 });
    const other = world.bundle(`${SUM} // the same, but another text`);
    const changed = await world.fold(other);
    expect(changed).toMatchObject({ startedAt: 0, body: { events: WINDOW + 11 } });
    expect(changed.appended).not.toBeNull();
    // The first fold again: its own checkpoints lie further back.
    expect(await world.fold(bundle)).toMatchObject({ startedAt: WINDOW });
    expect(await world.fold(bundle, { full: true })).toMatchObject({ startedAt: 0, appended: null });
    expect((await world.verify()).report.outcome).toBe('pass');
  });

  it('does not sign what the actor has not folded', async () => {
    const world = await filled([WINDOW + 10]);
    const bundle = world.bundle(SUM);
    await world.fold(bundle, { actor: ALICE });
    await world.emit(ALICE, [{ payload: { n: 1 } }]);
    expect(await world.fold(bundle, { actor: BOB })).toMatchObject({ startedAt: 0 });
    expect(await world.fold(bundle, { actor: ALICE })).toMatchObject({ startedAt: WINDOW, appended: null });
    await world.emit(ALICE, [{ payload: { n: 1 } }]);
    expect(await world.fold(bundle, { actor: BOB })).toMatchObject({ startedAt: WINDOW });
  });

  it('goes back to a checkpoint before a late envelope', async () => {
    const world = await filled([WINDOW, 10]);
    const bundle = world.bundle(SUM);
    const { outcome } = await world.fold(bundle);
    const end = outcome.heads.get('journal/default/user-alice')?.clock ?? 0;
    await world.emit(ALICE, [{ payload: { n: 1 } }]);
    await world.fold(bundle);
    await world.emit(BOB, [{ payload: { n: 1000 } }], { clock: end + 2 });
    expect(await world.fold(bundle)).toMatchObject({ startedAt: WINDOW, body: { events: WINDOW + 12 } });
    expect((await world.verify()).report.outcome).toBe('pass');
  });

  it('keeps numbers beyond 2^53 from one checkpoint to the next', async () => {
    const world = await filled([WINDOW + 1]);
    const bundle = world.bundle(`export function fold(state, { payload }) {
      return { a: 2 ** 60 + payload.n, b: (state.b ?? 1e21) * 1.0001, c: -(2 ** 53), d: Number.MAX_SAFE_INTEGER + 2, e: 5e-324 };
    }`);
    await world.fold(bundle);
    await world.emit(BOB, [{ payload: { n: 2 ** 40 } }]);
    const { outcome, startedAt } = await world.fold(bundle);
    expect(startedAt).toBe(WINDOW);
    expect(outcome.state).toMatchObject({ a: 2 ** 60 + 2 ** 40, c: -(2 ** 53), d: 2 ** 53, e: 5e-324 });
    expect(outcome.state.b).toBeGreaterThan(1e21);
    expect(await readState(world.backend, await newestCheckpoint(world.backend, 'test'))).toEqual(outcome.state);
    expect((await world.fold(bundle, { full: true })).appended).toBeNull();
    expect((await world.verify()).report.outcome).toBe('pass');
  });

  it('of two at a time records both, or the one that says more', async () => {
    const world = await filled([5]);
    const bundle = world.bundle(SUM);
    const results = await Promise.all([world.fold(bundle), world.fold(bundle, { actor: BOB }), world.fold(bundle)]);
    expect(new Set(results.map(({ body }) => String(body.state_root))).size).toBe(1);
    expect(results.filter(({ appended }) => appended !== null)).toHaveLength(1);
    expect((await world.verify()).report.outcome).toBe('pass');
  });

  it('that is aborted throws what the signal says', async () => {
    const world = await filled([WINDOW * 2]);
    const bundle = world.bundle(SUM);
    const reason = new Error('enough');
    const controller = new AbortController();
    const heads = await journalHeads(world.backend, 'default');
    const progress = () => controller.abort(reason);
    const run = runFold(world.backend, sandbox, { bundle, heads, progress, signal: controller.signal });
    await expect(run).rejects.toBe(reason);
    await expect(world.verify({ signal: controller.signal })).rejects.toBe(reason);
  });

  it('that is aborted inside of one event throws what the signal says', async () => {
    const world = await filled([2]);
    const bundle = world.bundle(
      'export function fold(state) { for (let i = 0; i < 1e8; i++) state.i = i; return state; }',
      {
        gas: 1_000_000_000,
      },
    );
    const reason = new Error('enough');
    // Aborted as soon as the sandbox asks a second time.
    let asked = 0;
    const signal = {
      get aborted() {
        asked += 1;
        return asked > 20;
      },
      throwIfAborted() {
        if (asked > 20) throw reason;
      },
    };
    const run = runFold(world.backend, sandbox, {
      bundle,
      heads: await journalHeads(world.backend, 'default'),
      signal,
    });
    await expect(run).rejects.toBe(reason);
  });
});

/** Source, the reason (a code), and whether the event is known when it happens or has to be searched for. */
const STOPS: readonly [what: string, reason: string, body: string][] = [
  ['throws', 'fold/threw', 'throw new Error("no");'],
  ['throws what is no error', 'fold/threw', 'throw 5;'],
  ['loops', 'fold/gas', 'for (;;) {}'],
  ['recurs', 'fold/stack', 'const f = () => 1 + f(); f();'],
  ['takes all memory', 'fold/memory', 'state.a = []; for (;;) state.a.push(new Array(1000).fill(state.a.length));'],
  ['returns nothing', 'fold/state-value', 'return;'],
  ['returns null', 'fold/state-value', 'return null;'],
  ['returns a number', 'fold/state-value', 'return 5;'],
  ['returns a list', 'fold/state-value', 'return [1];'],
  ['keeps a function', 'fold/state-value', 'state.f = () => 1; return state;'],
  ['keeps NaN', 'fold/state-value', 'state.n = 0 / 0; return state;'],
  ['keeps a cycle', 'fold/state-value', 'state.self = state; return state;'],
  [
    'nests too deeply',
    'fold/state-value',
    'let a = {}; for (let i = 0; i < 70; i++) a = { a }; state.a = a; return state;',
  ],
  ['has an empty key', 'fold/state-key', 'state[""] = 1; return state;'],
  ['has a long key', 'fold/state-key', 'state["k".repeat(513)] = 1; return state;'],
  [
    'has too many keys',
    'fold/state-too-many-keys',
    'for (let i = 0; i <= 65536; i++) state["k" + i] = 1; return state;',
  ],
];

describe('a fold that cannot go on', () => {
  let world: FoldWorld;
  beforeAll(async () => {
    world = await filled([700, 700, 200]);
  });

  // In the first window, at its end, in the second, at the end.
  const places = [3, WINDOW - 1, 1300, 1599];

  it.each(STOPS)('%s', async (_what, reason, body) => {
    const before = await world.backend.refs.list('refs/gatos/');
    const gas = reason === 'fold/gas' ? 10_000 : 500_000_000;
    for (const index of reason === 'fold/memory' ? [1300] : places) {
      const source = `export function fold(state, { payload }) {\nif (payload.n === ${index}) { ${body} }\nreturn state;\n}`;
      const bundle = world.bundle(source, { gas, memory: 16 * 1024 * 1024 });
      const error = await refusal(world.fold(bundle));
      expect(error).toMatchObject({ code: 'fold/stopped', kind: 'input', data: { event: index, reason } });
      expect(error.data.cid).toBe(await cidOf(world, index));
      expect(error.message).toContain(String(error.data.cid));
      expect(error.hint).toContain('no checkpoint was written');
      expect(isGatosError(error.cause, reason)).toBe(true);
    }
    expect(await world.backend.refs.list('refs/gatos/')).toEqual(before);
  });

  it('is told as it is when it cannot start', async () => {
    const source = 'import x from "x"; export function fold(state) { return state; }';
    await expect(world.fold(world.bundle(source))).rejects.toMatchObject({ code: 'fold/lint' });
    const throws = 'const a = null; a.b; export function fold(state) { return state; }';
    await expect(world.fold(world.bundle(throws))).rejects.toMatchObject({ code: 'fold/start' });
  });

  it('that returns again what it could not keep in between goes on', async () => {
    // Looked at where a window or a run ends only: a function of the records all the same.
    const source = `export function fold(state, { payload }) {
      return payload.n === 5 ? { f: () => 1 } : { n: payload.n };
    }`;
    const { outcome } = await world.fold(world.bundle(source, { name: 'between' }));
    expect(outcome.state).toEqual({ n: 1599 });
  });
});
