/**
 * MYTHOS-CAN v0.2 (RFC-MYTHOS-0001 section 7; design 4.1): one tag byte, then the payload. Everything is read strictly, so
 * that what was read has these bytes and no others: shortest numbers, valid UTF-8, map keys that ascend by their encoded
 * bytes, nothing behind the value. Counts are measured against the bytes that are left before anything is made for them.
 */
import { fromUtf8, LIMITS } from '../kernel/index.js';
import { codecError } from './errors.js';
import { lebSpan, lebValue } from './leb128.js';
import { utf8Fault } from './utf8.js';

/** The first byte of every value. */
export const CAN_TAG = {
  null: 0,
  false: 1,
  true: 2,
  unsigned: 3,
  signed: 4,
  bytes: 5,
  text: 6,
  list: 7,
  map: 8,
} as const;

/** The values by tag, as messages name them. */
export const CAN_TAG_NAME: readonly string[] = [
  'null',
  'false',
  'true',
  'an unsigned integer',
  'a signed integer',
  'bytes',
  'text',
  'a list',
  'a map',
];

const SHORT = 48;

/** Reads values one after another; throws `codec/can` with the byte offset, `codec/depth`, `codec/too-large`. */
export class CanReader {
  readonly bytes: Uint8Array;
  /** Offset of what is read next. */
  at: number;
  #depth = 0;
  #entries = 0;

  /** `maxBytes` bounds the whole input before a byte of it is looked at. */
  constructor(bytes: Uint8Array, { at = 0, maxBytes = LIMITS.blockBytes }: CanReaderOptions = {}) {
    if (bytes.length > maxBytes)
      throw codecError('too-large', { what: 'a MYTHOS-CAN value', size: bytes.length, limit: maxBytes });
    this.bytes = bytes;
    this.at = at;
  }

  /** The error for something wrong at an offset (the current one unless told). */
  fault(why: string, offset = this.at): Error {
    return codecError('can', { offset, why });
  }

  /** The tag that comes next; it is not consumed. */
  peek(): number {
    const tag = this.bytes[this.at];
    if (tag === undefined) throw this.fault('it ends where a value should start');
    if (tag > CAN_TAG.map) throw this.fault(`0x${tag.toString(16).padStart(2, '0')} is no tag`);
    return tag;
  }

  /** Consumes a tag that has to come next. */
  expect(tag: number): void {
    const found = this.peek();
    if (found !== tag) throw this.fault(`it is ${CAN_TAG_NAME[found]}, not ${CAN_TAG_NAME[tag]}`);
    this.at++;
  }

  /** A number without a tag: exact, so a bigint beyond 2^53−1. */
  number(): number | bigint {
    const first = this.bytes[this.at];
    if (first !== undefined && first < 0x80) {
      this.at++;
      return first;
    }
    const length = lebSpan(this.bytes, this.at, this.bytes.length);
    if (typeof length === 'string') throw this.fault(length);
    const value = lebValue(this.bytes, this.at, length);
    this.at += length;
    return value;
  }

  /** An unsigned integer. */
  unsigned(): number | bigint {
    this.expect(CAN_TAG.unsigned);
    return this.number();
  }

  /** An unsigned integer of at most `max` (≤ 2^53−1). */
  unsignedUpTo(max: number): number {
    const start = this.at;
    const value = this.unsigned();
    if (typeof value === 'bigint' || value > max) throw this.fault(`${value} is more than ${max}`, start);
    return value;
  }

  /** A signed integer. */
  signed(): bigint {
    this.expect(CAN_TAG.signed);
    const zigzag = this.number();
    if (typeof zigzag === 'number') {
      const half = Math.floor(zigzag / 2);
      return BigInt(zigzag % 2 === 0 ? half : -half - 1);
    }
    const half = zigzag >> 1n;
    return (zigzag & 1n) === 0n ? half : -half - 1n;
  }

  bool(): boolean {
    const tag = this.peek();
    if (tag !== CAN_TAG.true && tag !== CAN_TAG.false) throw this.fault(`it is ${CAN_TAG_NAME[tag]}, not a boolean`);
    this.at++;
    return tag === CAN_TAG.true;
  }

  /** Bytes, as a copy, so that nothing keeps a large input alive or changes with it. */
  byteString(): Uint8Array {
    const start = this.#content(CAN_TAG.bytes);
    return Uint8Array.prototype.slice.call(this.bytes, start, this.at);
  }

  text(): string {
    const start = this.#content(CAN_TAG.text);
    const bytes = this.bytes;
    if (this.at - start <= SHORT) {
      let text = '';
      let at = start;
      for (; at < this.at && (bytes[at] as number) < 0x80; at++) text += String.fromCharCode(bytes[at] as number);
      if (at === this.at) return text;
    }
    const malformed = utf8Fault(bytes, start, this.at);
    if (malformed >= 0) throw this.fault('the text is not UTF-8', malformed);
    return fromUtf8(bytes.subarray(start, this.at));
  }

  /** Passes over the content of bytes or text and gives where it starts. */
  #content(tag: number): number {
    this.expect(tag);
    const length = this.number();
    const left = this.bytes.length - this.at;
    if (length > left) throw this.fault(`a length of ${length}, but ${left} bytes are left`);
    const start = this.at;
    this.at += Number(length);
    return start;
  }

  /** Goes into a list and gives the number of its items; `leave` follows them. */
  enterList(): number {
    return this.#enter(CAN_TAG.list, 1);
  }

  /** Goes into a map and gives the number of its entries; `leave` follows them. */
  enterMap(): number {
    return this.#enter(CAN_TAG.map, 2);
  }

  #enter(tag: number, least: number): number {
    this.expect(tag);
    const count = this.number();
    const most = Math.floor((this.bytes.length - this.at) / least);
    if (count > most) throw this.fault(`a count of ${count}, but ${most} at most fit into the bytes that are left`);
    this.#depth++;
    if (this.#depth > LIMITS.depth) throw codecError('depth', { limit: LIMITS.depth, where: `byte ${this.at}` });
    return Number(count);
  }

  leave(): void {
    this.#depth--;
  }

  /**
   * Counts what is about to be made in memory for one list or map of a struct. A value of two bytes may become an object of a
   * hundred, so the bytes of the input are no bound.
   */
  count(entries: number): void {
    this.#entries += entries;
    if (this.#entries > LIMITS.structValues) throw this.fault(`it holds more than ${LIMITS.structValues} values`);
  }

  /** Refuses the key from `from` to here when it does not stand behind the one before it. */
  ascending(previous: { readonly from: number; readonly to: number }, from: number): void {
    const { bytes, at } = this;
    const end = Math.min(at, from + previous.to - previous.from);
    let [i, j] = [previous.from, from];
    while (j < end && bytes[i] === bytes[j]) {
      i++;
      j++;
    }
    // One encoded value is never the start of another, so one that ends first is the same.
    if (j === end) throw this.fault('a key comes twice', from);
    if ((bytes[i] as number) > (bytes[j] as number))
      throw this.fault('the keys do not ascend by their encoded bytes', from);
  }

  /** Passes over one value, checked in full. */
  skip(): void {
    switch (this.peek()) {
      case CAN_TAG.unsigned:
      case CAN_TAG.signed:
        this.at++;
        this.number();
        return;
      case CAN_TAG.bytes:
        this.#content(CAN_TAG.bytes);
        return;
      case CAN_TAG.text: {
        const start = this.#content(CAN_TAG.text);
        const malformed = utf8Fault(this.bytes, start, this.at);
        if (malformed >= 0) throw this.fault('the text is not UTF-8', malformed);
        return;
      }
      case CAN_TAG.list: {
        for (let left = this.enterList(); left > 0; left--) this.skip();
        this.leave();
        return;
      }
      case CAN_TAG.map:
        this.#skipMap();
        return;
      default:
        this.at++;
    }
  }

  #skipMap(): void {
    let previous: { readonly from: number; readonly to: number } | undefined;
    for (let left = this.enterMap(); left > 0; left--) {
      const from = this.at;
      this.skip();
      if (previous !== undefined) this.ascending(previous, from);
      previous = { from, to: this.at };
      this.skip();
    }
    this.leave();
  }

  /** Refuses bytes behind the value. */
  end(): void {
    const rest = this.bytes.length - this.at;
    if (rest > 0) throw this.fault(`${rest} more bytes follow the value`);
  }
}

export interface CanReaderOptions {
  /** Offset of the first value; 0 when absent. */
  readonly at?: number | undefined;
  /** Most bytes of the input; `LIMITS.blockBytes` when absent. */
  readonly maxBytes?: number | undefined;
}
