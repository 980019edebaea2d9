import { existsSync, readFileSync } from 'node:fs';
import { Point } from '@noble/ed25519';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHex } from '../codec/index.js';
import { isRegistrable, isStrictForm, nobleEngine, nobleSigner } from './index.js';

const SEED = 20_251;

function vectors<T>(name: string): readonly T[] {
  return JSON.parse(readFileSync(new URL(`../../../conformance/vectors/identity/${name}`, import.meta.url), 'utf8'));
}

interface SignatureVector {
  readonly id: string;
  readonly input: { readonly key: string; readonly message: string; readonly signature: string };
  readonly want: boolean;
}

const engine = nobleEngine();
const verifyHex = ({ key, message, signature }: SignatureVector['input']): boolean =>
  engine.verify({ key: parseHex(key), message: parseHex(message), signature: parseHex(signature) });

describe('golden vectors', () => {
  const list = vectors<SignatureVector>('ed25519.json');

  it('holds accepted and refused cases', () => {
    expect(list.filter(({ want }) => want)).toHaveLength(7);
    expect(list.filter(({ want }) => !want)).toHaveLength(64);
  });

  it.each(list)('$id: $want', ({ input, want }) => {
    expect(verifyHex(input)).toBe(want);
  });

  it('verifyMany gives the same verdicts, in order', async () => {
    const items = list.map(({ input }) => ({
      key: parseHex(input.key),
      message: parseHex(input.message),
      signature: parseHex(input.signature),
    }));
    expect(await engine.verifyMany(items)).toEqual(list.map(({ want }) => want));
    expect(await engine.verifyMany([])).toEqual([]);
  });
});

describe('registration', () => {
  interface KeyVector {
    readonly id: string;
    readonly input: { readonly key: string };
    readonly want: boolean;
  }

  it.each(vectors<KeyVector>('registration.json'))('$id: $want', ({ input, want }) => {
    expect(isRegistrable(parseHex(input.key))).toBe(want);
    expect(engine.isRegistrable(parseHex(input.key))).toBe(want);
  });
});

describe('the list of small order', () => {
  const BASE8 = '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05';

  it('is what eight additions of a point of order 8 give, in every spelling that decoders take for them', () => {
    const torsion = Point.fromHex(BASE8);
    const spellings = new Set<string>();
    let point = Point.ZERO;
    for (let i = 0; i < 8; i++, point = point.add(torsion)) {
      const { p } = Point.CURVE();
      for (const y of [point.toAffine().y, point.toAffine().y + p]) {
        if (y >= 1n << 255n) continue;
        for (const sign of [0n, 1n]) {
          const hex = (y + (sign << 255n)).toString(16).padStart(64, '0').match(/../g)?.reverse().join('') ?? '';
          spellings.add(hex);
        }
      }
    }
    expect(point.is0()).toBe(true);
    expect(spellings.size).toBe(14);
    for (const hex of spellings) {
      const R = parseHex(hex);
      const honest = parseHex('5866666666666666666666666666666666666666666666666666666666666666');
      const zero = new Uint8Array(32);
      expect(isStrictForm({ key: R, message: zero, signature: new Uint8Array([...honest, ...zero]) })).toBe(false);
      expect(isStrictForm({ key: honest, message: zero, signature: new Uint8Array([...R, ...zero]) })).toBe(false);
      expect(isStrictForm({ key: honest, message: zero, signature: new Uint8Array([...honest, ...zero]) })).toBe(true);
    }
  });
});

describe('a portable signer', () => {
  it(`signs what verifies, and nothing near it does (seed ${SEED})`, async () => {
    const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
    await fc.assert(
      fc.asyncProperty(bytes(32), fc.uint8Array({ maxLength: 200 }), fc.nat(511), async (seed, message, bit) => {
        const signer = nobleSigner({ seed, source: 'test' });
        const signature = await signer.sign(message);
        expect(engine.verify({ key: signer.key, message, signature })).toBe(true);
        expect(engine.isRegistrable(signer.key)).toBe(true);
        signature[bit >> 3] = (signature[bit >> 3] as number) ^ (1 << (bit & 7));
        expect(engine.verify({ key: signer.key, message, signature })).toBe(false);
      }),
      { seed: SEED, numRuns: 40 },
    );
  });

  it('keeps its own copy of the seed', async () => {
    const seed = new Uint8Array(32).fill(7);
    const signer = nobleSigner({ seed, source: 'test' });
    const before = await signer.sign(new Uint8Array(3));
    seed.fill(0);
    expect(await signer.sign(new Uint8Array(3))).toEqual(before);
  });
});

const THIRD_PARTY = new URL('../../../../shared/vectors/ed25519/', import.meta.url);

describe.skipIf(!existsSync(THIRD_PARTY))('third-party edge cases (skipped when absent)', () => {
  it('speccheck: X X X V X X X X X X X X', () => {
    const list = JSON.parse(readFileSync(new URL('speccheck.json', THIRD_PARTY), 'utf8')) as {
      message: string;
      pub_key: string;
      signature: string;
    }[];
    const verdicts = list.map(({ message, pub_key, signature }) =>
      verifyHex({ key: pub_key, message, signature }) ? 'V' : 'X',
    );
    expect(verdicts.join(' ')).toBe('X X X V X X X X X X X X');
  });

  it('zip215: none of the 196 is accepted', () => {
    const list = JSON.parse(readFileSync(new URL('zip215.json', THIRD_PARTY), 'utf8')) as {
      vk_bytes: string;
      sig_bytes: string;
    }[];
    expect(list).toHaveLength(196);
    // The message of all of them is the ASCII text `Zcash`.
    const accepted = list.filter(({ vk_bytes, sig_bytes }) =>
      verifyHex({ key: vk_bytes, message: '5a63617368', signature: sig_bytes }),
    );
    expect(accepted).toEqual([]);
  });
});
