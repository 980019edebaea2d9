/** A growing UTF-8 text for JSON, written byte by byte. Numbers and escapes are those of ECMAScript's JSON.stringify. */
import { fromUtf8 } from '../kernel/index.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const HEX = '0123456789abcdef';
/** The longest escape of one byte: `\u001f`. */
const ESCAPE = 6;
const INITIAL = 1024;
/** Integers from 0 up to here are written without making text of them. */
const SMALL = 1_000_000_000;
const SMALL_DIGITS = 9;

/** For each byte inside of quotes: 0 when it stands for itself, else the letter behind the backslash (`u`: and digits). */
const ESCAPES = new Uint8Array(256);
/** Marks the bytes of UTF-8 sequences, which stand for themselves but have to be checked. */
const WIDE = 0xff;
ESCAPES.fill(LETTER_U, 0, 0x20);
ESCAPES.fill(WIDE, 0x80);
ESCAPES[0x08] = 0x62;
ESCAPES[0x09] = 0x74;
ESCAPES[0x0a] = 0x6e;
ESCAPES[0x0c] = 0x66;
ESCAPES[0x0d] = 0x72;
ESCAPES[QUOTE] = QUOTE;
ESCAPES[BACKSLASH] = BACKSLASH;

export class JsonBuffer {
  #buffer: Uint8Array = new Uint8Array(INITIAL);
  #length = 0;

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** What was written: a view, valid until more is. */
  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /** What was written, as text. */
  text(): string {
    return fromUtf8(this.bytes());
  }

  /** Empties the buffer and keeps its memory. */
  clear(): void {
    this.#length = 0;
  }

  #room(more: number): void {
    const need = this.#length + more;
    if (need <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(need, this.#buffer.length * 2));
    grown.set(this.bytes());
    this.#buffer = grown;
  }

  /** One byte as it is. */
  byte(value: number): void {
    this.#room(1);
    this.#buffer[this.#length++] = value;
  }

  /** ASCII text as it is. */
  ascii(text: string): void {
    this.#room(text.length);
    for (let i = 0; i < text.length; i++) this.#buffer[this.#length++] = text.charCodeAt(i);
  }

  /** A finite number. */
  number(value: number): void {
    if (value < 0 || value >= SMALL || !Number.isInteger(value)) {
      this.ascii(String(value));
      return;
    }
    this.#room(SMALL_DIGITS);
    const buffer = this.#buffer;
    let digits = 1;
    for (let bound = 10; value >= bound; bound *= 10) digits++;
    this.#length += digits;
    let at = this.#length;
    let rest = value;
    while (digits-- > 0) {
      const tenth = (rest / 10) | 0;
      buffer[--at] = 0x30 + rest - tenth * 10;
      rest = tenth;
    }
  }

  /** The text between two offsets of `bytes` in quotes. Returns whether it is ASCII; otherwise its UTF-8 is unchecked. */
  quoted(bytes: Uint8Array, start: number, end: number): boolean {
    this.#room((end - start) * ESCAPE + 2);
    const out = this.#buffer;
    let to = this.#length;
    let isAscii = true;
    out[to++] = QUOTE;
    for (let i = start; i < end; i++) {
      const code = bytes[i] as number;
      const letter = ESCAPES[code];
      out[to] = code;
      if (letter === 0) {
        to++;
      } else if (letter === WIDE) {
        to++;
        isAscii = false;
      } else {
        to = writeEscape(out, to, code);
      }
    }
    out[to++] = QUOTE;
    this.#length = to;
    return isAscii;
  }
}

/** Writes the escape of an ASCII byte at `to`; returns the offset behind it. */
function writeEscape(out: Uint8Array, to: number, code: number): number {
  const letter = ESCAPES[code] as number;
  out[to] = BACKSLASH;
  out[to + 1] = letter;
  if (letter !== LETTER_U) return to + 2;
  out[to + 2] = 0x30;
  out[to + 3] = 0x30;
  out[to + 4] = HEX.charCodeAt(code >> 4);
  out[to + 5] = HEX.charCodeAt(code & 15);
  return to + ESCAPE;
}
