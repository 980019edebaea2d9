/** Digests, keys and signatures as text: the algorithm, a colon, the bytes in their one spelling (design 2.1). */
import { codecError } from './errors.js';
import { formatBase64url, parseBase64url } from './text-base.js';
import { formatHex, parseHex } from './text-hex.js';

const DIGEST_BYTES = 32;
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

interface Form {
  readonly name: string;
  readonly prefix: string;
  readonly length: number;
  readonly format: (bytes: Uint8Array) => string;
  readonly parse: (text: string) => Uint8Array;
}

const DIGEST: Form = {
  name: 'a digest (`sha256:` and 64 hexadecimal digits)',
  prefix: 'sha256:',
  length: DIGEST_BYTES,
  format: formatHex,
  parse: parseHex,
};
const KEY: Form = {
  name: 'a public key (`ed25519:` and 43 characters of base64url)',
  prefix: 'ed25519:',
  length: KEY_BYTES,
  format: formatBase64url,
  parse: parseBase64url,
};
const SIGNATURE: Form = {
  name: 'a signature (`ed25519:` and 86 characters of base64url)',
  prefix: 'ed25519:',
  length: SIGNATURE_BYTES,
  format: formatBase64url,
  parse: parseBase64url,
};

function format(form: Form, bytes: Uint8Array): string {
  if (bytes.length !== form.length) {
    throw codecError('text', {
      form: form.name,
      text: formatHex(bytes),
      why: `it has ${bytes.length} bytes, not ${form.length}`,
    });
  }
  return form.prefix + form.format(bytes);
}

function parse(form: Form, text: string): Uint8Array {
  if (!text.startsWith(form.prefix)) {
    throw codecError('text', { form: form.name, text, why: `it does not start with \`${form.prefix}\`` });
  }
  const bytes = form.parse(text.slice(form.prefix.length));
  if (bytes.length !== form.length) {
    throw codecError('text', { form: form.name, text, why: `it has ${bytes.length} bytes, not ${form.length}` });
  }
  return bytes;
}

/** `sha256:<64 lower-case hex digits>` of a 32-byte digest. Throws `codec/text` for another length. */
export function formatDigest(digest: Uint8Array): string {
  return format(DIGEST, digest);
}

/** The 32 bytes of `sha256:<hex>`. Throws `codec/text`. */
export function parseDigest(text: string): Uint8Array {
  return parse(DIGEST, text);
}

/** `ed25519:<base64url>` of a 32-byte public key. Says nothing about its being on the curve. Throws `codec/text`. */
export function formatKey(key: Uint8Array): string {
  return format(KEY, key);
}

/** The 32 bytes of `ed25519:<base64url>`. Throws `codec/text`. */
export function parseKey(text: string): Uint8Array {
  return parse(KEY, text);
}

/** `ed25519:<base64url>` of a 64-byte signature. Throws `codec/text`. */
export function formatSignature(signature: Uint8Array): string {
  return format(SIGNATURE, signature);
}

/** The 64 bytes of `ed25519:<base64url>`. Throws `codec/text`. */
export function parseSignature(text: string): Uint8Array {
  return parse(SIGNATURE, text);
}
