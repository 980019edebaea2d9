/**
 * The forms in which other tools write an Ed25519 public key: SSH wire and one-line text, SSH fingerprint, PEM. All are pure
 * functions of the 32 bytes. Our own text form, `ed25519:…`, is `formatKey` of `codec`.
 */
import { sha256 } from '#hash';
import { formatHex } from '../codec/index.js';
import { bytesEqual, concatBytes, invariant, LIMITS, utf8 } from '../kernel/index.js';
import { formatBase64, parseBase64 } from './base64.js';
import { identityError, shown } from './errors.js';
import { KEY_BYTES } from './strict.js';

const SSH_TYPE = 'ssh-ed25519';

/** `string "ssh-ed25519"` and the length of the `string` that follows, in the encoding of RFC 4251 section 5 (RFC 8709 section 4). */
const SSH_PREFIX = concatBytes([
  new Uint8Array([0, 0, 0, SSH_TYPE.length]),
  utf8(SSH_TYPE),
  new Uint8Array([0, 0, 0, KEY_BYTES]),
]);

/** DER of SubjectPublicKeyInfo up to the key: SEQUENCE { SEQUENCE { OID 1.3.101.112 }, BIT STRING } (RFC 8410 section 4). */
const SPKI_PREFIX = new Uint8Array([0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]);

/** The key as SSH carries it: 51 bytes. */
export function encodeSshKey(key: Uint8Array): Uint8Array {
  invariant(key.length === KEY_BYTES, 'an Ed25519 public key has 32 bytes');
  return concatBytes([SSH_PREFIX, key]);
}

/** The 32 bytes inside an SSH wire key, or null when it is of another type or malformed. */
export function decodeSshKey(blob: Uint8Array): Uint8Array | null {
  if (blob.length !== SSH_PREFIX.length + KEY_BYTES) return null;
  return bytesEqual(blob.subarray(0, SSH_PREFIX.length), SSH_PREFIX)
    ? new Uint8Array(blob.subarray(SSH_PREFIX.length))
    : null;
}

/** One line as in a `.pub` file, without a line end: `ssh-ed25519 AAAA… comment`. */
export function formatSshKey(key: Uint8Array, comment = ''): string {
  const line = `${SSH_TYPE} ${formatBase64(encodeSshKey(key))}`;
  return comment === '' ? line : `${line} ${shown(comment)}`;
}

export interface SshPublicKey {
  readonly key: Uint8Array;
  readonly comment: string;
}

/** Reads one line of a `.pub` file. `source` names it in messages. Throws `identity/public-key`, `identity/unsupported-key`. */
export function parseSshKey(line: string, source: string): SshPublicKey {
  if (line.length > LIMITS.keyFileBytes)
    throw identityError('public-key', { source, why: `it is longer than ${LIMITS.keyFileBytes} bytes` });
  const [type = '', text = '', ...comment] = line.trim().split(/[ \t]/);
  if (text === '' || /[\r\n]/.test(line.trim()))
    throw identityError('public-key', { source, why: 'it is not one line of key type and key' });
  if (type !== SSH_TYPE)
    throw identityError('unsupported-key', { path: source, what: `its type is \`${shown(type)}\`` });
  const blob = parseBase64(text);
  const key = blob === null ? null : decodeSshKey(blob);
  if (key === null) throw identityError('public-key', { source, why: 'its base64 is not an Ed25519 key' });
  return { key, comment: comment.join(' ') };
}

/** What `ssh-keygen -l` prints: `SHA256:` and the unpadded base64 of the SHA-256 of the SSH wire key. */
export function formatFingerprint(key: Uint8Array): string {
  return `SHA256:${formatBase64(sha256(encodeSshKey(key))).replace('=', '')}`;
}

/** The 32-byte digest of a fingerprint as `formatFingerprint` writes it. Throws `identity/fingerprint`. */
export function parseFingerprint(text: string): Uint8Array {
  if (!text.startsWith('SHA256:'))
    throw identityError('fingerprint', { text, why: 'it does not start with `SHA256:`' });
  const digest = text.length === 50 ? parseBase64(`${text.slice(7)}=`) : null;
  if (digest === null)
    throw identityError('fingerprint', { text, why: 'what follows is not the base64 of 32 bytes without padding' });
  return digest;
}

/**
 * The fingerprint where a colon, a slash or upper case would hurt, such as the local part of `<fingerprint>@gatos` in commits: the
 * first 16 bytes of the SHA-256 of the 32-byte public key (not of its SSH form), as 32 lower-case hex digits. It names a key for
 * people; nothing is verified by it.
 */
export function formatShortFingerprint(key: Uint8Array): string {
  invariant(key.length === KEY_BYTES, 'an Ed25519 public key has 32 bytes');
  return formatHex(sha256(key).subarray(0, 16));
}

/** `<short fingerprint>@gatos`, the address of a key in the author line of a commit (design 2.3). */
export function keyMailbox(key: Uint8Array): string {
  return `${formatShortFingerprint(key)}@gatos`;
}

/** The key as PEM (`-----BEGIN PUBLIC KEY-----`, RFC 8410), which OpenSSL and most libraries read. Ends in a line feed. */
export function formatPem(key: Uint8Array): string {
  invariant(key.length === KEY_BYTES, 'an Ed25519 public key has 32 bytes');
  return `-----BEGIN PUBLIC KEY-----\n${formatBase64(concatBytes([SPKI_PREFIX, key]))}\n-----END PUBLIC KEY-----\n`;
}
