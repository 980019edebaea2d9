import fc from 'fast-check';
import { base32 } from 'multiformats/bases/base32';
import { base64url } from 'multiformats/bases/base64';
import { describe, expect, it } from 'vitest';
import { codeOf } from '../../testing/refusal.js';
import {
  formatBase32,
  formatBase64url,
  formatDigest,
  formatHex,
  formatKey,
  formatSignature,
  formatTime,
  formatUlid,
  isWellFormed,
  parseBase32,
  parseBase64url,
  parseHex,
  parseTime,
  parseUlid,
  utf8Length,
} from './index.js';

const seed = Number(process.env.GATOS_SEED ?? 20260101);
const options = { seed, numRuns: 500 };

const bases = [
  { name: 'hex', format: formatHex, parse: parseHex, other: (b: Uint8Array) => Buffer.from(b).toString('hex') },
  { name: 'base32', format: formatBase32, parse: parseBase32, other: (b: Uint8Array) => base32.baseEncode(b) },
  {
    name: 'base64url',
    format: formatBase64url,
    parse: parseBase64url,
    other: (b: Uint8Array) => base64url.baseEncode(b),
  },
] as const;

describe.each(bases)(`$name (seed ${seed})`, ({ format, parse, other }) => {
  it('agrees with another implementation, both ways', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(format(bytes)).toBe(other(bytes));
        expect(parse(format(bytes))).toEqual(bytes);
      }),
      options,
    );
  });

  it('reads only what it writes', () => {
    const letters = fc.constantFrom(...'abcxyzABCXYZ0123456789-_+/= \n');
    fc.assert(
      fc.property(fc.string({ unit: letters, maxLength: 12 }), (text) => {
        let bytes: Uint8Array | undefined;
        const code = codeOf(() => {
          bytes = parse(text);
        });
        if (bytes === undefined) expect(code).toBe('codec/text');
        else expect(format(bytes)).toBe(text);
      }),
      { seed, numRuns: 3000 },
    );
  });
});

describe(`times (seed ${seed})`, () => {
  it('agree with the platform to the millisecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: -9_000_000_000_000, max: 9_000_000_000_000 }), fc.nat(999), (millis, micros) => {
        const time = millis * 1000 + micros;
        const text = formatTime(time);
        expect(parseTime(text)).toBe(time);
        const platform = new Date(millis).toISOString().replace('Z', String(micros).padStart(3, '0'));
        expect(text).toBe(
          `${platform.replace(/\.?0+$/, (zeros) => (zeros.startsWith('.') ? '' : zeros.replace(/0+$/, '')))}Z`,
        );
      }),
      { seed, numRuns: 3000 },
    );
  });

  it('read back every day from 1684 to 2255', () => {
    const day = 86_400_000_000;
    for (let time = -104_249 * day; time < 104_249 * day; time += day) {
      const text = formatTime(time);
      if (parseTime(text) !== time || text !== `${new Date(time / 1000).toISOString().slice(0, 19)}Z`)
        expect(text).toBe(time);
    }
  });

  it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -(2 ** 53), -0])('%s is no time', (time) => {
    expect(codeOf(() => formatTime(time))).toBe('codec/text');
  });
});

it('times that do not fit are refused by the parser itself', () => {
  for (const text of ['2255-06-05T23:47:34.740992Z', '1684-07-28T00:12:25.259008Z', '9999-12-31T23:59:59Z']) {
    expect(codeOf(() => parseTime(text))).toBe('codec/text');
  }
});

describe(`ULIDs (seed ${seed})`, () => {
  it('are read back, and sort by time, then by their random part', () => {
    const parts = fc.record({
      timeMs: fc.maxSafeNat().map((n) => n % 2 ** 48),
      random: fc.uint8Array({ minLength: 10, maxLength: 10 }),
    });
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(parseUlid(formatUlid(a))).toEqual(a);
        const order = a.timeMs - b.timeMs || Buffer.compare(a.random, b.random);
        const [x, y] = [formatUlid(a), formatUlid(b)];
        expect(Math.sign(order)).toBe(x < y ? -1 : x > y ? 1 : 0);
      }),
      options,
    );
  });

  it.each([
    ['a negative time', { timeMs: -1, random: new Uint8Array(10) }],
    ['a time of 49 bits', { timeMs: 2 ** 48, random: new Uint8Array(10) }],
    ['a fraction of a millisecond', { timeMs: 0.5, random: new Uint8Array(10) }],
    ['9 random bytes', { timeMs: 0, random: new Uint8Array(9) }],
    ['11 random bytes', { timeMs: 0, random: new Uint8Array(11) }],
  ])('refuse %s', (_name, ulid) => {
    expect(codeOf(() => formatUlid(ulid))).toBe('codec/text');
  });
});

it('a ULID beyond 48 bits of time is refused by the parser itself', () => {
  expect(codeOf(() => parseUlid('8ZZZZZZZZZZZZZZZZZZZZZZZZZ'))).toBe('codec/text');
  expect(parseUlid('7ZZZZZZZZZZZZZZZZZZZZZZZZZ').timeMs).toBe(2 ** 48 - 1);
});

describe('text measures', () => {
  it(`agree with the platform (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (a, b) => {
        expect(utf8Length(a + b)).toBe(Buffer.byteLength(a + b));
        expect(isWellFormed(a + b)).toBe(true);
      }),
      options,
    );
  });

  it('see a lone surrogate wherever it stands', () => {
    for (const text of ['\ud800', 'a\udfff', '\udc00\ud800', '\ud800\ud800\udc00', '\ud800\udc00\udc00']) {
      expect(isWellFormed(text)).toBe(false);
    }
    expect(isWellFormed('\ud800\udc00')).toBe(true);
  });
});

it('digests, keys and signatures of another length have no text', () => {
  for (const format of [formatDigest, formatKey, formatSignature]) {
    for (const length of [0, 31, 33, 63, 65]) expect(codeOf(() => format(new Uint8Array(length)))).toBe('codec/text');
  }
});
