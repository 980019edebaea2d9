/** The ciphers of encrypted OpenSSH private keys (`ssh-keygen -Z`), by which the passphrase's key opens the secret part. */
import { type CipherGCMTypes, createDecipheriv } from 'node:crypto';
import { CHACHA_KEY_BYTES, openChacha20Poly1305, POLY1305_TAG_BYTES } from './chacha20-poly1305.js';

export interface OpensshCipher {
  readonly keyBytes: number;
  readonly ivBytes: number;
  /** Length of the tag that follows the encrypted part; 0 for ciphers that authenticate nothing. */
  readonly tagBytes: number;
  /** The encrypted part is a multiple of this. */
  readonly blockBytes: number;
  /** The plaintext, or null when a tag shows that key or bytes are wrong. */
  readonly open: (sealed: SealedPart) => Uint8Array | null;
}

export interface SealedPart {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  readonly data: Uint8Array;
  readonly tag: Uint8Array;
}

const AES_BLOCK_BYTES = 16;
const GCM_TAG_BYTES = 16;

function aes(algorithm: string, keyBytes: number): OpensshCipher {
  return {
    keyBytes,
    ivBytes: AES_BLOCK_BYTES,
    tagBytes: 0,
    blockBytes: AES_BLOCK_BYTES,
    open: ({ key, iv, data }) => {
      const decipher = createDecipheriv(algorithm, key, iv);
      decipher.setAutoPadding(false);
      const plain = decipher.update(data);
      decipher.final();
      return plain;
    },
  };
}

function aesGcm(algorithm: CipherGCMTypes, keyBytes: number): OpensshCipher {
  return {
    keyBytes,
    ivBytes: 12,
    tagBytes: GCM_TAG_BYTES,
    blockBytes: AES_BLOCK_BYTES,
    open: ({ key, iv, data, tag }) => {
      const decipher = createDecipheriv(algorithm, key, iv, { authTagLength: GCM_TAG_BYTES });
      decipher.setAuthTag(tag);
      const plain = decipher.update(data);
      try {
        decipher.final();
      } catch (error) {
        // Lengths were checked before, so the tag is all that can fail here.
        if (error instanceof Error) return null;
        throw error;
      }
      return plain;
    },
  };
}

/** By OpenSSH's name. Others (3des-cbc, rijndael) are legacy that ssh-keygen writes only when told to. */
export const OPENSSH_CIPHERS: ReadonlyMap<string, OpensshCipher> = new Map([
  ['aes128-ctr', aes('aes-128-ctr', 16)],
  ['aes192-ctr', aes('aes-192-ctr', 24)],
  ['aes256-ctr', aes('aes-256-ctr', 32)],
  ['aes128-cbc', aes('aes-128-cbc', 16)],
  ['aes192-cbc', aes('aes-192-cbc', 24)],
  ['aes256-cbc', aes('aes-256-cbc', 32)],
  ['aes128-gcm@openssh.com', aesGcm('aes-128-gcm', 16)],
  ['aes256-gcm@openssh.com', aesGcm('aes-256-gcm', 32)],
  [
    'chacha20-poly1305@openssh.com',
    { keyBytes: CHACHA_KEY_BYTES, ivBytes: 0, tagBytes: POLY1305_TAG_BYTES, blockBytes: 8, open: openChacha20Poly1305 },
  ],
]);
