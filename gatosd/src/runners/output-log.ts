/** What a job prints: the beginning of each stream is kept, the rest is counted. */
import { concatBytes, LIMITS } from 'gatos-core';

export class OutputLog {
  readonly #chunks: Uint8Array[] = [];
  #kept = 0;
  /** Bytes that were printed, kept or not. */
  printed = 0;

  add(chunk: Uint8Array): void {
    this.printed += chunk.length;
    const room = LIMITS.jobLogBytes - this.#kept;
    if (room <= 0) return;
    const part = chunk.length > room ? chunk.slice(0, room) : chunk;
    this.#chunks.push(part);
    this.#kept += part.length;
  }

  get dropped(): number {
    return this.printed - this.#kept;
  }

  bytes(): Uint8Array {
    return concatBytes(this.#chunks);
  }
}
