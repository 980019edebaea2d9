/** SSH's binary encoding (RFC 4251 section 5): big-endian uint32, and byte strings with a uint32 length before them. */
import { concatBytes, fromUtf8 } from '../../src/kernel/index.js';

/** Makes the error for malformed bytes; the reason never quotes them. */
export type WireFault = (why: string) => Error;

/** Reads foreign bytes front to back. Every length is measured against what is there before anything is taken. */
export class WireReader {
  #at = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly fault: WireFault,
  ) {}

  get remaining(): number {
    return this.bytes.length - this.#at;
  }

  /** The next `length` bytes, as a view. */
  take(length: number, what: string): Uint8Array {
    if (length > this.remaining) throw this.fault(`${what} is cut off`);
    const part = this.bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return part;
  }

  byte(what: string): number {
    return this.take(1, what)[0] as number;
  }

  uint32(what: string): number {
    const [a, b, c, d] = this.take(4, what) as unknown as [number, number, number, number];
    return a * 0x1000000 + ((b << 16) | (c << 8) | d);
  }

  /** A byte string, as a view. */
  string(what: string): Uint8Array {
    return this.take(this.uint32(what), what);
  }

  /** A byte string that must be printable ASCII of at most 64 bytes: names of algorithms and key types. */
  name(what: string): string {
    const bytes = this.string(what);
    if (bytes.length > 64 || !bytes.every((byte) => byte >= 0x21 && byte <= 0x7e))
      throw this.fault(`${what} is not a name`);
    return fromUtf8(bytes);
  }

  end(what: string): void {
    if (this.remaining !== 0) throw this.fault(`${what} goes on after its end`);
  }
}

export function encodeUint32(value: number): Uint8Array {
  return new Uint8Array([value >>> 24, value >>> 16, value >>> 8, value]);
}

export function encodeWireString(bytes: Uint8Array): Uint8Array {
  return concatBytes([encodeUint32(bytes.length), bytes]);
}
