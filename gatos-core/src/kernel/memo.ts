/** The last value made from bytes: the fields of a header are mostly those of the header before. */
import { EMPTY_BYTES } from './bytes.js';

export class Memo<T> {
  #bytes: Uint8Array = EMPTY_BYTES;
  #value: T | undefined;

  /** What `make` gives for the bytes `[start, end)`, called only when they differ from those of the last call. */
  get(bytes: Uint8Array, { start, end }: { start: number; end: number }, make: (own: Uint8Array) => T): T {
    if (this.#value !== undefined && this.#holds(bytes, start, end)) return this.#value;
    const own = new Uint8Array(bytes.subarray(start, end));
    const value = make(own);
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
