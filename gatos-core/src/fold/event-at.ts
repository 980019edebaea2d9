/** The event at a place of the fold order. */
import { type ChainEntry, recordBytes, recordHasher } from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import type { GitBackend } from '../git/index.js';
import { type JournalHead, readOrdered } from '../journal/index.js';
import type { LongCall } from '../kernel/index.js';
import type { FoldPlace } from './place.js';

export interface FoundEvent {
  readonly event: Cid;
  readonly entry: ChainEntry;
  /** Which record of the envelope. */
  readonly record: number;
}

export interface EventPlace {
  readonly heads: readonly JournalHead[];
  /** A place before the event, to look from there; absent: from the first record. */
  readonly from?: FoldPlace | undefined;
  /** From 0. */
  readonly index: number;
}

/** Null when the journals end before. */
export async function eventAt(
  backend: GitBackend,
  { heads, from, index }: EventPlace,
  { signal }: LongCall = {},
): Promise<FoundEvent | null> {
  const after = new Map([...(from?.heads ?? [])].map(([chain, { oid }]) => [chain, oid]));
  let first = (from?.events ?? 0) - (from?.skip ?? 0);
  for await (const batch of readOrdered(backend, { heads, after }, { signal })) {
    for (const entry of batch) {
      const { count, kind } = entry.envelope;
      if (index < first + count) {
        const record = index - first;
        return { entry, record, event: recordHasher(kind)(recordBytes(entry.envelope, record)) };
      }
      first += count;
    }
  }
  return null;
}
