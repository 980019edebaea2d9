/** The last value made from bytes: the fields of a header are mostly those of the header before. */
import { EMPTY_BYTES } from './bytes.js';

export class Memo<T> {
  #bytes: Uint8Array = EMPTY_BYTES;
  #value: T | undefined;

  /** `make` gets a copy of the bytes, and is a function of them alone. */
  constructor(private readonly make: (own: Uint8Array) => T) {}

  /** What `make` gives for the bytes `[start, end)`, made anew only when they differ from those of the last call. */
  get(bytes: Uint8Array, start = 0, end: number = bytes.length): T {
    if (this.#value !== undefined && this.#holds(bytes, start, end)) return this.#value;
    const own = new Uint8Array(bytes.subarray(start, end));
    const value = this.make(own);
    this.#bytes = own;
    this.#value = value;
    return value;
  }

  #holds(bytes: Uint8Array, start: number, end: number): boolean {
    const known = this.#bytes;
    if (known.length !== end - start) return false;
    for (let i = 0; i < known.length; i++) if (known[i] !== bytes[start + i]) return false;
    return true;
  }
}
