import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encode, type JsonValue } from '../../codec/index.js';
import { compareBytes, utf8 } from '../../kernel/index.js';
import { compareValues, ListVal, Pool, RuleFault, toJson } from './index.js';

const scalar = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.maxSafeInteger().map((n) => n + 0),
  fc.integer({ min: -3, max: 3 }).map((n) => n + 0),
  fc.string({ unit: 'grapheme', maxLength: 4 }).filter((text) => !text.startsWith('\ufeff')),
  fc.constantFrom('', 'a', 'b', '\u{ffff}', '\u{10000}', '10', '9'),
);
const json: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', '10', '9', '__proto__', 'é', '\u{10000}'), tie('value'), { maxKeys: 3 }),
  ),
})).value;

describe('values', () => {
  it('are equal exactly when their canonical bytes are', () => {
    const property = fc.property(json, json, (a, b) => {
      const pool = new Pool();
      const same = compareBytes(encode(a), encode(b)) === 0;
      expect(pool.fromJson(a) === pool.fromJson(b)).toBe(same);
      expect(compareValues(pool.fromJson(a), pool.fromJson(b)) === 0).toBe(same);
    });
    fc.assert(property, { seed: 5, numRuns: 1000 });
  });

  it('have one total order: antisymmetric, transitive', () => {
    const property = fc.property(json, json, json, (x, y, z) => {
      const pool = new Pool();
      const [a, b, c] = [x, y, z].map((each) => pool.fromJson(each)).sort(compareValues) as [never, never, never];
      expect(Math.sign(compareValues(a, b)) + Math.sign(compareValues(b, a))).toBe(0);
      expect(compareValues(a, b)).toBeLessThanOrEqual(0);
      expect(compareValues(b, c)).toBeLessThanOrEqual(0);
      expect(compareValues(a, c)).toBeLessThanOrEqual(0);
    });
    fc.assert(property, { seed: 6, numRuns: 1000 });
  });

  it('are in the order of the reference', () => {
    const ordered: readonly JsonValue[] = [
      null,
      false,
      true,
      -5,
      0,
      7,
      '',
      'Z',
      'a',
      'a\u0000',
      'aa',
      '\u{ffff}',
      '\u{10000}',
      [],
      [1],
      [1, 'x'],
      [2],
      [[0]],
      {},
      { a: 1 },
      { a: 1, b: 0 },
      { a: 2 },
      { b: 0 },
    ];
    const pool = new Pool();
    const values = ordered.map((each) => pool.fromJson(each));
    expect([...values].reverse().sort(compareValues).map(toJson)).toEqual(ordered);
  });

  it('compare texts by UTF-8 bytes', () => {
    const text = fc.string({ unit: 'binary', maxLength: 5 });
    const property = fc.property(text, text, (a, b) => {
      expect(Math.sign(compareValues(a, b))).toBe(Math.sign(compareBytes(utf8(a), utf8(b))));
    });
    fc.assert(property, { seed: 7, numRuns: 1000 });
  });

  it('come back as the data they were made from', () => {
    const property = fc.property(json, (value) => {
      expect(encode(toJson(new Pool().fromJson(value)))).toEqual(encode(value));
    });
    fc.assert(property, { seed: 8, numRuns: 500 });
  });

  it('of a base pool are those of the pools on it', () => {
    const base = new Pool();
    const constant = base.fromJson({ a: [1, 'x'], b: [[]] });
    const pool = new Pool(base);
    expect(pool.fromJson({ b: [[]], a: [1, 'x'] })).toBe(constant);
    expect(
      pool.record([
        ['b', pool.list([pool.list([])])],
        ['a', pool.list([1, 'x'])],
      ]),
    ).toBe(constant);
    expect(pool.list([2])).toBe(new Pool(base).list([2]) instanceof ListVal ? pool.list([2]) : null);
  });

  it('are not confused with one another', () => {
    const pool = new Pool();
    const odd: readonly JsonValue[] = [
      ['1'],
      [1],
      ['1', '2'],
      ['12'],
      [12],
      [[1], 2],
      [[1, 2]],
      ['n'],
      [null],
      [true],
      ['t'],
      [{ a: 1 }],
      [{ a: '1' }],
      ['#1'],
      [''],
    ];
    expect(new Set(odd.map((each) => pool.fromJson(each))).size).toBe(odd.length);
  });

  it('are compared along one path, however much they share', () => {
    const pool = new Pool();
    let [a, b] = [pool.list([1]), pool.list([2])];
    for (let i = 0; i < 15; i++) [a, b] = [pool.list([a, a]), pool.list([a, b])];
    expect(compareValues(a, b)).toBeLessThan(0);
    expect(() => {
      for (let i = 0; i < 15; i++) a = pool.list([a, a, a, a]);
    }).toThrow(RuleFault);
  });
});
