/** A secret key in memory: the 32-byte seed as a KeyObject of OpenSSL, and the signer that uses it. Only node:crypto is loaded. */
import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { identityError, type Signer } from '../../src/identity/index.js';
import { bytesEqual } from '../../src/kernel/index.js';

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}

export interface KeyPair {
  /** 32-byte public key. */
  readonly key: Uint8Array;
  /** 32-byte seed (RFC 8032 section 5.1.5). Overwritten with zeros once it is imported. */
  readonly seed: Uint8Array;
}

/** The public key of a secret one: 32 bytes. */
export function publicKeyOf(secret: KeyObject): Uint8Array {
  const { x } = createPublicKey(secret).export({ format: 'jwk' });
  return new Uint8Array(Buffer.from(x ?? '', 'base64url'));
}

/**
 * A signer for a key pair that was read from `source`. The public key is derived again, so that a file whose halves do not belong
 * together is refused (identity/key-mismatch): signing with such a pair gives the secret key away.
 */
export function secretKeySigner({ key, seed }: KeyPair, source: string): Signer {
  const secret = createPrivateKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: base64url(key), d: base64url(seed) },
    format: 'jwk',
  });
  seed.fill(0);
  if (!bytesEqual(publicKeyOf(secret), key)) throw identityError('key-mismatch', { path: source });
  return { key, source, sign: async (message) => new Uint8Array(sign(null, message, secret)) };
}
