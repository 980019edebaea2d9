/** Chunks of blobs: where they are kept, and how bytes stream in and out of them, checked one by one. */

export { BlobReader, type Range, type ReaderRequest } from './blob-reader.js';
export { readName as readChunkName, temporaryName as temporaryChunkName } from './chunk-files.js';
export {
  type ChunkAt,
  type ChunkDescriptor,
  type ChunkFolder,
  type ChunkStore,
  hashOf,
  hexOf,
  type Leftovers,
  readChunk,
  type StoredChunk,
  type SweptStore,
} from './chunk-store.js';
export { CHUNK_CODECS, type ChunkCodec, decodeChunk, encodeChunk } from './codec.js';
export { type FileSink, isFileSink, type Sink } from './delivery.js';
export { chunkError } from './errors.js';
export { attempt as attemptChunks, attemptAsync as attemptChunksAsync } from './faults.js';
export { type BlobForm, type GetRequest, getStream } from './get-stream.js';
export type { ByteSource } from './plain-source.js';
export { type PutRequest, type PutResult, putStream } from './put-stream.js';
export { CHUNK_SIZE, checkChunkSize, LEAST_CHUNK_SIZE, MOST_CHUNK_SIZE, plainChunkOf } from './sizes.js';
export {
  chunkPresence,
  chunkRoot,
  chunkStoreOf,
  DirectoryChunkStore,
  type DirectoryStoreOptions,
  HttpChunkStore,
  type HttpStoreOptions,
  openChunkStore,
  S3ChunkStore,
  type S3StoreOptions,
} from './stores/index.js';
export { type SweepRequest, type Swept, sweepChunks } from './sweep.js';
export { type SyncChunksRequest, type SyncedChunks, syncChunks } from './sync-chunks.js';
