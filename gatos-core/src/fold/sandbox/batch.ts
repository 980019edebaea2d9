/** Events as they are handed to a sandbox. */
import type { EncodedRows } from './guest-events.js';

/** Who caused a run of events, and when. */
export interface EventGroup {
  readonly actor: string;
  /** Microseconds since 1970, as the actor claims. */
  readonly time: number;
  /** How many of the rows. */
  readonly count: number;
}

export interface EventBatch {
  /** From an `EventSink`; or JSON text, a list of rows `[ulid, type, key or null, payload]`, which is slower. */
  readonly rows: EncodedRows | Uint8Array | string;
  /** In the order of the rows; their counts add up to `count`. */
  readonly groups: readonly EventGroup[];
  readonly count: number;
}
