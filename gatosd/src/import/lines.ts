/** Physical lines of a byte stream, each decoded strictly; memory is bounded by a chunk and the longest line allowed. */
import { isUtf8 } from 'node:buffer';
import { LIMITS } from 'gatos-core';

export interface Line {
  /** From 1. */
  readonly number: number;
  /** Without its line feed; null when it is not UTF-8 or too long. */
  readonly text: string | null;
  /** Why there is no text. */
  readonly fault?: string;
  /** The bytes without the line feed. */
  readonly raw: Uint8Array;
  /** It is too long: `raw` is only its start. */
  readonly cut?: true;
}

const FEED = 0x0a;
const RETURN = 0x0d;
/** What is kept of a line that is too long, to know it by. */
const KEPT_BYTES = 4096;

/** Lines in batches, one a chunk; the last one may lack its line feed. */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Line[], void, undefined> {
  const splitter = new LineSplitter();
  for await (const chunk of chunks) {
    const lines = splitter.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    if (lines.length > 0) yield lines;
  }
  const last = splitter.end();
  if (last !== null) yield [last];
}

class LineSplitter {
  #number = 0;
  /** The start of a line that goes on in the next chunk. */
  #parts: Buffer[] = [];
  #length = 0;

  push(chunk: Buffer): Line[] {
    const lines: Line[] = [];
    const end = chunk.lastIndexOf(FEED) + 1;
    let start = 0;
    if (end > 0 && this.#length > 0) {
      start = chunk.indexOf(FEED) + 1;
      this.#keep(chunk.subarray(0, start - 1));
      lines.push(this.#joined());
    }
    if (start < end) this.#split(chunk.subarray(start, end), lines);
    this.#keep(chunk.subarray(end));
    return lines;
  }

  end(): Line | null {
    return this.#length > 0 ? this.#joined() : null;
  }

  /** Whole lines: checked together, decoded one by one. */
  #split(region: Buffer, lines: Line[]): void {
    const valid = isUtf8(region);
    for (let start = 0; start < region.length; ) {
      const end = region.indexOf(FEED, start);
      lines.push(this.#line(region.subarray(start, end), { valid, length: end - start }));
      start = end + 1;
    }
  }

  #keep(part: Buffer): void {
    if (part.length === 0) return;
    // Of a line that is too long nothing is read on, but its length.
    if (this.#length <= LIMITS.jsonBytes) this.#parts.push(part);
    this.#length += part.length;
  }

  #joined(): Line {
    const [only] = this.#parts;
    const bytes = this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts);
    const length = this.#length;
    this.#parts = [];
    this.#length = 0;
    return this.#line(bytes, { valid: length <= LIMITS.jsonBytes && isUtf8(bytes), length });
  }

  #line(raw: Buffer, { valid, length }: { valid: boolean; length: number }): Line {
    this.#number += 1;
    const number = this.#number;
    if (length > LIMITS.jsonBytes) {
      const fault = `the line has ${length} bytes, the limit is ${LIMITS.jsonBytes}`;
      return { number, text: null, fault, raw: raw.subarray(0, KEPT_BYTES), cut: true };
    }
    if (valid || isUtf8(raw)) return { number, text: raw.toString('utf8'), raw };
    return { number, text: null, fault: 'it is not UTF-8', raw };
  }
}

/** A row's bytes without the carriage return of its line end. */
export function withoutReturn(raw: Uint8Array): Uint8Array {
  return raw.at(-1) === RETURN ? raw.subarray(0, -1) : raw;
}

/** U+FEFF, which some programs put before the text of a file. */
export const BYTE_ORDER_MARK = '\ufeff';

/** Is this the start of a file in UTF-16, which its byte order mark tells? */
export function looksLikeUtf16(raw: Uint8Array): boolean {
  return (raw[0] === 0xff && raw[1] === 0xfe) || (raw[0] === 0xfe && raw[1] === 0xff);
}
