import {
  EVENT_KIND,
  type Event,
  type JsonValue,
  journalHeads,
  type Oid,
  readChain,
  recordBody,
  recordBytes,
  recordCid,
  refOfChain,
} from 'gatos-core';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { ScratchWorld } from '../scratch-world.js';
import { ALICE, type Trio, Trios, verifyAt } from './scratch-trio.js';

const world = new ScratchWorld();
const trios = new Trios(world);
afterAll(() => world.dispose());

let { hub, alice, bob }: Omit<Trio, 'genesis'> = { hub: '', alice: '', bob: '' };
/** Another clone in which Alice writes. */
let laptop: string;
beforeEach(async () => {
  ({ hub, alice, bob } = await trios.next());
  laptop = `${alice} laptop`;
  await world.clone(hub, { directory: laptop });
  await world.become(laptop, 'alice');
});

interface Stored {
  readonly cid: string;
  readonly event: Event;
}

/** Records of Alice's journal, in the order of the chain. */
async function records(cwd: string, ns = 'default'): Promise<Stored[]> {
  return world.within(cwd, async ({ backend }) => {
    const stored: Stored[] = [];
    const head = (await journalHeads(backend, ns)).find(({ chain }) => chain.endsWith('user-alice'));
    if (head === undefined) return [];
    for await (const batch of readChain(backend, { head: head.oid })) {
      for (const { envelope } of batch) {
        for (let i = 0; i < envelope.count; i++) {
          const cid = String(recordCid(EVENT_KIND.kind, recordBytes(envelope, i)));
          stored.push({ cid, event: recordBody(envelope, i, EVENT_KIND) });
        }
      }
    }
    return stored;
  });
}

const payloads = (stored: readonly Stored[]): JsonValue[] => stored.map(({ event }) => event.payload);

describe('one actor in two clones', () => {
  it('is told what to do', async () => {
    await world.emit(alice, ['a']);
    await world.emit(laptop, ['b']);
    await world.sync(alice);
    const before = world.heads(laptop);
    const { refused, reEmitted } = await world.sync(laptop);
    expect(refused).toMatchObject([
      {
        chain: ALICE,
        error: { code: 'transport/diverged', exit: 14, hint: expect.stringContaining('git gatos sync --re-emit') },
      },
    ]);
    expect(reEmitted).toEqual([]);
    expect(world.heads(laptop)).toEqual(before);
  });

  it('gets both histories in one: records stay what they are', async () => {
    await world.emit(alice, ['a1', 'a2']);
    await world.emit(alice, ['a3'], { key: true });
    await world.emit(laptop, ['b1']);
    await world.emit(laptop, ['b2', 'b3'], { key: true });
    await world.sync(alice);
    const mine = await records(laptop);
    const before = world.heads(laptop).get(ALICE);
    const result = await world.sync(laptop, { reEmit: true });
    const after = world.heads(laptop).get(ALICE);
    expect(result).toMatchObject({ refused: [], taken: [], rolledBack: [] });
    expect(result.reEmitted).toEqual([{ chain: ALICE, from: before, to: after, records: 3, dropped: 0 }]);
    expect(result.pushed).toEqual([{ chain: ALICE, from: world.heads(alice).get(ALICE), to: after }]);
    const merged = await records(laptop);
    expect(payloads(merged)).toEqual([1, 2, 'a1', 'a2', 'a3', 'b1', 'b2', 'b3']);
    for (const { cid, event } of mine.slice(2)) expect(merged).toContainEqual({ cid, event });
    expect((await verifyAt(world, laptop)).outcome).toBe('pass');
    await world.sync(alice);
    expect(world.heads(alice)).toEqual(world.heads(hub));
    expect(world.heads(laptop)).toEqual(world.heads(hub));
    // The look-up of keys has followed: what was recorded is not recorded twice.
    await world.emit(laptop, ['b2', 'a3'], { key: true });
    expect(world.heads(laptop).get(ALICE)).toBe(after);
    expect(world.git(laptop, 'fsck', '--strict', '--no-dangling')).toBe('');
  });

  it('also when the histories share nothing', async () => {
    await world.emit(alice, ['a'], { ns: 'fresh' });
    await world.emit(laptop, ['b'], { ns: 'fresh' });
    await world.sync(alice);
    expect(await world.sync(laptop, { reEmit: true })).toMatchObject({ refused: [], reEmitted: [{ records: 1 }] });
    expect(payloads(await records(laptop, 'fresh'))).toEqual(['a', 'b']);
    expect((await verifyAt(world, laptop)).outcome).toBe('pass');
  });

  it('keeps times and batches, and clocks that rise', async () => {
    await world.emit(alice, ['a']);
    for (const payload of ['b1', 'b2', 'b3']) await world.emit(laptop, [payload]);
    const old = await envelopes(laptop);
    await world.sync(alice);
    await world.sync(laptop, { reEmit: true });
    const now = await envelopes(laptop);
    expect(now.map(({ count }) => count)).toEqual([2, 1, 1, 1, 1]);
    expect(now.slice(2).map(({ time }) => time)).toEqual(old.slice(1).map(({ time }) => time));
    const clocks = now.map(({ clock }) => clock);
    expect(clocks).toEqual([...clocks].sort((a, b) => a - b));
    expect(new Set(clocks).size).toBe(5);
  });

  it('drops what the other history has under the same key', async () => {
    await world.emit(alice, ['x', 'y'], { key: true });
    await world.emit(laptop, ['y', 'z'], { key: true });
    await world.sync(alice);
    expect(await world.sync(laptop, { reEmit: true })).toMatchObject({ reEmitted: [{ records: 1, dropped: 1 }] });
    expect(payloads(await records(laptop))).toEqual([1, 2, 'x', 'y', 'z']);
  });

  it('takes the other history when it has everything', async () => {
    await world.emit(alice, ['x', 'y'], { key: true });
    await world.emit(laptop, ['x'], { key: true });
    await world.sync(alice);
    expect(await world.sync(laptop, { reEmit: true })).toMatchObject({
      pushed: [],
      reEmitted: [{ records: 0, dropped: 1 }],
    });
    expect(world.heads(laptop)).toEqual(world.heads(hub));
  });

  it('records nothing twice when two clones re-emit the same events', async () => {
    await world.emit(laptop, ['from the laptop']);
    const copy = `${laptop} copy`;
    const { cpSync } = await import('node:fs');
    cpSync(laptop, copy, { recursive: true });
    await world.emit(alice, ['a']);
    await world.sync(alice);
    await world.sync(laptop, { reEmit: true });
    expect(await world.sync(copy, { reEmit: true })).toMatchObject({
      refused: [],
      reEmitted: [{ records: 0, dropped: 1 }],
    });
    expect(payloads(await records(copy))).toEqual([1, 2, 'a', 'from the laptop']);
  });

  it('is refused when one key stands for two events, and nothing is lost', async () => {
    const event = (payload: JsonValue) => ({ type: 'test', payload, key: 'k' });
    await world.within(alice, ({ repository }) => repository.emit([event('theirs')], { ns: 'default' }));
    await world.within(laptop, ({ repository }) => repository.emit([event('ours')], { ns: 'default' }));
    await world.sync(alice);
    const before = world.heads(laptop);
    const result = await world.sync(laptop, { reEmit: true });
    expect(result.refused).toMatchObject([
      { chain: ALICE, error: { code: 'journal/duplicate-key', exit: 16, data: { key: 'k' } } },
    ]);
    expect(world.heads(laptop)).toEqual(before);
  });

  it('does not touch the chains of others', async () => {
    await world.emit(bob, ['b'], { person: 'bob' });
    await world.sync(bob, { person: 'bob' });
    const other = `${bob} other`;
    await world.clone(hub, { directory: other, env: world.env('bob') });
    await world.become(other, 'bob');
    await world.emit(other, ['o'], { person: 'bob' });
    await world.emit(bob, ['b2'], { person: 'bob' });
    await world.sync(bob, { person: 'bob' });
    // Alice carries Bob's other history about; it is not hers to sign.
    await world.become(other, 'alice');
    const result = await world.sync(other, { reEmit: true });
    expect(result.refused).toMatchObject([
      {
        chain: 'journal/default/user-bob',
        error: { code: 'transport/diverged', hint: expect.not.stringContaining('--re-emit') },
      },
    ]);
  });

  it('takes over no history that does not verify', async () => {
    await world.emit(laptop, ['b']);
    const head = world.heads(hub).get(ALICE) as Oid;
    const bad = world.git(hub, 'commit-tree', `${head}^{tree}`, '-p', head, '-m', 'tampered').trim();
    world.git(hub, 'update-ref', refOfChain(ALICE), bad);
    const before = world.heads(laptop);
    expect((await world.sync(laptop, { reEmit: true })).refused).toMatchObject([
      { chain: ALICE, error: { code: 'transport/not-verified' } },
    ]);
    expect(world.heads(laptop)).toEqual(before);
  });

  it('needs the key', async () => {
    await world.emit(alice, ['a']);
    await world.emit(laptop, ['b']);
    await world.sync(alice);
    await world.within(laptop, async ({ save }) => save({ key: 'lost' }));
    const before = world.heads(laptop);
    expect((await world.sync(laptop, { reEmit: true })).refused).toMatchObject([
      { chain: ALICE, error: { code: 'identity/no-key' } },
    ]);
    expect(world.heads(laptop)).toEqual(before);
  });

  it('changes nothing where nothing diverged', async () => {
    await world.emit(laptop, ['b']);
    expect(await world.sync(laptop, { reEmit: true })).toMatchObject({ reEmitted: [], pushed: [{ chain: ALICE }] });
  });

  it('converges over several rounds (seeds 1 to 4)', async () => {
    for (let seed = 1; seed <= 4; seed++) {
      let state = seed;
      const next = (bound: number): number => {
        state = (state * 1103515245 + 12345) % 2 ** 31;
        return Math.floor((state / 2 ** 31) * bound);
      };
      for (let turn = 0; turn < 6; turn++) {
        const cwd = next(2) === 0 ? alice : laptop;
        const key = next(2) === 0;
        // Keys of a small set: some are used in both clones, for the same event.
        await world.emit(cwd, key ? [`shared ${seed} ${next(3)}`] : [`${seed}.${turn}`], { key });
        if (next(2) === 0)
          expect(await world.sync(cwd, { reEmit: true }), `seed ${seed}`).toMatchObject({ refused: [] });
      }
      for (const cwd of [alice, laptop, alice])
        expect(await world.sync(cwd, { reEmit: true })).toMatchObject({ refused: [] });
      expect(world.heads(alice), `seed ${seed}`).toEqual(world.heads(hub));
      expect(world.heads(laptop), `seed ${seed}`).toEqual(world.heads(hub));
    }
    const all = payloads(await records(hub));
    expect(new Set(all).size).toBe(all.length);
    expect((await verifyAt(world, hub)).outcome).toBe('pass');
  }, 120_000);
});

async function envelopes(cwd: string): Promise<{ time: number; clock: number; count: number }[]> {
  return world.within(cwd, async ({ backend }) => {
    const found: { time: number; clock: number; count: number }[] = [];
    const head = (await backend.refs.read(refOfChain(ALICE))) as Oid;
    for await (const batch of readChain(backend, { head })) {
      for (const { envelope } of batch)
        found.push({ time: envelope.time, clock: envelope.clock, count: envelope.count });
    }
    return found;
  });
}
