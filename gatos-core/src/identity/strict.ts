/**
 * The half of strict Ed25519 that needs no arithmetic (design 2.2): whether the bytes of a key and a signature have the only
 * spelling that is allowed. Both engines share it, so what they differ in is the equation alone.
 *
 * Sources: RFC 8032 sections 5.1.3 and 5.1.7; the small-order list is the one of libsodium's `ge25519_has_small_order`,
 * derived again in the tests.
 */
import type { SignedBytes } from './ports.js';

export const KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;

/** y-coordinates (little-endian, sign bit clear) of the 8 points of small order; the sign bit gives each of them two spellings. */
const SMALL_ORDER_Y: readonly (readonly number[])[] = [
  '0000000000000000000000000000000000000000000000000000000000000000', // order 4
  '0100000000000000000000000000000000000000000000000000000000000000', // order 1
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', // order 2
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', // order 8
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', // order 8
].map(littleEndian);

/** p = 2^255 - 19 */
const FIELD = littleEndian('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f');

/** L = 2^252 + 27742317777372353535851937790883648493, the order of the base point. */
const ORDER = littleEndian('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');

function littleEndian(hex: string): readonly number[] {
  return Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

/** Is the little-endian number in 32 bytes from `offset`, with its top byte masked, below `bound`? */
function isBelow(bytes: Uint8Array, offset: number, topMask: number, bound: readonly number[]): boolean {
  for (let i = KEY_BYTES - 1; i >= 0; i--) {
    const byte = (bytes[offset + i] as number) & (i === KEY_BYTES - 1 ? topMask : 0xff);
    const limit = bound[i] as number;
    if (byte !== limit) return byte < limit;
  }
  return false;
}

function isSmallOrder(bytes: Uint8Array, offset: number): boolean {
  return SMALL_ORDER_Y.some((y) => {
    for (let i = 0; i < KEY_BYTES - 1; i++) if (bytes[offset + i] !== y[i]) return false;
    return ((bytes[offset + KEY_BYTES - 1] as number) & 0x7f) === y[KEY_BYTES - 1];
  });
}

function isStrictPoint(bytes: Uint8Array, offset: number): boolean {
  return isBelow(bytes, offset, 0x7f, FIELD) && !isSmallOrder(bytes, offset);
}

/**
 * May this 32-byte encoding stand for a public key at all: y < p and not one of the 14 encodings of small order? It says
 * nothing about whether a point has that y.
 */
export function isStrictKey(key: Uint8Array): boolean {
  return key.length === KEY_BYTES && isStrictPoint(key, 0);
}

/** Lengths right, A and R canonical and not of small order, S < L. What remains is the equation. */
export function isStrictForm({ key, signature }: SignedBytes): boolean {
  return (
    signature.length === SIGNATURE_BYTES &&
    isStrictKey(key) &&
    isStrictPoint(signature, 0) &&
    isBelow(signature, KEY_BYTES, 0xff, ORDER)
  );
}
