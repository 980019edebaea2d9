import { Point } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import { describe, expect, it } from 'vitest';
import { nobleEngine, type SignedBytes } from '../../src/identity/index.js';
import { concatBytes, utf8 } from '../../src/kernel/index.js';
import { nativeEngine } from './index.js';

const { n: L, p: P } = Point.CURVE();
const TOP = 1n << 255n;
const ORDER_8 = Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05');

const toNumber = (bytes: Uint8Array): bigint => bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
const toBytes = (value: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));

/** One spelling of `scalar` times the base point plus `torsion` times a point of order 8. */
interface Spelling {
  readonly bytes: Uint8Array;
  readonly canonical: Uint8Array;
  readonly scalar: bigint;
  readonly torsion: number;
}

/** All bytes that lenient decoders take for the point: y or y + p, and with x = 0 either sign. The canonical ones first. */
function spellings(scalar: bigint, torsion: number): readonly Spelling[] {
  const main = scalar === 0n ? Point.ZERO : Point.BASE.multiply(scalar);
  const { x, y } = (torsion === 0 ? main : main.add(ORDER_8.multiply(BigInt(torsion)))).toAffine();
  const signs = x === 0n ? [0n, TOP] : [(x & 1n) * TOP];
  const all = [y, y + P].filter((each) => each < TOP).flatMap((each) => signs.map((sign) => toBytes(each + sign)));
  return all.map((bytes) => ({ bytes, canonical: all[0] ?? bytes, scalar, torsion }));
}

const everyTorsion = [0, 1, 2, 3, 4, 5, 6, 7];
const small = everyTorsion.flatMap((torsion) => spellings(0n, torsion));
const keys = [...small, ...everyTorsion.flatMap((torsion) => spellings(0x1234_5678_9abc_def1n, torsion))];
const commitments = [...small, ...everyTorsion.flatMap((torsion) => spellings(0xfeed_beef_0000_0001n, torsion))];

interface Case extends SignedBytes {
  readonly want: boolean;
  readonly name: string;
}

interface Wanted {
  readonly A: Spelling;
  readonly R: Spelling;
  /** Do the small parts of R and A·k fail to cancel out, so that only the equation with the factor 8 holds? */
  readonly residue: boolean;
  /** Is k made from the canonical spellings, rather than from the bytes as they stand? */
  readonly respelled: boolean;
}

/** A signature of that kind, or undefined when none of forty messages gives one. */
function craft({ A, R, residue, respelled }: Wanted): Case | undefined {
  for (let i = 0; i < 40; i++) {
    const message = utf8(`message ${i}`);
    const hash = (r: Uint8Array, a: Uint8Array): bigint => toNumber(sha512(concatBytes([r, a, message]))) % L;
    const k = hash(R.bytes, A.bytes);
    const used = respelled ? hash(R.canonical, A.canonical) : k;
    if (((BigInt(R.torsion) + k * BigInt(A.torsion)) % 8n !== 0n) !== residue) continue;
    const signature = concatBytes([R.bytes, toBytes((R.scalar + used * A.scalar) % L)]);
    const want = A.scalar !== 0n && R.scalar !== 0n && !residue && !respelled;
    const name = `A = ${A.scalar}·B + ${A.torsion}·T, R = ${R.scalar}·B + ${R.torsion}·T, residue ${residue}, message ${i}`;
    return { key: A.bytes, message, signature, want, name };
  }
  return undefined;
}

const cases: readonly Case[] = keys.flatMap((A) =>
  commitments.flatMap((R) => {
    const isOdd = A.bytes !== A.canonical || R.bytes !== R.canonical;
    const made = (isOdd ? [false, true] : [false]).flatMap((respelled) =>
      [false, true].map((residue) => craft({ A, R, residue, respelled })),
    );
    return made.filter((each) => each !== undefined);
  }),
);

describe('every spelling of every point of small order, and points with a part of small order', () => {
  it('are as many as they should be', () => {
    expect(small).toHaveLength(14);
    expect(cases.length).toBeGreaterThan(1000);
    // Key and R of a large order whose small parts cancel: the equation holds, so they are signatures.
    expect(cases.filter(({ want }) => want).length).toBeGreaterThan(20);
  });

  it('get the verdict of the rule from both engines', async () => {
    const native = nativeEngine();
    const noble = nobleEngine();
    const wrong = cases.filter((each) => noble.verify(each) !== each.want || native.verify(each) !== each.want);
    expect(wrong.map(({ name }) => name)).toEqual([]);
    expect(await native.verifyMany(cases)).toEqual(cases.map(({ want }) => want));
  }, 60_000);

  it('are registered only when they have no part of small order', () => {
    for (const { bytes, scalar, torsion } of keys) {
      expect(nobleEngine().isRegistrable(bytes)).toBe(scalar !== 0n && torsion === 0);
      expect(nativeEngine().isRegistrable(bytes)).toBe(scalar !== 0n && torsion === 0);
    }
  });
});

describe('R in another spelling, with S made to fit the hash over it', () => {
  it('is refused: what is compared is the point that the bytes say', () => {
    const secret = 0x0bad_cafe_1234n;
    const nonce = 0x5eed_0000_0007n;
    const [key] = spellings(secret, 0);
    const [R] = spellings(nonce, 0);
    if (key === undefined || R === undefined) throw new Error('a point has a spelling');
    const message = utf8('abc');
    for (let bit = -1; bit < 256; bit++) {
      const bytes = R.bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      const k = toNumber(sha512(concatBytes([bytes, key.bytes, message]))) % L;
      const item = { key: key.bytes, message, signature: concatBytes([bytes, toBytes((nonce + k * secret) % L)]) };
      expect([nobleEngine().verify(item), nativeEngine().verify(item)]).toEqual([bit < 0, bit < 0]);
    }
  });
});
