/** Getting a blob, the whole of it or a range: every byte that comes out was checked against the root. */
import { type Blob, blobError, EMPTY_BYTES, isGatosError, type LongCall, openBlobTree } from 'gatos-core';
import {
  BlobReader,
  type ChunkAt,
  type ChunkStore,
  chunkError,
  chunkStoreOf,
  decodeChunk,
  getStream,
  isFileSink,
  type Range,
  readChunk,
  type Sink,
} from '../chunks/index.js';
import type { Workspace } from '../workspace.js';
import { codecOf, formOf } from './form.js';
import { checkOutFile, writeWhole } from './whole-file.js';

export interface GetBlobRequest extends LongCall {
  readonly blob: Blob;
  readonly sink: Sink;
  /** Default: the folder of this clone. */
  readonly store?: ChunkStore | undefined;
}

type Place = Pick<Workspace, 'backend'>;

/** Returns the plain bytes that went out. Throws `chunks/*`, `blobs/missing-chunks`, `mythos/*`, and as the sink does. */
export async function getBlob(
  workspace: Place,
  { blob, sink, store, progress, signal }: GetBlobRequest,
): Promise<number> {
  if (isFileSink(sink)) checkOutFile(sink.path);
  if (blob.chunks === 0) return await give(await inlineBytes(blob), sink);
  const tree = await openBlobTree(workspace.backend, blob);
  const from = store ?? chunkStoreOf(workspace);
  try {
    const chunks = tree.chunks();
    return await getStream({ ...formOf(blob), chunks, store: from, sink, progress, signal: signal as AbortSignal });
  } catch (error) {
    throw purged(error, blob);
  }
}

/** A chunk that is not here makes the bytes unavailable: what is recorded of them is in order. */
function purged(error: unknown, { cid, chunks }: Blob): unknown {
  if (!isGatosError(error, 'chunks/missing')) return error;
  const first = Number(error.data.index);
  return blobError('missing-chunks', { cid, missing: null, chunks, first }, { cause: error });
}

/** The stored bytes of one chunk, checked. Throws `blobs/missing-chunks`, `chunks/*`. */
export async function readStoredChunk(
  workspace: Place,
  { blob, chunk }: { readonly blob: Blob; readonly chunk: ChunkAt },
): Promise<Uint8Array> {
  try {
    return await readChunk(chunkStoreOf(workspace), chunk);
  } catch (error) {
    throw purged(error, blob);
  }
}

/** The plain bytes of a small blob, which stand in its manifest. */
export async function inlineBytes(blob: Blob): Promise<Uint8Array> {
  const { inline = EMPTY_BYTES, plain_size: plainLen } = blob.manifest;
  const decoded = await decodeChunk(inline, { codec: codecOf(blob), plainLen });
  if ('why' in decoded) throw chunkError('undecodable', { index: 0, codec: codecOf(blob), why: decoded.why });
  return decoded.plain;
}

async function give(bytes: Uint8Array, sink: Sink): Promise<number> {
  if (sink === null) return bytes.length;
  if (typeof sink === 'function') await sink(bytes, 0);
  else if (isFileSink(sink)) await writeWhole(sink.path, [bytes]);
  else
    await new Promise<void>((resolve, reject) => {
      sink.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  return bytes.length;
}

/** Reads ranges of one blob: only the chunks that a range touches are read, each checked as a whole. */
export async function openRange(
  workspace: Place,
  { blob, store, signal }: Pick<GetBlobRequest, 'blob' | 'store'> & { readonly signal?: AbortSignal | undefined },
): Promise<(range: Range) => AsyncIterable<Uint8Array>> {
  if (blob.chunks === 0) {
    const bytes = await inlineBytes(blob);
    return ({ offset, length }) => once(bytes.subarray(offset, offset + length));
  }
  const tree = await openBlobTree(workspace.backend, blob);
  const from = store ?? chunkStoreOf(workspace);
  const reader = new BlobReader({ ...formOf(blob), store: from, chunkAt: (index) => tree.chunk(index), signal });
  return (range) => translated(reader.stream(range), blob);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function* translated(parts: AsyncIterable<Uint8Array>, blob: Blob): AsyncGenerator<Uint8Array> {
  try {
    yield* parts;
  } catch (error) {
    throw purged(error, blob);
  }
}
