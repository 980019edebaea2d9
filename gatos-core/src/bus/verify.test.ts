/** Topics of which one thing is not true: each is named by the check that it fails. */
import { beforeEach, describe, expect, it } from 'vitest';
import { BUS_AUTHOR, type BusWorld, busPorts } from '../../testing/bus-world.js';
import {
  type AnyRecordKind,
  append,
  type Draft,
  type Rule,
  readEntry,
  recordBody,
  refOfChain,
} from '../chain/index.js';
import { encode, type Value } from '../codec/index.js';
import { requestBy } from '../trust/index.js';
import {
  compactTopic,
  digestSegment,
  END_KIND,
  listSegments,
  listTopics,
  OFFSET_KIND,
  OFFSETS_RULE,
  offsetsChain,
  openConsumer,
  publishMessages,
  SEGMENT_RULE,
  SUMMARY_KIND,
  SUMMARY_RULE,
  segmentChain,
  summaryChain,
  summaryOf,
  TOPIC_KIND,
  verifyBus,
} from './index.js';

const TOPIC = 'jobs';
let world: BusWorld;

beforeEach(async () => {
  world = busPorts();
  for (let i = 0; i < 5; i++)
    await publishMessages(world, {
      ...BUS_AUTHOR,
      topic: TOPIC,
      messages: [{ payload: i }],
      limits: { maxMessages: 2 },
    });
});

const draft = ({ kind }: AnyRecordKind, ...bodies: Value[]): Draft => ({
  kind,
  bodies: bodies.map((body) => encode(body)),
  description: { title: 'forged' },
});

async function forge(chain: string, rule: Rule, ...drafts: Draft[]): Promise<void> {
  await append(world, requestBy(BUS_AUTHOR, { chain, rule, prepare: async () => drafts }));
}

async function remove(chain: string): Promise<void> {
  const name = refOfChain(chain);
  await world.backend.refs.transaction([{ name, expected: await world.backend.refs.read(name), next: null }]);
}

async function faults(): Promise<(readonly [string, string | undefined, string])[]> {
  const checks = await verifyBus(world.backend);
  return checks.flatMap(({ outcome, code, subject }) =>
    outcome === 'pass' ? [] : [[outcome, code, subject] as const],
  );
}

const message = (payload: Value): Value => ({ ulid: '01HF7YAT000000000000000000', type: 'message', payload });

async function segments() {
  const [first, second, third] = await listSegments(world.backend, TOPIC);
  if (first === undefined || second === undefined || third === undefined) throw new Error('there are three');
  return { first, second, third };
}

/** The summary of a segment as it ought to be. */
async function honest(segment: { readonly chain: string; readonly oid: string }) {
  const summary = summaryOf(await digestSegment(world.backend, segment));
  if (summary === null) throw new Error('it has ended');
  return summary;
}

describe('segments', () => {
  it('hold as they were written', async () => {
    const consumer = await openConsumer(world, { ...BUS_AUTHOR, topic: TOPIC, consumer: 'c' });
    for await (const { offset } of consumer.deliveries()) await consumer.ack(offset);
    const checks = await verifyBus(world.backend);
    expect(checks.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      'offsets pass',
      'topic pass',
      ...Array.from({ length: 3 }, () => 'segment pass'),
    ]);
    expect(await verifyBus(world.backend, { only: ['mbus/jobs'] })).toHaveLength(3);
    expect(await verifyBus(world.backend, { only: ['mbus-ack/'] })).toHaveLength(1);
    expect(await verifyBus(world.backend, { only: ['mbus/job', 'journal/'] })).toHaveLength(0);
  });

  it('end once, and nothing follows', async () => {
    const { first, second } = await segments();
    await forge(first.chain, SEGMENT_RULE, draft({ kind: 'bus.message' } as AnyRecordKind, message('late')));
    expect(await faults()).toEqual([
      ['fail', 'bus/after-end', first.chain],
      // What is no end names no successor.
      ['fail', 'bus/not-linked', second.chain],
    ]);
  });

  it.each([
    ['too many messages', { count: 3 }],
    ['too few bytes', { bytes: 1 }],
    ['a past successor', { next: '00000000000000000000000000' }],
  ])('do not end with %s', async (_, more) => {
    const { third } = await segments();
    const { bytes } = await digestSegment(world.backend, third);
    const next = `7${third.ulid.slice(1)}`;
    await forge(third.chain, SEGMENT_RULE, draft(END_KIND, { next, count: 1, bytes, ...more }));
    expect(await faults()).toEqual([['fail', 'bus/bad-end', third.chain]]);
  });

  it('whose successor is not here could not be checked', async () => {
    const { second, third } = await segments();
    await remove(third.chain);
    expect(await faults()).toEqual([['unknown', 'bus/no-successor', second.chain]]);
  });

  it('that no other one names are not of the topic', async () => {
    const stray = segmentChain(TOPIC, '01HF7YAT0000000000000000ZZ');
    await forge(stray, SEGMENT_RULE, draft({ kind: 'bus.message' } as AnyRecordKind, message('stray')));
    expect(await faults()).toEqual([['fail', 'bus/not-linked', stray]]);
  });

  it.each([
    ['another day', 'mbus/jobs/2023/11/15/01HF7YAT000000000000000000'],
    ['no ulid', 'mbus/jobs/2023/11/14/x'],
    ['a name that is none', 'mbus/Jobs/2023/11/14/01HF7YAT000000000000000000'],
  ])('of %s have no place', async (_, chain) => {
    const { first } = await segments();
    const { envelope } = await readEntry(world.backend, first.oid);
    expect(SEGMENT_RULE.admit?.(envelope, chain)?.code).toBe('bus/misplaced');
    expect(SEGMENT_RULE.pruned?.(chain)).toBeNull();
  });
});

describe('what cannot be read', () => {
  it('passes nothing of its topic, and says nothing of others', async () => {
    const { third } = await segments();
    await publishMessages(world, { ...BUS_AUTHOR, topic: 'other', messages: [{ payload: 1 }] });
    const [blob = ''] = await world.backend.objects.write([{ type: 'blob', content: new Uint8Array(3) }]);
    const edit = { name: refOfChain(third.chain), expected: third.oid, next: blob };
    await world.backend.refs.transaction([edit]);
    const found = await faults();
    expect(new Set(found.map(([, code]) => code))).toEqual(new Set(['chain/malformed-envelope']));
    expect(found).toHaveLength(4);
    expect(await verifyBus(world.backend, { only: [third.chain] })).toMatchObject([{ outcome: 'fail' }]);
  });

  it('is no topic when its name is out of form', async () => {
    const { first } = await segments();
    const name = 'refs/gatos/mbus/Jobs/2023/11/14/01HF7YAT000000000000000000';
    await world.backend.refs.transaction([
      { name, expected: null, next: first.oid },
      { name: 'refs/gatos/mbus-ack/jobs/C', expected: null, next: first.oid },
      { name: 'refs/gatos/mbus-summary/Jobs', expected: null, next: first.oid },
    ]);
    // What stands there is refused by the rules of those chains.
    expect(await faults()).toEqual([]);
    expect(await listTopics(world.backend)).toEqual([TOPIC]);
  });
});

describe('summaries', () => {
  it.each([
    ['count', { count: 3, last: 2 }],
    ['bytes', { bytes: 1 }],
    ['root', { root: new Uint8Array(32) }],
    ['head', {}],
    ['next', { next: '7ZZZZZZZZZZZZZZZZZZZZZZZZZ' }],
    ['times', { to: 1 }],
  ])('with another %s are named together with the segment', async (what, more) => {
    const { first, second } = await segments();
    const { head } = await honest(second);
    const forged = { ...(await honest(first)), ...more, ...(what === 'head' ? { head } : {}) };
    await forge(summaryChain(TOPIC), SUMMARY_RULE, draft(SUMMARY_KIND, forged as unknown as Value));
    const checks = (await verifyBus(world.backend)).filter(({ outcome }) => outcome !== 'pass');
    const named = checks.filter(({ code }) => code === 'bus/bad-summary').map(({ subject }) => subject);
    expect(named).toEqual([summaryChain(TOPIC), first.chain]);
    for (const { detail } of checks.filter(({ code }) => code === 'bus/bad-summary'))
      expect(detail).toMatch(new RegExp(`summary \`bafy[a-z0-9]+\` of segment \`${first.chain}\``));
  });

  it('of a segment that is still here may be true', async () => {
    const { first } = await segments();
    await forge(summaryChain(TOPIC), SUMMARY_RULE, draft(SUMMARY_KIND, (await honest(first)) as unknown as Value));
    expect(await faults()).toEqual([]);
  });

  it('come once for a segment', async () => {
    const { first } = await segments();
    const summary = await honest(first);
    await compactTopic(world, { ...BUS_AUTHOR, topic: TOPIC, olderThan: 0 });
    await forge(summaryChain(TOPIC), SUMMARY_RULE, draft(SUMMARY_KIND, summary as unknown as Value));
    expect(await faults()).toEqual([['fail', 'bus/bad-summary', summaryChain(TOPIC)]]);
  });

  it('of a segment that the topic never had are refused', async () => {
    const { first } = await segments();
    const invented = { ...(await honest(first)), segment: segmentChain(TOPIC, '01HF7YAT0000000000000000ZZ') };
    await forge(summaryChain(TOPIC), SUMMARY_RULE, draft(SUMMARY_KIND, invented as unknown as Value));
    expect(await faults()).toEqual([['fail', 'bus/not-linked', summaryChain(TOPIC)]]);
  });

  it('stand on the chain of their topic, behind its opening', async () => {
    const { oid } = (await world.backend.refs.list(refOfChain(summaryChain(TOPIC))))[0] ?? { oid: '' };
    const { envelope } = await readEntry(world.backend, oid);
    expect(recordBody(envelope, 0, TOPIC_KIND).topic).toBe(TOPIC);
    expect(SUMMARY_RULE.admit?.(envelope, summaryChain(TOPIC))).toBeNull();
    expect(SUMMARY_RULE.admit?.(envelope, summaryChain('other'))?.code).toBe('bus/misplaced');
    expect(SUMMARY_RULE.admit?.({ ...envelope, seq: 1 }, summaryChain(TOPIC))?.code).toBe('bus/misplaced');
    expect(SUMMARY_RULE.admit?.(envelope, 'mbus-summary/A')?.code).toBe('bus/misplaced');
  });
});

describe('offsets', () => {
  const chain = offsetsChain(TOPIC, 'c');
  const offset = (segment: string, seq: number, more: object = {}): Value =>
    ({ topic: TOPIC, consumer: 'c', segment, seq, handled: seq + 1, conflicts: 0, seen: [], ...more }) as Value;

  it.each([
    ['go back', [1, 0], {}],
    ['stand still', [1, 1], {}],
    ['count fewer than they list', [0], { handled: 0, seen: [new Uint8Array(32)] }],
    ['name a message that the segment does not have', [2], {}],
  ])('that %s are not true', async (_, seqs, more) => {
    const { first } = await segments();
    for (const seq of seqs) await forge(chain, OFFSETS_RULE, draft(OFFSET_KIND, offset(first.ulid, seq, more)));
    expect(await faults()).toEqual([['fail', 'bus/bad-offsets', chain]]);
  });

  it('in a segment that is not here could not be checked', async () => {
    await forge(chain, OFFSETS_RULE, draft(OFFSET_KIND, offset('01HF7YAT0000000000000000ZZ', 0)));
    expect(await faults()).toEqual([['unknown', 'bus/no-segment', chain]]);
  });

  it('are held against the summary of what was pruned', async () => {
    const { first } = await segments();
    await compactTopic(world, { ...BUS_AUTHOR, topic: TOPIC, olderThan: 0 });
    await forge(chain, OFFSETS_RULE, draft(OFFSET_KIND, offset(first.ulid, 1)));
    expect(await faults()).toEqual([]);
    await forge(chain, OFFSETS_RULE, draft(OFFSET_KIND, offset(first.ulid, 2, { handled: 9 })));
    expect(await faults()).toEqual([['fail', 'bus/bad-offsets', chain]]);
  });

  it('name the consumer whose chain it is', async () => {
    const { first } = await segments();
    await forge(chain, OFFSETS_RULE, draft(OFFSET_KIND, offset(first.ulid, 0)));
    const { oid } = (await world.backend.refs.list(refOfChain(chain)))[0] ?? { oid: '' };
    const { envelope } = await readEntry(world.backend, oid);
    expect(OFFSETS_RULE.admit?.(envelope, chain)).toBeNull();
    for (const other of [offsetsChain(TOPIC, 'd'), offsetsChain('other', 'c'), 'mbus-ack/jobs/C'])
      expect(OFFSETS_RULE.admit?.(envelope, other)?.code).toBe('bus/misplaced');
  });
});
