import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generator, mutateBytes } from '../../testing/mutate-bytes.js';
import { codeOf, refusalOf } from '../../testing/refusal.js';
import { decode, encode, s, type Value } from '../codec/index.js';
import { ENVELOPE_TYPE, pae } from '../identity/index.js';
import { bytesEqual, compareBytes, LIMITS } from '../kernel/index.js';
import { decodeSigned, encodeSigned, SIGNED_MAX_BYTES, type SignedEnvelope, signedMessage } from './signed.js';

const seed = Number(process.env.GATOS_SEED ?? 20261120);

const signature = fc.record({
  key: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  sig: fc.uint8Array({ minLength: 64, maxLength: 64 }),
});
const anySigned: fc.Arbitrary<SignedEnvelope> = fc.record({
  envelope: fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 200, maxLength: 400 })),
  signatures: fc.uniqueArray(signature, { maxLength: 4, selector: ({ key }) => String(key) }),
});

const ORACLE = s.struct({
  envelope: s.bytes({ max: LIMITS.envelopeBytes }),
  signatures: s.list(s.struct({ key: s.bytes({ length: 32 }), sig: s.bytes({ length: 64 }) }), { max: 64 }),
});

/** What a Signed is, by the strict decoder and a schema. */
function oracle(bytes: Uint8Array): SignedEnvelope | null {
  try {
    const signed = ORACLE.read(decode(bytes));
    const keys = signed.signatures.map(({ key }) => key);
    return keys.every((key, i) => i === 0 || compareBytes(keys[i - 1] as Uint8Array, key) < 0) ? signed : null;
  } catch {
    return null;
  }
}

function textOf({ envelope, signatures }: SignedEnvelope): string {
  return [envelope, ...signatures.flatMap(({ key, sig }) => [key, sig])].map(String).join(' ');
}

describe(`the stored form (seed ${seed})`, () => {
  it('is the DAG-CBOR of envelope and signatures in key order, and reads back', () => {
    fc.assert(
      fc.property(anySigned, (signed) => {
        const bytes = encodeSigned(signed);
        const signatures = [...signed.signatures].sort((a, b) => compareBytes(a.key, b.key));
        const plain = { envelope: signed.envelope, signatures: signatures.map(({ key, sig }) => ({ key, sig })) };
        expect(bytesEqual(bytes, encode(plain))).toBe(true);
        expect(textOf(decodeSigned(bytes))).toBe(textOf({ envelope: signed.envelope, signatures }));
      }),
      { seed, numRuns: 200 },
    );
  });

  it('has one spelling of every length', () => {
    for (const length of [0, 1, 23, 24, 255, 256, 65_535, 65_536, 100_000]) {
      const envelope = new Uint8Array(length).fill(7);
      expect(bytesEqual(encodeSigned({ envelope, signatures: [] }), encode({ envelope, signatures: [] }))).toBe(true);
      expect(decodeSigned(encode({ envelope, signatures: [] })).envelope).toHaveLength(length);
    }
    const many = Array.from({ length: 30 }, (_, i) => ({ key: new Uint8Array(32).fill(i), sig: new Uint8Array(64) }));
    expect(decodeSigned(encodeSigned({ envelope: new Uint8Array(1), signatures: many })).signatures).toHaveLength(30);
  });

  it('is accepted exactly where the strict decoder and a schema accept it', () => {
    const next = generator(seed);
    let [accepted, refused] = [0, 0];
    for (const signed of fc.sample(anySigned, { seed, numRuns: 100 })) {
      const bytes = encodeSigned(signed);
      for (let i = 0; i < 40; i++) {
        const altered = mutateBytes(bytes, next);
        const want = oracle(altered);
        if (want === null) {
          expect(codeOf(() => decodeSigned(altered))).toBe('chain/malformed-envelope');
          refused += 1;
        } else {
          expect(textOf(decodeSigned(altered))).toBe(textOf(want));
          accepted += 1;
        }
      }
    }
    expect(accepted).toBeGreaterThan(200);
    expect(refused).toBeGreaterThan(500);
  });

  const good = { key: new Uint8Array(32), sig: new Uint8Array(64) };
  it.each<[string, unknown]>([
    ['another field', { envelope: new Uint8Array(1), signatures: [], more: 1 }],
    ['a missing field', { envelope: new Uint8Array(1) }],
    ['an envelope that is text', { envelope: 'x', signatures: [] }],
    ['signatures that are no list', { envelope: new Uint8Array(1), signatures: {} }],
    ['a short key', { envelope: new Uint8Array(1), signatures: [{ ...good, key: new Uint8Array(31) }] }],
    ['a long signature', { envelope: new Uint8Array(1), signatures: [{ ...good, sig: new Uint8Array(65) }] }],
    ['an added field of a signature', { envelope: new Uint8Array(1), signatures: [{ ...good, alg: 'x' }] }],
    ['one key twice', { envelope: new Uint8Array(1), signatures: [good, good] }],
    ['no map', [new Uint8Array(1)]],
  ])('refuses %s', (_, value) => {
    expect(codeOf(() => decodeSigned(encode(value as Value)))).toBe('chain/malformed-envelope');
  });

  it('is bounded: 64 signatures, 4 MiB of envelope', () => {
    const signatures = Array.from({ length: 65 }, (_, i) => ({ key: new Uint8Array(32).fill(i), sig: good.sig }));
    const bytes = encode({ envelope: new Uint8Array(1), signatures });
    expect(refusalOf(() => decodeSigned(bytes)).message).toContain('65 signatures');
    expect(() => encodeSigned({ envelope: new Uint8Array(1), signatures })).toThrow(/bounded number/);
    expect(
      decodeSigned(encodeSigned({ envelope: new Uint8Array(1), signatures: signatures.slice(1) })).signatures,
    ).toHaveLength(64);
    const largest = { envelope: new Uint8Array(LIMITS.envelopeBytes), signatures: signatures.slice(1) };
    expect(encodeSigned(largest)).toHaveLength(SIGNED_MAX_BYTES);
    expect(refusalOf(() => decodeSigned(new Uint8Array(SIGNED_MAX_BYTES + 1))).message).toContain('the limit is');
  });

  it('does not hand out views of the file', () => {
    const bytes = encodeSigned({ envelope: new Uint8Array(100).fill(1), signatures: [good] });
    const { envelope, signatures } = decodeSigned(bytes);
    bytes.fill(0xff);
    expect(envelope.every((byte) => byte === 1)).toBe(true);
    expect(signatures[0]?.key.every((byte) => byte === 0)).toBe(true);
    expect(signatures[0]?.sig.every((byte) => byte === 0)).toBe(true);
  });
});

describe('what is signed', () => {
  it('is the DSSE pre-authentication encoding of the envelope', () => {
    for (const length of [0, 1, 9, 10, 99, 100, 12_345]) {
      const envelope = new Uint8Array(length).map((_, i) => i);
      expect(bytesEqual(signedMessage(envelope), pae(ENVELOPE_TYPE, envelope))).toBe(true);
    }
  });
});
