/** A segment of the bus may be deleted when, and only when, a summary covers it; and what the bus promises holds for what is pushed. */
import { beforeEach, describe, expect, it } from 'vitest';
import { loadEngine, nativeEngine } from '../../node/index.js';
import { type GateWorld, gateWorlds, told } from '../../testing/gate-world.js';
import { seededRandom, steppingClock } from '../../testing/index.js';
import {
  type BusPorts,
  compactTopic,
  END_KIND,
  listSegments,
  openConsumer,
  publishMessages,
  SEGMENT_RULE,
  SUMMARY_KIND,
  SUMMARY_RULE,
  summaryChain,
} from '../bus/index.js';
import { append, draftRecord, readEntry, recordBody, refOfChain } from '../chain/index.js';
import { encode } from '../codec/index.js';
import { UlidSource } from '../journal/index.js';
import { requestBy, type Writer } from '../trust/index.js';

const worlds = gateWorlds({ sandbox: await loadEngine(), engine: nativeEngine() });
const TOPIC = 'jobs';

let world: GateWorld;
let ports: BusPorts;
let alice: Writer;

/** Accepted: two segments of two messages, and one that goes on. */
beforeEach(async () => {
  world = await worlds.founded();
  const clock = steppingClock({ start: world.folds.clock.now(), step: 1 });
  const random = seededRandom(1);
  ports = { backend: world.client, clock, random, ulids: new UlidSource({ clock, random }) };
  const actor = 'user:alice';
  alice = { actor, signer: world.folds.signer(actor), trust: await world.folds.trust(), policyRoot: null };
  await publish(5);
  expect(told(await world.send())).toEqual([]);
});

async function publish(count: number): Promise<void> {
  for (let i = 0; i < count; i++)
    await publishMessages(ports, { ...alice, topic: TOPIC, messages: [{ payload: i }], limits: { maxMessages: 2 } });
}

async function refs(): Promise<string[]> {
  return (await listSegments(world.client, TOPIC)).map(({ chain }) => refOfChain(chain));
}

const compact = () => compactTopic(ports, { ...alice, topic: TOPIC, olderThan: 0 });
const SUMMARIES = refOfChain(summaryChain(TOPIC));

describe('the bus at the gate', () => {
  it('lets messages, rotations, offsets and pruning pass', async () => {
    await publish(4);
    const consumer = await openConsumer(ports, { ...alice, topic: TOPIC, consumer: 'c' });
    for await (const { offset } of consumer.deliveries()) await consumer.ack(offset);
    expect(told(await world.send())).toEqual([]);
    const { summaries } = await compact();
    expect(summaries).toHaveLength(4);
    expect(told(await world.send())).toEqual([]);
    expect(await listSegments(world.server, TOPIC)).toHaveLength(1);
    await publish(1);
    expect(told(await world.send())).toEqual([]);
  });

  it('lets segments be deleted after their summary was accepted', async () => {
    const [first = '', second = ''] = await refs();
    await compact();
    expect(told(await world.send(SUMMARIES))).toEqual([]);
    const deletions = (await world.updates()).filter(({ next }) => next === null);
    expect(deletions.map(({ name }) => name)).toEqual([first, second]);
    expect(told(await world.judge(deletions))).toEqual([]);
  });

  it('refuses the deletion of a segment without a summary', async () => {
    for (const name of await refs()) {
      const judgement = await world.judge([{ name, old: await world.head(name), next: null }]);
      expect(told(judgement)).toEqual([`${name} gate/no-deletion`]);
    }
  });

  it('refuses the deletion of what is no segment', async () => {
    const judgement = await world.judge([{ name: SUMMARIES, old: await world.head(SUMMARIES), next: null }]);
    expect(told(judgement)).toEqual([`${SUMMARIES} gate/no-deletion`]);
  });

  it.each([
    ['another root', { root: new Uint8Array(32) }],
    ['fewer messages', { count: 1, last: 0 }],
    ['another end', { bytes: 1 }],
  ])('refuses a deletion by a summary with %s', async (_, more) => {
    const [name = ''] = await refs();
    const { summaries } = await compact();
    await world.point(SUMMARIES, await world.parent(SUMMARIES));
    const [honest] = summaries;
    if (honest === undefined) throw new Error('there is a summary');
    const { draft } = draftRecord(SUMMARY_KIND, { ...honest, ...more });
    const prepare = async () => [draft];
    await append(ports, requestBy(alice, { chain: summaryChain(TOPIC), rule: SUMMARY_RULE, prepare }));
    const wanted = (await world.updates()).filter((update) => [name, SUMMARIES].includes(update.name));
    expect(wanted).toHaveLength(2);
    expect(told(await world.judge(wanted))).toContain(`${name} gate/bus`);
    // With the segment still there the summary itself is refused.
    const alone = wanted.filter(({ next }) => next !== null);
    expect(told(await world.judge(alone))).toEqual([`${SUMMARIES} gate/bus`]);
  });

  it('never lets a pruned segment be created again', async () => {
    const [name = ''] = await refs();
    const next = await world.head(name);
    await compact();
    expect(told(await world.send())).toEqual([]);
    expect(told(await world.judge([{ name, old: null, next }]))).toEqual([`${name} gate/create-once`]);
  });

  it('refuses what follows the end of a segment, and segments that nothing leads to', async () => {
    const [first = ''] = await refs();
    const chain = first.slice('refs/gatos/'.length);
    const body = encode({ ulid: '01HF7YAT000000000000000000', type: 'late', payload: 1 });
    const drafts = [{ kind: 'bus.message', bodies: [body], description: { title: 'message: late' } }];
    const prepare = async () => drafts;
    await append(ports, requestBy(alice, { chain, rule: SEGMENT_RULE, prepare }));
    const stray = `${chain.slice(0, chain.lastIndexOf('/'))}/01HF7YAT0000000000000000ZZ`;
    const placed = stray.replace(/\d{4}\/\d\d\/\d\d/, '2023/11/14');
    await append(ports, requestBy(alice, { chain: placed, rule: SEGMENT_RULE, prepare }));
    expect([...told(await world.judge(await world.updates()))].sort()).toEqual(
      [`${first} gate/bus`, `${refOfChain(placed)} gate/bus`].sort(),
    );
  });

  it('refuses an end without the segment that it names', async () => {
    await publish(2);
    const updates = await world.updates();
    const [ended] = updates.filter(({ old }) => old !== null);
    expect(updates).toHaveLength(2);
    const { envelope } = await readEntry(world.client, ended?.next ?? '');
    expect(recordBody(envelope, 0, END_KIND).count).toBe(2);
    const judgement = await world.judge(ended === undefined ? [] : [ended]);
    expect(told(judgement)).toEqual([`${ended?.name} gate/could-not-check`]);
    expect(told(await world.judge(updates))).toEqual([]);
  });
});
