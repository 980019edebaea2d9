import { beforeEach, describe, expect, it } from 'vitest';
import { BUS_AUTHOR, type BusWorld, busPorts, drain } from '../../testing/bus-world.js';
import { readHead } from '../chain/index.js';
import type { JsonValue } from '../codec/index.js';
import {
  type Consumer,
  type ConsumerRequest,
  type Delivery,
  type NewMessage,
  openConsumer,
  publishMessages,
  verifyBus,
} from './index.js';

const TOPIC = 'jobs';
let world: BusWorld;

beforeEach(() => {
  world = busPorts();
});

async function publish(messages: readonly NewMessage[], maxMessages = 4): Promise<void> {
  await publishMessages(world, { ...BUS_AUTHOR, topic: TOPIC, messages, limits: { maxMessages }, perEnvelope: 2 });
}

const open = (more: Partial<ConsumerRequest> = {}): Promise<Consumer> =>
  openConsumer(world, { ...BUS_AUTHOR, topic: TOPIC, consumer: 'worker', ...more });

async function deliveries(consumer: Consumer): Promise<Delivery[]> {
  const all: Delivery[] = [];
  for await (const delivery of consumer.deliveries()) all.push(delivery);
  return all;
}

async function handleAll(consumer: Consumer): Promise<JsonValue[]> {
  const handled: JsonValue[] = [];
  for (const { messages, offset } of await deliveries(consumer)) {
    handled.push(...messages.map(({ payload }) => payload));
    await consumer.ack(offset);
  }
  return handled;
}

const keyed = (...keys: string[]): NewMessage[] => keys.map((key) => ({ payload: key, key }));

async function codes(): Promise<(string | undefined)[]> {
  return (await verifyBus(world.backend)).filter(({ outcome }) => outcome !== 'pass').map(({ code }) => code);
}

describe('a consumer', () => {
  it('gets what it has not acknowledged, over rotations, and again in another process', async () => {
    await publish(keyed('a', 'b', 'c', 'd', 'e', 'f'));
    const first = await open();
    expect(first.position).toBeNull();
    const [one] = await deliveries(first);
    expect(one?.messages.map(({ payload }) => payload)).toEqual(['a', 'b', 'c', 'd']);
    const second = await open();
    expect((await deliveries(second)).flatMap(({ messages }) => messages)).toHaveLength(6);
    await second.ack(one?.offset ?? { segment: '', seq: 0 });
    expect(await handleAll(await open())).toEqual(['e', 'f']);
    expect(await handleAll(await open())).toEqual([]);
    await publish(keyed('g'));
    expect(await handleAll(await open())).toEqual(['g']);
    expect(await codes()).toEqual([]);
  });

  it('is told of what comes later by the same object', async () => {
    await publish(keyed('a'));
    const consumer = await open();
    expect(await handleAll(consumer)).toEqual(['a']);
    await publish(keyed('b', 'c', 'd', 'e'));
    expect(await handleAll(consumer)).toEqual(['b', 'c', 'd', 'e']);
    expect([consumer.handled, consumer.conflicts]).toEqual([5, 0]);
  });

  it('knows what it handled, by key and content, across segments and processes', async () => {
    await publish(keyed('a', 'b'), 2);
    expect(await handleAll(await open())).toEqual(['a', 'b']);
    // In the next segment nobody knows the key.
    await publish(keyed('z'), 2);
    await publish([
      { payload: 'a', key: 'a' },
      { payload: 'other', key: 'b' },
      { payload: 'c', key: 'c' },
    ]);
    const consumer = await open();
    const [delivery] = await deliveries(consumer);
    expect(delivery?.messages.map(({ payload }) => payload)).toEqual(['z', 'c']);
    expect(delivery?.duplicates.map(({ payload }) => payload)).toEqual(['a']);
    expect(delivery?.conflicts.map(({ payload }) => payload)).toEqual(['other']);
    await consumer.ack(delivery?.offset ?? { segment: '', seq: 0 });
    expect([consumer.handled, consumer.conflicts]).toEqual([4, 1]);
    expect(await codes()).toEqual([]);
  });

  it('tells duplicates inside of one portion', async () => {
    for (const key of ['a', 'b', 'a']) await publish(keyed(key), 1);
    const consumer = await open();
    const all = await deliveries(consumer);
    expect(all.flatMap(({ messages }) => messages)).toHaveLength(2);
    expect(all.flatMap(({ duplicates }) => duplicates)).toHaveLength(1);
    await consumer.ack(all.at(-1)?.offset ?? { segment: '', seq: 0 });
    expect(consumer.handled).toBe(2);
  });

  it('forgets what is beyond its window, and nothing that is inside', async () => {
    await publish(keyed('a', 'b', 'c'), 3);
    expect(await handleAll(await open({ window: 3 }))).toEqual(['a', 'b', 'c']);
    // What it handles now pushes out what it handled before.
    await publish(keyed('y'), 1);
    expect(await handleAll(await open({ window: 3 }))).toEqual(['y']);
    for (const key of ['c', 'a']) await publish(keyed(key), 1);
    expect(await handleAll(await open({ window: 3 }))).toEqual(['a']);
  });

  it('never goes back, and writes nothing for what it said already', async () => {
    await publish(keyed('a', 'b', 'c'));
    const consumer = await open();
    const [delivery] = await deliveries(consumer);
    const { segment = '' } = delivery?.offset ?? {};
    expect(await consumer.ack({ segment, seq: 1 })).toBe(true);
    const head = (await readHead(world.backend, consumer.chain))?.oid;
    expect(await consumer.ack({ segment, seq: 1 })).toBe(false);
    expect(await consumer.ack({ segment, seq: 0 })).toBe(false);
    expect((await readHead(world.backend, consumer.chain))?.oid).toBe(head);
    expect(consumer.position).toEqual({ segment, seq: 1 });
  });

  it('counts what another process of it acknowledged once', async () => {
    await publish(keyed('a', 'b', 'c', 'd'));
    const [one, two] = [await open(), await open()];
    const [first, second] = [(await deliveries(one))[0], (await deliveries(two))[0]];
    const { segment = '' } = first?.offset ?? {};
    expect(await one.ack({ segment, seq: 1 })).toBe(true);
    expect(await two.ack(second?.offset ?? { segment, seq: 3 })).toBe(true);
    expect(await one.ack({ segment, seq: 2 })).toBe(false);
    expect([one.handled, two.handled]).toEqual([4, 4]);
    expect(await codes()).toEqual([]);
  });

  it('may acknowledge what another program handed out, with the marks of all that lies between', async () => {
    await publish(keyed('a', 'b', 'c'));
    const [, last] = await drain(world.backend, TOPIC);
    const { segment = '', seq = 0 } = last ?? {};
    expect(await (await open()).ack({ segment, seq })).toBe(true);
    await publish(keyed('x', 'b'), 1);
    expect(await handleAll(await open())).toEqual(['c', 'x']);
  });

  it.each([
    ['a place behind the end', { seq: 9 }],
    ['a number that is none', { seq: -1 }],
    ['a segment that is none', { segment: 'x' }],
  ])('refuses %s', async (_, more) => {
    await publish(keyed('a'));
    const [message] = await drain(world.backend, TOPIC);
    const offset = { segment: message?.segment ?? '', seq: 0, ...more };
    await expect((await open()).ack(offset)).rejects.toMatchObject({ code: 'bus/bad-offset' });
  });

  it('may start at the end, or anywhere', async () => {
    await publish(keyed('a', 'b'));
    const late = await open({ consumer: 'late', from: 'end' });
    const [first] = await drain(world.backend, TOPIC);
    const second = await open({ consumer: 'second', from: { segment: first?.segment ?? '', seq: 0 } });
    await publish(keyed('c'));
    expect(await handleAll(late)).toEqual(['c']);
    expect(await handleAll(second)).toEqual(['b', 'c']);
    await expect(open({ consumer: 'A' })).rejects.toMatchObject({ code: 'bus/name' });
  });
});
