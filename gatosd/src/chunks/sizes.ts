/** How large chunks are (design 4.4), and how many fit where. */
import { LIMITS } from 'gatos-core';
import type { ChunkCodec } from './codec.js';
import { chunkError } from './errors.js';

/** Bytes of a chunk when nobody says otherwise, and what may be written. A reader takes smaller ones too. */
export const CHUNK_SIZE: number = LIMITS.chunkBytes;
export const LEAST_CHUNK_SIZE: number = LIMITS.chunkBytesLeast;
export const MOST_CHUNK_SIZE: number = LIMITS.chunkBytesMost;

/** Bytes that one stored chunk may have. */
export const MOST_STORED_SIZE: number = LIMITS.chunkStoredBytes;

/** Memory that the buffers of one put or get may take together. */
const BUFFER_BUDGET = 64 * 1024 * 1024;
const MOST_THREADS = 4;

/** Stored bytes. Throws `chunks/bad-chunk-size`. */
export function checkChunkSize(size: number): void {
  if (Number.isSafeInteger(size) && size >= LEAST_CHUNK_SIZE && size <= MOST_CHUNK_SIZE) return;
  throw chunkError('bad-chunk-size', { size, least: LEAST_CHUNK_SIZE, most: MOST_CHUNK_SIZE });
}

/**
 * Plain bytes of a chunk of so many stored ones: a codec gets a little less, so that a chunk that it makes larger still fits (design 4.4).
 */
export function plainChunkOf(codec: ChunkCodec, chunkSize: number): number {
  return codec === 'raw' ? chunkSize : chunkSize - Math.floor(chunkSize / 128);
}

/** Plain bytes: for a codec the least is that of the least stored chunk. Throws `chunks/bad-chunk-size`. */
export function checkPlainChunk(codec: ChunkCodec, size: number): void {
  const least = plainChunkOf(codec, LEAST_CHUNK_SIZE);
  if (Number.isSafeInteger(size) && size >= least && size <= MOST_CHUNK_SIZE) return;
  throw chunkError('bad-chunk-size', { size, least, most: MOST_CHUNK_SIZE });
}

/** Chunks of a blob of `size` plain bytes. */
export function chunkCount({ size, chunkSize }: { readonly size: number; readonly chunkSize: number }): number {
  return Math.ceil(size / chunkSize);
}

/** Threads that work on chunks of that size: as many as there are cores, as far as their buffers (two each) fit. */
export function threadsFor({ chunkSize, cores }: { readonly chunkSize: number; readonly cores: number }): number {
  return Math.max(1, Math.min(MOST_THREADS, cores, Math.floor(BUFFER_BUDGET / (2 * chunkSize))));
}
