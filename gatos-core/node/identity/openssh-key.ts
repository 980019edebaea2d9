/// <reference path="./bcrypt-pbkdf.d.ts" />
/**
 * OpenSSH private keys, format `openssh-key-v1` (OpenSSH's PROTOCOL.key), Ed25519 only.
 *
 * Outer: magic, cipher, KDF, KDF options, number of keys (1), public key, encrypted part, tag of the cipher.
 * Inner: two equal check numbers, key type, public key, seed with public key, comment, padding 1 2 3 …
 *
 * No error quotes bytes of the file.
 */

import { decodeSshKey, identityError, KEY_BYTES, parseBase64 } from '../../src/identity/index.js';
import { bytesEqual, invariant, LIMITS, utf8 } from '../../src/kernel/index.js';
import { OPENSSH_CIPHERS, type OpensshCipher } from './openssh-cipher.js';
import { passphraseBytes } from './sealed-secret.js';
import type { KeyPair } from './secret-key.js';
import { type WireFault, WireReader } from './ssh-wire.js';

const BEGIN = '-----BEGIN OPENSSH PRIVATE KEY-----';
const END = '-----END OPENSSH PRIVATE KEY-----';
const MAGIC = utf8('openssh-key-v1\0');
const UNENCRYPTED_BLOCK_BYTES = 8;

export interface OpensshKey {
  /** 32-byte public key, as the file states it in clear. */
  readonly key: Uint8Array;
  readonly sealed: boolean;
  /** The pair. `passphrase` is asked only when the key is sealed. Throws `identity/key-file`, `identity/passphrase-*`. */
  readonly open: (passphrase: () => Promise<string>) => Promise<KeyPair>;
}

interface Container {
  readonly key: Uint8Array;
  /** Null: the secret part is in clear. */
  readonly lock: { readonly cipher: OpensshCipher; readonly salt: Uint8Array; readonly rounds: number } | null;
  readonly secretPart: Uint8Array;
  readonly tag: Uint8Array;
}

/** Does this text claim to be an OpenSSH private key? */
export function isOpensshKey(text: string): boolean {
  return text.startsWith(BEGIN);
}

/** Reads an OpenSSH private key. `path` names it in messages. Throws `identity/key-file`, `identity/unsupported-key`. */
export function parseOpensshKey(text: string, path: string): OpensshKey {
  const fault: WireFault = (why) => identityError('key-file', { path, why });
  const container = readContainer(readArmour(text, fault), { path, fault });
  return {
    key: container.key,
    sealed: container.lock !== null,
    open: (passphrase) => openContainer(container, { path, fault, passphrase }),
  };
}

function readArmour(text: string, fault: WireFault): Uint8Array {
  const body = text.trimEnd();
  if (text.length > LIMITS.keyFileBytes) throw fault(`it is larger than ${LIMITS.keyFileBytes} bytes`);
  if (!body.startsWith(`${BEGIN}\n`) && !body.startsWith(`${BEGIN}\r\n`))
    throw fault('its first line is not that of an OpenSSH private key');
  if (!body.endsWith(`\n${END}`)) throw fault('its last line is not that of an OpenSSH private key');
  const bytes = parseBase64(body.slice(BEGIN.length, -END.length).replace(/[\r\n]/g, ''));
  if (bytes === null) throw fault('its body is not base64');
  return bytes;
}

interface Naming {
  readonly path: string;
  readonly fault: WireFault;
}

function readContainer(bytes: Uint8Array, { path, fault }: Naming): Container {
  const reader = new WireReader(bytes, fault);
  if (!bytesEqual(reader.take(MAGIC.length, 'the format name'), MAGIC))
    throw fault('it is not of format openssh-key-v1');
  const cipherName = reader.name('the cipher');
  const kdf = reader.name('the KDF');
  const options = reader.string('the KDF options');
  if (reader.uint32('the number of keys') !== 1) throw fault('it does not hold exactly one key');
  const key = readPublicKey(reader.string('the public key'), { path, fault });
  const secretPart = reader.string('the secret part');
  if ((cipherName === 'none') !== (kdf === 'none')) throw fault('cipher and KDF contradict each other');
  if (cipherName === 'none') {
    if (options.length !== 0) throw fault('KDF options without a KDF');
    reader.end('the key');
    return { key, lock: null, secretPart, tag: reader.take(0, 'the tag') };
  }
  const cipher = OPENSSH_CIPHERS.get(cipherName);
  if (cipher === undefined) throw identityError('unsupported-key', { path, what: `its cipher is \`${cipherName}\`` });
  if (kdf !== 'bcrypt') throw identityError('unsupported-key', { path, what: `its KDF is \`${kdf}\`` });
  const lock = { cipher, ...readKdfOptions(options, fault) };
  const tag = reader.take(cipher.tagBytes, 'the tag');
  reader.end('the key');
  if (secretPart.length === 0 || secretPart.length % cipher.blockBytes !== 0)
    throw fault('the secret part is no whole number of blocks');
  return { key, lock, secretPart, tag };
}

function readPublicKey(blob: Uint8Array, { path, fault }: Naming): Uint8Array {
  const type = new WireReader(blob, fault).name('the key type');
  if (type !== 'ssh-ed25519') throw identityError('unsupported-key', { path, what: `its type is \`${type}\`` });
  const key = decodeSshKey(blob);
  if (key === null) throw fault('its public key is malformed');
  return key;
}

function readKdfOptions(bytes: Uint8Array, fault: WireFault): { salt: Uint8Array; rounds: number } {
  const reader = new WireReader(bytes, fault);
  const salt = reader.string('the salt');
  const rounds = reader.uint32('the KDF rounds');
  reader.end('the KDF options');
  if (salt.length < 8 || salt.length > 64) throw fault('the salt does not have 8 to 64 bytes');
  if (rounds < 1 || rounds > LIMITS.bcryptRounds)
    throw fault(`the KDF rounds are not within 1 to ${LIMITS.bcryptRounds}`);
  return { salt, rounds };
}

interface Opening extends Naming {
  readonly passphrase: () => Promise<string>;
}

async function openContainer(container: Container, { path, fault, passphrase }: Opening): Promise<KeyPair> {
  const { lock, secretPart, tag } = container;
  if (lock === null)
    return readSecretPart(secretPart, {
      key: container.key,
      blockBytes: UNENCRYPTED_BLOCK_BYTES,
      fault,
      onCheck: fault,
    });
  const { cipher, salt, rounds } = lock;
  const wrong = (): Error => identityError('passphrase-wrong', { source: path });
  const derived = await bcryptKey(await passphrase(), { salt, rounds, length: cipher.keyBytes + cipher.ivBytes });
  const plain = cipher.open({
    key: derived.subarray(0, cipher.keyBytes),
    iv: derived.subarray(cipher.keyBytes),
    data: secretPart,
    tag,
  });
  derived.fill(0);
  if (plain === null) throw wrong();
  try {
    return readSecretPart(plain, { key: container.key, blockBytes: cipher.blockBytes, fault, onCheck: wrong });
  } finally {
    plain.fill(0);
  }
}

interface BcryptRequest {
  readonly salt: Uint8Array;
  readonly rounds: number;
  readonly length: number;
}

async function bcryptKey(passphrase: string, { salt, rounds, length }: BcryptRequest): Promise<Uint8Array> {
  const secret = passphraseBytes(passphrase);
  const { default: bcrypt } = await import('bcrypt-pbkdf');
  const out = new Uint8Array(length);
  const status = bcrypt.pbkdf(secret, secret.length, salt, salt.length, out, out.length, rounds);
  invariant(status === 0, 'bcrypt-pbkdf takes parameters within our bounds');
  secret.fill(0);
  return out;
}

interface SecretPartRules {
  /** The public key of the outer part, which the inner one must repeat. */
  readonly key: Uint8Array;
  readonly blockBytes: number;
  readonly fault: WireFault;
  /** The error when the check numbers differ: with most ciphers that is how a wrong passphrase shows. */
  readonly onCheck: WireFault;
}

function readSecretPart(bytes: Uint8Array, { key, blockBytes, fault, onCheck }: SecretPartRules): KeyPair {
  const reader = new WireReader(bytes, fault);
  const first = reader.uint32('the check number');
  if (reader.uint32('the check number') !== first) throw onCheck('its check numbers differ');
  if (reader.name('the inner key type') !== 'ssh-ed25519') throw fault('inner and outer key type differ');
  if (!bytesEqual(reader.string('the inner public key'), key)) throw fault('inner and outer public key differ');
  const secret = reader.string('the secret key');
  if (secret.length !== 2 * KEY_BYTES) throw fault('its secret key does not have 64 bytes');
  if (!bytesEqual(secret.subarray(KEY_BYTES), key)) throw fault('its secret key belongs to another public key');
  // The comment is in whatever encoding its author had; nothing here needs it.
  reader.string('the comment');
  const padding = reader.take(reader.remaining, 'the padding');
  if (bytes.length % blockBytes !== 0 || padding.length >= blockBytes || !padding.every((byte, i) => byte === i + 1)) {
    throw fault('its padding is wrong');
  }
  // A copy, which `slice` of a Buffer is not: the plaintext is wiped.
  return { key, seed: new Uint8Array(secret.subarray(0, KEY_BYTES)) };
}
