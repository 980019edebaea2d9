import { existsSync, readFileSync } from 'node:fs';
import { Point } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHex } from '../../src/codec/index.js';
import { nobleEngine, nobleSigner, type SignedBytes } from '../../src/identity/index.js';
import { concatBytes, utf8 } from '../../src/kernel/index.js';
import { nativeEngine } from './index.js';

const SEED = 20_254;

interface SignatureVector {
  readonly id: string;
  readonly input: { readonly key: string; readonly message: string; readonly signature: string };
  readonly want: boolean;
}

const list: readonly SignatureVector[] = JSON.parse(
  readFileSync(new URL('../../../conformance/vectors/identity/ed25519.json', import.meta.url), 'utf8'),
);
const itemOf = ({ key, message, signature }: SignatureVector['input']): SignedBytes => ({
  key: parseHex(key),
  message: parseHex(message),
  signature: parseHex(signature),
});

const native = nativeEngine();
const noble = nobleEngine();

describe('golden vectors', () => {
  it.each(list)('$id: $want', ({ input, want }) => {
    expect(native.verify(itemOf(input))).toBe(want);
  });

  it('verifyMany gives the same verdicts, in order', async () => {
    const items = list.map(({ input }) => itemOf(input));
    expect(await native.verifyMany(items)).toEqual(list.map(({ want }) => want));
    expect(await native.verifyMany([])).toEqual([]);
  });

  it('registers the same keys as the portable engine', () => {
    for (const { input } of list) {
      const key = parseHex(input.key);
      expect(native.isRegistrable(key)).toBe(noble.isRegistrable(key));
    }
    expect(list.some(({ input }) => native.isRegistrable(parseHex(input.key)))).toBe(true);
  });
});

describe('both engines agree', () => {
  const { n: L, p: P } = Point.CURVE();
  const T8 = Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05');
  const torsion = Array.from({ length: 8 }, (_, i) => (i === 0 ? Point.ZERO : T8.multiplyUnsafe(BigInt(i))));

  const toNumber = (bytes: Uint8Array): bigint => bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  const toBytes = (value: bigint): Uint8Array =>
    Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
  const encode = (point: Point, p = 0n): Uint8Array => {
    const { x, y } = point.toAffine();
    return toBytes(((y + p) % (1n << 255n)) + ((x & 1n) << 255n));
  };

  /** A signature by secret a on message, with torsion added to key and R: valid by the equation with factor 8, maybe by the strict one. */
  interface Craft {
    readonly a: bigint;
    readonly r: bigint;
    readonly keyTorsion: number;
    readonly rTorsion: number;
    readonly message: Uint8Array;
  }
  const craft = ({ a, r, keyTorsion, rTorsion, message }: Craft): SignedBytes => {
    const key = encode(Point.BASE.multiplyUnsafe(a).add(torsion[keyTorsion] as Point));
    const R = encode(Point.BASE.multiplyUnsafe(r).add(torsion[rTorsion] as Point));
    const k = toNumber(sha512(concatBytes([R, key, message]))) % L;
    return { key, message, signature: concatBytes([R, toBytes((r + k * a) % L)]) };
  };

  const scalar = fc.oneof(
    { weight: 8, arbitrary: fc.bigInt({ min: 1n, max: L - 1n }) },
    { weight: 1, arbitrary: fc.constantFrom(0n, 1n, 2n, 8n, L - 1n) },
  );
  const crafted = fc.record({
    a: scalar,
    r: scalar,
    keyTorsion: fc.constantFrom(0, 0, 0, 1, 2, 4, 7),
    rTorsion: fc.constantFrom(0, 0, 0, 1, 2, 4, 5),
    message: fc.uint8Array({ maxLength: 40 }),
  });

  type Mutation = (item: SignedBytes) => SignedBytes;
  const flip = (bytes: Uint8Array, bit: number): Uint8Array => {
    const copy = bytes.slice();
    const at = (bit >> 3) % Math.max(1, copy.length);
    if (copy.length > 0) copy[at] = (copy[at] as number) ^ (1 << (bit & 7));
    return copy;
  };
  const halves = (item: SignedBytes): [Uint8Array, Uint8Array] => [
    item.signature.slice(0, 32),
    item.signature.slice(32),
  ];
  const specialPoint = fc.oneof(
    fc.constantFrom(...torsion.map((point) => encode(point))),
    fc.constantFrom(...torsion.map((point) => flip(encode(point), 255))),
    fc.bigInt({ min: 0n, max: 18n }).map((y) => toBytes(P + y)),
    fc.bigInt({ min: 0n, max: 40n }).map(toBytes),
    fc.uint8Array({ minLength: 32, maxLength: 32 }),
  );
  const specialScalar = fc.oneof(
    fc.constantFrom(0n, 1n, L - 1n, L, L + 1n, 2n * L, 8n * L, 15n * L, (1n << 256n) - 1n, 1n << 255n).map(toBytes),
    fc.uint8Array({ minLength: 32, maxLength: 32 }),
  );
  const mutation: fc.Arbitrary<Mutation> = fc.oneof(
    { weight: 6, arbitrary: fc.constant<Mutation>((item) => item) },
    fc.nat(255).map(
      (bit): Mutation =>
        (item) => ({ ...item, key: flip(item.key, bit) }),
    ),
    fc.nat(511).map(
      (bit): Mutation =>
        (item) => ({ ...item, signature: flip(item.signature, bit) }),
    ),
    fc.nat(319).map(
      (bit): Mutation =>
        (item) => ({ ...item, message: flip(item.message, bit) }),
    ),
    specialPoint.map(
      (key): Mutation =>
        (item) => ({ ...item, key }),
    ),
    specialPoint.map(
      (R): Mutation =>
        (item) => ({ ...item, signature: concatBytes([R, halves(item)[1]]) }),
    ),
    specialScalar.map(
      (S): Mutation =>
        (item) => ({ ...item, signature: concatBytes([halves(item)[0], S]) }),
    ),
    fc.bigInt({ min: 1n, max: 15n }).map(
      (times): Mutation =>
        (item) => {
          const [R, S] = halves(item);
          return { ...item, signature: concatBytes([R, toBytes(toNumber(S) + times * L)]) };
        },
    ),
    fc.nat(70).map(
      (length): Mutation =>
        (item) => ({ ...item, signature: item.signature.slice(0, length) }),
    ),
    fc.nat(40).map(
      (length): Mutation =>
        (item) => ({ ...item, key: item.key.slice(0, length) }),
    ),
  );

  it(`on crafted and altered signatures (seed ${SEED})`, async () => {
    const seen = { accepted: 0, refused: 0 };
    const items: SignedBytes[] = [];
    fc.assert(
      fc.property(crafted, mutation, (base, mutate) => {
        const item = mutate(craft(base));
        const verdict = noble.verify(item);
        expect(native.verify(item)).toBe(verdict);
        seen[verdict ? 'accepted' : 'refused']++;
        items.push(item);
      }),
      { seed: SEED, numRuns: 3000 },
    );
    expect(seen.accepted).toBeGreaterThan(100);
    expect(seen.refused).toBeGreaterThan(1000);
    expect(await native.verifyMany(items)).toEqual(items.map((item) => native.verify(item)));
  }, 120_000);

  it('on forged signatures under every key of small order', () => {
    for (const key of torsion.flatMap((point) => [encode(point), flip(encode(point), 255)])) {
      for (let r = 1n; r <= 8n; r++) {
        const item = {
          key,
          message: utf8(`m${r}`),
          signature: concatBytes([encode(Point.BASE.multiplyUnsafe(r)), toBytes(r)]),
        };
        expect(noble.verify(item)).toBe(false);
        expect(native.verify(item)).toBe(false);
      }
    }
  });
});

describe('many signatures', () => {
  it('keeps order and verdicts when keys outnumber the cache', async () => {
    const message = utf8('many');
    const honest = nobleSigner({ seed: new Uint8Array(32).fill(9), source: 'test' });
    const good = { key: honest.key, message, signature: await honest.sign(message) };
    const items: SignedBytes[] = [];
    for (let i = 0; i < 9000; i++) {
      // Distinct keys, most of them no points at all.
      const key = Uint8Array.from({ length: 32 }, (_, at) => (at < 2 ? (i >> (8 * at)) & 0xff : at === 31 ? 5 : 77));
      items.push(i % 3 === 0 ? good : { ...good, key });
    }
    const verdicts = await nativeEngine().verifyMany(items);
    expect(verdicts).toHaveLength(9000);
    expect(verdicts.every((verdict, i) => verdict === (i % 3 === 0))).toBe(true);
  });

  it('bounds what is queued when messages are large', async () => {
    const signer = nobleSigner({ seed: new Uint8Array(32).fill(8), source: 'test' });
    const message = new Uint8Array(6 * 1024 * 1024);
    const good = { key: signer.key, message, signature: await signer.sign(message) };
    const bad = { ...good, signature: good.signature.map((byte, i) => (i === 0 ? byte ^ 1 : byte)) };
    expect(await nativeEngine().verifyMany([good, bad, good, bad, good, good, bad])).toEqual([
      true,
      false,
      true,
      false,
      true,
      true,
      false,
    ]);
  });

  it('lets other work run in between', async () => {
    const signer = nobleSigner({ seed: new Uint8Array(32).fill(7), source: 'test' });
    const message = utf8('busy');
    const item = { key: signer.key, message, signature: await signer.sign(message) };
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await nativeEngine().verifyMany(new Array<SignedBytes>(4000).fill(item));
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(10);
  });
});

const THIRD_PARTY = new URL('../../../../shared/vectors/ed25519/', import.meta.url);

describe.skipIf(!existsSync(THIRD_PARTY))('third-party edge cases (skipped when absent)', () => {
  it('speccheck: X X X V X X X X X X X X', () => {
    const cases = JSON.parse(readFileSync(new URL('speccheck.json', THIRD_PARTY), 'utf8')) as {
      message: string;
      pub_key: string;
      signature: string;
    }[];
    const verdicts = cases.map(({ message, pub_key, signature }) =>
      native.verify(itemOf({ key: pub_key, message, signature })),
    );
    expect(verdicts.map((verdict) => (verdict ? 'V' : 'X')).join(' ')).toBe('X X X V X X X X X X X X');
  });

  it('zip215: none of the 196 is accepted', async () => {
    const cases = JSON.parse(readFileSync(new URL('zip215.json', THIRD_PARTY), 'utf8')) as {
      vk_bytes: string;
      sig_bytes: string;
    }[];
    const items = cases.map(({ vk_bytes, sig_bytes }) =>
      itemOf({ key: vk_bytes, message: '5a63617368', signature: sig_bytes }),
    );
    expect(items).toHaveLength(196);
    expect(await native.verifyMany(items)).toEqual(new Array(196).fill(false));
    expect(items.filter((item) => native.verify(item))).toEqual([]);
  });
});
