/** Removing chunks that nothing refers to, beside puts that may be under way. */
import type { Progress } from 'gatos-core';
import { hexOf, type Leftovers, type SweptStore } from './chunk-store.js';

export interface SweepRequest {
  readonly store: SweptStore;
  /** Does any manifest name it? Asked only of chunks that are old enough; whoever knows should have looked after the sweep began, not before. */
  readonly isLive: (hash: Uint8Array) => boolean | Promise<boolean>;
  /**
   * Chunks that were written, or that a put found in place, less than so many milliseconds ago stay: the manifest that names them may not be
   * recorded yet. Longer than the longest put. A day by default.
   */
  readonly graceMs?: number | undefined;
  /** Counts and removes nothing. */
  readonly dryRun?: boolean | undefined;
  /** Milliseconds since 1970; only tests say it. */
  readonly now?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: Progress | undefined;
}

export interface Swept {
  readonly removed: number;
  readonly removedBytes: number;
  /** Chunks that stay because something refers to them. */
  readonly live: number;
  readonly liveBytes: number;
  /** Chunks that stay because they are young. */
  readonly young: number;
  /** What processes that died had left. */
  readonly leftovers: Leftovers;
}

const DAY_MS = 86_400_000;

/**
 * Every chunk is looked at once more at the moment at which it is removed, so one that a put has just found in place stays. It may be ended
 * at any time, and repeated. Throws as the store does, and the reason of the signal.
 */
export async function sweepChunks(request: SweepRequest): Promise<Swept> {
  const { store, isLive, graceMs = DAY_MS, dryRun = false, now = Date.now(), signal, progress } = request;
  const beforeMs = now - Math.max(0, graceMs);
  const leftovers = await store.sweepLeftovers({ beforeMs, dryRun, isLive });
  const sum = { removed: 0, removedBytes: 0, live: 0, liveBytes: 0, young: 0 };
  let seen = 0;
  for await (const { hash, len, modifiedMs } of store.list('', { signal })) {
    signal?.throwIfAborted();
    progress?.({ task: `sweep chunks, at ${hexOf(hash).slice(0, 4)}`, done: ++seen, unit: 'chunks' });
    if (modifiedMs >= beforeMs) sum.young += 1;
    else if (await isLive(hash)) {
      sum.live += 1;
      sum.liveBytes += len;
    } else if (dryRun || (await store.removeOlder(hash, beforeMs))) {
      sum.removed += 1;
      sum.removedBytes += len;
    } else sum.young += 1;
  }
  return { ...sum, leftovers };
}
