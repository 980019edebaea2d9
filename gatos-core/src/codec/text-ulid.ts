/**
 * ULIDs (github.com/ulid/spec): 48 bits of milliseconds and 80 random bits as 26 characters of Crockford base32. One
 * spelling: upper case, without the letters I, L, O and U, first character at most 7.
 */
import { codecError } from './errors.js';

const FORM = 'a ULID (26 characters of upper-case Crockford base32)';
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const SHAPE = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
const TIME_CHARACTERS = 10;
const RANDOM_BYTES = 10;
const MAX_TIME_MS = 2 ** 48 - 1;

export interface Ulid {
  /** Milliseconds since 1970-01-01T00:00:00Z, 48 bits. */
  readonly timeMs: number;
  /** 10 random bytes. */
  readonly random: Uint8Array;
}

/** The 26 characters. Throws `codec/text` when the time does not fit 48 bits or the random part is not 10 bytes. */
export function formatUlid({ timeMs, random }: Ulid): string {
  const fault = (why: string): Error => codecError('text', { form: FORM, text: String(timeMs), why });
  if (!Number.isInteger(timeMs) || timeMs < 0 || timeMs > MAX_TIME_MS) throw fault('the time does not fit 48 bits');
  if (random.length !== RANDOM_BYTES) throw fault(`the random part has ${random.length} bytes, not ${RANDOM_BYTES}`);
  let time = '';
  let rest = timeMs;
  for (let i = 0; i < TIME_CHARACTERS; i++) {
    time = ALPHABET.charAt(rest % 32) + time;
    rest = Math.floor(rest / 32);
  }
  let tail = '';
  let held = 0;
  let pending = 0;
  for (const byte of random) {
    held = ((held << 8) | byte) & 0xffff;
    pending += 8;
    while (pending >= 5) {
      pending -= 5;
      tail += ALPHABET.charAt((held >> pending) & 31);
    }
  }
  return time + tail;
}

/** Time and random part of a ULID. Throws `codec/text`. */
export function parseUlid(text: string): Ulid {
  if (!SHAPE.test(text)) throw codecError('text', { form: FORM, text, why: 'it does not have that shape' });
  let timeMs = 0;
  for (let i = 0; i < TIME_CHARACTERS; i++) timeMs = timeMs * 32 + ALPHABET.indexOf(text.charAt(i));
  const random = new Uint8Array(RANDOM_BYTES);
  let held = 0;
  let pending = 0;
  let at = 0;
  for (let i = TIME_CHARACTERS; i < text.length; i++) {
    held = ((held << 5) | ALPHABET.indexOf(text.charAt(i))) & 0xffff;
    pending += 5;
    if (pending >= 8) {
      pending -= 8;
      random[at++] = (held >> pending) & 0xff;
    }
  }
  return { timeMs, random };
}
