/**
 * The strict reading of DAG-CBOR that decoding, scanning and transcoding share: item heads, canonical key order, number
 * and text rules. Sources: RFC 8949 sections 3 and 4.2.1 (with the length-first key order of section 4.2.3), and the
 * DAG-CBOR specification of IPLD.
 *
 * One value has one encoding:
 * - Heads take the fewest bytes; no indefinite lengths.
 * - Numbers: an integer within ±(2^53−1) is a CBOR integer, every other finite number a 64-bit float. So a float whose
 *   value is such an integer is refused, and so is a CBOR integer beyond that range, which a double cannot hold safely.
 *   A double beyond ±(2^53−1), such as 1e300, is integral but not a safe integer: it is written as a float and reads
 *   back as the same double. -0, NaN and the infinities have no encoding.
 * - Text is well-formed UTF-8 and does not start with U+FEFF, which many decoders drop without a word.
 * - Map keys are text, strictly ascending: shorter first, then by bytes.
 * - Simple values: false, true, null. Tags: 42 (a link), holding a zero byte and a CID of the profile (see `cid.ts`).
 *
 * Depth and remaining bytes are checked before anything is read, built or allocated for it.
 */
import { LIMITS } from '../kernel/index.js';
import { cidFault } from './cid.js';
import { codecError } from './errors.js';
import { utf8Fault } from './utf8.js';

export const MAJOR = { uint: 0, negative: 1, bytes: 2, text: 3, list: 4, map: 5, tag: 6, other: 7 } as const;
export const FALSE = 0xf4;
export const TRUE = 0xf5;
export const NULL = 0xf6;
export const FLOAT64 = 0xfb;
export const LINK_TAG = 42;
/** Fewest bytes of a list item, and of a map entry: an empty key and a value. */
export const LEAST = { item: 1, entry: 2 } as const;

const TWO_32 = 2 ** 32;
const MAX_SAFE = Number.MAX_SAFE_INTEGER;

export class Reader {
  protected readonly bytes: Uint8Array;
  /** Offset of the next byte. */
  protected at: number;
  /** Offset after the last byte that may be read. */
  protected readonly end: number;
  /** The argument of the head read last: a value, length, count or tag. Beyond 2^53 it is rounded, never below 2^53. */
  protected argument = 0;
  #view: DataView | undefined;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** After the item: nothing may follow it. */
  finish(): void {
    if (this.at !== this.end) throw this.malformed(this.at, `${this.end - this.at} more bytes follow the value`);
  }

  /** Reads one head. Returns the major type and leaves its argument; of major type 7 only the first byte is consumed. */
  protected head(): number {
    const at = this.at;
    if (at >= this.end) throw this.truncated(at);
    const initial = this.bytes[at] as number;
    const info = initial & 0x1f;
    this.at = at + 1;
    this.argument = info;
    if (info >= 24 && initial < 0xe0) this.longArgument(info, at);
    return initial >> 5;
  }

  private longArgument(info: number, at: number): void {
    if (info > 27) {
      if (info < 31) throw this.malformed(at, 'a reserved head');
      const major = (this.bytes[at] as number) >> 5;
      if (major === MAJOR.uint || major === MAJOR.negative || major === MAJOR.tag)
        throw this.malformed(at, 'a reserved head');
      throw this.notCanonical(at, 'an indefinite length');
    }
    const size = 1 << (info - 24);
    const from = this.at;
    if (this.end - from < size) throw this.truncated(this.end);
    let value = 0;
    for (let i = from; i < from + size; i++) value = value * 256 + (this.bytes[i] as number);
    const least = info === 24 ? 24 : info === 27 ? TWO_32 : 1 << (8 * (size >> 1));
    if (value < least) throw this.notCanonical(at, 'a head longer than it needs to be');
    this.argument = value;
    this.at = from + size;
  }

  /** The integer whose head was read at `at`. */
  protected integer(major: number, at: number): number {
    // −1−n stays within the range as long as n does not exceed 2^53−2.
    if (this.argument > MAX_SAFE - major) throw this.notInModel(at, 'an integer beyond ±(2^53−1)');
    return major === MAJOR.uint ? this.argument : -1 - this.argument;
  }

  /** The double after its first byte. */
  protected float(at: number): number {
    if (this.end - this.at < 8) throw this.truncated(this.end);
    this.#view ??= new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
    const value = this.#view.getFloat64(this.at);
    if (!Number.isFinite(value)) throw this.notInModel(at, Number.isNaN(value) ? 'NaN' : 'an infinity');
    if (Object.is(value, -0)) throw this.notInModel(at, '-0');
    if (Number.isSafeInteger(value)) throw this.notCanonical(at, 'an integer written as a float');
    this.at += 8;
    return value;
  }

  /** Checks that the bytes or text whose head was read is there. Returns its start and moves behind it. */
  protected span(): number {
    const start = this.at;
    if (this.argument > this.end - start) throw this.truncated(this.end);
    this.at = start + this.argument;
    return start;
  }

  /** As `span`, for the link whose tag was read at `at`. Returns the start of the CID and leaves its length. */
  protected linkSpan(at: number): number {
    const tag = this.argument;
    if (tag !== LINK_TAG) throw this.notInModel(at, `tag ${tag}`);
    const inner = this.at;
    if (this.head() !== MAJOR.bytes) throw this.notInModel(inner, 'a link that holds no bytes');
    const start = this.span();
    if (this.argument === 0 || this.bytes[start] !== 0) {
      throw codecError('cid', { why: 'the link does not start with a zero byte', offset: start });
    }
    this.argument -= 1;
    return start + 1;
  }

  /** Moves behind the link whose tag was read at `at`. */
  protected skipLink(at: number): void {
    const start = this.linkSpan(at);
    const why = cidFault(this.bytes, start, this.argument);
    if (why !== undefined) throw codecError('cid', { why, offset: start });
  }

  /** Checks depth and count of the list or map whose head was read at `at`; `least` is the fewest bytes of one entry. */
  protected enter(depth: number, least: number, at: number): number {
    if (depth >= LIMITS.depth) throw codecError('depth', { limit: LIMITS.depth, where: `byte ${at}` });
    if (this.argument * least > this.end - this.at) throw this.truncated(this.end);
    return this.argument;
  }

  /** Reads the head of a map key and checks its order. Returns the start of its text and moves behind it. */
  protected keySpan(previous: number, previousLength: number): number {
    const at = this.at;
    if (this.head() !== MAJOR.text) throw this.notInModel(at, 'a map key that is no text');
    const length = this.argument;
    const start = this.span();
    if (length < previousLength) throw this.notCanonical(at, 'map keys out of order');
    if (length === previousLength) this.checkOrder({ previous, start, length, at });
    return start;
  }

  private checkOrder({
    previous,
    start,
    length,
    at,
  }: {
    previous: number;
    start: number;
    length: number;
    at: number;
  }): void {
    const bytes = this.bytes;
    for (let i = 0; i < length; i++) {
      const difference = (bytes[start + i] as number) - (bytes[previous + i] as number);
      if (difference > 0) return;
      if (difference < 0) throw this.notCanonical(at, 'map keys out of order');
    }
    throw this.notCanonical(at, 'a map key twice');
  }

  /** Checks text between two offsets: UTF-8, and no leading U+FEFF. */
  protected checkText(start: number, end: number): void {
    const fault = utf8Fault(this.bytes, start, end);
    if (fault >= 0) throw this.malformed(fault, 'text that is not UTF-8');
    if ((this.bytes[start] as number) === 0xef && end > start) this.checkMark(start, end);
  }

  /** Refuses text that starts with U+FEFF. */
  protected checkMark(start: number, end: number): void {
    const bytes = this.bytes;
    if (end - start >= 3 && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf) {
      throw this.notInModel(start, 'text that starts with U+FEFF');
    }
  }

  /** The refusal of a first byte of major type 7 that is neither a boolean, null nor a 64-bit float. */
  protected refusedSimple(at: number): Error {
    const info = this.argument;
    if (info === 31) return this.malformed(at, 'a break outside of an indefinite length');
    if (info > 27) return this.malformed(at, 'a reserved head');
    if (info >= 24 && this.end - this.at < 1 << (info - 24)) return this.truncated(this.end);
    if (info === 24 && (this.bytes[this.at] as number) < 32) return this.malformed(at, 'a reserved simple value');
    if (info === 25 || info === 26) return this.notCanonical(at, 'a float of fewer than 64 bits');
    return this.notInModel(at, info === 23 ? 'undefined' : 'a simple value other than false, true and null');
  }

  protected truncated(offset: number): Error {
    return this.malformed(offset, 'the bytes end before the value does');
  }

  protected malformed(offset: number, why: string): Error {
    return codecError('malformed', { offset, why });
  }

  protected notCanonical(offset: number, why: string): Error {
    return codecError('not-canonical', { offset, why });
  }

  protected notInModel(offset: number, why: string): Error {
    return codecError('not-in-model', { offset, why });
  }
}
