/** Moving chunks from one store to another: those that are missing there, each checked before it is written. */
import { isGatosError, type Progress } from 'gatos-core';
import { type ChunkDescriptor, type ChunkStore, hexOf, readChunk, type StoreCall } from './chunk-store.js';
import { Window } from './window.js';

export interface SyncChunksRequest {
  readonly from: ChunkStore;
  readonly to: ChunkStore;
  readonly chunks: AsyncIterable<ChunkDescriptor> | Iterable<ChunkDescriptor>;
  /** Chunks on their way at once: each takes its size in memory. Four by default. */
  readonly concurrency?: number | undefined;
  /**
   * Also reads what is there already, and what was moved, and checks it; what is wrong is replaced. Otherwise a chunk counts as there when the
   * store says so, and moved ones are checked as the store does: a folder writes what was checked, S3 and gatosd compare the hash.
   */
  readonly thorough?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: Progress | undefined;
}

export interface SyncedChunks {
  /** Each chunk by its hash in hex, once, in the order of the request. */
  readonly moved: readonly string[];
  readonly present: readonly string[];
  /** In neither store. */
  readonly missing: readonly string[];
  /** What `from` has is not what its name says, and `to` has none: nothing was written. */
  readonly altered: readonly string[];
  /** Stored bytes that were moved. */
  readonly bytes: number;
}

type Outcome = 'moved' | 'present' | 'missing' | 'altered';

/** Repeat it after an interruption: what was moved is present then. Throws as the stores do, and the reason of the signal. */
export async function syncChunks(request: SyncChunksRequest): Promise<SyncedChunks> {
  const { chunks, concurrency = 4, signal, progress } = request;
  const window = new Window(concurrency);
  const outcomes = new Map<string, Outcome | undefined>();
  let bytes = 0;
  let done = 0;
  try {
    for await (const chunk of chunks) {
      signal?.throwIfAborted();
      const hex = hexOf(chunk.hash);
      if (outcomes.has(hex)) continue;
      // Its place in the order.
      outcomes.set(hex, undefined);
      await window.add(async () => {
        const outcome = await moveChunk(request, chunk);
        outcomes.set(hex, outcome);
        if (outcome === 'moved') bytes += chunk.len;
        progress?.({ task: `move chunks to ${request.to.name}`, done: ++done, unit: 'chunks' });
      });
    }
    await window.finish();
  } finally {
    await window.settle();
  }
  const of = (which: Outcome): string[] => [...outcomes].filter(([, is]) => is === which).map(([hex]) => hex);
  return { moved: of('moved'), present: of('present'), missing: of('missing'), altered: of('altered'), bytes };
}

async function moveChunk({ from, to, thorough, signal }: SyncChunksRequest, chunk: ChunkDescriptor): Promise<Outcome> {
  const call = { signal };
  const there = thorough === true ? await soundBytes(to, chunk, call) : await to.has(chunk.hash, call);
  if (there === true || there instanceof Uint8Array) return 'present';
  const bytes = await soundBytes(from, chunk, call);
  if (!(bytes instanceof Uint8Array)) return bytes;
  // Some stores would take it for the one that is to be written.
  if (there === 'altered') await to.remove(chunk.hash, call);
  await to.write(chunk.hash, bytes, call);
  if (thorough === true) await readChunk(to, { ...chunk, index: 0 }, call);
  return 'moved';
}

/** The chunk as it was promised, or what is wrong with it. */
async function soundBytes(
  store: ChunkStore,
  chunk: ChunkDescriptor,
  call: StoreCall,
): Promise<Uint8Array | 'missing' | 'altered'> {
  try {
    return await readChunk(store, { ...chunk, index: 0 }, call);
  } catch (error) {
    if (isGatosError(error, 'chunks/missing')) return 'missing';
    if (isGatosError(error, 'chunks/altered') || isGatosError(error, 'chunks/length')) return 'altered';
    throw error;
  }
}
