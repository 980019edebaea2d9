import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyJson, anyValue } from '../../testing/arbitrary-value.js';
import { TEST_REPO } from '../../testing/hand-made.js';
import { generator, mutateBytes } from '../../testing/mutate-bytes.js';
import { codeOf, refusalOf } from '../../testing/refusal.js';
import { Cid, decode, encode, listItems, s, type Value } from '../codec/index.js';
import { bytesEqual, LIMITS } from '../kernel/index.js';
import { buildEnvelope, decodeEnvelope, type Envelope } from './envelope.js';
import { ACTOR, type EnvelopeHeader } from './envelope-header.js';
import { recordBytes, recordCid, recordHasher } from './index.js';
import { bodyOfRecord, encodeRecord } from './record.js';

const seed = Number(process.env.GATOS_SEED ?? 20261120);

const HEADER: EnvelopeHeader = {
  v: 1,
  repo: TEST_REPO,
  chain: 'notes/alice',
  seq: 7,
  prev: TEST_REPO,
  clock: 9,
  actor: 'user:alice',
  time: 1_700_000_000_000_000,
  policy: null,
  kind: 'test.note',
};

const count = fc.oneof(
  fc.constantFrom(0, 1, 23, 24, 255, 256, 65535, 65536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER),
  fc.maxSafeNat(),
);
const link = fc
  .tuple(fc.constantFrom('raw' as const, 'dag-cbor' as const), fc.uint8Array({ minLength: 32, maxLength: 32 }))
  .map(([codec, digest]) => Cid.of(codec, digest));
const word = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,30}$/);
const anyHeader: fc.Arbitrary<EnvelopeHeader> = fc.record({
  v: fc.constant(1 as const),
  repo: fc.option(link),
  chain: fc.array(word, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/')),
  seq: count,
  prev: fc.option(link),
  clock: count,
  actor: fc.tuple(fc.constantFrom('user', 'agent', 'service'), word).map((parts) => parts.join(':')),
  time: count,
  policy: fc.option(link),
  kind: fc.stringMatching(/^[a-z][a-z0-9-]{0,20}(\.[a-z][a-z0-9-]{0,20}){1,2}$/).filter((kind) => kind.length <= 64),
});
const anyBodies = fc.array(fc.oneof(anyValue, anyJson) as fc.Arbitrary<Value>, { minLength: 1, maxLength: 4 });

/** What an envelope is, from the strict decoder and a schema: slow, and written without the code under test. */
const ORACLE = s.struct({
  v: s.literal(1),
  seq: s.int({ min: 0 }),
  kind: s.text({ maxBytes: 64, pattern: /^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)+$/ }),
  prev: s.nullable(s.cid),
  repo: s.nullable(s.cid),
  time: s.int({ min: 0 }),
  actor: s.text({
    maxBytes: 72,
    pattern: /^(user|agent|service):(?!.*\.\.)(?!.*\.$)(?!.*\.lock$)[a-z0-9][a-z0-9._-]*$/,
  }),
  chain: s.text({
    maxBytes: 200,
    pattern:
      /^(?!.*\.\.)(?!(.*\/)?[^/]*(\.|\.lock)(\/|$))[A-Za-z0-9][A-Za-z0-9._=+-]*(\/[A-Za-z0-9][A-Za-z0-9._=+-]*)*$/,
  }),
  clock: s.int({ min: 0 }),
  policy: s.nullable(s.cid),
  records: s.list(s.value, { min: 1, max: LIMITS.envelopeRecords }),
});

function oracle(bytes: Uint8Array): EnvelopeHeader | null {
  try {
    return ORACLE.read(decode(bytes));
  } catch {
    return null;
  }
}

function headerOf({ v, repo, chain, seq, prev, clock, actor, time, policy, kind }: EnvelopeHeader) {
  return { v, repo: String(repo), chain, seq, prev: String(prev), clock, actor, time, policy: String(policy), kind };
}

describe(`an envelope (seed ${seed})`, () => {
  it('reads back as it was built: header, records, offsets and CID', () => {
    fc.assert(
      fc.property(anyHeader, anyBodies, (header, bodies) => {
        const encoded = bodies.map((body) => encode(body));
        const built = buildEnvelope(header, encoded);
        const read = decodeEnvelope(built.bytes);
        expect(read.offsets.join()).toBe(built.offsets.join());
        expect([read.plain, String(read.cid)]).toEqual([built.plain, String(built.cid)]);
        expect(headerOf(read)).toEqual(headerOf(header));
        expect(read.count).toBe(bodies.length);
        encoded.forEach((bytes, i) => {
          expect(bytesEqual(recordBytes(read, i), bytes)).toBe(true);
        });
        expect(read.cid.equals(Cid.hash('dag-cbor', read.bytes))).toBe(true);
        // The bytes are those of the plain map, encoded at once.
        expect(bytesEqual(built.bytes, encode({ ...header, records: bodies }))).toBe(true);
      }),
      { seed, numRuns: 100 },
    );
  });

  it('says whether every record is in the JSON data model', () => {
    const plain = (...bodies: Value[]) =>
      buildEnvelope(
        HEADER,
        bodies.map((body) => encode(body)),
      ).plain;
    expect(plain({ a: [1, 'x', null, true, 0.5] }, [])).toBe(true);
    expect(plain({ a: 1 }, { b: [new Uint8Array(1)] })).toBe(false);
    expect(plain({ b: TEST_REPO })).toBe(false);
  });

  it('is accepted exactly where the strict decoder and a schema accept it, with the same values', () => {
    const next = generator(seed);
    const samples = fc.sample(fc.tuple(anyHeader, anyBodies), { seed, numRuns: 80 });
    let [accepted, refused] = [0, 0];
    for (const [header, bodies] of samples) {
      const { bytes } = buildEnvelope(
        header,
        bodies.map((body) => encode(body)),
      );
      for (let i = 0; i < 40; i++) {
        const altered = mutateBytes(i % 2 === 0 ? bytes.subarray(0, Math.min(bytes.length, 330)) : bytes, next);
        const whole = Uint8Array.from([...altered, ...(i % 2 === 0 ? bytes.subarray(330) : [])]);
        const want = oracle(whole);
        const code = codeOf(() => decodeEnvelope(whole));
        if (want === null) {
          expect(code).toMatch(/^chain\/(malformed-envelope|newer-version)$/);
          refused += 1;
        } else {
          expect(code).toBeUndefined();
          const read = decodeEnvelope(whole);
          expect(headerOf(read)).toEqual(headerOf(want));
          expect(read.offsets.join()).toBe(listItems(whole, listStart(read)).offsets.join());
          accepted += 1;
        }
      }
    }
    expect(accepted).toBeGreaterThan(200);
    expect(refused).toBeGreaterThan(1000);
  });

  it.each<[string, Partial<Record<keyof EnvelopeHeader, unknown>>]>([
    ['another version', { v: 2 }],
    ['a negative seq', { seq: -1 }],
    ['a broken seq', { seq: 0.5 }],
    ['a clock beyond 2^53−1', { clock: 2 ** 53 }],
    ['a time as text', { time: '1' }],
    ['a repo as text', { repo: TEST_REPO.toString() }],
    ['a prev of bytes', { prev: TEST_REPO.bytes }],
    ['a kind without a dot', { kind: 'note' }],
    ['a kind in capitals', { kind: 'Test.note' }],
    ['a long kind', { kind: `a.${'b'.repeat(63)}` }],
    ['an actor of no kind', { actor: 'alice' }],
    ['an actor of an unknown kind', { actor: 'root:alice' }],
    ['an actor with a space', { actor: 'user:a b' }],
    ['an actor with markup', { actor: 'user:<a>' }],
    ['an actor that ends in a dot', { actor: 'user:a.' }],
    ['an actor that ends in .lock', { actor: 'user:a.lock' }],
    ['an actor that is not ASCII', { actor: 'user:é' }],
    ['an empty actor', { actor: '' }],
    ['a long actor', { actor: `user:${'a'.repeat(68)}` }],
    ['an empty chain', { chain: '' }],
    ['a chain with an empty component', { chain: 'a//b' }],
    ['a chain that leaves its place', { chain: 'a/../b' }],
    ['a chain with a control character', { chain: 'a\nb' }],
    ['a chain that is not ASCII', { chain: 'é' }],
    ['a long chain', { chain: 'a'.repeat(201) }],
    ['a policy as text', { policy: 'none' }],
  ])('refuses %s, when it is built and when it is read', (_, change) => {
    const header = { ...HEADER, ...change } as EnvelopeHeader;
    const read = () => decodeEnvelope(encode({ ...(header as unknown as Record<string, Value>), records: [1] }));
    expect(codeOf(() => buildEnvelope(header, [encode(1)]))).toMatch(
      /^(chain\/(malformed-envelope|newer-version)|codec\/.*)$/,
    );
    if (change.clock === undefined) expect(codeOf(read)).toMatch(/^chain\/(malformed-envelope|newer-version)$/);
  });

  it('names the field and the byte of what is wrong with a header', () => {
    const bytes = encode({ ...HEADER, actor: 'user:A', records: [1] } as unknown as Value);
    const { message, data } = refusalOf(() => decodeEnvelope(bytes));
    expect(message).toMatch(/^not a signed envelope: field `actor` is not an actor: a name starts with a lower-case/);
    expect(data.why).toContain('lower-case');
  });

  it.each<[string, Record<string, unknown>]>([
    ['a missing field', { policy: undefined }],
    ['an added field', { added: 1 }],
    ['no records', { records: [] }],
    ['records that are no list', { records: { a: 1 } }],
  ])('refuses %s', (_, change) => {
    const fields = Object.entries({ ...HEADER, records: [1], ...change }).filter(([, value]) => value !== undefined);
    expect(codeOf(() => decodeEnvelope(encode(Object.fromEntries(fields) as Value)))).toBe('chain/malformed-envelope');
  });

  it('tells a newer version from anything else, however large its number', () => {
    for (const version of [2, 23, 24, 1000, 2 ** 40]) {
      const { code, exit } = refusalOf(() => decodeEnvelope(encode({ v: version, other: 'fields' })));
      expect([code, exit]).toEqual(['chain/newer-version', 30]);
    }
    for (const other of [{ v: 0 }, { v: 1 }, { v: -1 }, { v: 'two' }, { w: 2 }, ['v', 2]])
      expect(codeOf(() => decodeEnvelope(encode(other as Value)))).toBe('chain/malformed-envelope');
    expect(codeOf(() => decodeEnvelope(new Uint8Array(0)))).toBe('chain/malformed-envelope');
  });
});

function listStart({ offsets, count }: Envelope): number {
  return (offsets[0] as number) - (count < 24 ? 1 : count < 256 ? 2 : 3);
}

describe('the bounds of an envelope', () => {
  const one = encode('x');

  it('are 1 to 10,000 records', () => {
    expect(buildEnvelope(HEADER, new Array<Uint8Array>(LIMITS.envelopeRecords).fill(one)).count).toBe(10_000);
    for (const bodies of [[], new Array<Uint8Array>(LIMITS.envelopeRecords + 1).fill(one)])
      expect(codeOf(() => buildEnvelope(HEADER, bodies))).toBe('chain/too-many-records');
    const many = encode({ ...HEADER, records: new Array<number>(LIMITS.envelopeRecords + 1).fill(1) });
    expect(refusalOf(() => decodeEnvelope(many)).message).toContain('10001 records');
  });

  it('are 1 MiB for a record', () => {
    const body = (length: number) => encode('x'.repeat(length));
    const most = LIMITS.recordBytes - 5;
    expect(body(most)).toHaveLength(LIMITS.recordBytes);
    expect(buildEnvelope(HEADER, [body(most)]).count).toBe(1);
    const { code, data } = refusalOf(() => buildEnvelope(HEADER, [one, body(most + 1)]));
    expect([code, data.index]).toEqual(['chain/record-too-large', 1]);
    const foreign = encode({ ...HEADER, records: ['x'.repeat(most + 1)] });
    expect(refusalOf(() => decodeEnvelope(foreign)).message).toContain('record 0 has');
  });

  it('are 4 MiB in all', () => {
    const around = buildEnvelope(HEADER, [one]).bytes.length - one.length;
    const quarter = encode('x'.repeat(LIMITS.recordBytes - 5));
    const last = (spare: number) => encode('x'.repeat(LIMITS.recordBytes - 5 - around + spare));
    const built = buildEnvelope(HEADER, [quarter, quarter, quarter, last(0)]);
    expect(built.bytes).toHaveLength(LIMITS.envelopeBytes);
    expect(decodeEnvelope(built.bytes).count).toBe(4);
    expect(codeOf(() => buildEnvelope(HEADER, [quarter, quarter, quarter, last(1)]))).toBe('chain/envelope-too-large');
    const larger = new Uint8Array(LIMITS.envelopeBytes + 1);
    larger.set(built.bytes);
    expect(refusalOf(() => decodeEnvelope(larger)).message).toContain('the limit is');
  });

  it('are 62 nested lists and maps in a record: what can be built can be read', () => {
    const nested = (depth: number): Value => (depth === 0 ? 1 : [nested(depth - 1)]);
    const deepest = LIMITS.depth - 2;
    expect(decodeEnvelope(buildEnvelope(HEADER, [encode(nested(deepest))]).bytes).count).toBe(1);
    expect(codeOf(() => buildEnvelope(HEADER, [one, encode(nested(deepest + 1))]))).toBe('codec/depth');
  });

  it('hold for bodies that are not canonical either', () => {
    for (const body of [Uint8Array.of(0x18, 1), Uint8Array.of(), Uint8Array.of(1, 2), Uint8Array.of(0xf7)])
      expect(codeOf(() => buildEnvelope(HEADER, [body]))).toMatch(/^(codec\/|chain\/malformed-envelope)/);
  });
});

describe('a record', () => {
  it('has the CID of the DAG-CBOR of its kind and body, whatever carries it', () => {
    fc.assert(
      fc.property(anyValue, (body) => {
        const bytes = encode(body);
        const want = Cid.hash('dag-cbor', encode({ kind: 'test.note', body }));
        expect(recordCid('test.note', bytes).equals(want)).toBe(true);
        expect(recordHasher('test.note')(bytes).equals(want)).toBe(true);
        const record = encodeRecord('test.note', bytes);
        expect(bytesEqual(record, encode({ kind: 'test.note', body }))).toBe(true);
        expect(bytesEqual(bodyOfRecord('test.note', record) ?? new Uint8Array(0), bytes)).toBe(true);
        expect(bodyOfRecord('test.other', record)).toBeNull();
      }),
      { seed, numRuns: 200 },
    );
    for (const other of [encode({}), encode({ body: 1 }), encode({ kind: 'test.note' }), new Uint8Array(0)])
      expect(bodyOfRecord('test.note', other)).toBeNull();
  });
});

describe('an actor in a header', () => {
  it('is what a trust chain may name', () => {
    for (const actor of ['user:alice', 'agent:a-b_c.d', 'service:9']) expect(ACTOR.find(actor)).toBeUndefined();
    for (const actor of ['user:', ':a', 'user', 'user:A', 'user:a..b', 'user:-a', 'users:a'])
      expect(ACTOR.find(actor)?.why).toMatch(/^is not an actor/);
  });
});
