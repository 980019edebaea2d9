import { beforeEach, describe, expect, it } from 'vitest';
import { BUS_AUTHOR, type BusWorld, busPorts, drain } from '../../testing/bus-world.js';
import { refOfChain } from '../chain/index.js';
import { Cid, decode, encode, type Value } from '../codec/index.js';
import {
  type CompactRequest,
  compactTopic,
  listSegments,
  openConsumer,
  proveMessage,
  publishMessages,
  readMessages,
  type SegmentRef,
  topicStats,
  verifyBus,
  verifyMessageProof,
} from './index.js';

const TOPIC = 'jobs';
let world: BusWorld;

/** Three segments: four messages, four, and one that goes on. */
beforeEach(async () => {
  world = busPorts();
  for (let i = 0; i < 9; i++)
    await publishMessages(world, {
      ...BUS_AUTHOR,
      topic: TOPIC,
      messages: [{ payload: i }],
      limits: { maxMessages: 4 },
    });
});

const compact = (more: Partial<CompactRequest> = {}) =>
  compactTopic(world, { ...BUS_AUTHOR, topic: TOPIC, olderThan: 0, ...more });

async function codes(): Promise<(string | undefined)[]> {
  return (await verifyBus(world.backend)).filter(({ outcome }) => outcome !== 'pass').map(({ code }) => code);
}

async function payloads(from: Parameters<typeof readMessages>[1]['from'] = 'start') {
  const all: unknown[] = [];
  const skipped: string[] = [];
  for await (const batch of readMessages(world.backend, { topic: TOPIC, from })) {
    all.push(...batch.messages.map(({ payload }) => payload));
    skipped.push(...batch.skipped);
  }
  return { all, skipped };
}

describe('compaction', () => {
  it('replaces segments that have ended by summaries, in one step, and never the active one', async () => {
    const before = await listSegments(world.backend, TOPIC);
    const { summaries, kept } = await compact();
    expect(kept).toEqual([]);
    expect(summaries).toMatchObject([
      { segment: before[0]?.chain, count: 4, first: 0, last: 3, next: before[1]?.ulid },
      { segment: before[1]?.chain, count: 4, first: 0, last: 3, next: before[2]?.ulid },
    ]);
    expect((await listSegments(world.backend, TOPIC)).map(({ ulid }) => ulid)).toEqual([before[2]?.ulid]);
    expect((await payloads()).all).toEqual([8]);
    expect(await codes()).toEqual([]);
    expect((await compact()).summaries).toEqual([]);
    await publishMessages(world, { ...BUS_AUTHOR, topic: TOPIC, messages: [{ payload: 9 }] });
    expect((await payloads()).all).toEqual([8, 9]);
    const stats = await topicStats(world.backend, { topic: TOPIC, now: world.clock.now() });
    expect(stats).toMatchObject({ messages: 2, pruned: { segments: 2, messages: 8 } });
  });

  it('keeps what is not old enough, and goes by the order of segments where a clock ran ahead', async () => {
    const now = world.clock.now();
    expect((await compact({ olderThan: 1_000_000, now })).summaries).toEqual([]);
    world.clock.advance(3_600_000_000);
    await publishMessages(world, {
      ...BUS_AUTHOR,
      topic: TOPIC,
      messages: [1, 2, 3].map((payload) => ({ payload })),
      limits: { maxMessages: 4 },
    });
    const other = busPorts(world.backend, 2);
    other.clock.advance(1_000_000);
    await publishMessages(other, {
      ...BUS_AUTHOR,
      topic: TOPIC,
      messages: [{ payload: 10 }],
      limits: { maxMessages: 4 },
    });
    const { summaries } = await compact({ now: other.clock.now() });
    expect(summaries).toHaveLength(3);
  });

  it('waits for every consumer, unless forced', async () => {
    const consumer = await openConsumer(world, { ...BUS_AUTHOR, topic: TOPIC, consumer: 'slow' });
    const [first, second] = await listSegments(world.backend, TOPIC);
    await consumer.ack({ segment: first?.ulid ?? '', seq: 3 });
    const { summaries, kept } = await compact();
    expect(summaries.map(({ segment }) => segment)).toEqual([first?.chain]);
    expect(kept).toEqual([{ segment: second?.ulid, waitsFor: ['slow'], unsentTo: [] }]);
    const unsentTo = async ({ ulid }: SegmentRef) => (ulid === second?.ulid ? ['origin'] : []);
    await consumer.ack({ segment: second?.ulid ?? '', seq: 0 });
    expect((await compact({ unsentTo })).kept).toEqual([
      { segment: second?.ulid, waitsFor: ['slow'], unsentTo: ['origin'] },
    ]);
    expect((await compact({ force: true })).summaries.map(({ segment }) => segment)).toEqual([second?.chain]);
    expect(await codes()).toEqual([]);
    const late = await openConsumer(world, { ...BUS_AUTHOR, topic: TOPIC, consumer: 'slow' });
    const missed: string[] = [];
    for await (const { skipped } of late.deliveries()) missed.push(...skipped);
    expect(missed).toEqual([second?.ulid]);
  });

  it('is told to who reads while it happens', async () => {
    const all = await drain(world.backend, TOPIC);
    const from = { segment: all[1]?.segment ?? '', seq: 1 };
    await compact();
    const segments = all.map(({ segment }) => segment);
    expect(await payloads(from)).toEqual({ all: [8], skipped: [segments[0], segments[4]] });
    const end = { segment: segments[3] ?? '', seq: 3 };
    expect(await payloads(end)).toEqual({ all: [8], skipped: [segments[4]] });
  });

  it('happens once where two do it at the same time', async () => {
    const other = busPorts(world.backend, 9);
    const done = await Promise.all([compact(), compactTopic(other, { ...BUS_AUTHOR, topic: TOPIC, olderThan: 0 })]);
    expect(done.flatMap(({ summaries }) => summaries)).toHaveLength(2);
    expect(await codes()).toEqual([]);
  });

  it('refuses a topic that is not there', async () => {
    await expect(compact({ topic: 'none' })).rejects.toMatchObject({ code: 'bus/no-topic' });
  });
});

describe('proofs of messages', () => {
  it('hold against the segment, and against its summary afterwards', async () => {
    const all = await drain(world.backend, TOPIC);
    const proofs: Uint8Array[] = [];
    for (const { cid } of all.slice(0, 8)) proofs.push(await proveMessage(world.backend, { topic: TOPIC, cid }));
    for (const against of ['segment', 'summary'] as const) {
      for (const [i, proof] of proofs.entries()) {
        const { report, fact } = await verifyMessageProof(world.backend, proof);
        expect(report.outcome).toBe('pass');
        expect(fact).toMatchObject({
          topic: TOPIC,
          seq: i % 4,
          against,
          cid: String(all[i]?.cid),
          message: { payload: i },
        });
      }
      await compact();
    }
    const { cid = Cid.hash('raw') } = all[8] ?? {};
    await expect(proveMessage(world.backend, { topic: TOPIC, cid })).rejects.toMatchObject({ code: 'bus/still-open' });
    const gone = all[0]?.cid ?? cid;
    await expect(proveMessage(world.backend, { topic: TOPIC, cid: gone })).rejects.toMatchObject({
      code: 'bus/no-message',
    });
  });

  it.each([
    [
      'another message',
      (proof: Record<string, Value>) => ({
        ...proof,
        message: encode({ ulid: '01HF7YAT000000000000000000', type: 'message', payload: 'forged' }),
      }),
    ],
    ['another place', (proof: Record<string, Value>) => ({ ...proof, index: 2 })],
    ['a cut path', (proof: Record<string, Value>) => ({ ...proof, path: (proof.path as Value[]).slice(1) })],
  ])('do not hold with %s', async (_, forge) => {
    const [, second] = await drain(world.backend, TOPIC);
    const proof = await proveMessage(world.backend, { topic: TOPIC, cid: second?.cid ?? Cid.hash('raw') });
    const forged = encode(forge(decode(proof) as Record<string, Value>));
    for (let i = 0; i < 2; i++) {
      const { report } = await verifyMessageProof(world.backend, forged);
      expect(report.checks.map(({ outcome, code }) => [outcome, code])).toEqual([['fail', 'bus/bad-proof']]);
      await compact();
    }
  });

  it('could not be checked where neither segment nor summary is', async () => {
    const [first] = await drain(world.backend, TOPIC);
    const proof = await proveMessage(world.backend, { topic: TOPIC, cid: first?.cid ?? Cid.hash('raw') });
    const [segment] = await listSegments(world.backend, TOPIC);
    const name = refOfChain(segment?.chain ?? '');
    await world.backend.refs.transaction([{ name, expected: segment?.oid ?? '', next: null }]);
    const { report } = await verifyMessageProof(world.backend, proof);
    expect(report.outcome).toBe('unknown');
    await expect(verifyMessageProof(world.backend, encode({ v: 1 }))).rejects.toMatchObject({ code: 'codec/schema' });
  });
});
