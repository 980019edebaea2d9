import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyJson } from '../../testing/arbitrary-value.js';
import { sameValue } from '../../testing/codec-vectors.js';
import { codeOf, refusalOf } from '../../testing/refusal.js';
import { LIMITS } from '../kernel/index.js';
import { Cid, formatJson, type JsonValue, parseJson } from './index.js';

const seed = Number(process.env.GATOS_SEED ?? 20260101);
const RUNS = Number(process.env.GATOS_FUZZ_RUNS ?? 6000);

/** Reasons for which we refuse what JSON.parse reads. */
const OURS = [
  'a key twice in one object',
  '-0 is not a value of its own',
  'the number is too large for a double',
  'the integer lies beyond ±(2^53−1) and would be rounded',
  'a string starts with U+FEFF',
  'a string has a lone surrogate',
];

function platformParse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

describe(`parseJson (seed ${seed})`, () => {
  it('reads what the platform writes, with any indent', () => {
    fc.assert(
      fc.property(anyJson, fc.constantFrom(0, 1, 2, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(sameValue(parseJson(text, { integers: 'printed' }), value)).toBe(true);
        expect(sameValue(parseJson(new TextEncoder().encode(text), { integers: 'printed' }), value)).toBe(true);
      }),
      { seed, numRuns: 600 },
    );
  });

  it(`of mutated texts accepts what JSON.parse accepts, except for named reasons (${RUNS} runs)`, () => {
    const texts = fc.sample(anyJson, { seed, numRuns: 300 }).map((value) => JSON.stringify(value, null, 1));
    const inserts = [
      '"',
      '\\',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '0',
      '-',
      '1',
      '.',
      'e',
      'E',
      '+',
      ' ',
      '\n',
      '\u0000',
      'true',
      '\\u',
      'd800',
      '"a":',
      '-0',
      '99',
      '\ufeff',
    ];
    const samples = fc.sample(fc.tuple(fc.constantFrom(...texts), fc.nat(), fc.nat(2), fc.constantFrom(...inserts)), {
      seed,
      numRuns: RUNS,
    });
    const verdicts = { both: 0, neither: 0, ours: 0 };
    for (const [text, place, cut, insert] of samples) {
      const at = place % (text.length + 1);
      const mutated = text.slice(0, at) + insert + text.slice(at + cut);
      const platform = platformParse(mutated);
      const code = codeOf(() => parseJson(mutated));
      if (platform === undefined) {
        expect(code, mutated).toBe('codec/json');
        verdicts.neither++;
      } else if (code === undefined) {
        expect(sameValue(parseJson(mutated), platform.value), mutated).toBe(true);
        verdicts.both++;
      } else {
        expect(OURS, mutated).toContain(refusalOf(() => parseJson(mutated)).data.why);
        verdicts.ours++;
      }
    }
    expect(Math.min(verdicts.both, verdicts.neither, verdicts.ours)).toBeGreaterThan(10);
  });

  it('says where: line, column and offset', () => {
    const at = (text: string | Uint8Array): readonly unknown[] => {
      const { data } = refusalOf(() => parseJson(text));
      return [data.line, data.column, data.offset];
    };
    expect(at('{\n  "a": 1,\n  "b": x\n}')).toEqual([3, 8, 19]);
    expect(at('')).toEqual([1, 1, 0]);
    expect(at('[1,\n2')).toEqual([2, 2, 5]);
    expect(at('{"a":1,\n "a":2}')).toEqual([2, 2, 9]);
    expect(at('"\n"')).toEqual([1, 2, 1]);
    expect(at('["é😀", x]')).toEqual([1, 9, 8]);
    expect(at('[\n\n01]')).toEqual([3, 1, 3]);
    expect(at(Uint8Array.of(0x5b, 0x0a, 0x22, 0xff, 0x22, 0x5d))).toEqual([2, 2, 3]);
    expect(refusalOf(() => parseJson('[\n1 2]')).message).toBe('JSON at line 2, column 3: `,` or `]` was expected');
  });

  it('says what to write instead', () => {
    expect(refusalOf(() => parseJson('12345678901234567890')).hint).toBe('write it as text');
    expect(refusalOf(() => parseJson('{,}')).hint).toContain('strict');
  });

  it('is bounded before it reads', () => {
    expect(codeOf(() => parseJson('[1,2]', { maxBytes: 4 }))).toBe('codec/too-large');
    expect(codeOf(() => parseJson(' '.repeat(LIMITS.jsonBytes + 1)))).toBe('codec/too-large');
    expect(codeOf(() => parseJson(new Uint8Array(LIMITS.jsonBytes + 1)))).toBe('codec/too-large');
  });

  it('refuses a million opening brackets at the bound', () => {
    expect(refusalOf(() => parseJson('['.repeat(1_000_000))).message).toBe(
      'lists and maps are nested deeper than 64 at line 1, column 65',
    );
    expect(codeOf(() => parseJson('{"a":'.repeat(200_000)))).toBe('codec/depth');
    const deep = refusalOf(() => parseJson(`[\n1,\n${'['.repeat(100_000)}${']'.repeat(100_000)}]`));
    expect([deep.data.line, deep.data.column]).toEqual([3, 64]);
  });

  it('takes a fraction or an exponent for the nearest double, and an integer for itself or not at all', () => {
    expect(parseJson('9007199254740993.0')).toBe(9007199254740992);
    expect(parseJson('9007199254740993e0')).toBe(9007199254740992);
    expect(codeOf(() => parseJson('9007199254740993'))).toBe('codec/json');
    expect(parseJson('1e-999999999999999999999')).toBe(0);
    expect(refusalOf(() => parseJson('-1e-999999999999999999999')).data.why).toContain('-0');
    expect(refusalOf(() => parseJson('1e999999999999999999999')).hint).toBe('write it as text');
    expect(parseJson(`0.${'0'.repeat(100_000)}1e100001`)).toBe(1);
    expect(codeOf(() => parseJson('1'.repeat(100_000)))).toBe('codec/json');
  });

  it('takes what ECMAScript printed as an integer only when asked', () => {
    for (const literal of ['9007199254740992', '1152921504606847000', '-100000000000000000000']) {
      expect(codeOf(() => parseJson(literal))).toBe('codec/json');
      expect(parseJson(literal, { integers: 'printed' })).toBe(Number(literal));
    }
    // 2^60 exactly, which no ECMAScript engine prints in full, and a literal that would be rounded.
    for (const literal of ['1152921504606846976', '9007199254740993', '18446744073709551615']) {
      expect(codeOf(() => parseJson(literal, { integers: 'printed' }))).toBe('codec/json');
    }
  });

  it('keeps __proto__ as data', () => {
    const map = parseJson('{"__proto__":{"polluted":1}}') as { readonly polluted?: unknown };
    expect(Object.getPrototypeOf(map)).toBe(Object.prototype);
    expect(map.polluted).toBeUndefined();
    expect(Object.keys(map)).toEqual(['__proto__']);
  });
});

describe(`formatJson (seed ${seed})`, () => {
  it('is JSON.stringify', () => {
    fc.assert(
      fc.property(anyJson, fc.nat(4), (value, indent) => {
        expect(formatJson(value, { indent })).toBe(JSON.stringify(value, null, indent));
      }),
      { seed, numRuns: 600 },
    );
  });

  it('is read back, whatever the layout', () => {
    fc.assert(
      fc.property(anyJson, fc.nat(4), fc.boolean(), (value, indent, sorted) => {
        const text = formatJson(value, { indent, sorted });
        expect(sameValue(parseJson(text, { integers: 'printed' }), value)).toBe(true);
        if (sorted) expect(formatJson(parseJson(text, { integers: 'printed' }), { indent, sorted })).toBe(text);
      }),
      { seed, numRuns: 600 },
    );
  });

  it.each([
    ['undefined', { a: undefined }, 'a'],
    ['bytes', { a: [new Uint8Array(1)] }, 'a[0]'],
    ['a link', [Cid.hash('raw')], '[0]'],
    ['-0', { a: -0 }, 'a'],
    ['NaN', [[Number.NaN]], '[0][0]'],
    ['Infinity', Number.POSITIVE_INFINITY, ''],
    ['a bigint', { 'odd key': 1n }, '["odd key"]'],
    ['a function', [() => 1], '[0]'],
    ['a lone surrogate', { t: '\ud800' }, 't'],
    ['a key with a lone surrogate', { 'a\udc00': 1 }, '["a\\udc00"]'],
    ['a Date', new Date(0), ''],
    [
      'an object with toJSON',
      new (class {
        toJSON = () => 1;
      })(),
      '',
    ],
  ])('refuses %s', (_name, value, path) => {
    const refusal = refusalOf(() => formatJson(value as JsonValue));
    expect(refusal.code).toBe('codec/unencodable');
    expect(refusal.data.path).toBe(path);
  });

  it('refuses what is nested too deep, cycles among it', () => {
    const cyclic: JsonValue[] = [];
    cyclic.push(cyclic);
    expect(codeOf(() => formatJson(cyclic))).toBe('codec/depth');
  });
});
