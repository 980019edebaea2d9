/**
 * Standard base64 (RFC 4648 section 4), which DSSE, OpenSSH and PEM use. Our own text forms use base64url without padding
 * instead: see `codec`.
 */
import { fromUtf8 } from '../kernel/index.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const CODES = Uint8Array.from(ALPHABET, (character) => character.charCodeAt(0));
const PAD = 0x3d;

const VALUES = new Int16Array(128).fill(-1);
CODES.forEach((code, value) => {
  VALUES[code] = value;
});

/** Base64 with padding. */
export function formatBase64(bytes: Uint8Array): string {
  const out = new Uint8Array(4 * Math.ceil(bytes.length / 3)).fill(PAD);
  let at = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const bits = ((bytes[i] as number) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    out[at] = CODES[bits >> 18] as number;
    out[at + 1] = CODES[(bits >> 12) & 63] as number;
    if (left > 1) out[at + 2] = CODES[(bits >> 6) & 63] as number;
    if (left > 2) out[at + 3] = CODES[bits & 63] as number;
    at += 4;
  }
  return fromUtf8(out);
}

/** The bytes of padded base64, or null unless `formatBase64` gives exactly this text for them. */
export function parseBase64(text: string): Uint8Array | null {
  if (text.length % 4 !== 0) return null;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const digits = text.length - padding;
  const out = new Uint8Array((text.length / 4) * 3 - padding);
  let bits = 0;
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const value = i < digits ? (code < 128 ? (VALUES[code] as number) : -1) : 0;
    if (value < 0) return null;
    bits = ((bits & 0x3ffff) << 6) | value;
    if (i % 4 !== 3) continue;
    // Writes past the end of the array are dropped: those bytes are padding, and must be zero for the spelling to be the only one.
    out[at++] = bits >> 16;
    out[at++] = (bits >> 8) & 0xff;
    out[at++] = bits & 0xff;
  }
  if (padding > 0 && (bits & (padding === 2 ? 0xffff : 0xff)) !== 0) return null;
  return out;
}
