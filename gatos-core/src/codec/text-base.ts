/**
 * Bytes as base32 and base64url text (RFC 4648), each in the one spelling that GATOS writes. Parsers refuse padding, the
 * other case, foreign characters and set bits after the last byte, so that equal bytes have equal text.
 */
import { codecError } from './errors.js';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

interface Base {
  /** How messages call it. */
  readonly form: string;
  readonly alphabet: string;
  /** Bits of one character. */
  readonly bits: number;
  /** Value of each ASCII character, -1 when it is not in the alphabet. */
  readonly values: Int8Array;
}

function base(form: string, alphabet: string): Base {
  const values = new Int8Array(128).fill(-1);
  for (let i = 0; i < alphabet.length; i++) values[alphabet.charCodeAt(i)] = i;
  return { form, alphabet, bits: Math.log2(alphabet.length), values };
}

const BASE32_BASE = base('lower-case base32 without padding', BASE32);
const BASE64URL_BASE = base('base64url without padding', BASE64URL);

function format({ alphabet, bits }: Base, bytes: Uint8Array): string {
  const mask = (1 << bits) - 1;
  let out = '';
  let held = 0;
  let pending = 0;
  for (let i = 0; i < bytes.length; i++) {
    held = ((held << 8) | (bytes[i] as number)) & 0xffff;
    pending += 8;
    while (pending >= bits) {
      pending -= bits;
      out += alphabet.charAt((held >> pending) & mask);
    }
  }
  if (pending > 0) out += alphabet.charAt((held << (bits - pending)) & mask);
  return out;
}

function parse({ form, bits, values }: Base, text: string): Uint8Array {
  const out = new Uint8Array(Math.floor((text.length * bits) / 8));
  let held = 0;
  let pending = 0;
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const value = code < 128 ? (values[code] as number) : -1;
    if (value < 0) throw codecError('text', { form, text, why: `character ${i + 1} is not in its alphabet` });
    held = ((held << bits) | value) & 0xffff;
    pending += bits;
    if (pending >= 8) {
      pending -= 8;
      out[at++] = (held >> pending) & 0xff;
    }
  }
  if (pending >= bits) throw codecError('text', { form, text, why: 'its length fits no whole number of bytes' });
  if ((held & ((1 << pending) - 1)) !== 0)
    throw codecError('text', { form, text, why: 'bits after the last byte are set' });
  return out;
}

/** Lower-case base32 without padding (RFC 4648 section 6), without the multibase prefix. */
export function formatBase32(bytes: Uint8Array): string {
  return format(BASE32_BASE, bytes);
}

/** Bytes of lower-case base32 without padding. Throws `codec/text`. */
export function parseBase32(text: string): Uint8Array {
  return parse(BASE32_BASE, text);
}

/** base64url without padding (RFC 4648 section 5). */
export function formatBase64url(bytes: Uint8Array): string {
  return format(BASE64URL_BASE, bytes);
}

/** Bytes of base64url without padding. Throws `codec/text`. */
export function parseBase64url(text: string): Uint8Array {
  return parse(BASE64URL_BASE, text);
}
