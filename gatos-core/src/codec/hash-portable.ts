/**
 * Hashing where the platform offers nothing synchronous and faster. `#hash` resolves to this module, or in Node to
 * `node/hash.ts`, which has the same exports: the binding is made when modules are linked, so no state is shared.
 */
import { sha1 as nobleSha1 } from '@noble/hashes/legacy.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';

/** SHA-256 of the concatenation of `parts`: 32 bytes. FIPS 180-4. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const [first, ...rest] = parts;
  if (first !== undefined && rest.length === 0) return nobleSha256(first);
  const hash = nobleSha256.create();
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** SHA-1 of the concatenation of `parts`: 20 bytes. Only for git object names, never for integrity. */
export function sha1(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = nobleSha1.create();
  for (const part of parts) hash.update(part);
  return hash.digest();
}
