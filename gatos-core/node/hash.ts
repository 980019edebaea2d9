/** The Node side of `#hash`: OpenSSL through node:crypto. Same exports as `src/codec/hash-portable.ts`. */

import * as crypto from 'node:crypto';
import { createHash } from 'node:crypto';

type OneShot = (algorithm: string, data: Uint8Array, encoding: 'buffer') => Uint8Array;
// crypto.hash came with Node 20.12 and saves a third of the cost of a short input.
const oneShot = (crypto as { hash?: OneShot }).hash;

function digest(algorithm: 'sha1' | 'sha256', parts: readonly Uint8Array[]): Uint8Array {
  const first = parts[0];
  if (oneShot !== undefined && first !== undefined && parts.length === 1) return oneShot(algorithm, first, 'buffer');
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** SHA-256 of the concatenation of `parts`: 32 bytes. FIPS 180-4. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return digest('sha256', parts);
}

/** SHA-1 of the concatenation of `parts`: 20 bytes. Only for git object names, never for integrity. */
export function sha1(...parts: readonly Uint8Array[]): Uint8Array {
  return digest('sha1', parts);
}
