import { describe, expect, it } from 'vitest';
import { codeOf } from '../../testing/refusal.js';
import { LIMITS } from '../kernel/index.js';
import { decode, decodeIpld, encode, formatHex, parseHex, scan, toJsonText } from './index.js';

/**
 * Where the data item at `at` ends; undefined when the bytes are not well-formed. The rule of RFC 8949 appendix C in its own right: it
 * shares nothing with the reader.
 */
function wellFormed(bytes: Uint8Array, at: number): number | undefined {
  const initial = bytes[at];
  if (initial === undefined) return undefined;
  const major = initial >> 5;
  const info = initial & 31;
  if (info > 27 && info < 31) return undefined;
  if (info === 31) return indefinite(bytes, at + 1, major);
  const width = info < 24 ? 0 : 2 ** (info - 24);
  let end = at + 1 + width;
  if (end > bytes.length) return undefined;
  const argument = width === 0 ? info : bytes.subarray(at + 1, end).reduce((value, byte) => value * 256 + byte, 0);
  if (major === 2 || major === 3) return end + argument > bytes.length ? undefined : end + argument;
  if (major === 7) return info === 24 && argument < 32 ? undefined : end;
  const items = major === 4 ? argument : major === 5 ? 2 * argument : major === 6 ? 1 : 0;
  for (let i = 0; i < items; i++) {
    const next = wellFormed(bytes, end);
    if (next === undefined) return undefined;
    end = next;
  }
  return end;
}

/** The same behind a head of indefinite length: items up to a break; those of a string are definite strings of its own kind. */
function indefinite(bytes: Uint8Array, start: number, major: number): number | undefined {
  if (major < 2 || major > 5) return undefined;
  let at = start;
  for (let count = 0; ; count++) {
    if (bytes[at] === 0xff) return major === 5 && count % 2 === 1 ? undefined : at + 1;
    const chunk = bytes[at] ?? 0;
    if (major < 4 && (chunk >> 5 !== major || (chunk & 31) === 31)) return undefined;
    const next = wellFormed(bytes, at);
    if (next === undefined) return undefined;
    at = next;
  }
}

const isWellFormed = (bytes: Uint8Array): boolean => wellFormed(bytes, 0) === bytes.length;

const READERS: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  decode,
  decodeIpld,
  toJsonText,
  scan: (bytes) => {
    if (scan(bytes, 0) !== bytes.length) decode(bytes);
  },
};

/** Which readers take these bytes. Fails on a fault that is no refusal, and on an acceptance whose encoding differs. */
function takers(bytes: Uint8Array): readonly string[] {
  const names = Object.keys(READERS).filter((name) => codeOf(() => READERS[name]?.(bytes)) === undefined);
  if (names.includes('decode') && formatHex(encode(decode(bytes))) !== formatHex(bytes)) {
    throw new Error(`${formatHex(bytes)} is not what its value encodes to`);
  }
  return names;
}

/** Heads of every major type and width, with arguments at the edges, and something behind. */
function* heads(): Generator<Uint8Array> {
  const tails = [
    '',
    '00',
    '60',
    'ff',
    '6161',
    'f6f6',
    '6161f6',
    '00ff',
    '0000ff',
    '60ff',
    '40ff',
    '8000',
    'a000',
    '5f41ffff',
  ];
  for (let initial = 0; initial < 256; initial++) {
    for (const argument of [
      '',
      '00',
      '01',
      '17',
      '18',
      '1f',
      '20',
      'ff',
      '0000',
      '00ff',
      '0100',
      '00000000',
      '00010000',
    ]) {
      for (const tail of tails) yield parseHex(initial.toString(16).padStart(2, '0') + argument + tail);
    }
    yield parseHex(`${initial.toString(16).padStart(2, '0')}${'00'.repeat(7)}01`);
    yield parseHex(`${initial.toString(16).padStart(2, '0')}${'ff'.repeat(8)}`);
  }
}

describe('every input of one or two bytes', () => {
  const inputs = [parseHex('')];
  for (let a = 0; a < 256; a++) {
    inputs.push(Uint8Array.of(a));
    for (let b = 0; b < 256; b++) inputs.push(Uint8Array.of(a, b));
  }

  it('is taken by all readers or by none, except for bytes, which JSON has not', () => {
    const count = { all: 0, noJson: 0, none: 0 };
    const wrong: string[] = [];
    let wellFormedOnes = 0;
    for (const bytes of inputs) {
      const names = takers(bytes).join(' ');
      if (isWellFormed(bytes)) wellFormedOnes++;
      else if (names !== '') wrong.push(`${formatHex(bytes)}: ${names}`);
      if (names === 'decode decodeIpld toJsonText scan') count.all++;
      else if (names === 'decode decodeIpld scan') count.noJson++;
      else if (names === '') count.none++;
      else wrong.push(`${formatHex(bytes)}: ${names}`);
    }
    expect(wrong).toEqual([]);
    // Of one byte: 48 integers, false, true, null, empty text, list and map; and the empty byte string. Of two: 2·(256−24) integers,
    // 128 texts of an ASCII character, a list of one of the former; and 256 byte strings, and a list of the empty one.
    expect(count).toEqual({ all: 54 + 464 + 128 + 54, noJson: 1 + 256 + 1, none: inputs.length - 958 });
    expect(wellFormedOnes).toBeGreaterThan(958);
  });
});

describe('heads at the edges', () => {
  it('are refused by every reader when they are not well-formed, whatever stands behind', () => {
    const count = { malformed: 0, refused: 0, taken: 0 };
    const wrong: string[] = [];
    for (const bytes of heads()) {
      const isTaken = takers(bytes).length > 0;
      if (!isWellFormed(bytes)) {
        count.malformed++;
        if (isTaken) wrong.push(formatHex(bytes));
      } else if (isTaken) count.taken++;
      else count.refused++;
    }
    expect(wrong).toEqual([]);
    expect(Math.min(count.malformed, count.refused, count.taken)).toBeGreaterThan(300);
  });

  it('never make a reader recurse or allocate beyond its bounds', () => {
    const nested = (...unit: readonly number[]): Uint8Array =>
      Uint8Array.from({ length: 100_000 * unit.length }, (_, i) => unit[i % unit.length] as number);
    const hostile: readonly [Uint8Array, string][] = [
      [nested(0x81), 'codec/depth'],
      [nested(0xa1, 0x60), 'codec/depth'],
      [nested(0x9f), 'codec/not-canonical'],
      [nested(0xc6), 'codec/not-in-model'],
      [nested(0xd8, 0x2a), 'codec/not-in-model'],
      [parseHex(`9b00000001${'00'.repeat(4)}`), 'codec/malformed'],
      [parseHex(`bb001f${'ff'.repeat(6)}`), 'codec/malformed'],
      [parseHex(`7b${'ff'.repeat(8)}`), 'codec/malformed'],
    ];
    for (const [bytes, code] of hostile) {
      for (const [name, read] of Object.entries(READERS))
        expect(
          codeOf(() => read(bytes)),
          name,
        ).toBe(code);
    }
    expect(codeOf(() => decode(nested(0x81).subarray(0, LIMITS.depth + 1)))).toBe('codec/depth');
  });
});
