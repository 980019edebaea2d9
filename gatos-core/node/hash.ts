/** The Node side of `#hash`: OpenSSL through node:crypto. Same exports as `src/codec/hash-portable.ts`. */
import { createHash, hash } from 'node:crypto';

/**
 * A digest of one input. As text of one character a byte: as `buffer` the same call costs twice as much, since it takes memory
 * outside of the heap for every digest.
 */
function digestOf(algorithm: 'sha1' | 'sha256', data: Uint8Array): Uint8Array {
  const text = hash(algorithm, data, 'binary');
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function digest(algorithm: 'sha1' | 'sha256', parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return digestOf(algorithm, first);
  const digests = createHash(algorithm);
  for (const part of parts) digests.update(part);
  return new Uint8Array(digests.digest());
}

/** SHA-256 of the concatenation of `parts`: 32 bytes. FIPS 180-4. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return digest('sha256', parts);
}

/** SHA-1 of the concatenation of `parts`: 20 bytes. Only for git object names, never for integrity. */
export function sha1(...parts: readonly Uint8Array[]): Uint8Array {
  return digest('sha1', parts);
}
