import * as ipld from '@ipld/dag-cbor';
import fc from 'fast-check';
import { CID as IpldCid } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { anyJson, anyValue, encodedCorpus } from '../../testing/arbitrary-value.js';
import { sameValue } from '../../testing/codec-vectors.js';
import { generator, mutateBytes } from '../../testing/mutate-bytes.js';
import { codeOf, refusalOf } from '../../testing/refusal.js';
import { bytesEqual, isGatosError } from '../kernel/index.js';
import { Cid, decode, encode, formatHex, parseHex, scan, setEntry, toJsonText, type Value } from './index.js';

const seed = Number(process.env.GATOS_SEED ?? 20260101);
const RUNS = Number(process.env.GATOS_FUZZ_RUNS ?? 6000);

/** The value as the library of IPLD has it: its own class for CIDs. */
function toIpld(value: Value): unknown {
  if (value instanceof Cid) return IpldCid.decode(value.bytes);
  if (Array.isArray(value)) return value.map(toIpld);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const out: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(value)) setEntry(out, key, toIpld(entry));
  return out;
}

describe(`properties (seed ${seed})`, () => {
  it('decode(encode(v)) is v', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(sameValue(decode(encode(value)), value)).toBe(true);
      }),
      { seed, numRuns: 600 },
    );
  });

  it('encode agrees with the library of IPLD byte for byte', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(formatHex(encode(value))).toBe(formatHex(ipld.encode(toIpld(value))));
      }),
      { seed, numRuns: 600 },
    );
  });

  it('scan accepts what encode makes, wherever it stands', () => {
    fc.assert(
      fc.property(anyValue, fc.nat(5), (value, before) => {
        const bytes = encode(value);
        const inside = new Uint8Array(before + bytes.length + 3).fill(0xff);
        inside.set(bytes, before);
        expect(scan(inside, before)).toBe(before + bytes.length);
      }),
      { seed, numRuns: 300 },
    );
  });

  it('toJsonText says what JSON.stringify says, in canonical key order', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        const text = toJsonText(encode(value));
        // Parsed and printed again by the platform, both have the platform's key order.
        expect(JSON.stringify(JSON.parse(text))).toBe(JSON.stringify(decode(encode(value))));
        if (typeof value !== 'object') expect(text).toBe(JSON.stringify(value));
      }),
      { seed, numRuns: 600 },
    );
  });

  it('any other order of keys gives the same bytes', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ unit: 'binary', maxLength: 6 }), { maxLength: 40 }),
        fc.nat(),
        (all, turn) => {
          const keys = all.filter((key) => !key.startsWith('\ufeff'));
          const turned = keys.map((_, i) => keys[(i + turn) % keys.length] as string);
          const map = (order: readonly string[]): Value => {
            const out: Record<string, Value> = {};
            for (const key of order) setEntry(out, key, key);
            return out;
          };
          expect(formatHex(encode(map(turned)))).toBe(formatHex(encode(map(keys))));
        },
      ),
      { seed, numRuns: 500 },
    );
  });
});

interface Subject {
  decode(bytes: Uint8Array): unknown;
  encode(value: unknown): Uint8Array;
}

/** The first bytes that `subject` decodes and encodes otherwise, or fails on in a way that is no refusal. */
function firstViolation(subject: Subject, runs: number): string | undefined {
  const next = generator(seed);
  const corpus = encodedCorpus(anyValue, seed);
  for (let run = 0; run < runs; run++) {
    let bytes = corpus[next(corpus.length)] as Uint8Array;
    for (let times = 1 + next(3); times > 0; times--) bytes = mutateBytes(bytes, next);
    try {
      if (!bytesEqual(subject.encode(subject.decode(bytes)), bytes)) return formatHex(bytes);
    } catch (error) {
      if (!isGatosError(error)) return formatHex(bytes);
    }
  }
  return undefined;
}

/** What each reader says of the same bytes: they must agree on whether and why. */
function verdicts(bytes: Uint8Array): readonly string[] {
  const verdict = (read: () => number): string => {
    try {
      const end = read();
      if (end > bytes.length) return 'reads past the end';
      return end < bytes.length ? 'codec/malformed' : 'accepted';
    } catch (error) {
      if (isGatosError(error)) return error.code;
      throw error;
    }
  };
  const decoded = verdict(() => encode(decode(bytes)).length);
  return [decoded, verdict(() => scan(bytes))];
}

describe(`mutated bytes (seed ${seed}, ${RUNS} runs)`, () => {
  it('decode either refuses or encode gives the same bytes', () => {
    expect(firstViolation({ decode, encode: (value) => encode(value as Value) }, RUNS)).toBeUndefined();
  });

  it('finds a decoder that is too lax', () => {
    const lax: Subject = {
      decode: (bytes) => {
        try {
          return ipld.decode(bytes);
        } catch {
          return null;
        }
      },
      encode: (value) => ipld.encode(value),
    };
    expect(firstViolation(lax, RUNS)).toBeDefined();
    const deaf: Subject = { decode, encode: () => parseHex('00') };
    expect(firstViolation(deaf, RUNS)).toBeDefined();
  });

  it('scan and decode say the same, and what they accept the library of IPLD gives back too', () => {
    const next = generator(seed + 1);
    const corpus = encodedCorpus(anyValue, seed);
    const counts = new Map<string, number>();
    for (let run = 0; run < RUNS; run++) {
      const bytes = mutateBytes(corpus[next(corpus.length)] as Uint8Array, next);
      const [decoded = '', scanned] = verdicts(bytes);
      expect(scanned, formatHex(bytes)).toBe(decoded);
      counts.set(decoded, (counts.get(decoded) ?? 0) + 1);
      if (decoded === 'accepted') expect(formatHex(ipld.encode(ipld.decode(bytes)))).toBe(formatHex(bytes));
    }
    // The mutations reach every verdict, so none of the above holds for want of cases.
    expect([...counts.keys()].sort()).toEqual([
      'accepted',
      'codec/cid',
      'codec/malformed',
      'codec/not-canonical',
      'codec/not-in-model',
    ]);
  });

  it('toJsonText refuses what decode refuses, and bytes and links besides', () => {
    const next = generator(seed + 3);
    const corpus = encodedCorpus(anyJson, seed);
    for (let run = 0; run < RUNS; run++) {
      const bytes = mutateBytes(corpus[next(corpus.length)] as Uint8Array, next);
      const [decoded = ''] = verdicts(bytes);
      const transcoded = codeOf(() => JSON.parse(toJsonText(bytes))) ?? 'accepted';
      if (transcoded === decoded) continue;
      // The first fault in the bytes decides, and for JSON that may be a byte string or a link.
      const { data } = refusalOf(() => toJsonText(bytes));
      expect(data.why, formatHex(bytes)).toMatch(/no JSON form$/);
    }
  });

  it('what the library of IPLD gives back is refused only outside of our profile', () => {
    const next = generator(seed + 2);
    const corpus = encodedCorpus(anyValue, seed);
    const reasons = new Set<string>();
    for (let run = 0; run < RUNS; run++) {
      const bytes = mutateBytes(corpus[next(corpus.length)] as Uint8Array, next);
      let again: Uint8Array;
      try {
        again = ipld.encode(ipld.decode(bytes));
      } catch {
        continue;
      }
      if (!bytesEqual(again, bytes)) continue;
      const [decoded = ''] = verdicts(bytes);
      if (decoded === 'accepted') continue;
      const { code, data } = refusalOf(() => decode(bytes));
      reasons.add(code === 'codec/cid' ? code : String(data.why));
    }
    const ours = ['codec/cid', 'an integer beyond ±(2^53−1)', 'text that starts with U+FEFF', '-0'];
    expect([...reasons].filter((reason) => !ours.includes(reason))).toEqual([]);
    expect(reasons.size).toBeGreaterThan(0);
  });
});
