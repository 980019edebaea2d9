/** Where the chunks of a clone are. */
import type { ChunkPresence } from 'gatos-core';
import type { NativeBackend } from 'gatos-core/node';
import { chunkRoot, DirectoryChunkStore } from './directory-store.js';

type Place = Pick<NativeBackend, 'commonDir' | 'flush'>;

/** The folder of this clone, which all its worktrees share. A repository whose loose objects are not flushed does not flush chunks. */
export function chunkStoreOf({ backend }: { readonly backend: Place }): DirectoryChunkStore {
  return new DirectoryChunkStore({
    root: chunkRoot(backend.commonDir),
    fsync: backend.flush.loose ? 'chunks' : 'none',
  });
}

/** Whether chunks are there, for verification. */
export function chunkPresence(backend: Place): ChunkPresence {
  const store = chunkStoreOf({ backend });
  return { has: (hash) => store.has(hash) };
}
