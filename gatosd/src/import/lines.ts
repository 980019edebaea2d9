/** Physical lines of a byte stream, each decoded strictly; memory is bounded by the longest line allowed. */
import { LIMITS } from 'gatos-core';

export interface Line {
  /** From 1. */
  readonly number: number;
  /** Without its line feed; null when it is not UTF-8 or too long. */
  readonly text: string | null;
  /** Why there is no text. */
  readonly fault?: string;
  /** The bytes, for a reject file; cut when too long. */
  readonly raw: Uint8Array;
}

const FEED = 0x0a;
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line, void, undefined> {
  const splitter = new LineSplitter();
  for await (const chunk of chunks) yield* splitter.push(chunk);
  yield* splitter.end();
}

class LineSplitter {
  #number = 0;
  #parts: Uint8Array[] = [];
  #length = 0;
  #tooLong = false;

  *push(chunk: Uint8Array): Generator<Line, void, undefined> {
    let start = 0;
    for (let end = chunk.indexOf(FEED); end >= 0; end = chunk.indexOf(FEED, start)) {
      this.#keep(chunk.subarray(start, end));
      yield this.#line();
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
  }

  *end(): Generator<Line, void, undefined> {
    if (this.#length > 0) yield this.#line();
  }

  #keep(part: Uint8Array): void {
    this.#length += part.length;
    if (this.#length > LIMITS.jsonBytes) this.#tooLong = true;
    else if (part.length > 0) this.#parts.push(part);
  }

  #line(): Line {
    this.#number += 1;
    const [only] = this.#parts;
    const raw = this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts);
    const fault = this.#tooLong ? `the line is longer than ${LIMITS.jsonBytes} bytes` : undefined;
    this.#parts = [];
    this.#length = 0;
    this.#tooLong = false;
    const number = this.#number;
    if (fault !== undefined) return { number, text: null, fault, raw };
    try {
      return { number, text: strict.decode(raw), raw };
    } catch (error) {
      if (error instanceof TypeError) return { number, text: null, fault: 'it is not UTF-8', raw };
      throw error;
    }
  }
}
