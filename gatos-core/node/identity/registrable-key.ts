/**
 * The check of keys to be registered, by OpenSSL's X25519: exact, and without the multiplication in big integers that took a command
 * that opens the trust, with everything cold, some milliseconds at each run.
 */
import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto';
import { isStrictKey } from '../../src/identity/index.js';

/** The field's prime, and the order of the prime-order subgroup (RFC 8032 section 5.1). */
const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;

/**
 * A multiple of 8, -1 modulo L, and in the range of X25519's scalars (RFC 7748 section 5). A point A0 + T, with A0 in the prime-order
 * subgroup and T of an order dividing 8, goes to -A0: that has the u it came with only if T is the identity (or A0 is, and then the
 * point is of small order). A u that is of no point of the curve is of one of its twist, whose order is four times a prime that divides
 * neither the scalar less one nor the scalar plus one: no such point comes back with its u.
 */
const SCALAR = 5n * L - 1n;

/** RFC 8410 section 7: a private key is these bytes and then its own 32. */
const PKCS8_X25519 = '302e020100300506032b656e04220420';

const littleEndian = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();

/** The inverse modulo P of a value in 1…P - 1, by Euclid's algorithm. */
function inverse(value: bigint): bigint {
  let [a, b, x, y] = [value, P, 1n, 0n];
  while (a > 1n) {
    const quotient = b / a;
    [a, b, x, y] = [b - quotient * a, a, y - quotient * x, x];
  }
  return x < 0n ? x + P : x;
}

let multiplier: KeyObject | undefined;

/** As `isRegistrable` of the core: 32 bytes, canonical, a point of the curve, in the prime-order subgroup and not the identity. */
export function isRegistrable(key: Uint8Array): boolean {
  // This refuses the points of small order too, so that neither 1 - y nor the product below is zero.
  if (!isStrictKey(key)) return false;
  const y = BigInt(`0x${Buffer.from(key).reverse().toString('hex')}`) & (2n ** 255n - 1n);
  // RFC 7748 section 4.1: the same point as one of curve25519. Its sign does not matter to the question.
  const u = littleEndian(((1n + y) * inverse((P + 1n - y) % P)) % P);
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: u.toString('base64url') }, format: 'jwk' });
  multiplier ??= createPrivateKey({
    key: Buffer.concat([Buffer.from(PKCS8_X25519, 'hex'), littleEndian(SCALAR)]),
    format: 'der',
    type: 'pkcs8',
  });
  return diffieHellman({ privateKey: multiplier, publicKey }).equals(u);
}
