/** The output of a child as chunks that are asked for one by one, so that a slow reader slows the child down. */
import type { Readable } from 'node:stream';

/** Chunks of up to 64 KiB that may wait here before the stream is paused. */
const READ_AHEAD = 16;

export class ChunkReader {
  readonly #stream: Readable;
  readonly #chunks: Buffer[] = [];
  #ended = false;
  #wake: (() => void) | null = null;

  constructor(stream: Readable) {
    this.#stream = stream;
    stream.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      if (this.#chunks.length >= READ_AHEAD) stream.pause();
      this.#notify();
    });
    const end = () => {
      this.#ended = true;
      this.#notify();
    };
    stream.on('end', end);
    stream.on('close', end);
    stream.on('error', end);
  }

  #notify(): void {
    this.#wake?.();
    this.#wake = null;
  }

  /** The next chunk, or null at the end. One caller at a time. */
  async next(): Promise<Buffer | null> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        if (this.#chunks.length === 0 && this.#stream.isPaused()) this.#stream.resume();
        return chunk;
      }
      if (this.#ended) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
