/** A signer for where there is no key store: browsers, tests, short-lived keys. */
import { getPublicKey, hashes, sign } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import { invariant } from '../kernel/index.js';
import type { Signer } from './ports.js';
import { KEY_BYTES } from './strict.js';

/**
 * Signs with the secret key that is this 32-byte seed (RFC 8032 section 5.1.5). `source` names it in messages. The seed is copied and
 * stays in memory: prefer the key files of `gatos-core/node` where there is a file system.
 */
export function nobleSigner({ seed, source }: { seed: Uint8Array; source: string }): Signer {
  invariant(seed.length === KEY_BYTES, 'an Ed25519 seed has 32 bytes');
  // noble takes its synchronous hash from this slot; it is set at each use, so that importing this module has no effect.
  hashes.sha512 = sha512;
  const secret = Uint8Array.from(seed);
  return {
    key: getPublicKey(secret),
    source,
    sign: async (message) => {
      hashes.sha512 = sha512;
      return sign(message, secret);
    },
  };
}
