/** A secret under a passphrase: scrypt (RFC 7914) makes the key, AES-256-GCM seals the seed and binds it to its public key. */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { identityError } from '../../src/identity/index.js';
import { LIMITS, utf8 } from '../../src/kernel/index.js';

const CIPHER = 'aes-256-gcm';
const SEALING_KEY_BYTES = 32;
const TAG_BYTES = 16;
const IV_BYTES = 12;
const SALT_BYTES = 16;

export interface ScryptCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** 128 MiB and about half a second: the interactive setting that OWASP recommends. */
export const DEFAULT_COST: ScryptCost = { N: 2 ** 17, r: 8, p: 1 };

export interface SealedSecret extends ScryptCost {
  readonly salt: Uint8Array;
  /** 12 bytes. */
  readonly iv: Uint8Array;
  /** As long as the secret. */
  readonly data: Uint8Array;
  /** 16 bytes. */
  readonly tag: Uint8Array;
}

/** Why these parameters are not accepted from a file, or null when they are. */
export function costFault({ N, r, p }: ScryptCost): string | null {
  if (N < 2 || !Number.isInteger(Math.log2(N))) return 'scrypt N is not a power of two above one';
  if (r < 1 || p < 1) return 'scrypt r and p start at one';
  if (p > LIMITS.scryptPasses) return `scrypt p is larger than ${LIMITS.scryptPasses}`;
  if (128 * r * (N + p) > LIMITS.scryptMemory)
    return `scrypt would take more than ${LIMITS.scryptMemory} bytes of memory`;
  return null;
}

/** The bytes of a passphrase. Throws `identity/passphrase-length`. */
export function passphraseBytes(passphrase: string): Uint8Array {
  const bytes = utf8(passphrase);
  if (bytes.length === 0 || bytes.length > LIMITS.passphraseBytes) {
    throw identityError('passphrase-length', { limit: LIMITS.passphraseBytes });
  }
  return bytes;
}

function sealingKey(passphrase: string, { salt, N, r, p }: ScryptCost & { salt: Uint8Array }): Promise<Uint8Array> {
  // OpenSSL counts a little more than the formula of costFault.
  const maxmem = LIMITS.scryptMemory + 1024 * 1024;
  return new Promise((resolve, reject) => {
    scrypt(passphraseBytes(passphrase), salt, SEALING_KEY_BYTES, { N, r, p, maxmem }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

/** Seals `secret`. `boundTo` is authenticated with it: opening takes the same text. Throws `identity/passphrase-length`. */
export async function sealSecret({ secret, boundTo, passphrase, cost }: SealRequest): Promise<SealedSecret> {
  const salt = new Uint8Array(randomBytes(SALT_BYTES));
  const iv = new Uint8Array(randomBytes(IV_BYTES));
  const key = await sealingKey(passphrase, { ...cost, salt });
  const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(utf8(boundTo));
  const data = new Uint8Array(cipher.update(secret));
  cipher.final();
  key.fill(0);
  return { N: cost.N, r: cost.r, p: cost.p, salt, iv, data, tag: new Uint8Array(cipher.getAuthTag()) };
}

export interface SealRequest {
  readonly secret: Uint8Array;
  readonly boundTo: string;
  readonly passphrase: string;
  readonly cost: ScryptCost;
}

export interface OpenRequest {
  readonly sealed: SealedSecret;
  readonly boundTo: string;
  readonly passphrase: string;
  /** Names the key in messages. */
  readonly source: string;
}

/** Opens what `sealSecret` made. Throws `identity/passphrase-wrong` (also when the file was altered), `identity/passphrase-length`. */
export async function openSecret({ sealed, boundTo, passphrase, source }: OpenRequest): Promise<Uint8Array> {
  const key = await sealingKey(passphrase, sealed);
  const decipher = createDecipheriv(CIPHER, key, sealed.iv, { authTagLength: TAG_BYTES });
  key.fill(0);
  decipher.setAAD(utf8(boundTo));
  decipher.setAuthTag(sealed.tag);
  const secret = new Uint8Array(decipher.update(sealed.data));
  try {
    decipher.final();
  } catch (error) {
    secret.fill(0);
    throw identityError('passphrase-wrong', { source }, { cause: error });
  }
  return secret;
}
