/** One chunk, from where it is stored to where its plain bytes go, with the work done by threads. */
import { type ChunkAt, type ChunkStore, checkStoredSize, hexOf } from './chunk-store.js';
import type { GetDone, PlainTarget } from './chunk-work.js';
import type { ChunkCodec } from './codec.js';
import { chunkError } from './errors.js';
import { errorOfFault } from './fault-error.js';
import type { Lanes } from './lanes.js';

export interface FetchFrom {
  readonly store: ChunkStore;
  readonly codec: ChunkCodec;
  readonly signal?: AbortSignal | undefined;
}

export interface FetchedChunk extends ChunkAt {
  readonly plainLen: number;
  readonly to: PlainTarget;
}

/** Throws `chunks/missing`, `chunks/length`, `chunks/altered`, `chunks/undecodable`, and as the store does. */
export async function fetchChunk(
  { store, codec, signal }: FetchFrom,
  lanes: Lanes,
  { index, hash, len, plainLen, to }: FetchedChunk,
): Promise<GetDone> {
  checkStoredSize({ index, len });
  const hex = hexOf(hash);
  const from = store.folder ?? { bytes: await store.read(hash, { signal, most: len }) };
  if ('bytes' in from && from.bytes === undefined) throw chunkError('missing', { index, hash: hex, store: store.name });
  const source = 'root' in from ? { root: from.root } : { bytes: from.bytes as Uint8Array };
  const done = await lanes.run({ op: 'get', hash, len, codec, plainLen, from: source, to });
  if (done.op === 'failed') throw errorOfFault(done.fault, { index, store: store.name, codec, hash: hex, len });
  return done as GetDone;
}
