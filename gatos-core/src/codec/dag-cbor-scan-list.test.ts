import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyJson, anyValue } from '../../testing/arbitrary-value.js';
import { codeOf, refusalOf } from '../../testing/refusal.js';
import { LIMITS } from '../kernel/index.js';
import { Cid, encode, listItems, parseHex, scan, scanList, type Value } from './index.js';

const seed = Number(process.env.GATOS_SEED ?? 20261120);

/** What `scan` and `scanList` say of the same bytes, in comparable form. */
function verdicts(bytes: Uint8Array): readonly [scan: string, scanList: string] {
  const say = (end: () => number): string => {
    const code = codeOf(end);
    return code ?? `ends at ${end()}`;
  };
  return [say(() => scan(bytes, 0)), say(() => scanList(bytes, 0).offsets.at(-1) as number)];
}

describe(`scanning a list (seed ${seed})`, () => {
  it('says where the items lie, as `listItems` does, and whether all are JSON', () => {
    fc.assert(
      fc.property(fc.array(anyValue, { maxLength: 10 }), (list) => {
        const bytes = encode(list);
        const { offsets, json } = scanList(bytes, 0);
        expect(offsets.join()).toBe(listItems(bytes, 0).offsets.join());
        expect(json).toBe(list.every(isJson));
      }),
      { seed, numRuns: 150 },
    );
  });

  it('accepts and refuses exactly what `scan` does, for the same reason', () => {
    const altered = fc
      .tuple(fc.array(fc.oneof(anyValue, anyJson), { maxLength: 3 }), fc.nat(), fc.nat(255), fc.boolean())
      .map(([list, at, byte, cut]) => {
        const bytes = encode(list as Value);
        const place = 1 + (at % bytes.length);
        if (cut) return bytes.slice(0, place);
        return bytes.map((old, i) => (i === place ? byte : old));
      });
    let refused = 0;
    fc.assert(
      fc.property(altered, (bytes) => {
        const [want, got] = verdicts(bytes);
        expect(got).toBe(want);
        if (want.startsWith('codec/')) refused += 1;
      }),
      { seed, numRuns: 1000 },
    );
    expect(refused).toBeGreaterThan(150);
  });

  it.each([
    ['an indefinite list', '9f01ff'],
    ['a long head of the list', '980101'],
    ['a long head of a short text', '81780161'],
    ['a long head of a key', 'a1780161f6'],
    ['keys out of order', '81a2616201616102'],
    ['a key twice', '81a2616101616102'],
    ['a shorter key after a longer one', '81a262616101616202'],
    ['a key that is no text', '81a10101'],
    ['text that is not UTF-8', '8161ff'],
    ['a long text that is not UTF-8 at its end', '816c6161616161616161616161c3'],
    ['text that starts with U+FEFF', '8163efbbbf'],
    ['a key that starts with U+FEFF', '81a163efbbbf01'],
    ['-0', '81fb8000000000000000'],
    ['an integer as a float', '81fb3ff0000000000000'],
    ['an integer beyond 2^53−1', '811b0020000000000000'],
    ['undefined', '81f7'],
    ['a half float', '81f93c00'],
    ['another tag', '81c101'],
    ['a link of another profile', '81d82a450001551220'],
    ['a text that is cut off', '816361'],
    ['a list that is cut off', '8201'],
    ['a count beyond the bytes', '9affffffff'],
  ])('refuses %s as `scan` does', (_, hex) => {
    const bytes = parseHex(hex.startsWith('a1') ? `81${hex}` : hex);
    const [want, got] = verdicts(bytes);
    expect(want).toMatch(/^codec\//);
    expect(got).toBe(want);
  });

  it('refuses what is no list', () => {
    for (const value of [1, 'text', {}, null, Cid.hash('raw')])
      expect(refusalOf(() => scanList(encode(value), 0)).code).toBe('codec/not-in-model');
    expect(codeOf(() => scanList(new Uint8Array(0), 0))).toBe('codec/malformed');
    expect(() => scanList(encode([]), 5)).toThrow(/offset/);
  });

  it('counts the depth around it', () => {
    const nested = (depth: number): Value => (depth === 0 ? 1 : [nested(depth - 1)]);
    const inside = (depth: number, around: number) =>
      codeOf(() => scanList(encode(nested(depth)), 0, { depth: around }));
    expect(inside(LIMITS.depth, 0)).toBeUndefined();
    expect(inside(LIMITS.depth - 2, 2)).toBeUndefined();
    expect(inside(LIMITS.depth - 1, 2)).toBe('codec/depth');
    expect(inside(LIMITS.depth, 1)).toBe('codec/depth');
  });

  it('leaves what follows the list, and starts anywhere', () => {
    const bytes = encode([1, ['a', 'b', { c: 1 }], 'after']);
    expect(scanList(bytes, 2).offsets).toEqual([3, 5, 7, 11]);
  });
});

function isJson(value: Value): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (value instanceof Uint8Array || value instanceof Cid) return false;
  return Object.values(value).every((part) => isJson(part as Value));
}
