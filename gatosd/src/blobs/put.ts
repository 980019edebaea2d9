/** Putting a blob: its chunks first, durably, then its tree and manifest in one step. */
import {
  type Blob,
  blobError,
  blobMediaFault,
  blobNameFault,
  invariant,
  type LongCall,
  type RecordedBlob,
  recordBlob,
} from 'gatos-core';
import {
  type ByteSource,
  CHUNK_SIZE,
  type ChunkCodec,
  type ChunkStore,
  checkChunkSize,
  chunkStoreOf,
  plainChunkOf,
  putStream,
} from '../chunks/index.js';
import type { Workspace } from '../workspace.js';
import { codecNumber } from './form.js';
import { peek } from './small.js';
import { whileUnderWay } from './under-way.js';

export interface PutBlobRequest extends LongCall {
  readonly source: ByteSource;
  /** Default: `application/octet-stream`. */
  readonly media?: string | undefined;
  /** Default: raw. */
  readonly codec?: ChunkCodec | undefined;
  /** Most stored bytes of a chunk; default 4 MiB. */
  readonly chunkSize?: number | undefined;
  readonly name?: string | undefined;
  /** Default: the folder of this clone. */
  readonly store?: ChunkStore | undefined;
}

export interface PutBlob {
  /** `exists`: it is recorded already, as `blob` says. */
  readonly status: RecordedBlob['status'];
  readonly blob: Blob;
  /** Chunks that were written, and those that were stored already. */
  readonly written: number;
  readonly present: number;
}

/**
 * Stores and records. Repeating it after an interruption writes only what is not stored yet; nothing is recorded before all chunks
 * are durable. Throws `blobs/bad-words`, `chunks/*`, `settings/no-author`, and as `recordBlob`.
 */
export async function putBlob(
  workspace: Pick<Workspace, 'repository' | 'backend'>,
  request: PutBlobRequest,
): Promise<PutBlob> {
  const { media = 'application/octet-stream', codec = 'raw', chunkSize = CHUNK_SIZE, name, progress } = request;
  checkChunkSize(chunkSize);
  // What would not be recorded is told before hours of hashing, not after; also who writes.
  const why = blobMediaFault(media) ?? (name === undefined ? undefined : blobNameFault(name));
  if (why !== undefined) throw blobError('bad-words', { why });
  const { repository } = workspace;
  const writer = await repository.writer();
  const plainChunk = plainChunkOf(codec, chunkSize);
  const { source, small } = await peek({ source: request.source, codec, plainChunk, signal: request.signal });
  const described = { media, codec: codecNumber(codec), name };
  if (small !== null) {
    const { stored: inline, plainSize } = small;
    const { status, blob } = await recordBlob(repository.ports, writer, { ...described, plainSize, inline });
    return { status, blob, written: 0, present: 0 };
  }
  const signal = request.signal as AbortSignal | undefined;
  const store = request.store ?? chunkStoreOf(workspace);
  return whileUnderWay(workspace.backend, async () => {
    const put = await putStream({ source, store, chunkSize: plainChunk, codec, signal, progress });
    invariant(put.chunks.length > 0, 'what has no chunk is small');
    const { size: plainSize, chunks, written, present } = put;
    const blob = { ...described, plainSize, chunks, chunkSize, plainChunk };
    const recorded = await recordBlob(repository.ports, writer, blob);
    return { status: recorded.status, blob: recorded.blob, written, present };
  });
}
