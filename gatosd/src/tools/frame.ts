/**
 * Frames on the standard streams of a tool: the length as unsigned LEB128 in its one spelling, then so many bytes. One frame each way,
 * and nothing after it.
 */
import { concatBytes } from 'gatos-core';

/** Lengths are below 2^53, so the last digit of seven bits is the eighth. */
const MOST_HEAD = 8;
const MORE = 0x80;

export function encodeFrame(bytes: Uint8Array): Uint8Array {
  const head: number[] = [];
  let rest = bytes.length;
  for (; rest >= MORE; rest = Math.floor(rest / MORE)) head.push((rest % MORE) | MORE);
  head.push(rest);
  return concatBytes([Uint8Array.from(head), bytes]);
}

/** What came is no frame, or is too much. */
export class FrameFault extends Error {
  override readonly name = 'FrameFault';
  constructor(
    readonly code: 'bad-answer' | 'flood',
    message: string,
  ) {
    super(message);
  }
}

/** Takes one frame in pieces of any size, and keeps no more than a frame may have. */
export class FrameReader {
  readonly #chunks: Uint8Array[] = [];
  #kept = 0;
  readonly #head: number[] = [];
  #length: number | undefined;

  constructor(private readonly limit: number) {}

  /** Throws `FrameFault` as soon as it can be told. */
  add(chunk: Uint8Array): void {
    let at = 0;
    while (this.#length === undefined && at < chunk.length) this.#addHead(chunk[at++] as number);
    if (this.#length === undefined || at === chunk.length) return;
    const rest = chunk.subarray(at);
    this.#kept += rest.length;
    if (this.#kept > this.#length) throw new FrameFault('bad-answer', 'more follows its answer');
    this.#chunks.push(rest.slice());
  }

  /** The bytes of the frame when nothing more comes, or why there is none. */
  end(): Uint8Array | string {
    if (this.#length === undefined)
      return this.#head.length === 0 ? 'it gave no answer' : 'it stopped within the length of its answer';
    if (this.#kept < this.#length) return `it stopped after ${this.#kept} of ${this.#length} bytes of its answer`;
    return concatBytes(this.#chunks);
  }

  #addHead(byte: number): void {
    this.#head.push(byte);
    if (byte >= MORE) {
      if (this.#head.length >= MOST_HEAD) throw new FrameFault('bad-answer', 'its answer begins with no length');
      return;
    }
    if (byte === 0 && this.#head.length > 1)
      throw new FrameFault('bad-answer', 'the length of its answer is not in its shortest form');
    const length = this.#head.reduceRight((sum, digit) => sum * MORE + (digit & (MORE - 1)), 0);
    if (length > this.limit)
      throw new FrameFault('flood', `it announces an answer of ${length} bytes, the limit is ${this.limit}`);
    this.#length = length;
  }
}
