/** Strict decoding of DAG-CBOR into values (rules: `dag-cbor-reader.ts`). */
import { LIMITS } from '../kernel/index.js';
import { Cid } from './cid.js';
import { FALSE, FLOAT64, LEAST, MAJOR, NULL, Reader, TRUE } from './dag-cbor-reader.js';
import { keyAt, textAt } from './dag-cbor-text.js';
import { codecError } from './errors.js';
import { setEntry, type Value } from './value.js';

export class Decoder extends Reader {
  value(depth: number): Value {
    const at = this.at;
    const major = this.head();
    switch (major) {
      case MAJOR.text:
        return this.text();
      case MAJOR.uint:
      case MAJOR.negative:
        return this.integerValue(major, at);
      case MAJOR.map:
        return this.map(depth, at);
      case MAJOR.list:
        return this.list(depth, at);
      case MAJOR.bytes:
        return this.byteString();
      case MAJOR.tag:
        return this.link(at);
      default:
        return this.other(at);
    }
  }

  protected integerValue(major: number, at: number): Value {
    return this.integer(major, at);
  }

  protected link(at: number): Value {
    const start = this.linkSpan(at);
    return Cid.decodeAt(this.bytes, start, this.argument);
  }

  private other(at: number): Value {
    switch (this.bytes[at]) {
      case FALSE:
        return false;
      case TRUE:
        return true;
      case NULL:
        return null;
      case FLOAT64:
        return this.float(at);
      default:
        throw this.refusedSimple(at);
    }
  }

  private byteString(): Uint8Array {
    const start = this.span();
    // Not `slice`: on Node's Buffer that is a view of foreign memory.
    const own = new Uint8Array(this.at - start);
    own.set(this.bytes.subarray(start, this.at));
    return own;
  }

  private text(): string {
    const start = this.span();
    if (this.argument > 2 && this.bytes[start] === 0xef) this.checkMark(start, this.at);
    try {
      return textAt(this.bytes, start, this.at);
    } catch (cause) {
      this.checkText(start, this.at);
      throw cause;
    }
  }

  private list(depth: number, at: number): Value {
    const count = this.enter(depth, LEAST.item, at);
    const out: Value[] = [];
    for (let i = 0; i < count; i++) out.push(this.value(depth + 1));
    return out;
  }

  private map(depth: number, at: number): Value {
    const count = this.enter(depth, LEAST.entry, at);
    const out: Record<string, Value> = {};
    let previous = 0;
    let previousLength = -1;
    for (let i = 0; i < count; i++) {
      const start = this.keySpan(previous, previousLength);
      const key = this.key(start);
      previous = start;
      previousLength = this.at - start;
      setEntry(out, key, this.value(depth + 1));
    }
    return out;
  }

  private key(start: number): string {
    if (this.bytes[start] === 0xef) this.checkMark(start, this.at);
    try {
      return keyAt(this.bytes, start, this.at);
    } catch (cause) {
      this.checkText(start, this.at);
      throw cause;
    }
  }
}

export interface DecodeOptions {
  /** Refuse more bytes than this before reading any; `LIMITS.blockBytes` when absent. */
  readonly maxBytes?: number | undefined;
}

/** Throws `codec/too-large` when there are more bytes than the caller or `LIMITS.blockBytes` allows. */
export function checkSize(bytes: Uint8Array, { maxBytes }: DecodeOptions): void {
  const limit = maxBytes ?? LIMITS.blockBytes;
  if (bytes.length > limit) throw codecError('too-large', { what: 'the encoded value', size: bytes.length, limit });
}

/**
 * The value that these bytes encode. Succeeds exactly when `encode` of the result gives the same bytes. Byte strings are
 * copied; maps are plain objects in which a key `__proto__` is data.
 *
 * Throws `codec/malformed`, `codec/not-canonical`, `codec/not-in-model`, `codec/cid`, `codec/depth`, `codec/too-large`.
 */
export function decode(bytes: Uint8Array, options: DecodeOptions = {}): Value {
  checkSize(bytes, options);
  const decoder = new Decoder(bytes, 0, bytes.length);
  const value = decoder.value(0);
  decoder.finish();
  return value;
}
