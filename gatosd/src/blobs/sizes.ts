/** How large chunks are (design 4.4), and how many fit where. */
import { chunkError } from './errors.js';

const MIB = 1024 * 1024;

/** Bytes of a chunk when nobody says otherwise, and what may be written. A reader takes other sizes too. */
export const CHUNK_SIZE = 4 * MIB;
export const LEAST_CHUNK_SIZE = 256 * 1024;
export const MOST_CHUNK_SIZE = 16 * MIB;

/** Bytes that one stored chunk may have: the largest chunk, and room for a codec that makes it larger. */
export const MOST_STORED_SIZE = 32 * MIB;

/** Memory that the buffers of one put or get may take together. */
const BUFFER_BUDGET = 64 * MIB;
const MOST_THREADS = 4;

/** Throws `chunks/bad-chunk-size`. */
export function checkChunkSize(size: number): void {
  if (Number.isSafeInteger(size) && size >= LEAST_CHUNK_SIZE && size <= MOST_CHUNK_SIZE) return;
  throw chunkError('bad-chunk-size', { size, least: LEAST_CHUNK_SIZE, most: MOST_CHUNK_SIZE });
}

/** Chunks of a blob of `size` plain bytes. */
export function chunkCount({ size, chunkSize }: { readonly size: number; readonly chunkSize: number }): number {
  return Math.ceil(size / chunkSize);
}

/** Threads that work on chunks of that size: as many as there are cores, as far as their buffers (two each) fit. */
export function threadsFor({ chunkSize, cores }: { readonly chunkSize: number; readonly cores: number }): number {
  return Math.max(1, Math.min(MOST_THREADS, cores, Math.floor(BUFFER_BUDGET / (2 * chunkSize))));
}
