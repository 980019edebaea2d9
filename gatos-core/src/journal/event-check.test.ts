import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyJson, anyText, anyValue } from '../../testing/arbitrary-value.js';
import { TEST_REPO } from '../../testing/hand-made.js';
import { generator, mutateBytes } from '../../testing/mutate-bytes.js';
import { codeOf, refusalOf } from '../../testing/refusal.js';
import { buildEnvelope, type Envelope, recordBody } from '../chain/index.js';
import { Cid, decode, encode, type Value } from '../codec/index.js';
import { LIMITS } from '../kernel/index.js';
import { acceptsEvent, firstTypeOf } from './event-check.js';
import { EventView } from './event-view.js';
import { EVENT_KIND, EVENT_SCHEMA } from './schema.js';

const seed = Number(process.env.GATOS_SEED ?? 20261120);
const ULID = '01HZXK3V7R8Q2M5N6P9S0T1V2W';
const EVENT = { type: 'weather.observed', ulid: ULID, payload: { t: 21.5 } };

function envelopeOf(...bodies: readonly Uint8Array[]): Envelope {
  const place = { v: 1, repo: TEST_REPO, chain: 'journal/default/user-a', seq: 0, prev: null, clock: 1 } as const;
  return buildEnvelope({ ...place, actor: 'user:a', time: 0, policy: null, kind: EVENT_KIND.kind }, bodies);
}

const ulid = fc.stringMatching(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
const odd = fc.oneof(
  anyText,
  anyJson,
  fc.constantFrom<unknown>(
    ULID,
    ULID.toLowerCase(),
    `8${ULID.slice(1)}`,
    `${ULID}0`,
    '',
    '\u0007',
    '\u0085',
    '\u2028',
    'é',
    'x'.repeat(128),
    'x'.repeat(129),
    'x'.repeat(256),
    'x'.repeat(257),
    'é'.repeat(64),
    'é'.repeat(65),
    '\u007f',
  ),
);
/** Events, almost events, and anything. */
const anyBody = fc.oneof(
  fc.record(
    { type: fc.string({ minLength: 1 }), ulid, payload: anyJson, key: fc.string({ minLength: 1 }) },
    { requiredKeys: ['type', 'ulid', 'payload'] },
  ),
  fc.record(
    { type: odd, ulid: fc.oneof(ulid, odd), payload: fc.oneof(anyJson, anyValue), key: odd, more: odd },
    { requiredKeys: [] },
  ),
  anyValue,
) as fc.Arbitrary<Value>;

describe(`the quick look at an event (seed ${seed})`, () => {
  it('says yes only to what the schema takes, and to every plain event', () => {
    let [quick, taken] = [0, 0];
    fc.assert(
      fc.property(anyBody, (body) => {
        const envelope = envelopeOf(encode(body));
        const takes = EVENT_SCHEMA.find(decode(encode(body))) === undefined;
        const accepts = acceptsEvent(envelope, 0);
        if (accepts) expect(takes).toBe(true);
        if (accepts) quick += 1;
        if (takes) taken += 1;
        // With the schema behind it the answer is the schema's.
        expect(codeOf(() => accepts || recordBody(envelope, 0, EVENT_KIND))).toBe(takes ? undefined : 'codec/schema');
      }),
      { seed, numRuns: 1500 },
    );
    expect(taken).toBeGreaterThan(300);
    expect(quick).toBeGreaterThan(100);
  });

  it('is not deceived by bytes that were altered one by one', () => {
    const next = generator(seed);
    const events = [EVENT, { ...EVENT, key: 'k' }, { ...EVENT, key: 'x'.repeat(30), payload: [1, { a: null }] }].map(
      (event) => encode(event),
    );
    let [quick, refused] = [0, 0];
    for (let i = 0; i < 20_000; i++) {
      const body = mutateBytes(events[i % events.length] as Uint8Array, next);
      let envelope: Envelope;
      try {
        envelope = envelopeOf(body);
      } catch {
        continue;
      }
      const takes = EVENT_SCHEMA.find(decode(body)) === undefined;
      if (acceptsEvent(envelope, 0)) {
        expect(takes).toBe(true);
        quick += 1;
      } else if (!takes) refused += 1;
    }
    expect(quick).toBeGreaterThan(1000);
    expect(refused).toBeGreaterThan(1000);
  });

  it.each<[string, Record<string, unknown>]>([
    ['without a key', {}],
    ['with a key', { key: 'sensor-7/2026-01-01' }],
    ['with the longest plain type', { type: 'x'.repeat(LIMITS.eventTypeBytes) }],
    ['with a key of 255 characters', { key: 'x'.repeat(255) }],
    ['with a key of 26 characters that is no ulid', { key: `${ULID.slice(1)}U` }],
    ['with any payload', { payload: [null, true, -1.5, 'é', { '': {} }] }],
  ])('says yes to an event %s', (_, more) => {
    expect(acceptsEvent(envelopeOf(encode({ ...EVENT, ...more } as Value)), 0)).toBe(true);
  });

  it.each<[string, Record<string, unknown>, boolean]>([
    ['a type that is not ASCII', { type: 'měření' }, true],
    ['a key of 256 bytes', { key: 'x'.repeat(256) }, true],
    ['a control character in the type', { type: 'a\u001bb' }, false],
    ['a control character in the key', { key: 'a\nb' }, false],
    ['an empty type', { type: '' }, false],
    ['an empty key', { key: '' }, false],
    ['a long type', { type: 'x'.repeat(129) }, false],
    ['a long key', { key: 'x'.repeat(257) }, false],
    ['a key with the form of a ulid', { key: ULID }, false],
    ['a ulid in lower case', { ulid: ULID.toLowerCase() }, false],
    ['a ulid beyond 128 bits', { ulid: `8${ULID.slice(1)}` }, false],
    ['a ulid with a letter that is none', { ulid: `${ULID.slice(0, 25)}U` }, false],
    ['a short ulid', { ulid: ULID.slice(1) }, false],
    ['an added field', { more: 1 }, false],
    ['a missing payload', { payload: undefined }, false],
    ['a type that is no text', { type: 1 }, false],
    ['bytes in the payload', { payload: [new Uint8Array(1)] }, false],
    ['a link in the payload', { payload: { a: Cid.hash('raw') } }, false],
  ])('leaves %s to the schema', (_, more, takes) => {
    const fields = Object.entries({ ...EVENT, ...more }).filter(([, value]) => value !== undefined);
    const envelope = envelopeOf(encode(Object.fromEntries(fields) as Value));
    expect(acceptsEvent(envelope, 0)).toBe(false);
    expect(codeOf(() => recordBody(envelope, 0, EVENT_KIND))).toBe(takes ? undefined : 'codec/schema');
  });

  it('looks at each record of an envelope, and asks the schema for all when one is not plain', () => {
    const good = encode(EVENT);
    const envelope = envelopeOf(good, encode({ ...EVENT, type: 1 }), good);
    expect([0, 1, 2].map((i) => acceptsEvent(envelope, i))).toEqual([true, false, true]);
    const foreign = envelopeOf(good, encode(new Uint8Array(1)));
    expect(acceptsEvent(foreign, 0)).toBe(false);
  });
});

describe('the title of a commit of events', () => {
  it('is the same from bytes and from the decoded event', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 4 }),
        (type, count) => {
          fc.pre(EVENT_SCHEMA.find({ ...EVENT, type }) === undefined);
          const envelope = envelopeOf(...new Array<Uint8Array>(count).fill(encode({ ...EVENT, type })));
          expect(firstTypeOf(envelope)).toBe(type);
          expect(EVENT_KIND.describeEnvelope?.(envelope)).toEqual(
            EVENT_KIND.describe(recordBody(envelope, 0, EVENT_KIND), count),
          );
        },
      ),
      { seed, numRuns: 200 },
    );
  });
});

describe('the view of an event', () => {
  it('finds the fields where they lie', () => {
    fc.assert(
      fc.property(anyJson, fc.option(fc.string({ minLength: 1, maxLength: 100 })), (payload, key) => {
        const event = key === null ? { ...EVENT, payload } : { ...EVENT, payload, key };
        const around = encode(['before', event, 'after']);
        const body = encode(event);
        const start = encode('before').length + 1;
        const view = new EventView();
        view.read(around, start, start + body.length);
        expect(view.text(view.typeStart, view.typeEnd)).toBe(EVENT.type);
        expect(view.text(view.ulidStart, view.ulidEnd)).toBe(ULID);
        expect(decode(around.subarray(view.payloadStart, view.payloadEnd))).toEqual(payload);
        expect(view.hasKey).toBe(key !== null);
        if (key !== null) expect(view.text(view.keyStart, view.keyEnd)).toBe(key);
      }),
      { seed, numRuns: 200 },
    );
  });

  it('refuses what is no event', () => {
    const view = new EventView();
    for (const other of [
      1,
      'text',
      [],
      {},
      { type: 'a' },
      { ...EVENT, extra: 1 },
      { ...EVENT, type: 1 },
      { ...EVENT, ulid: [] },
    ]) {
      const bytes = encode(other as Value);
      expect(view.find(bytes, 0, bytes.length)).toBe(false);
      expect(refusalOf(() => view.read(bytes, 0, bytes.length)).code).toBe('journal/bad-event');
    }
    expect(view.find(new Uint8Array(0), 0, 0)).toBe(false);
  });
});
