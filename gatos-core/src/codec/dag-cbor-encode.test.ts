import { describe, expect, it } from 'vitest';
import { codeOf, refusalOf } from '../../testing/refusal.js';
import { LIMITS } from '../kernel/index.js';
import { Cid, decode, Encoded, encode, formatHex, measure, parseHex, type Value } from './index.js';

/** What the types rule out and callers from JavaScript, or a cast, bring anyway. */
const encodeAny = (value: unknown): Uint8Array => encode(value as Value);

const nested = (depth: number): Value => {
  let value: Value = [];
  for (let i = 1; i < depth; i++) value = [value];
  return value;
};

class Point {
  x = 1;
}

const withSymbol = { a: 1, [Symbol('hidden')]: 2 };
const withHidden = Object.defineProperty({ a: 1 }, 'b', { value: 2, enumerable: false });
const withGetter = Object.defineProperty({ a: 1 }, 'b', { get: () => 2, enumerable: true });
const withSetter = Object.defineProperty({}, 'b', { set: () => undefined, enumerable: true });
const listWithGetter = Object.defineProperty([1, 2], 1, { get: () => 2 });
const sparse: unknown[] = [1];
sparse[2] = 3;
const cyclic: unknown[] = [];
cyclic.push(cyclic);

const refused: readonly (readonly [name: string, value: unknown, path: string])[] = [
  ['undefined', undefined, ''],
  ['undefined in a map', { a: undefined }, 'a'],
  ['undefined in a list', [1, undefined], '[1]'],
  ['a hole', { list: sparse }, 'list[1]'],
  ['-0', { a: [-0] }, 'a[0]'],
  ['NaN', { a: { b: Number.NaN } }, 'a.b'],
  ['Infinity', [Number.POSITIVE_INFINITY], '[0]'],
  ['-Infinity', Number.NEGATIVE_INFINITY, ''],
  ['a bigint', { n: 1n }, 'n'],
  ['a symbol', [Symbol('s')], '[0]'],
  ['a function', { f: () => 1 }, 'f'],
  ['a class instance', { p: new Point() }, 'p'],
  ['a Date', new Date(0), ''],
  ['a Map', new Map([['a', 1]]), ''],
  ['a Set', new Set([1]), ''],
  ['an Error', new Error('x'), ''],
  ['a boxed number', Object(1), ''],
  ['a boxed string', [Object('a')], '[0]'],
  ['an array subclass', { l: new (class extends Array {})() }, 'l'],
  ['an object with a null-prototype parent', Object.create(Object.create(null)), ''],
  ['an object with an array for a prototype', Object.create([]), ''],
  ['an arguments-like object with Array.prototype', Object.create(Array.prototype), ''],
  ['a Float64Array', { v: new Float64Array(1) }, 'v'],
  ['a Uint16Array', new Uint16Array(1), ''],
  ['an Int8Array', new Int8Array(1), ''],
  ['a Uint8ClampedArray', new Uint8ClampedArray(1), ''],
  ['a DataView', new DataView(new ArrayBuffer(1)), ''],
  ['an ArrayBuffer', new ArrayBuffer(1), ''],
  ['a symbol key', { m: withSymbol }, 'm'],
  ['a hidden property', [withHidden], '[0]'],
  ['a getter', { m: withGetter }, 'm.b'],
  ['a setter', withSetter, 'b'],
  ['a getter in a list', { l: listWithGetter }, 'l[1]'],
  ['a lone surrogate', { t: 'a\ud800' }, 't'],
  ['a lone low surrogate', '\udc00', ''],
  ['a lone surrogate in a long text', [`${'x'.repeat(1000)}\udfff`], '[0]'],
  ['a surrogate pair in the wrong order', '\udc00\ud800', ''],
  ['a leading U+FEFF', { t: '\ufeffa' }, 't'],
  ['a key with a lone surrogate', { a: { 'k\ud800': 1 } }, 'a["k\\ud800"]'],
  ['a key with a leading U+FEFF', { '\ufeff': 1 }, '["\ufeff"]'],
];

describe('encode refuses what would change silently', () => {
  it.each(refused)('%s', (_name, value, path) => {
    const refusal = refusalOf(() => encodeAny(value));
    expect(refusal.code).toBe('codec/unencodable');
    expect(refusal.data.path).toBe(path);
    expect(refusal.kind).toBe('input');
  });

  it('and goes on to encode after a refusal', () => {
    expect(codeOf(() => encodeAny([1, 2, { a: undefined }]))).toBe('codec/unencodable');
    expect(formatHex(encode([1]))).toBe('8101');
  });

  it('a setter for what it is', () => {
    expect(refusalOf(() => encodeAny(withSetter)).data.why).toBe('it is an accessor, not data');
  });

  it('cycles, by depth', () => {
    expect(codeOf(() => encodeAny(cyclic))).toBe('codec/depth');
  });

  it('names the deepest path it can', () => {
    const refusal = refusalOf(() => encodeAny({ records: [{}, {}, {}, { payload: { x: Number.NaN } }] }));
    expect(refusal.message).toBe('`records[3].payload.x` cannot be encoded: NaN has no encoding');
  });
});

describe('encode', () => {
  it('takes 64 nested lists and no more', () => {
    expect(decode(encode(nested(LIMITS.depth)))).toEqual(nested(LIMITS.depth));
    expect(codeOf(() => encode(nested(LIMITS.depth + 1)))).toBe('codec/depth');
  });

  it('takes prototype-less maps and subclasses of Uint8Array', () => {
    expect(formatHex(encode(Object.assign(Object.create(null), { a: 1 })))).toBe('a1616101');
    expect(formatHex(encode(Buffer.from([1, 2])))).toBe('420102');
  });

  it('gives each call bytes of its own', () => {
    const first = encode([1]);
    encode([2]);
    expect(formatHex(first)).toBe('8101');
    first[1] = 9;
    expect(formatHex(encode([1]))).toBe('8101');
  });

  it('does not mix up two encodings when a proxy encodes while it is encoded', () => {
    const proxy = new Proxy({ a: 1 } as Record<string, Value>, {
      ownKeys: (target) => {
        encode(['something else', 'x'.repeat(5000)]);
        return Reflect.ownKeys(target);
      },
    });
    expect(formatHex(encode([7, proxy, 8]))).toBe('8307a161610108');
  });

  it('grows past its first buffer', () => {
    const value = Array.from({ length: 3000 }, (_, i) => ({
      i,
      text: 'ž'.repeat(i % 50),
      bytes: new Uint8Array(i % 70),
    }));
    expect(decode(encode(value))).toEqual(value);
    const large = 'é'.repeat(2_000_000);
    expect(decode(encode(large))).toBe(large);
  });

  it('takes time in proportion to the value when every level has a key that is not ASCII', () => {
    let value: Value = 1;
    for (let i = 0; i < LIMITS.depth; i++) value = { a: value, é: i };
    expect(decode(encode(value))).toEqual(value);
  });

  it('sorts many keys as it sorts few', () => {
    const map: Record<string, number> = {};
    for (let i = 0; i < 500; i++) map[`k${(i * 7919) % 1000}`] = i;
    const keys = Object.keys(decode(encode(map)) as object);
    expect(keys).toEqual([...keys].sort((a, b) => a.length - b.length || (a < b ? -1 : 1)));
    expect(keys.length).toBe(500);
  });
});

describe('Encoded', () => {
  it('is copied in as it is', () => {
    const part = encode({ b: 1, a: [2] });
    const whole = encode({ records: [new Encoded(part), new Encoded(part)], v: 1 });
    expect(formatHex(whole)).toBe(
      formatHex(
        encode({
          records: [
            { b: 1, a: [2] },
            { b: 1, a: [2] },
          ],
          v: 1,
        }),
      ),
    );
  });

  it('knows its depth, so that a splice cannot exceed the bound', () => {
    const deep = new Encoded(encode(nested(60)));
    expect(deep.depth).toBe(60);
    expect(codeOf(() => encode([[[[deep]]]]))).toBeUndefined();
    expect(codeOf(() => encode([[[[[deep]]]]]))).toBe('codec/depth');
    expect(codeOf(() => encode([[[[[nested(60)]]]]]))).toBe('codec/depth');
  });

  it.each([
    ['nothing', ''],
    ['two items', '0000'],
    ['half an item', '8201'],
    ['an indefinite length', '9fff'],
    ['a bad link', 'd82a4100'],
    ['undefined', 'f7'],
  ])('refuses %s', (_name, hex) => {
    expect(codeOf(() => new Encoded(parseHex(hex)))).toBeDefined();
  });

  it('measure counts nested lists and maps', () => {
    for (const [value, depth] of [
      [1, 0],
      ['a', 0],
      [[], 1],
      [{}, 1],
      [[{ a: [] }, []], 3],
    ] as const) {
      expect(measure(encode(value), 0).depth).toBe(depth);
    }
  });
});

describe('decode', () => {
  it('gives bytes of its own, not views', () => {
    const encoded = Buffer.from(encode([new Uint8Array([1, 2, 3]), Cid.hash('raw', new Uint8Array())]));
    const [bytes, cid] = decode(encoded) as [Uint8Array, Cid];
    const text = cid.toString();
    encoded.fill(0);
    expect(bytes).toEqual(new Uint8Array([1, 2, 3]));
    expect(formatHex(cid.bytes).slice(0, 8)).toBe('01551220');
    expect(cid.toString()).toBe(text);
    expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
  });

  it('keeps __proto__ as data', () => {
    const map = decode(parseHex('a1695f5f70726f746f5f5fa1616101')) as Record<string, unknown>;
    expect(Object.getPrototypeOf(map)).toBe(Object.prototype);
    expect(Object.keys(map)).toEqual(['__proto__']);
    expect(map.a).toBeUndefined();
    expect(({} as { a?: unknown }).a).toBeUndefined();
  });

  it('is bounded before it reads', () => {
    expect(codeOf(() => decode(new Uint8Array(11), { maxBytes: 10 }))).toBe('codec/too-large');
    expect(codeOf(() => decode(new Uint8Array(LIMITS.blockBytes + 1)))).toBe('codec/too-large');
  });

  it('refuses a million nested lists and maps at the bound', () => {
    const lists = new Uint8Array(1_000_000).fill(0x81);
    expect(refusalOf(() => decode(lists)).message).toBe('lists and maps are nested deeper than 64 at byte 64');
    const maps = new Uint8Array(1_000_000).map((_, i) => [0xa1, 0x61, 0x61][i % 3] as number);
    expect(codeOf(() => decode(maps))).toBe('codec/depth');
  });

  it('reads a key from the cache as it reads it without', () => {
    // More keys than the cache has slots, of every short length, twice; the second time some come from the cache.
    const keys = Array.from({ length: 5000 }, (_, i) => `${i.toString(36)}${'k'.repeat(i % 40)}`);
    const map = Object.fromEntries(keys.map((key) => [key, key]));
    for (let time = 0; time < 2; time++) expect(decode(encode(map))).toEqual(map);
  });
});
