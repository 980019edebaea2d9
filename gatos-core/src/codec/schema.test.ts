import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { anyJson, anyValue } from '../../testing/arbitrary-value.js';
import { codeOf, refusalOf } from '../../testing/refusal.js';
import { Cid, decode, encode, type Infer, type JsonValue, parseHex, s, type Value } from './index.js';

const seed = Number(process.env.GATOS_SEED ?? 20260101);

const item = s.struct({ x: s.int({ min: 0, max: 9 }), note: s.optional(s.text({ maxBytes: 5 })) });
const record = s.struct({
  v: s.literal(1),
  kind: s.oneOf(['a', 'b', null]),
  records: s.list(item, { min: 1, max: 3 }),
  link: s.nullable(s.cid),
  digest: s.bytes({ length: 2 }),
  names: s.record(s.text({ maxBytes: 3, pattern: /^[a-z]+$/, form: 'a lower-case word' }), s.bool, { max: 2 }),
  payload: s.json,
});
const good = {
  v: 1,
  kind: 'a',
  records: [{ x: 1 }, { x: 2, note: 'žž' }],
  link: null,
  digest: new Uint8Array(2),
  names: { abc: true },
  payload: { deep: [1, { er: null }] },
};
const cid = Cid.hash('raw');

describe('a schema', () => {
  it('gives back the same data, typed', () => {
    expect(record.read(good, '')).toBe(good);
    expect(record.read({ ...good, link: cid, kind: null })).toEqual({ ...good, link: cid, kind: null });
    expect(record.read(decode(encode({ ...good, link: cid })), 'body')).toEqual({ ...good, link: cid });
    expectTypeOf<Infer<typeof record>>().toEqualTypeOf<{
      readonly v: 1;
      readonly kind: 'a' | 'b' | null;
      readonly records: readonly { readonly x: number; readonly note?: string }[];
      readonly link: Cid | null;
      readonly digest: Uint8Array;
      readonly names: { readonly [key: string]: boolean };
      readonly payload: JsonValue;
    }>();
  });

  it.each<[string, unknown, string]>([
    ['a missing field', { ...good, v: undefined }, '`body.v` is not 1'],
    ['a field that is left out', (({ link: _, ...rest }) => rest)(good), '`body.link` is missing'],
    ['an unknown field', { ...good, extra: 1 }, '`body.extra` is not a field of this map'],
    ['a field named as a method', { ...good, toString: 1 }, '`body.toString` is not a field of this map'],
    ['another literal', { ...good, v: 2 }, '`body.v` is not 1'],
    ['a text for a number', { ...good, v: '1' }, '`body.v` is not 1'],
    ['none of the choices', { ...good, kind: 'c' }, '`body.kind` is none of `a`, `b`, null'],
    ['a number in a list', { ...good, records: [{ x: 1 }, { x: 10 }] }, '`body.records[1].x` is not between 0 and 9'],
    ['a fraction', { ...good, records: [{ x: 0.5 }] }, '`body.records[0].x` is not an integer within ±(2^53−1)'],
    ['-0', { ...good, records: [{ x: -0 }] }, '`body.records[0].x` is not an integer within ±(2^53−1)'],
    ['a long text', { ...good, records: [{ x: 1, note: 'žžž' }] }, '`body.records[0].note` is longer than 5 bytes'],
    [
      'an optional field without a value',
      { ...good, records: [{ x: 1, note: undefined }] },
      '`body.records[0].note` is absent, not text',
    ],
    ['too few items', { ...good, records: [] }, '`body.records` has 0 items, fewer than 1'],
    ['too many items', { ...good, records: [1, 2, 3, 4] }, '`body.records` has 4 items, more than 3'],
    ['no list', { ...good, records: {} }, '`body.records` is a map, not a list'],
    ['no map', { ...good, records: [[]] }, '`body.records[0]` is a list, not a map'],
    ['a text for a CID', { ...good, link: cid.toString() }, '`body.link` is text, not a CID'],
    ['bytes of another length', { ...good, digest: new Uint8Array(3) }, '`body.digest` has 3 bytes, not 2'],
    ['a text for bytes', { ...good, digest: 'ab' }, '`body.digest` is text, not bytes'],
    ['an odd key', { ...good, names: { A: true } }, '`body.names.A` has a key that is not a lower-case word'],
    ['an odd entry', { ...good, names: { a: 1 } }, '`body.names.a` is a number, not a boolean'],
    ['too many entries', { ...good, names: { a: true, b: true, c: true } }, '`body.names` has 3 entries, more than 2'],
    ['bytes in JSON', { ...good, payload: [{ 'a b': new Uint8Array() }] }, '`body.payload[0]["a b"]` has no JSON form'],
    ['NaN in JSON', { ...good, payload: Number.NaN }, '`body.payload` is a number without an encoding'],
    ['a class instance', { ...good, payload: new Date(0) }, '`body.payload` is no plain object'],
    ['null', null, '`body` is null, not a map'],
    ['nothing', undefined, '`body` is absent, not a map'],
  ])('names the place of %s', (_name, value, message) => {
    const refusal = refusalOf(() => record.read(value, 'body'));
    expect(refusal.code).toBe('codec/schema');
    expect(refusal.message).toBe(message);
  });

  it('speaks of the value itself where there is no path', () => {
    expect(refusalOf(() => s.bool.read(1)).message).toBe('the value is a number, not a boolean');
    expect(refusalOf(() => item.read({ x: 'a' })).message).toBe('`x` is text, not an integer');
  });

  it('treats __proto__ and inherited names as data', () => {
    const map = decode(parseHex('a1695f5f70726f746f5f5ff5'));
    expect(codeOf(() => s.struct({}).read(map))).toBe('codec/schema');
    expect(s.record(s.bool, { max: 1 }).read(map)).toBe(map);
    expect(codeOf(() => s.struct({ constructor: s.json }).read({}))).toBe('codec/schema');
    expect(codeOf(() => s.struct({ a: s.int() }).read(Object.create({ a: 1 })))).toBe('codec/schema');
  });

  it('bounds text in UTF-8 bytes', () => {
    const text = s.text({ minBytes: 2, maxBytes: 4 });
    for (const value of ['ab', 'ž', '日', '😀', 'abcd']) expect(text.read(value)).toBe(value);
    for (const value of ['', 'a', 'abcde', '日日', '😀a', 'a\ud800', '\ufeff']) {
      expect(
        codeOf(() => text.read(value)),
        value,
      ).toBe('codec/schema');
    }
    expect(() => s.text({ maxBytes: 1, pattern: /a/g })).toThrow('invariant');
  });

  it('tells -0 from 0', () => {
    expect(codeOf(() => s.oneOf([0, 1]).read(-0))).toBe('codec/schema');
    expect(codeOf(() => s.literal(0).read(-0))).toBe('codec/schema');
    expect(s.oneOf([0, 1]).read(0)).toBe(0);
  });

  it('bounds bytes from above', () => {
    const bytes = s.bytes({ max: 2 });
    expect(bytes.read(new Uint8Array(2)).length).toBe(2);
    expect(codeOf(() => bytes.read(new Uint8Array(3)))).toBe('codec/schema');
  });

  it('takes one more condition', () => {
    const even = s.refine(s.int(), (n) => (n % 2 === 0 ? undefined : 'is not even'));
    expect(s.list(even, { max: 2 }).read([2, 4])).toEqual([2, 4]);
    expect(refusalOf(() => s.list(even, { max: 2 }).read([2, 3], 'l')).message).toBe('`l[1]` is not even');
    expect(refusalOf(() => even.read('2', 'n')).message).toBe('`n` is text, not an integer');
  });

  it(`s.json and s.value take exactly what can be encoded (seed ${seed})`, () => {
    fc.assert(
      fc.property(anyJson, anyValue, (json, value) => {
        expect(s.json.read(json)).toBe(json);
        expect(s.value.read(value)).toBe(value);
      }),
      { seed, numRuns: 300 },
    );
    const foreign = [
      undefined,
      -0,
      Number.NaN,
      1n,
      '\ud800',
      '\ufeff',
      new Map(),
      Symbol('x'),
      [undefined],
      { a: () => 1 },
    ];
    for (const value of foreign) {
      expect(codeOf(() => s.value.read(value))).toBe('codec/schema');
      expect(codeOf(() => encode(value as Value))).toBe('codec/unencodable');
    }
    let deep: Value = [];
    for (let i = 0; i < 70; i++) deep = [deep];
    expect(codeOf(() => s.value.read(deep))).toBe('codec/schema');
  });
});
