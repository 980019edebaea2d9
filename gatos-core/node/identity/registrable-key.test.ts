import { Point } from '@noble/ed25519';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRegistrable as byPoints } from '../../src/identity/index.js';
import { isRegistrable } from './registrable-key.js';

const SEED = 20_251;
const L = Point.CURVE().n;
const P = Point.CURVE().p;

/** A generator of the points of small order. */
const TORSION = Point.fromBytes(
  Uint8Array.from(Buffer.from('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', 'hex')),
);
const SMALL = Array.from({ length: 7 }, (_, i) => TORSION.multiplyUnsafe(BigInt(i + 1)));
const scalar = fc.bigInt({ min: 1n, max: L - 1n });

describe(`registration by X25519, seed ${SEED}`, () => {
  it('takes every point of the subgroup, whatever its sign', () => {
    fc.assert(
      fc.property(scalar, (n) => {
        const point = Point.BASE.multiply(n);
        expect(isRegistrable(point.toBytes())).toBe(true);
        expect(isRegistrable(point.negate().toBytes())).toBe(true);
      }),
      { seed: SEED, numRuns: 50 },
    );
  });

  it('refuses what has a part of small order, and small order alone', () => {
    fc.assert(
      fc.property(scalar, (n) => {
        for (const part of SMALL) expect(isRegistrable(Point.BASE.multiply(n).add(part).toBytes())).toBe(false);
      }),
      { seed: SEED, numRuns: 20 },
    );
    for (const part of [Point.ZERO, ...SMALL]) expect(isRegistrable(part.toBytes())).toBe(false);
  });

  it('agrees with the arithmetic on points for any bytes, half of which are no point', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 31, maxLength: 33 }), (key) => {
        expect(isRegistrable(key)).toBe(byPoints(key));
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('cannot be misled by a point of the twist', () => {
    // The curve has 8 L points, and with its twist 2 P + 2.
    const prime = (2n * P + 2n - 8n * L) / 4n;
    expect(prime * 4n + 8n * L).toBe(2n * P + 2n);
    const n = 5n * L - 1n;
    for (const odd of [n - 1n, n, n + 1n]) expect(odd % prime).not.toBe(0n);
    expect([n % 8n, n % L, n >> 254n]).toEqual([0n, L - 1n, 1n]);
  });
});
