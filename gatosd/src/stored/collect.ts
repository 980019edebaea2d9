/** Letting go of chunks that no manifest names: of removed blobs, and of puts that never came to their end. */
import { heldBlobs, type LongCall, openBlobTree } from 'gatos-core';
import { chunkStoreOf, hexOf, type Swept, sweepChunks } from '../blobs/index.js';
import type { Workspace } from '../workspace.js';

export interface CollectRequest extends LongCall {
  readonly graceMs: number;
  /** Tells what would be removed, and removes nothing. */
  readonly dryRun: boolean;
}

/**
 * What is live is looked up after the sweep has begun: a put that relies on a chunk meanwhile keeps it young. It may be ended at any time,
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
  return sweepChunks({ store, isLive, graceMs, dryRun, progress, signal: signal as AbortSignal | undefined });
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
