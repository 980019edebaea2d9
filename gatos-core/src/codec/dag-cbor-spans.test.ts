import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText, anyValue } from '../../testing/arbitrary-value.js';
import { sameValue } from '../../testing/codec-vectors.js';
import { codeOf } from '../../testing/refusal.js';
import { decode, encode, listItems, mapEntries, measure, parseHex, setEntry, type Value } from './index.js';

const seed = Number(process.env.GATOS_SEED ?? 20260101);

describe(`spans (seed ${seed})`, () => {
  it('listItems cuts a list into its items', () => {
    fc.assert(
      fc.property(fc.array(anyValue, { maxLength: 30 }), fc.nat(9), (items, before) => {
        const bytes = new Uint8Array([...new Uint8Array(before), ...encode(items), 0xff]);
        const { offsets } = listItems(bytes, before);
        expect(offsets.length).toBe(items.length + 1);
        expect(offsets.at(-1)).toBe(bytes.length - 1);
        const cut = items.map((_, i) => decode(bytes.subarray(offsets[i], offsets[i + 1])));
        expect(sameValue(cut, items)).toBe(true);
      }),
      { seed, numRuns: 200 },
    );
  });

  it('mapEntries finds the value of each key', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyText, anyValue), { maxLength: 20 }), (entries) => {
        const map: Record<string, Value> = {};
        for (const [key, value] of entries) setEntry(map, key, value);
        const bytes = encode(map);
        const { entries: spans, end } = mapEntries(bytes);
        expect(end).toBe(bytes.length);
        const found: Record<string, Value> = {};
        for (const [key, { start, end: to }] of spans) setEntry(found, key, decode(bytes.subarray(start, to)));
        expect(sameValue(found, map)).toBe(true);
      }),
      { seed, numRuns: 200 },
    );
  });

  it.each([
    ['a list where a map is wanted', () => mapEntries(parseHex('80'))],
    ['a map where a list is wanted', () => listItems(parseHex('a0'))],
    ['a list that ends early', () => listItems(parseHex('820100').subarray(0, 2))],
    ['a list that claims too much', () => listItems(parseHex('9affffffff'))],
    ['nothing', () => listItems(new Uint8Array())],
    ['a key that is no text', () => mapEntries(parseHex('a10000'))],
    ['a key that is not UTF-8', () => mapEntries(parseHex('a161ff00'))],
    ['a million nested lists', () => measure(new Uint8Array(1_000_000).fill(0x81), 0)],
  ])('refuse %s', (_name, action) => {
    expect(codeOf(action)).toMatch(/^codec\//);
  });

  it('an offset outside of the bytes is a bug of the caller', () => {
    for (const offset of [-1, 3, 0.5, Number.NaN]) expect(() => measure(parseHex('8101'), offset)).toThrow('invariant');
  });
});
