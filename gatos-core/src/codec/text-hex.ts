/** Bytes as lower-case hexadecimal, the one spelling that GATOS writes. */
import { codecError } from './errors.js';

const FORM = 'lower-case hexadecimal';
const DIGITS = '0123456789abcdef';

/** The two digits of each byte. */
const PAIRS: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => DIGITS.charAt(byte >> 4) + DIGITS.charAt(byte & 15),
);

/** Value of a digit by its character code, or -1. */
function digit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  return code >= 0x61 && code <= 0x66 ? code - 0x57 : -1;
}

/** Lower-case hexadecimal. */
export function formatHex(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i < bytes.length; i++) out += PAIRS[bytes[i] as number];
  return out;
}

/** Bytes of lower-case hexadecimal. Throws `codec/text`. */
export function parseHex(text: string): Uint8Array {
  if (text.length % 2 !== 0) throw codecError('text', { form: FORM, text, why: 'its length is odd' });
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i++) {
    const high = digit(text.charCodeAt(2 * i));
    const low = digit(text.charCodeAt(2 * i + 1));
    if (high < 0 || low < 0) {
      const position = 2 * i + (high < 0 ? 1 : 2);
      throw codecError('text', { form: FORM, text, why: `character ${position} is not in its alphabet` });
    }
    out[i] = high * 16 + low;
  }
  return out;
}
