/** The history of a fold: a Merkle tree over the CIDs of its records, in fold order (design 2.5). */
import { type Envelope, recordBytes, recordHasher } from '../chain/index.js';
import { EVENT_KIND } from '../journal/index.js';
import { Frontier, type FrontierSnapshot } from '../merkle/index.js';

export class History {
  readonly #frontier: Frontier;
  readonly #hash = recordHasher(EVENT_KIND.kind);

  constructor(from: FrontierSnapshot) {
    this.#frontier = Frontier.restore(from);
  }

  /** Adds the records from `start` to `end` of an envelope of events. */
  add(envelope: Envelope, start: number, end: number): void {
    for (let i = start; i < end; i++) this.#frontier.append(this.#hash(recordBytes(envelope, i)).bytes);
  }

  snapshot(): FrontierSnapshot {
    return this.#frontier.snapshot();
  }

  /** `history_root`: 32 bytes. */
  root(): Uint8Array {
    return this.#frontier.root();
  }
}
