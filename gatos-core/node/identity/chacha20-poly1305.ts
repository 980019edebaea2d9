/**
 * chacha20-poly1305@openssh.com, decryption of one packet with sequence number 0 and no separately encrypted length, which is how
 * OpenSSH uses it on key files (PROTOCOL.chacha20poly1305). It is not the AEAD of RFC 8439: the nonce has 8 bytes, and the tag
 * covers the ciphertext alone. The second half of the 64-byte key, for packet lengths, is not used here.
 */
import { createDecipheriv, timingSafeEqual } from 'node:crypto';

export const CHACHA_KEY_BYTES = 64;
export const POLY1305_TAG_BYTES = 16;

/** The key stream applied to `bytes` from block `block` on, nonce 0. */
function chacha20(key: Uint8Array, { block, bytes }: { block: number; bytes: Uint8Array }): Uint8Array {
  // OpenSSL takes counter and nonce as one vector of 16 bytes, the counter first and little-endian.
  const vector = new Uint8Array(16);
  vector[0] = block;
  return createDecipheriv('chacha20', key, vector).update(bytes);
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number);
  return value;
}

const FIELD = 2n ** 130n - 5n;
const CLAMP = 0x0ffffffc0ffffffc0ffffffc0fffffffn;

/** RFC 8439 section 2.5, for the few hundred bytes of a key file. */
export function poly1305({ key, message }: { key: Uint8Array; message: Uint8Array }): Uint8Array {
  const r = littleEndian(key.subarray(0, 16)) & CLAMP;
  let sum = 0n;
  for (let at = 0; at < message.length; at += 16) {
    const part = message.subarray(at, at + 16);
    sum = ((sum + littleEndian(part) + (1n << BigInt(8 * part.length))) * r) % FIELD;
  }
  let tag = (sum + littleEndian(key.subarray(16, 32))) & (2n ** 128n - 1n);
  const out = new Uint8Array(POLY1305_TAG_BYTES);
  for (let i = 0; i < out.length; i++, tag >>= 8n) out[i] = Number(tag & 0xffn);
  return out;
}

/** The plaintext, or null when the tag does not fit. */
export function openChacha20Poly1305({
  key,
  data,
  tag,
}: {
  key: Uint8Array;
  data: Uint8Array;
  tag: Uint8Array;
}): Uint8Array | null {
  const main = key.subarray(0, 32);
  const tagKey = chacha20(main, { block: 0, bytes: new Uint8Array(32) });
  if (!timingSafeEqual(poly1305({ key: tagKey, message: data }), tag)) return null;
  return chacha20(main, { block: 1, bytes: data });
}
