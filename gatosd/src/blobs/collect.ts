/** Letting go of chunks that no manifest names: of removed blobs, and of puts that never came to their end. */
import { heldBlobs, type LongCall, openBlobTree } from 'gatos-core';
import { chunkStoreOf, hexOf, type Swept, sweepChunks } from '../chunks/index.js';
import type { Workspace } from '../workspace.js';
import { oldestUnderWay } from './under-way.js';

export interface CollectRequest extends LongCall {
  readonly graceMs: number;
  /** Tells what would be removed, and removes nothing. */
  readonly dryRun: boolean;
}

/** The clock that file systems stamp files with may lag behind by a tick or two. */
const CLOCK_STEP_MS = 50;

/**
 * What is live is looked up after the sweep has begun: a put that relies on a chunk meanwhile keeps it young, and what was stored since the
 * oldest put that is under way began is young whatever the grace. It may be ended at any time,
 * and repeated. Throws what reading the records throws: while a tree cannot be read nobody knows what is live, and nothing is removed.
 */
export async function collectChunks(
  workspace: Pick<Workspace, 'backend'>,
  { graceMs, dryRun, progress, signal }: CollectRequest,
): Promise<Swept> {
  let live: Promise<ReadonlySet<string>> | undefined;
  const isLive = async (hash: Uint8Array): Promise<boolean> => {
    live ??= liveChunks(workspace, { signal });
    return (await live).has(hexOf(hash));
  };
  const store = chunkStoreOf(workspace);
  const now = Date.now();
  // Looked at before what is live: a put that has ended by then is recorded.
  const began = oldestUnderWay(workspace.backend, { now, dryRun });
  const grace = Math.max(graceMs, CLOCK_STEP_MS, began === null ? 0 : now - began + CLOCK_STEP_MS);
  const abort = signal as AbortSignal | undefined;
  return sweepChunks({ store, isLive, graceMs: grace, now, dryRun, progress, signal: abort });
}

/** Hashes of all chunks of blobs that are not removed. */
export async function liveChunks(
  { backend }: Pick<Workspace, 'backend'>,
  options: LongCall,
): Promise<ReadonlySet<string>> {
  const live = new Set<string>();
  for await (const { blob, removal } of heldBlobs(backend, options)) {
    if (blob === null || removal !== null || blob.chunks === 0) continue;
    const tree = await openBlobTree(backend, blob);
    for await (const { hash } of tree.chunks()) live.add(hexOf(hash));
    options.signal?.throwIfAborted();
  }
  return live;
}
