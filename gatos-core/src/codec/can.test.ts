import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyCan, anyI64, anyU64, canCorpus } from '../../testing/arbitrary-can.js';
import { anyJson } from '../../testing/arbitrary-value.js';
import { fuzzDecoder } from '../../testing/fuzz-decoder.js';
import { generator, mutateBytes } from '../../testing/mutate-bytes.js';
import { codeOf, refusalOf } from '../../testing/refusal.js';
import { compareBytes, LIMITS } from '../kernel/index.js';
import {
  CanMap,
  CanSigned,
  type CanValue,
  canOfJson,
  canView,
  decodeCan,
  encodeCan,
  formatHex,
  type JsonValue,
  jsonOfCan,
  lebLength,
  parseHex,
  readLeb,
  scanCan,
  writeLeb,
} from './index.js';

const seed = Number(process.env.GATOS_SEED ?? 20260202);
const RUNS = Number(process.env.GATOS_FUZZ_RUNS ?? 6000);

const hex = (value: CanValue): string => formatHex(encodeCan(value));

describe('MYTHOS-CAN, value by value', () => {
  const cases: readonly (readonly [CanValue, string])[] = [
    [null, '00'],
    [false, '01'],
    [true, '02'],
    [0n, '0300'],
    [1n, '0301'],
    [127n, '037f'],
    [128n, '038001'],
    [300n, '03ac02'],
    [2n ** 53n, '038080808080808010'],
    [2n ** 64n - 1n, '03ffffffffffffffffff01'],
    [new CanSigned(0n), '0400'],
    [new CanSigned(-1n), '0401'],
    [new CanSigned(1n), '0402'],
    [new CanSigned(-64n), '047f'],
    [new CanSigned(64n), '048001'],
    [new CanSigned(2n ** 63n - 1n), '04feffffffffffffffff01'],
    [new CanSigned(-(2n ** 63n)), '04ffffffffffffffffff01'],
    [new Uint8Array(0), '0500'],
    [Uint8Array.of(1, 2), '05020102'],
    ['', '0600'],
    ['aé', '060361c3a9'],
    ['\ufeff', '0603efbbbf'],
    [[], '0700'],
    [[null, [true]], '070200070102'],
    [new CanMap([]), '0800'],
    [
      new CanMap([
        ['a', 1n],
        ['b', 2n],
      ]),
      '080206016103010601620302',
    ],
  ];
  it.each(cases)('%s is %s', (value, bytes) => {
    expect(hex(value)).toBe(bytes);
    expect(decodeCan(parseHex(bytes))).toEqual(value);
  });

  it('sorts keys by their encoded bytes, whatever they are', () => {
    const numbers = [300n, 1n, 255n, 129n, 256n, 128n, 127n];
    const map = decodeCan(encodeCan(new CanMap(numbers.map((n) => [n, null])))) as CanMap;
    expect(map.entries.map(([key]) => key)).toEqual([1n, 127n, 128n, 256n, 129n, 300n, 255n]);
    const mixed: readonly CanValue[] = [[], 'z', 'aa', Uint8Array.of(9), new CanSigned(0n), 0n, true, null];
    const sorted = decodeCan(encodeCan(new CanMap(mixed.map((key) => [key, null])))) as CanMap;
    expect(sorted.entries.map(([key]) => hex(key))).toEqual([...mixed].map(hex).sort());
  });

  it('finds what stands under a text or a number', () => {
    const map = new CanMap([
      ['1', 'text'],
      [1n, 'number'],
    ]);
    expect([map.get('1'), map.get(1n), map.get(2n)]).toEqual(['text', 'number', undefined]);
  });
});

describe(`properties (seed ${seed})`, () => {
  it('decode(encode(v)) is v in canonical order, and scan takes the same bytes wherever they stand', () => {
    fc.assert(
      fc.property(anyCan, fc.nat(5), (value, before) => {
        const bytes = encodeCan(value);
        expect(formatHex(encodeCan(decodeCan(bytes)))).toBe(formatHex(bytes));
        const inside = new Uint8Array(before + bytes.length + 3).fill(0xff);
        inside.set(bytes, before);
        expect(scanCan(inside, before)).toBe(before + bytes.length);
      }),
      { seed, numRuns: 800 },
    );
  });

  it('the order of entries does not matter', () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyU64), fc.nat(), (keys, turn) => {
        const turned = keys.map((_, i) => keys[(i + turn) % keys.length] as bigint);
        const map = (order: readonly bigint[]) => hex(new CanMap(order.map((key) => [key, key])));
        expect(map(turned)).toBe(map(keys));
      }),
      { seed, numRuns: 300 },
    );
  });

  it('numbers of 64 bits come back', () => {
    fc.assert(
      fc.property(anyU64, anyI64, (unsigned, signed) => {
        expect(decodeCan(encodeCan(unsigned))).toBe(unsigned);
        expect(decodeCan(encodeCan(new CanSigned(signed)))).toEqual(new CanSigned(signed));
      }),
      { seed, numRuns: 2000 },
    );
  });

  it('whatever is taken is encoded as the same bytes, and scan agrees', async () => {
    const corpus = canCorpus(seed);
    const { values, faults } = await fuzzDecoder({ corpus, seed, runs: RUNS }, (bytes) => {
      const scanned = codeOf(() => scanCan(bytes));
      const isWhole = scanned === undefined && scanCan(bytes) === bytes.length;
      try {
        const value = decodeCan(bytes);
        expect(formatHex(encodeCan(value))).toBe(formatHex(bytes));
        expect(isWhole).toBe(true);
      } catch (error) {
        expect(isWhole).toBe(false);
        throw error;
      }
    });
    expect(values).toBeGreaterThan(0);
    expect(faults).toBeGreaterThan(RUNS / 4);
  });

  it('one changed byte never gives the value that was there before', () => {
    const next = generator(seed);
    for (const bytes of canCorpus(seed + 1)) {
      const changed = mutateBytes(bytes, next);
      if (compareBytes(changed, bytes) === 0) continue;
      try {
        expect(formatHex(encodeCan(decodeCan(changed)))).not.toBe(formatHex(bytes));
      } catch (error) {
        expect((error as { code?: string }).code).toMatch(/^codec\//);
      }
    }
  });
});

describe('between MYTHOS-CAN and JSON', () => {
  const integersOnly = (value: JsonValue): boolean => {
    if (typeof value === 'number') return Number.isSafeInteger(value);
    if (typeof value !== 'object' || value === null) return true;
    return Object.values(value).every(integersOnly);
  };

  it(`is lossless for integers, and refuses the rest (seed ${seed})`, () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        if (integersOnly(value)) expect(jsonOfCan(decodeCan(encodeCan(canOfJson(value))))).toEqual(value);
        else expect(refusalOf(() => canOfJson(value)).code).toBe('codec/can-unencodable');
      }),
      { seed, numRuns: 800 },
    );
  });

  it.each([
    [Uint8Array.of(1), ''],
    [[new Uint8Array(0)], '[0]'],
    [2n ** 53n, ''],
    [new CanSigned(1n), ''],
    [new CanSigned(0n), ''],
    [new CanMap([[1n, null]]), ''],
    [new CanMap([['a', [new CanSigned(-(2n ** 60n))]]]), 'a[0]'],
  ] as const)('has no JSON for %o, at `%s`', (value, path) => {
    expect(refusalOf(() => jsonOfCan(value as CanValue))).toMatchObject({
      code: 'codec/can-not-json',
      data: { path },
    });
  });

  it('shows everything to people', () => {
    const value = new CanMap([
      [1n, Uint8Array.of(255)],
      ['big', 2n ** 60n],
      [new CanSigned(-3n), new CanSigned(-(2n ** 60n))],
      [Uint8Array.of(7), [null, true]],
      ['__proto__', 'data'],
    ]);
    const view = canView(value) as Record<string, unknown>;
    expect(Object.getPrototypeOf(view)).toBe(Object.prototype);
    expect(Object.entries(view)).toEqual([
      ['1', { bytes: 'ff' }],
      ['big', '1152921504606846976'],
      ['-3', '-1152921504606846976'],
      ['07', [null, true]],
      ['__proto__', 'data'],
    ]);
  });
});

describe('LEB128', () => {
  it(`is as long as lebLength says, and comes back (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeNat(), fc.constantFrom(0, 127, 128, 16383, 16384, 2 ** 31, 2 ** 32)), (number) => {
        const bytes = new Uint8Array(12);
        const end = writeLeb(bytes, 1, number);
        expect(end - 1).toBe(lebLength(number));
        expect(readLeb(bytes, 1)).toEqual({ value: number, end });
      }),
      { seed, numRuns: 1000 },
    );
  });
});

describe('values that have no encoding', () => {
  const cyclic: CanValue[] = [];
  cyclic.push(cyclic);
  it.each([
    ['a negative unsigned', -1n],
    ['an unsigned beyond 64 bits', 2n ** 64n],
    ['a signed beyond 64 bits', new CanSigned(2n ** 63n)],
    ['a lone surrogate', '\ud800'],
    ['a lone surrogate in a key', new CanMap([['\udfff', null]])],
    [
      'a key twice',
      new CanMap([
        ['a', 1n],
        ['a', 2n],
      ]),
    ],
    ['a number', 1 as never],
    ['undefined', undefined as never],
    ['an object', {} as never],
  ])('%s', (_, value) => {
    expect(codeOf(() => encodeCan(value as CanValue))).toBe('codec/can-unencodable');
  });

  it('a cycle, and what is nested too deeply', () => {
    expect(codeOf(() => encodeCan(cyclic))).toBe('codec/depth');
    let deep: CanValue = null;
    for (let i = 0; i <= LIMITS.depth; i++) deep = [deep];
    expect(codeOf(() => encodeCan(deep))).toBe('codec/depth');
  });
});
