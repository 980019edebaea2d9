/** Ranges of a blob: only the chunks that a range touches are read, each is checked as a whole before a byte of it is handed out. */
import type { ChunkDescriptor, ChunkStore } from './chunk-store.js';
import { chunkError } from './errors.js';
import { fetchChunk } from './fetch-chunk.js';
import type { BlobForm } from './get-stream.js';
import { type Lanes, openLanes } from './lanes.js';

export interface ReaderRequest extends BlobForm {
  readonly store: ChunkStore;
  /** The descriptor of one chunk, from a tree that was checked. */
  readonly chunkAt: (index: number) => ChunkDescriptor | Promise<ChunkDescriptor>;
  readonly signal?: AbortSignal | undefined;
}

export interface Range {
  readonly offset: number;
  readonly length: number;
}

/** What `read` gives at once; a longer range is streamed. */
const MOST_AT_ONCE = 64 * 1024 * 1024;

interface CheckedChunk {
  readonly index: number;
  readonly array: ArrayBuffer;
}

/** Where a part of a range lies: in which chunk, from where on, and how many bytes. */
interface Part {
  readonly index: number;
  readonly from: number;
  readonly length: number;
}

export class BlobReader {
  readonly #request: ReaderRequest;
  readonly #lanes: Lanes;
  /** The last chunk stays at hand: small ranges beside one another check it once. */
  #last: CheckedChunk | undefined;
  #spare: ArrayBuffer | null = null;

  constructor(request: ReaderRequest) {
    this.#request = request;
    this.#lanes = openLanes({ threads: 0 }, { chunkSize: request.chunkSize, bytes: request.size });
  }

  /** Throws `chunks/bad-range`, `chunks/too-large`, and as `getStream` does. */
  async read(range: Range): Promise<Uint8Array> {
    this.#check(range);
    const { length } = range;
    if (length > MOST_AT_ONCE) throw chunkError('too-large', { what: 'the range', size: length, limit: MOST_AT_ONCE });
    const out = new Uint8Array(length);
    let at = 0;
    for (const part of this.#parts(range)) {
      await this.#copy(part, out.subarray(at, at + part.length));
      at += part.length;
    }
    return out;
  }

  /** The range in parts of a chunk at most. Throws as `read`, which has a limit that this has not. */
  async *stream(range: Range): AsyncIterable<Uint8Array> {
    this.#check(range);
    for (const part of this.#parts(range)) {
      const out = new Uint8Array(part.length);
      await this.#copy(part, out);
      yield out;
    }
  }

  #check({ offset, length }: Range): void {
    const { size } = this.#request;
    const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length);
    if (whole && offset >= 0 && length >= 0 && offset + length <= size) return;
    throw chunkError('bad-range', { offset, length, size });
  }

  *#parts({ offset, length }: Range): Iterable<Part> {
    const { chunkSize } = this.#request;
    for (let at = offset; at < offset + length; ) {
      const index = Math.floor(at / chunkSize);
      const from = at - index * chunkSize;
      const part = { index, from, length: Math.min(chunkSize - from, offset + length - at) };
      yield part;
      at += part.length;
    }
  }

  /** Arrays of chunks are copied from as soon as they are there, so that several reads at once may share them. */
  async #copy({ index, from, length }: Part, out: Uint8Array): Promise<void> {
    if (this.#last?.index !== index) {
      const fetched = await this.#fetch(index);
      this.#spare = this.#last?.array ?? null;
      this.#last = { index, array: fetched };
    }
    out.set(new Uint8Array(this.#last.array, from, length));
  }

  async #fetch(index: number): Promise<ArrayBuffer> {
    const { size, chunkSize, chunkAt } = this.#request;
    const { hash, len } = await chunkAt(index);
    const plainLen = Math.min(chunkSize, size - index * chunkSize);
    const into = this.#spare;
    this.#spare = null;
    const { bytes } = await fetchChunk(this.#request, this.#lanes, {
      index,
      hash,
      len,
      plainLen,
      to: { is: 'bytes', into },
    });
    return bytes ?? new ArrayBuffer(0);
  }
}
