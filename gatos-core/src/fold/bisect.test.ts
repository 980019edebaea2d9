/** Finding the event that made a state bad. */
import { describe, expect, it, vi } from 'vitest';
import { loadEngine } from '../../node/index.js';
import { FoldWorld } from '../../testing/fold-world.js';
import { recordBody } from '../chain/index.js';
import { Cid } from '../codec/index.js';
import { EVENT_KIND, type Event } from '../journal/index.js';
import type { ProgressReport } from '../kernel/index.js';
import {
  bisect,
  type Culprit,
  type FoldSource,
  newestCheckpoint,
  type Sandbox,
  type SandboxEngine,
  type State,
  statePredicate,
  WINDOW,
} from './index.js';

const sandbox = await loadEngine();
const ALICE = 'user:alice';
const BOB = 'user:bob';
const SOURCE = `export function fold(state, { payload, actor }) {
  return { sum: (state.sum ?? 0) + payload.n, least: Math.min(state.least ?? 0, payload.n), by: actor };
}`;
const BAD = 'state.least < 0';

/** Envelopes by two writers in turn; the event at `bad` is the only one below 0. A checkpoint after each of the given numbers. */
async function planted({
  size,
  total,
  bad,
  checkpoints,
}: {
  size: number;
  total: number;
  bad: number;
  checkpoints: readonly number[];
}) {
  const world = await FoldWorld.open({ sandbox, actors: [ALICE, BOB] });
  const bundle = world.bundle(SOURCE);
  for (let from = 0, turn = 0; from < total; from += size, turn += 1) {
    const length = Math.min(size, total - from);
    const events = Array.from({ length }, (_, i) => ({
      payload: { n: from + i === bad ? -1 : 1, text: 'x'.repeat(40) },
    }));
    await world.emit(turn % 2 === 0 ? ALICE : BOB, events);
    if (checkpoints.includes(from + length)) await world.fold(bundle);
  }
  return { world, bundle };
}

function search(world: FoldWorld, bad: (state: State) => Promise<boolean>, signal?: AbortSignal): Promise<Culprit> {
  return bisect({ backend: world.backend, sandbox: async () => sandbox }, { name: 'test', bad, signal });
}

/** An engine that counts the runs of folds (each begins with a reset that is no rebuild of a window) and the events that they took. */
function counting(engine: SandboxEngine) {
  const counted = { starts: 0, windows: 0, events: 0 };
  const instantiate = async (fold: FoldSource): Promise<Sandbox> => {
    counted.starts += 1;
    const one = await engine.instantiate(fold);
    return {
      reset: (state) => {
        counted.windows += 1;
        one.reset(state);
      },
      run: (batch) => {
        counted.events += batch.count;
        return one.run(batch);
      },
      snapshot: () => one.snapshot(),
      dispose: () => one.dispose(),
    };
  };
  return { counted, engine: { id: engine.id, instantiate } };
}

const isBad = async ({ least }: State): Promise<boolean> => Number(least) < 0;

function eventOf({ entry, record }: Culprit): Event {
  return recordBody(entry.envelope, record, EVENT_KIND);
}

describe('among 100,000 events', () => {
  const TOTAL = 100_000;
  it.each([
    ['one checkpoint', [TOTAL]],
    ['several checkpoints', [20_000, 41_000, 60_000, 83_000, TOTAL]],
  ])('the planted one is found: %s', { timeout: 120_000 }, async (_what, checkpoints) => {
    const bad = 67_891;
    const { world } = await planted({ size: 1000, total: TOTAL, bad, checkpoints });
    const { counted, engine } = counting(sandbox);
    const start = performance.now();
    const ports = { backend: world.backend, sandbox: async () => engine };
    const found = await bisect(ports, { name: 'test', bad: isBad });
    const seconds = (performance.now() - start) / 1000;
    expect(found.index).toBe(bad);
    expect(found.entry.envelope.actor).toBe(BOB);
    expect(found.record).toBe(bad % 1000);
    expect(eventOf(found).payload).toMatchObject({ n: -1 });
    // One state for every halving: 17 among 100,000 events, fewer between two checkpoints, and those that the checkpoints hold.
    const [before = 0, after = 0] = [checkpoints.findLast((events) => events <= bad), found.checkpoint.body.events];
    const halvings = Math.ceil(Math.log2(after - before));
    expect(found.judged).toBeLessThanOrEqual(halvings + Math.ceil(Math.log2(checkpoints.length + 1)) + 2);
    // One sandbox for all of them, and a fold starts where the last good state was, so the events that it takes halve, too.
    expect(counted.starts).toBe(1);
    expect(counted.events).toBeLessThanOrEqual(2 * (after - before) + halvings * WINDOW);
    expect(found.checkpoint.body.events).toBe(checkpoints.find((events) => events > bad));
    expect(seconds).toBeLessThan(20);
  });
});

describe('a bad event', () => {
  const SIZES = { size: 100, total: 2500 };
  it.each([
    ['the first', 0, [2500]],
    ['the first, after an early checkpoint', 0, [100, 2500]],
    ['the last', 2499, [2500]],
    ['the last, after a checkpoint just before', 2499, [2400, 2500]],
    ['the first of a window', WINDOW, [1000, 2500]],
    ['the last of a window', WINDOW - 1, [1000, 2500]],
    ['the first after a checkpoint', 1000, [1000, 2500]],
    ['the last before a checkpoint', 999, [1000, 2500]],
    ['one between two checkpoints of one window', 250, [100, 200, 300, 2500]],
  ])('%s', async (_what, bad, checkpoints) => {
    const { world } = await planted({ ...SIZES, bad, checkpoints });
    const found = await search(world, isBad);
    expect(found.index).toBe(bad);
    expect(eventOf(found).payload).toMatchObject({ n: -1 });
    expect(found.checkpoint.body.events).toBe(checkpoints.find((events) => events > bad));
  });

  it('is found when a late envelope came between the checkpoints', async () => {
    const { world, bundle } = await planted({ ...SIZES, bad: -1, checkpoints: [1500] });
    // Alice's chain does not come as far as Bob's, so what she adds can be late.
    await world.emit(BOB, [{ payload: { n: 1 } }]);
    await world.fold(bundle);
    const clock = world.seen - 1;
    await world.emit(ALICE, [{ payload: { n: 1 } }, { payload: { n: -7 } }, { payload: { n: 1 } }], { clock });
    const { startedAt } = await world.fold(bundle);
    expect(startedAt).toBeGreaterThan(0);
    const found = await search(world, isBad);
    expect(eventOf(found).payload).toEqual({ n: -7 });
    expect(found.entry.envelope.clock).toBe(clock);
  });

  it('may have been made by another version of the fold', async () => {
    const { world } = await planted({ ...SIZES, bad: -1, checkpoints: [1000, 2500] });
    const bundle = world.bundle(`${SOURCE.replace('payload.n)', 'payload.n - 1000)')}`, { version: 2 });
    await world.fold(bundle);
    const found = await search(world, async ({ least }) => Number(least) < -900);
    expect(found.index).toBe(0);
    expect(found.checkpoint.body.fold_version).toBe(2);
  });
});

describe('a search that finds nothing', () => {
  it('says that the newest state is good', async () => {
    const { world } = await planted({ size: 10, total: 100, bad: -1, checkpoints: [100] });
    await expect(search(world, isBad)).rejects.toMatchObject({ code: 'fold/never-bad' });
  });

  it('says that the initial state is bad', async () => {
    const { world } = await planted({ size: 10, total: 100, bad: -1, checkpoints: [50, 100] });
    await expect(search(world, async () => true)).rejects.toMatchObject({ code: 'fold/always-bad' });
  });

  it('says that there is no state', async () => {
    const world = await FoldWorld.open({ sandbox });
    await expect(search(world, isBad)).rejects.toMatchObject({ code: 'fold/no-such-state' });
  });

  it('says that a checkpoint of another engine cannot be folded again', async () => {
    const { world } = await planted({ size: 10, total: 100, bad: 5, checkpoints: [100] });
    await world.forge('test', { body: (body) => ({ ...body, engine: 'another' }) });
    await expect(search(world, isBad)).rejects.toMatchObject({ code: 'fold/other-engine' });
  });

  it('does not blame the last event when the bad state was made up', async () => {
    const { world, bundle } = await planted({ size: 10, total: 100, bad: 5, checkpoints: [100] });
    const { body, entry } = await newestCheckpoint(world.backend, 'test');
    const files = await world.filesOf(entry.tree);
    await world.rewind('state/test', { entry });
    // The same events without the bad one give a good state, and the checkpoint shows the bad one.
    const good = await planted({ size: 10, total: 100, bad: -1, checkpoints: [100] });
    const { state_root, attachments } = body;
    await good.world.forge('test', {
      body: (honest) => ({ ...honest, state_root, attachments }),
      files: () => files,
    });
    expect(bundle.foldRoot.equals(good.bundle.foldRoot)).toBe(true);
    await expect(search(good.world, isBad)).rejects.toMatchObject({ code: 'fold/state-differs' });
  });

  it('passes on what the predicate throws, and what the signal says', async () => {
    const { world } = await planted({ size: 10, total: 100, bad: 5, checkpoints: [100] });
    const fault = new Error('no idea');
    await expect(search(world, () => Promise.reject(fault))).rejects.toBe(fault);
    const controller = new AbortController();
    const stop = async (state: State): Promise<boolean> => {
      controller.abort(fault);
      return isBad(state);
    };
    await expect(search(world, stop, controller.signal)).rejects.toBe(fault);
  });

  it('tells how far it came', async () => {
    const { world } = await planted({ size: 10, total: 100, bad: 55, checkpoints: [100] });
    const progress = vi.fn<(report: ProgressReport) => void>();
    await bisect({ backend: world.backend, sandbox: async () => sandbox }, { name: 'test', bad: isBad, progress });
    expect(progress.mock.calls.length).toBeGreaterThan(4);
    expect(progress.mock.calls.at(-1)?.[0]).toEqual({ task: 'bisect test', done: 99, total: 100, unit: 'events' });
  });
});

describe('a predicate', () => {
  const judge = (expression: string, state: State) => statePredicate(sandbox, expression)(state);

  it.each([
    ['state.n > 1', { n: 2 }, true],
    ['state.n > 1', { n: 1 }, false],
    ['state.n // the count', { n: 1 }, true],
    ['state.missing?.deep', {}, false],
    ['state.n === 2 ** 60', { n: 2 ** 60 }, true],
    ["Object.hasOwn(state, '__proto__')", Object.fromEntries([['__proto__', 1]]), true],
    ['[1, 2].includes(state.n) && { bad: false }', { n: 2 }, true],
  ])('%s', async (expression, state, bad) => {
    expect(await judge(expression, state as State)).toBe(bad);
  });

  it('takes a state as deep as states may be', async () => {
    let deep: State[string] = 1;
    for (let i = 0; i < 62; i++) deep = [deep];
    expect(await judge('Array.isArray(state.deep)', { deep })).toBe(true);
  });

  it.each([
    ['state.', 'does not parse'],
    ['state.a.b', 'throws'],
    ['(() => { for (;;); })()', 'does not end'],
    ['eval("1")', 'uses what is not there'],
    ['import("x")', 'imports'],
  ])('%s %s', { timeout: 60_000 }, async (expression) => {
    const refused = judge(expression, { n: 1 });
    await expect(refused).rejects.toMatchObject({ code: 'fold/bad-predicate', data: { predicate: expression } });
  });

  it('is judged anew after an error', async () => {
    const predicate = statePredicate(sandbox, 'state.a.b > 1');
    await expect(predicate({})).rejects.toMatchObject({ code: 'fold/bad-predicate' });
    expect(await predicate({ a: { b: 2 } })).toBe(true);
  });

  it('finds the event', async () => {
    const { world } = await planted({ size: 10, total: 100, bad: 42, checkpoints: [50, 100] });
    const found = await search(world, statePredicate(sandbox, BAD));
    expect(found.index).toBe(42);
    expect(found.event).toBeInstanceOf(Cid);
  });
});
