/** The growing buffer of MYTHOS-CAN, and the parts that go into it in their one spelling (rules: `can-reader.ts`). */
import { CAN_TAG } from './can-reader.js';
import { LEB_MAX_BYTES, writeBigLeb, writeLeb } from './leb128.js';

const INITIAL = 4096;
/** A buffer larger than this is not kept for the next call. */
const KEPT = 1024 * 1024;
/** Up to this many units a loop in JavaScript beats TextEncoder. */
const SHORT = 64;
const HEAD = 1 + LEB_MAX_BYTES;

const encoder = new TextEncoder();

/** Writes values one after another. What it is given is in range: its callers check, because they know the path. */
export class CanWriter {
  #buffer: Uint8Array = new Uint8Array(INITIAL);
  #at = 0;

  /** Bytes written so far. */
  get length(): number {
    return this.#at;
  }

  reset(): void {
    this.#at = 0;
    if (this.#buffer.length > KEPT) this.#buffer = new Uint8Array(INITIAL);
  }

  /** A copy of what was written. */
  take(): Uint8Array {
    return this.#buffer.slice(0, this.#at);
  }

  #room(length: number): void {
    const need = this.#at + length;
    if (need <= this.#buffer.length) return;
    const old = this.#buffer;
    this.#buffer = new Uint8Array(Math.max(need, old.length * 2));
    this.#buffer.set(old.subarray(0, this.#at));
  }

  /** A tag that is the whole value: null, false, true. */
  tag(tag: number): void {
    this.#room(1);
    this.#buffer[this.#at++] = tag;
  }

  /** A tag with a count or a number from 0 to 2^53−1 behind it. */
  head(tag: number, value: number): void {
    this.#room(HEAD);
    const buffer = this.#buffer;
    buffer[this.#at++] = tag;
    if (value < 128) buffer[this.#at++] = value;
    else this.#at = writeLeb(buffer, this.#at, value);
  }

  /** A tag with a number from 0 to 2^64−1 behind it. */
  bigHead(tag: number, value: bigint): void {
    this.#room(HEAD);
    this.#buffer[this.#at++] = tag;
    this.#at = writeBigLeb(this.#buffer, this.#at, value);
  }

  /** A signed number from −2^63 to 2^63−1, zigzag. */
  signed(value: bigint): void {
    this.bigHead(CAN_TAG.signed, value < 0n ? -2n * value - 1n : 2n * value);
  }

  bytes(value: Uint8Array): void {
    this.head(CAN_TAG.bytes, value.length);
    this.raw(value);
  }

  /** Well-formed text. */
  text(value: string): void {
    const length = value.length;
    if (length <= SHORT && this.#ascii(value)) return;
    const utf8 = encoder.encode(value);
    this.head(CAN_TAG.text, utf8.length);
    this.raw(utf8);
  }

  #ascii(value: string): boolean {
    const length = value.length;
    this.#room(2 + length);
    const buffer = this.#buffer;
    const start = this.#at;
    let at = start + 2;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) return false;
      buffer[at++] = code;
    }
    buffer[start] = CAN_TAG.text;
    buffer[start + 1] = length;
    this.#at = at;
    return true;
  }

  /** Bytes that are encoded already. */
  raw(value: Uint8Array): void {
    const length = value.length;
    this.#room(length);
    const buffer = this.#buffer;
    let at = this.#at;
    if (length <= SHORT) for (let i = 0; i < length; i++) buffer[at++] = value[i] as number;
    else buffer.set(value, at);
    this.#at += length;
  }
}
