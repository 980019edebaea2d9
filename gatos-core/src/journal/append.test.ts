import { beforeEach, describe, expect, it, vi } from 'vitest';
import { testSigner } from '../../testing/hand-made.js';
import { seededRandom, withFaults } from '../../testing/index.js';
import { type JournalWorld, journalPorts, quickSigner, trustAll } from '../../testing/journal-world.js';
import { readHead, recordBody, verifyChain } from '../chain/index.js';
import { encode, type JsonValue, parseUlid } from '../codec/index.js';
import { type GitBackend, gitError, memoryBackend } from '../git/index.js';
import { nobleEngine, type Signer } from '../identity/index.js';
import { EXIT, type GatosError, LIMITS } from '../kernel/index.js';
import { found, openTrust } from '../trust/index.js';
import {
  type EmitRequest,
  EVENT_KIND,
  emit,
  JOURNAL_RULES,
  journalHeads,
  memoryKeyIndex,
  type NewEvent,
  readOrdered,
} from './index.js';

const CHAIN = 'journal/default/user-alice';
const trust = trustAll();
let backend: GitBackend;
let ports: JournalWorld;

beforeEach(() => {
  backend = memoryBackend();
  ports = journalPorts(backend);
});

function record(events: readonly NewEvent[], more: Partial<EmitRequest> = {}, on: JournalWorld = ports) {
  return emit(on, { ns: 'default', actor: 'user:alice', signer: quickSigner(1), trust, policy: null, events, ...more });
}

const event = (payload: JsonValue = 1, more: Partial<NewEvent> = {}): NewEvent => ({ type: 't', payload, ...more });
const keyed = (key: string, payload: JsonValue = 1): NewEvent => event(payload, { key });

async function eventsIn(ns = 'default') {
  const events: { key?: string; payload: JsonValue; ulid: string; chain: string }[] = [];
  for await (const batch of readOrdered(backend, { heads: await journalHeads(backend, ns) }))
    for (const { envelope } of batch)
      for (let i = 0; i < envelope.count; i++)
        events.push({ ...recordBody(envelope, i, EVENT_KIND), chain: envelope.chain } as never);
  return events;
}

const statuses = ({ events }: { events: readonly { status: string }[] }) => events.map(({ status }) => status);
const cids = ({ events }: { events: readonly { cid: unknown }[] }) => events.map(({ cid }) => String(cid));

describe('recording events', () => {
  it('makes a journal that verifies, with the CIDs it answers', async () => {
    const engine = nobleEngine();
    const signer = testSigner(1);
    const own = { ...ports, engine };
    const history = await found(own, { profile: 'default', actor: 'user:alice', signer });
    const result = await record([event(1), event({ a: [null] }, { key: 'k' }), event('x')], {
      signer,
      trust: history,
      perEnvelope: 2,
    });
    const [head] = await journalHeads(backend, 'default');
    const verdict = await verifyChain(
      { backend, engine, repo: history.repo, authorize: (await openTrust(own)).authorize },
      { chain: CHAIN, rule: JOURNAL_RULES[0] as never, head: head?.oid as string },
    );
    expect(verdict).toMatchObject({ fault: null, envelopes: 2, records: 3 });
    expect(result.appended.map(({ envelope }) => [envelope.count, envelope.clock])).toEqual([
      [2, 2],
      [1, 3],
    ]);
    expect(new Set(cids(result)).size).toBe(3);
    const again = await record([event({ a: [null] }, { key: 'k' })], { signer, trust: history });
    expect([statuses(again), cids(again)]).toEqual([['exists'], [cids(result)[1]]]);
  });

  it('records nothing for no events', async () => {
    expect(await record([])).toEqual({ events: [], appended: [] });
    expect(await readHead(backend, CHAIN)).toBeNull();
  });

  it('gives every event a ulid of its time, rising', async () => {
    await record([event(), event(), event()]);
    const ulids = (await eventsIn()).map(({ ulid }) => ulid);
    expect([...ulids].sort()).toEqual(ulids);
    expect(parseUlid(ulids[0] as string).timeMs).toBe(1_700_000_000_000);
  });

  it('stands above what it has seen: trust, and the other chains of its namespace', async () => {
    const clockOf = async (more: Partial<EmitRequest>) => (await record([event()], more)).appended[0]?.envelope.clock;
    expect(await clockOf({ actor: 'user:bob' })).toBe(2);
    expect(await clockOf({})).toBe(3);
    expect(await clockOf({ actor: 'user:bob' })).toBe(4);
    expect(await clockOf({ ns: 'other' })).toBe(2);
    expect(await clockOf({ trust: { ...trust, head: { ...trust.head, clock: 50 } } })).toBe(51);
  });

  it('never lets the time of an envelope run backwards in its chain', async () => {
    const times: number[] = [];
    for (const seconds of [0, -3600, 10, -100_000, 200_000]) {
      ports.clock.advance(seconds * 1_000_000);
      times.push(...(await record([event()])).appended.map(({ envelope }) => envelope.time));
    }
    expect([...times].sort((a, b) => a - b)).toEqual(times);
  });

  it('asks whether the key may sign, before it signs', async () => {
    const refusal = { ...trust, authorize: () => gitError('bad-config', { path: 'x', line: 1 }) };
    const signer = { ...quickSigner(1), sign: vi.fn() } as unknown as Signer;
    await expect(record([event()], { trust: refusal, signer })).rejects.toMatchObject({ code: 'git/bad-config' });
    expect(signer.sign).not.toHaveBeenCalled();
  });

  it('splits by count and by bytes', async () => {
    const many = await record(
      Array.from({ length: 25 }, () => event()),
      { perEnvelope: 10 },
    );
    expect(many.appended.map(({ envelope }) => envelope.count)).toEqual([10, 10, 5]);
    const large = Array.from({ length: 9 }, () => event('x'.repeat(1_000_000)));
    const split = await record(large);
    expect(split.appended.map(({ envelope }) => envelope.count)).toEqual([4, 4, 1]);
    for (const { envelope } of split.appended) expect(envelope.bytes.length).toBeLessThanOrEqual(LIMITS.envelopeBytes);
    const one = await record(
      Array.from({ length: 3 }, () => event()),
      { perEnvelope: 0 },
    );
    expect(one.appended).toHaveLength(3);
    expect((await record([event(), event()], { perEnvelope: 1e9 })).appended).toHaveLength(1);
  });
});

describe('an event that cannot be recorded', () => {
  const deep = (depth: number): JsonValue => (depth === 0 ? 1 : [deep(depth - 1)]);

  it.each<[string, Partial<Record<keyof NewEvent, unknown>>]>([
    ['an empty type', { type: '' }],
    ['a type that is too long', { type: 'x'.repeat(LIMITS.eventTypeBytes + 1) }],
    ['a type too long in bytes', { type: 'é'.repeat(65) }],
    ['a control character in the type', { type: 'a\nb' }],
    ['an escape sequence in the type', { type: '\u001b[31mred' }],
    ['a C1 control character', { type: 'a\u0085b' }],
    ['a line separator', { type: 'a\u2028b' }],
    ['a lone surrogate', { type: 'a\ud800' }],
    ['an empty key', { key: '' }],
    ['a key that is too long', { key: 'x'.repeat(LIMITS.eventKeyBytes + 1) }],
    ['a control character in the key', { key: 'a\u0000b' }],
    ['a key with the form of a ulid', { key: '01HZXK3V7R8Q2M5N6P9S0T1V2W' }],
    ['a payload that is nothing', { payload: undefined }],
    ['a number that JSON has not', { payload: [Number.NaN] }],
    ['-0', { payload: { a: -0 } }],
    ['bytes', { payload: new Uint8Array(1) }],
    ['a lone surrogate in a payload', { payload: ['\udc00'] }],
    ['a date', { payload: { at: new Date(0) } }],
    ['a payload nested too deep for the schema', { payload: deep(LIMITS.depth + 1) }],
    ['a payload nested too deep for an envelope', { payload: deep(LIMITS.depth - 2) }],
  ])('refuses the request: %s', async (_, more) => {
    const bad = { ...event(), ...more } as NewEvent;
    await expect(record([event(), bad])).rejects.toMatchObject({
      code: 'journal/bad-event',
      exit: EXIT.no,
      data: { index: 1 },
    });
    expect(await readHead(backend, CHAIN)).toBeNull();
  });

  it('takes what is just within the bounds', async () => {
    const type = 'x'.repeat(LIMITS.eventTypeBytes);
    const key = 'k'.repeat(LIMITS.eventKeyBytes);
    await record([{ type, key, payload: deep(LIMITS.depth - 3) }]);
    expect(await eventsIn()).toMatchObject([{ key, type }]);
  });

  it('refuses a payload over 1 MiB, and takes one just below', async () => {
    const room = LIMITS.recordBytes - encode({ ulid: 'u'.repeat(26), type: 't', payload: '' }).length;
    await expect(record([event('x'.repeat(room))])).rejects.toMatchObject({
      code: 'journal/payload-too-large',
      exit: EXIT.no,
      data: { index: 0, limit: LIMITS.recordBytes },
    });
    await record([event('x'.repeat(room - 8))]);
    expect(await eventsIn()).toHaveLength(1);
  });

  it.each(['', 'UP', 'a/b', '..', '-a', 'a..b', 'a.', 'a.lock', 'x'.repeat(65), 'a b', 'é'])(
    'refuses namespace %j',
    async (ns) => {
      await expect(record([event()], { ns })).rejects.toMatchObject({ code: 'journal/namespace', exit: EXIT.no });
    },
  );

  it.each(['alice', 'root:x', 'user:', 'user:../x'])('refuses actor %j', async (actor) => {
    await expect(record([event()], { actor })).rejects.toMatchObject({ code: 'identity/actor' });
  });

  it('is reported, and the others are recorded, when the caller says so', async () => {
    await record([keyed('old', 1)]);
    const refused: [number, string][] = [];
    const onRefused = (index: number, fault: GatosError) => refused.push([index, fault.code]);
    const events = [
      event(0),
      event(1, { type: '' }),
      keyed('a', 2),
      keyed('a', 3),
      keyed('old', 9),
      keyed('a', 2),
      event(4),
    ];
    const result = await record(events, { onRefused });
    expect(refused).toEqual([
      [1, 'journal/bad-event'],
      [3, 'journal/repeated-key'],
      [4, 'journal/duplicate-key'],
    ]);
    expect(statuses(result)).toEqual(['recorded', 'recorded', 'exists', 'recorded']);
    expect((await eventsIn()).map(({ payload }) => payload)).toEqual([1, 0, 2, 4]);
  });
});

describe('one key stands for one event', () => {
  it('across requests: the same again is a no-op, another one is refused', async () => {
    const first = await record([keyed('k', { a: 1, b: 2 })]);
    const head = await readHead(backend, CHAIN);
    const again = await record([keyed('k', { b: 2, a: 1 })]);
    expect([statuses(again), cids(again), again.appended]).toEqual([['exists'], cids(first), []]);
    expect((await readHead(backend, CHAIN))?.oid).toBe(head?.oid);
    const other = record([event(), keyed('k', { a: 1 })]);
    await expect(other).rejects.toMatchObject({
      code: 'journal/duplicate-key',
      exit: EXIT.conflict,
      data: { ns: 'default', key: 'k', cid: cids(first)[0], index: 1 },
    });
    await expect(record([event({ a: 1, b: 2 }, { key: 'k', type: 'other' })])).rejects.toMatchObject({
      code: 'journal/duplicate-key',
    });
    expect(await eventsIn()).toHaveLength(1);
  });

  it('inside one request', async () => {
    const result = await record([keyed('k', 1), keyed('j', 1), keyed('k', 1)]);
    expect(statuses(result)).toEqual(['recorded', 'recorded', 'exists']);
    expect(cids(result)[2]).toBe(cids(result)[0]);
    await expect(record([keyed('m', 1), keyed('m', 2)])).rejects.toMatchObject({
      code: 'journal/repeated-key',
      exit: EXIT.no,
      data: { key: 'm', index: 1 },
    });
    expect((await eventsIn()).map(({ key }) => key)).toEqual(['k', 'j']);
    const later = await record([keyed('k', 1), keyed('n', 1), keyed('n', 1), keyed('k', 1)]);
    expect(statuses(later)).toEqual(['exists', 'recorded', 'exists', 'exists']);
    expect(cids(later)).toEqual([cids(result)[0], cids(later)[1], cids(later)[1], cids(result)[0]]);
  });

  it('across the chains of a namespace, and not beyond it', async () => {
    const first = await record([keyed('k')], { actor: 'user:bob' });
    const again = await record([keyed('k')]);
    expect([statuses(again), cids(again)]).toEqual([['exists'], cids(first)]);
    await expect(record([keyed('k', 2)])).rejects.toMatchObject({ code: 'journal/duplicate-key' });
    expect(statuses(await record([keyed('k', 2)], { ns: 'other' }))).toEqual(['recorded']);
    expect((await eventsIn()).map(({ chain }) => chain)).toEqual(['journal/default/user-bob']);
  });

  it('for a writer that starts with an empty look-up, and for one whose look-up is behind', async () => {
    const first = await record([keyed('k'), keyed('j')]);
    const fresh = { ...journalPorts(backend, 2), keys: memoryKeyIndex() };
    expect(cids(await record([keyed('j')], {}, fresh))).toEqual([cids(first)[1]]);
    await record([keyed('late')]);
    expect(statuses(await record([keyed('late')], {}, fresh))).toEqual(['exists']);
  });

  it('whatever the caller does with the payload meanwhile', async () => {
    const payload = { n: 1 };
    const slow = withFaults(backend, async () => {
      payload.n = 2;
      return { kind: 'pass' };
    });
    await record([keyed('k', payload)], {}, { ...ports, backend: slow });
    expect((await eventsIn()).map((one) => one.payload)).toEqual([{ n: 1 }]);
    expect(statuses(await record([keyed('k', { n: 1 })]))).toEqual(['exists']);
  });

  it('events without a key are never the same', async () => {
    await record([event(1), event(1)]);
    await record([event(1)]);
    expect(await eventsIn()).toHaveLength(3);
  });
});

describe('the look-up of keys', () => {
  it('is built anew when a chain was replaced or is gone', async () => {
    await record([keyed('a'), keyed('b')]);
    await record([keyed('x')], { actor: 'user:bob' });
    const name = 'refs/gatos/journal/default/user-alice';
    const before = (await backend.refs.read(name)) as string;
    await backend.refs.transaction([{ name, expected: before, next: null }]);
    const other = { ...journalPorts(backend, 9), keys: memoryKeyIndex() };
    await record([keyed('b', 2)], {}, other);
    expect(statuses(await record([keyed('a', 5), keyed('b', 2), keyed('x')]))).toEqual([
      'recorded',
      'exists',
      'exists',
    ]);
    const now = (await backend.refs.read(name)) as string;
    await backend.refs.transaction([{ name, expected: now, next: null }]);
    expect(statuses(await record([keyed('b', 7)], { actor: 'user:bob' }))).toEqual(['recorded']);
  });

  it('does not go round in circles on a chain that is no line', async () => {
    await record([keyed('a')]);
    const [head] = await journalHeads(backend, 'default');
    const commit = await backend.objects.read(head?.oid as string);
    const text = new TextDecoder('utf-8').decode(commit.content);
    const merge = text.replace('\nauthor', `\nparent ${head?.oid}\nparent ${head?.oid}\nauthor`);
    const [oid] = await backend.objects.write([{ type: 'commit', content: new TextEncoder().encode(merge) }]);
    await backend.refs.transaction([
      { name: 'refs/gatos/journal/default/user-eve', expected: null, next: oid as string },
    ]);
    const fresh = { ...journalPorts(backend, 2), keys: memoryKeyIndex() };
    await expect(record([keyed('b')], {}, fresh)).rejects.toMatchObject({
      code: 'git/not-linear',
      exit: EXIT.mismatch,
    });
  });
});

describe('64 writers at once', () => {
  /** A backend that lets others go first at every await. */
  const yielding = (random = seededRandom(11)) =>
    withFaults(backend, () => ({ kind: 'delay', turns: random.below(6) }));

  it('on one chain: every event survives, none is there twice, and each has its place', async () => {
    const one = yielding();
    const results = await Promise.all(
      Array.from({ length: 64 }, (_, i) =>
        record([keyed(`k${i}`, i), event(`free ${i}`)], {}, { ...journalPorts(one, i + 1) }),
      ),
    );
    const events = await eventsIn();
    expect(events).toHaveLength(128);
    expect(new Set(events.map(({ ulid }) => ulid)).size).toBe(128);
    expect(
      events
        .map(({ payload }) => payload)
        .filter((payload) => typeof payload === 'number')
        .sort((a, b) => Number(a) - Number(b)),
    ).toEqual(Array.from({ length: 64 }, (_, i) => i));
    expect(results.flatMap(statuses)).toEqual(new Array(128).fill('recorded'));
    const [head] = await journalHeads(backend, 'default');
    const engine = { ...nobleEngine(), verifyMany: async (items: readonly unknown[]) => items.map(() => true) };
    const verdict = await verifyChain(
      { backend, engine, repo: trust.repo, authorize: () => null },
      { chain: CHAIN, rule: JOURNAL_RULES[0] as never, head: head?.oid as string },
    );
    expect(verdict).toMatchObject({ fault: null, envelopes: 64, records: 128 });
  }, 60_000);

  it('with one key on one chain: it is recorded once, and all are told the same CID', async () => {
    const one = yielding(seededRandom(12));
    const results = await Promise.all(
      Array.from({ length: 16 }, (_, i) => record([keyed('k')], {}, { ...journalPorts(one, i + 1) })),
    );
    expect(await eventsIn()).toHaveLength(1);
    expect(new Set(results.flatMap(cids)).size).toBe(1);
    expect(results.flatMap(statuses).filter((status) => status === 'recorded')).toHaveLength(1);
  });

  it('with one key for different events on one chain: one wins, the others are told', async () => {
    const one = yielding(seededRandom(13));
    const outcomes = await Promise.all(
      Array.from({ length: 16 }, (_, i) =>
        record([keyed('k', i)], {}, { ...journalPorts(one, i + 1) }).then(
          () => 'won',
          ({ code }: GatosError) => code,
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 'won')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'journal/duplicate-key')).toHaveLength(15);
    expect(await eventsIn()).toHaveLength(1);
  });

  it('who cannot win are told so after a bound', async () => {
    const moved = gitError('ref-moved', { ref: 'r', expected: null, found: null });
    const losing = withFaults(backend, ({ operation, phase }) =>
      operation === 'refs.transaction' && phase === 'before' ? { kind: 'fail', error: moved } : { kind: 'pass' },
    );
    const losers = record([event()], {}, { ...ports, backend: losing });
    await expect(losers).rejects.toMatchObject({ code: 'chain/contended', exit: EXIT.conflict });
  });
});

describe('the rule of journals', () => {
  it("is that a chain is its actor's", async () => {
    const [rule] = JOURNAL_RULES;
    const { appended } = await record([event()]);
    const envelope = appended[0]?.envelope as never;
    expect(rule?.admit?.(envelope, CHAIN)).toBeNull();
    const refusal = rule?.admit?.(envelope, 'journal/default/user-bob');
    expect([refusal?.code, refusal?.exit]).toEqual(['journal/other-actor', EXIT.denied]);
    // Writers cannot make such a chain, and nobody could fold it.
    for (const ns of ['Default', '_x', 'a+b'])
      expect(rule?.admit?.(envelope, `journal/${ns}/${CHAIN.split('/')[2]}`)?.code).toBe('journal/namespace');
  });
});
