/**
 * The portable engine: noble's points and our own equation. noble's `verify` is not used, because both of its modes check the
 * cofactored equation, which accepts signatures that other strict verifiers refuse.
 */
import { Point } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes } from '../kernel/index.js';
import type { SignatureEngine, SignedBytes } from './ports.js';
import { isStrictForm, isStrictKey, KEY_BYTES } from './strict.js';

const ORDER = Point.CURVE().n;

/** The point of a canonical encoding (RFC 8032 section 5.1.3), or null when no point has that y. */
function decodePoint(bytes: Uint8Array): Point | null {
  try {
    return Point.fromBytes(bytes, false);
  } catch (error) {
    // noble reports "not on the curve" as a plain Error; a TypeError or RangeError would be a misuse of ours.
    if (error instanceof TypeError || error instanceof RangeError) throw error;
    return null;
  }
}

function decodeLittleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number);
  return value;
}

function verify(item: SignedBytes): boolean {
  if (!isStrictForm(item)) return false;
  const { key, message, signature } = item;
  const encodedR = signature.subarray(0, KEY_BYTES);
  const A = decodePoint(key);
  const R = decodePoint(encodedR);
  if (A === null || R === null) return false;
  const S = decodeLittleEndian(signature.subarray(KEY_BYTES));
  const k = decodeLittleEndian(sha512(concatBytes([encodedR, key, message]))) % ORDER;
  // RFC 8032 section 5.1.7 without the factor 8: [S]B = R + [k]A. Everything here is public, so variable time is fine.
  return Point.BASE.multiplyUnsafe(S).equals(R.add(A.multiplyUnsafe(k)));
}

/**
 * May this public key be registered: 32 bytes, canonical, a point of the curve, in the prime-order subgroup and not the identity?
 * An honest key always is. Both engines share this implementation.
 */
export function isRegistrable(key: Uint8Array): boolean {
  if (!isStrictKey(key)) return false;
  const point = decodePoint(key);
  return point?.isTorsionFree() === true && !point.is0();
}

/** Strict Ed25519 that runs anywhere, at about a fourteenth of the native speed. Synchronous, single-threaded, stateless. */
export function nobleEngine(): SignatureEngine {
  return {
    name: 'noble',
    verify,
    verifyMany: async (items) => items.map(verify),
    isRegistrable,
  };
}
