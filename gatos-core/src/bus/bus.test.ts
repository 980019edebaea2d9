import { describe, expect, it } from 'vitest';
import { BUS_AUTHOR, type BusWorld, busPorts, drain } from '../../testing/bus-world.js';
import { readEntry, recordBody, refOfChain } from '../chain/index.js';
import type { JsonValue } from '../codec/index.js';
import { type GitBackend, memoryBackend } from '../git/index.js';
import {
  END_KIND,
  listSegments,
  type NewMessage,
  openConsumer,
  type PublishRequest,
  publishMessages,
  readLine,
  readMessages,
  topicStats,
  verifyBus,
} from './index.js';

const TOPIC = 'jobs';

const numbered = (count: number, from = 0): NewMessage[] =>
  Array.from({ length: count }, (_, i) => ({ payload: from + i }));

function publish(world: BusWorld, messages: readonly NewMessage[], more: Partial<PublishRequest> = {}) {
  return publishMessages(world, { ...BUS_AUTHOR, topic: TOPIC, messages, ...more });
}

async function payloads(backend: GitBackend): Promise<JsonValue[]> {
  return (await drain(backend, TOPIC)).map(({ payload }) => payload);
}

async function failures(backend: GitBackend): Promise<(string | undefined)[]> {
  return (await verifyBus(backend)).filter(({ outcome }) => outcome !== 'pass').map(({ code }) => code);
}

describe('publishing', () => {
  it('opens a topic, and says where each message stands', async () => {
    const world = busPorts();
    const published = await publish(world, numbered(3), { perEnvelope: 2 });
    const [segment] = await listSegments(world.backend, TOPIC);
    expect(segment?.chain).toMatch(/^mbus\/jobs\/2023\/11\/14\/[0-9A-Z]{26}$/);
    expect(published.map(({ status, seq, segment: at }) => [status, seq, at])).toEqual(
      [0, 1, 2].map((seq) => ['recorded', seq, segment?.ulid]),
    );
    const messages = await drain(world.backend, TOPIC);
    expect(messages.map(({ cid }) => String(cid))).toEqual(published.map(({ cid }) => String(cid)));
    expect(messages.map(({ payload, type, key, actor }) => [payload, type, key, actor])).toEqual(
      [0, 1, 2].map((payload) => [payload, 'message', null, 'user:alice']),
    );
    expect((await readLine(world.backend, TOPIC))?.first).toBe(segment?.ulid);
    expect(await failures(world.backend)).toEqual([]);
  });

  it.each([
    ['one by one', 1],
    ['in one request', 25],
  ])('rotates by messages: %s', async (_, perRequest) => {
    const world = busPorts();
    for (let from = 0; from < 25; from += perRequest)
      await publish(world, numbered(perRequest, from), { limits: { maxMessages: 10 } });
    const segments = await listSegments(world.backend, TOPIC);
    expect(segments).toHaveLength(3);
    const heads = await Promise.all(segments.map(({ oid }) => readEntry(world.backend, oid)));
    expect(heads.map(({ envelope }) => envelope.kind)).toEqual(['bus.end', 'bus.end', 'bus.message']);
    const ends = heads.slice(0, 2).map(({ envelope }) => recordBody(envelope, 0, END_KIND));
    expect(ends.map(({ next, count }) => [next, count])).toEqual(segments.slice(1).map(({ ulid }) => [ulid, 10]));
    expect(await payloads(world.backend)).toEqual(numbered(25).map(({ payload }) => payload));
    expect(await failures(world.backend)).toEqual([]);
  });

  it('rotates by bytes, after a cold start as well', async () => {
    const world = busPorts();
    for (let i = 0; i < 6; i++) {
      const { segments: _, ...cold } = world;
      await publishMessages(cold, {
        ...BUS_AUTHOR,
        topic: TOPIC,
        messages: [{ payload: 'x'.repeat(400) }],
        limits: { maxBytes: 800 },
      });
    }
    expect(await listSegments(world.backend, TOPIC)).toHaveLength(3);
    expect(await failures(world.backend)).toEqual([]);
  });

  it('knows the keys of the active segment, warm and cold', async () => {
    const world = busPorts();
    const [first] = await publish(world, [{ payload: 1, key: 'a' }]);
    for (const ports of [world, busPorts(world.backend, 2)]) {
      const [again, twin, other] = await publish(ports, [
        { payload: 1, key: 'a' },
        { payload: ports === world ? 2 : 3, key: `b${ports === world}` },
        { payload: ports === world ? 2 : 3, key: `b${ports === world}` },
      ]);
      expect([again?.status, String(again?.cid), again?.seq]).toEqual(['exists', String(first?.cid), 0]);
      expect([twin?.status, other?.status, other?.seq]).toEqual(['recorded', 'exists', twin?.seq]);
      await expect(publish(ports, [{ payload: 2, key: 'a' }])).rejects.toMatchObject({ code: 'bus/duplicate-key' });
      await expect(
        publish(ports, [
          { payload: 1, key: 'c' },
          { payload: 2, key: 'c' },
        ]),
      ).rejects.toMatchObject({ code: 'bus/repeated-key' });
    }
    expect(await payloads(world.backend)).toEqual([1, 2, 3]);
  });

  it('lets racing publishers open a topic once, and rotate once', async () => {
    const world = busPorts();
    const others = Array.from({ length: 8 }, (_, i) => busPorts(world.backend, i + 2));
    const rounds = others.map(async (ports, i) => {
      for (let j = 0; j < 5; j++) await publish(ports, [{ payload: `${i}-${j}` }], { limits: { maxMessages: 4 } });
    });
    await Promise.all(rounds);
    expect(new Set(await payloads(world.backend)).size).toBe(40);
    expect(await listSegments(world.backend, TOPIC)).toHaveLength(10);
    expect(await failures(world.backend)).toEqual([]);
  });

  it.each([
    ['a key in the form of a ulid', { payload: 1, key: '01HF7YAT000000000000000000' }, 'bus/bad-message'],
    ['a type with a line feed', { payload: 1, type: 'a\nb' }, 'bus/bad-message'],
    ['a payload that JSON does not have', { payload: Number.NaN }, 'bus/bad-message'],
    ['one that is too large', { payload: 'x'.repeat(1024 * 1024) }, 'bus/message-too-large'],
  ])('refuses %s, and publishes nothing of the request', async (_, message, code) => {
    const world = busPorts();
    await expect(publish(world, [{ payload: 0 }, message])).rejects.toMatchObject({ code, data: { index: 1 } });
    expect(await payloads(world.backend)).toEqual([]);
  });

  it.each(['Jobs', 'a/b', '', '.a', 'a..b', 'a.lock', 'x'.repeat(65)])('refuses the topic `%s`', async (topic) => {
    await expect(publish(busPorts(), numbered(1), { topic })).rejects.toMatchObject({ code: 'bus/name' });
  });

  it('does not open a topic twice where its segments are missing', async () => {
    const world = busPorts();
    await publish(world, numbered(1));
    const [segment] = await listSegments(world.backend, TOPIC);
    const name = refOfChain(segment?.chain ?? '');
    await world.backend.refs.transaction([{ name, expected: segment?.oid ?? '', next: null }]);
    await expect(publish(world, numbered(1))).rejects.toMatchObject({ code: 'bus/no-successor' });
  });
});

it.each(['sha1', 'sha256'] as const)('a topic works in a repository of format %s', async (format) => {
  const world = busPorts(memoryBackend({ format }));
  await publish(world, numbered(7), { perEnvelope: 2, limits: { maxMessages: 3 } });
  expect(await payloads(world.backend)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(await failures(world.backend)).toEqual([]);
});

describe('reading', () => {
  it('goes on from every offset, with and without the commit', async () => {
    const world = busPorts();
    await publish(world, numbered(12), { perEnvelope: 3, limits: { maxMessages: 5 } });
    const all = await drain(world.backend, TOPIC);
    for (const [i, { segment, seq }] of all.entries()) {
      const rest: JsonValue[] = [];
      for await (const { messages } of readMessages(world.backend, { topic: TOPIC, from: { segment, seq } }))
        rest.push(...messages.map(({ payload }) => payload));
      expect(rest).toEqual(numbered(11 - i, i + 1).map(({ payload }) => payload));
    }
    let from: Parameters<typeof readMessages>[1]['from'] = 'end';
    for await (const { messages } of readMessages(world.backend, { topic: TOPIC, from })) expect(messages).toEqual([]);
    from = 'start';
    for await (const { offset } of readMessages(world.backend, { topic: TOPIC, from })) from = offset;
    await publish(world, numbered(4, 12), { limits: { maxMessages: 5 } });
    const more: JsonValue[] = [];
    for await (const { messages } of readMessages(world.backend, { topic: TOPIC, from }))
      more.push(...messages.map(({ payload }) => payload));
    expect(more).toEqual([12, 13, 14, 15]);
  });

  it('reads on what a segment gained, and rotated, while it was read', async () => {
    const world = busPorts();
    await publish(world, numbered(2), { perEnvelope: 1 });
    const seen: JsonValue[] = [];
    let next = 2;
    for await (const { messages } of readMessages(world.backend, { topic: TOPIC, from: 'start' })) {
      seen.push(...messages.map(({ payload }) => payload));
      if (next < 20) await publish(world, numbered(3, next), { limits: { maxMessages: 4 } });
      next += 3;
    }
    expect(seen).toEqual(numbered(seen.length).map(({ payload }) => payload));
    expect(seen).toHaveLength(20);
  });
});

describe('figures', () => {
  it('count what is there and what a consumer lacks', async () => {
    const world = busPorts();
    await publish(world, numbered(12), { limits: { maxMessages: 5 } });
    const consumer = await openConsumer(world, { ...BUS_AUTHOR, topic: TOPIC, consumer: 'c' });
    const [segment] = await listSegments(world.backend, TOPIC);
    await consumer.ack({ segment: segment?.ulid ?? '', seq: 1 });
    const now = world.clock.now() + 1000;
    const stats = await topicStats(world.backend, { topic: TOPIC, now, olderThan: 500, limits: { maxMessages: 2 } });
    expect(stats).toMatchObject({ messages: 12, refs: 5, pruned: { segments: 0 } });
    expect(stats.segments.map(({ messages, ended }) => [messages, ended])).toEqual([
      [5, true],
      [5, true],
      [2, false],
    ]);
    expect(stats.consumers).toMatchObject([{ consumer: 'c', lag: 10, handled: 2, conflicts: 0 }]);
    expect(stats.suggestions).toMatchObject([
      { what: 'rotates-next' },
      { what: 'compact', segments: 2 },
      { what: 'consumer-behind', consumer: 'c', lag: 10 },
    ]);
    await expect(topicStats(world.backend, { topic: 'none', now })).rejects.toMatchObject({ code: 'bus/no-topic' });
  });
});
