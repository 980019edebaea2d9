/** What a job prints, in memory that its thread and the runner share: nothing is lost when the thread is ended in the middle. */
import { LIMITS } from 'gatos-core';

export type Stream = 'stdout' | 'stderr';

/** Two 32-bit counts of kept bytes, and a 64-bit count of dropped ones. */
const HEADER = 16;
const CAPACITY = LIMITS.jobLogBytes;
const INDEX = { stdout: 0, stderr: 1 } as const;

export class SharedLog {
  readonly buffer: SharedArrayBuffer;
  readonly #kept: Int32Array;
  readonly #dropped: BigInt64Array;

  constructor(buffer = new SharedArrayBuffer(HEADER + 2 * CAPACITY)) {
    this.buffer = buffer;
    this.#kept = new Int32Array(buffer, 0, 2);
    this.#dropped = new BigInt64Array(buffer, 8, 1);
  }

  /** Keeps what fits, counts the rest. */
  write(stream: Stream, bytes: Uint8Array): void {
    const at = Atomics.load(this.#kept, INDEX[stream]);
    const fits = Math.min(bytes.length, CAPACITY - at);
    this.#area(stream).set(bytes.subarray(0, fits), at);
    Atomics.store(this.#kept, INDEX[stream], at + fits);
    if (fits < bytes.length) Atomics.add(this.#dropped, 0, BigInt(bytes.length - fits));
  }

  text(stream: Stream, text: string): void {
    this.write(stream, new TextEncoder().encode(text));
  }

  /** A copy of what was printed, from a byte on. */
  read(stream: Stream, from = 0): Uint8Array {
    return this.#area(stream).slice(from, Atomics.load(this.#kept, INDEX[stream]));
  }

  get dropped(): number {
    return Number(Atomics.load(this.#dropped, 0));
  }

  #area(stream: Stream): Uint8Array {
    return new Uint8Array(this.buffer, HEADER + INDEX[stream] * CAPACITY, CAPACITY);
  }
}
