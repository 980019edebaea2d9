/**
 * The growing buffer of DAG-CBOR and the leaves that go into it: heads, numbers, text, bytes and links in their one
 * spelling (rules: `dag-cbor-reader.ts`).
 */
import { LINK_TAG, MAJOR } from './dag-cbor-reader.js';
import { isWellFormed } from './value.js';

const INITIAL = 4096;
/** A buffer larger than this is not kept for the next call. */
const KEPT = 1024 * 1024;
/** Up to this many units a loop in JavaScript beats TextEncoder (measured). */
const SHORT = 64;
const TWO_32 = 2 ** 32;
const HEAD = 9;

const encoder = new TextEncoder();

export class Writer {
  protected buffer: Uint8Array = new Uint8Array(INITIAL);
  protected at = 0;
  #view = new DataView(this.buffer.buffer);

  /** Drops what was written; keeps the buffer unless it grew large. */
  reset(): void {
    this.at = 0;
    if (this.buffer.length > KEPT) this.replace(INITIAL);
  }

  /** A copy of what was written. */
  take(): Uint8Array {
    // The buffer is always a plain Uint8Array, so `slice` copies.
    return this.buffer.slice(0, this.at);
  }

  private replace(capacity: number): void {
    const old = this.buffer;
    this.buffer = new Uint8Array(capacity);
    this.buffer.set(old.subarray(0, this.at));
    this.#view = new DataView(this.buffer.buffer);
  }

  /** Makes sure that `length` more bytes fit. */
  protected room(length: number): void {
    const need = this.at + length;
    if (need > this.buffer.length) this.replace(Math.max(need, this.buffer.length * 2));
  }

  protected byte(value: number): void {
    this.room(1);
    this.buffer[this.at++] = value;
  }

  /** The shortest head of a major type with an argument up to 2^53. */
  protected head(major: number, argument: number): void {
    this.room(HEAD);
    const buffer = this.buffer;
    const type = major << 5;
    if (argument < 24) {
      buffer[this.at++] = type | argument;
    } else if (argument < 0x100) {
      buffer[this.at++] = type | 24;
      buffer[this.at++] = argument;
    } else if (argument < 0x10000) {
      buffer[this.at++] = type | 25;
      buffer[this.at++] = argument >> 8;
      buffer[this.at++] = argument;
    } else if (argument < TWO_32) {
      buffer[this.at] = type | 26;
      this.#view.setUint32(this.at + 1, argument);
      this.at += 5;
    } else {
      buffer[this.at] = type | 27;
      this.#view.setUint32(this.at + 1, Math.floor(argument / TWO_32));
      this.#view.setUint32(this.at + 5, argument % TWO_32);
      this.at += 9;
    }
  }

  protected float(value: number): void {
    this.room(HEAD);
    this.buffer[this.at] = 0xfb;
    this.#view.setFloat64(this.at + 1, value);
    this.at += 9;
  }

  protected bytes(value: Uint8Array): void {
    this.head(MAJOR.bytes, value.length);
    this.raw(value);
  }

  /** Bytes as they are. */
  protected raw(value: Uint8Array): void {
    this.room(value.length);
    this.buffer.set(value, this.at);
    this.at += value.length;
  }

  /** Tag 42 over a zero byte and the CID. */
  protected link(cid: Uint8Array): void {
    this.head(MAJOR.tag, LINK_TAG);
    this.head(MAJOR.bytes, cid.length + 1);
    this.byte(0);
    this.raw(cid);
  }

  /** Text with its head. Returns false, with nothing written, when it has a lone surrogate. */
  protected text(value: string): boolean {
    return this.shortAscii(value) || this.anyText(value);
  }

  /** Text with its head if it is short and ASCII; otherwise returns false, with nothing written. */
  protected shortAscii(value: string): boolean {
    const length = value.length;
    if (length > SHORT) return false;
    this.room(length + 2);
    const buffer = this.buffer;
    let at = this.at;
    if (length < 24) {
      buffer[at++] = 0x60 | length;
    } else {
      buffer[at++] = 0x78;
      buffer[at++] = length;
    }
    let seen = 0;
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      seen |= unit;
      buffer[at++] = unit;
    }
    if (seen > 0x7f) return false;
    this.at = at;
    return true;
  }

  private anyText(value: string): boolean {
    // Three bytes for one UTF-16 unit is the most; encode behind the longest head, then write the head that it takes.
    this.room(HEAD + value.length * 3);
    const start = this.at + HEAD;
    const { written } = encoder.encodeInto(value, this.buffer.subarray(start));
    // Equal lengths mean ASCII. Otherwise a lone surrogate would have become U+FFFD.
    if (written !== value.length && !isWellFormed(value)) return false;
    this.head(MAJOR.text, written);
    this.buffer.copyWithin(this.at, start, start + written);
    this.at += written;
    return true;
  }
}
