/**
 * The own key file, version 1: JSON with the public key in clear and the seed either in clear or sealed under a passphrase.
 *
 * ```
 * { "v": 1, "kind": "ed25519", "public": "ed25519:<base64url>",
 *   "secret": "<base64url of 32 bytes>"                                    | exactly one
 *   "encrypted": { "kdf": "scrypt", "N": 131072, "r": 8, "p": 1, "salt",   | of the two
 *                  "cipher": "aes-256-gcm", "iv", "data", "tag" } }
 * ```
 * All byte fields are base64url without padding; `iv` has 12 bytes, `data` 32, `tag` 16. The associated data of the cipher is
 * `gatos-key-v1 ` and the text of `public`.
 *
 * Parsing never lets an error of another layer out, because those quote what they could not read.
 */
import {
  formatBase64url,
  formatJson,
  formatKey,
  type Infer,
  parseBase64url,
  parseJson,
  parseKey,
  s,
} from '../../src/codec/index.js';
import { identityError } from '../../src/identity/index.js';
import { GatosError, LIMITS } from '../../src/kernel/index.js';
import { costFault, openSecret, type ScryptCost, type SealedSecret, sealSecret } from './sealed-secret.js';
import type { KeyPair } from './secret-key.js';

const base64url = s.text({ maxBytes: 128 });
const cost = s.int({ min: 1, max: 2 ** 30 });

const FILE = s.struct({
  v: s.literal(1),
  kind: s.literal('ed25519'),
  public: s.text({ maxBytes: 64 }),
  secret: s.optional(base64url),
  encrypted: s.optional(
    s.struct({
      kdf: s.literal('scrypt'),
      N: cost,
      r: cost,
      p: cost,
      salt: base64url,
      cipher: s.literal('aes-256-gcm'),
      iv: base64url,
      data: base64url,
      tag: base64url,
    }),
  ),
});

type FileShape = Infer<typeof FILE>;

export interface OwnKey {
  /** 32-byte public key. */
  readonly key: Uint8Array;
  readonly sealed: boolean;
  /** The pair. `passphrase` is asked only when the key is sealed. Throws `identity/passphrase-*`. */
  readonly open: (passphrase: () => Promise<string>) => Promise<KeyPair>;
}

function boundTo(key: Uint8Array): string {
  return `gatos-key-v1 ${formatKey(key)}`;
}

/** Reads a key file. `path` names it in messages. Throws `identity/key-file`. */
export function parseOwnKey(bytes: Uint8Array, path: string): OwnKey {
  const file = readShape(bytes, path);
  const key = readField(file.public, { path, field: 'public', parse: parseKey });
  if ((file.secret === undefined) === (file.encrypted === undefined)) {
    throw identityError('key-file', { path, why: 'it needs either `secret` or `encrypted`' });
  }
  if (file.encrypted !== undefined) {
    const sealed = readSealed(file.encrypted, path);
    const open = async (passphrase: () => Promise<string>): Promise<KeyPair> => {
      const seed = await openSecret({ sealed, boundTo: boundTo(key), passphrase: await passphrase(), source: path });
      return { key, seed };
    };
    return { key, sealed: true, open };
  }
  const seed = readBytes(file.secret ?? '', { path, field: 'secret', length: 32 });
  return { key, sealed: false, open: async () => ({ key, seed: new Uint8Array(seed) }) };
}

function readShape(bytes: Uint8Array, path: string): FileShape {
  try {
    return FILE.read(parseJson(bytes, { maxBytes: LIMITS.keyFileBytes }), '');
  } catch (error) {
    // The cause is dropped on purpose: it may quote the secret.
    if (error instanceof GatosError) throw identityError('key-file', { path, why: reason(error) });
    throw error;
  }
}

/** Where it went wrong, without what was found there. */
function reason({ code, data }: GatosError): string {
  if (code === 'codec/json') return `it is not JSON from line ${String(data.line)}, column ${String(data.column)} on`;
  const field = typeof data.path === 'string' ? data.path.replace(/[^A-Za-z.]/g, '').slice(0, 40) : '';
  return field === '' ? 'it lacks fields, or has unknown ones' : `field \`${field}\` is missing, unknown or wrong`;
}

interface FieldOf<T> {
  readonly path: string;
  readonly field: string;
  readonly parse: (text: string) => T;
}

function readField<T>(text: string, { path, field, parse }: FieldOf<T>): T {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof GatosError) throw identityError('key-file', { path, why: `field \`${field}\` is malformed` });
    throw error;
  }
}

function readBytes(text: string, { path, field, length }: { path: string; field: string; length: number }): Uint8Array {
  const bytes = readField(text, { path, field, parse: parseBase64url });
  if (bytes.length !== length)
    throw identityError('key-file', { path, why: `field \`${field}\` does not have ${length} bytes` });
  return bytes;
}

function readSealed(file: NonNullable<FileShape['encrypted']>, path: string): SealedSecret {
  const { N, r, p } = file;
  const why = costFault({ N, r, p });
  if (why !== null) throw identityError('key-file', { path, why });
  return {
    N,
    r,
    p,
    salt: readBytes(file.salt, { path, field: 'salt', length: 16 }),
    iv: readBytes(file.iv, { path, field: 'iv', length: 12 }),
    data: readBytes(file.data, { path, field: 'data', length: 32 }),
    tag: readBytes(file.tag, { path, field: 'tag', length: 16 }),
  };
}

export interface OwnKeyContent extends KeyPair {
  /** Absent: the seed is written in clear, protected by the mode of the file alone. */
  readonly seal?: { readonly passphrase: string; readonly cost: ScryptCost } | undefined;
}

/** The text of a key file, ending in a line feed. Throws `identity/passphrase-length`. */
export async function formatOwnKey({ key, seed, seal }: OwnKeyContent): Promise<string> {
  const head = { v: 1, kind: 'ed25519', public: formatKey(key) };
  if (seal === undefined) return `${formatJson({ ...head, secret: formatBase64url(seed) }, { indent: 2 })}\n`;
  const sealed = await sealSecret({ secret: seed, boundTo: boundTo(key), ...seal });
  const encrypted = {
    kdf: 'scrypt',
    N: sealed.N,
    r: sealed.r,
    p: sealed.p,
    salt: formatBase64url(sealed.salt),
    cipher: 'aes-256-gcm',
    iv: formatBase64url(sealed.iv),
    data: formatBase64url(sealed.data),
    tag: formatBase64url(sealed.tag),
  };
  return `${formatJson({ ...head, encrypted }, { indent: 2 })}\n`;
}
