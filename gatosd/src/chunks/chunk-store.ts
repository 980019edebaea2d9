/** The port of whatever keeps chunks. A store only keeps bytes under the SHA-256 of these bytes: readers check what they get. */
import { createHash } from 'node:crypto';
import { chunkError } from './errors.js';
import { MOST_STORED_SIZE } from './sizes.js';

/** One chunk of a blob: the SHA-256 of its stored bytes, and how many these are. */
export interface ChunkDescriptor {
  readonly hash: Uint8Array;
  readonly len: number;
}

/** A chunk that a store lists. */
export interface StoredChunk extends ChunkDescriptor {
  /** Milliseconds since 1970 at which it was written last, or a put last relied on it. */
  readonly modifiedMs: number;
}

export interface StoreCall {
  readonly signal?: AbortSignal | undefined;
}

export type Wrote = 'written' | 'present';

/** A folder of chunk files, which threads read and write themselves. */
export interface ChunkFolder {
  readonly root: string;
  /** Chunks and their names are flushed to the disk before they count as stored. */
  readonly flush: boolean;
}

export interface ChunkStore {
  /** For people: the folder, the address without secrets. */
  readonly name: string;
  /** Set when chunks are files on this machine. */
  readonly folder?: ChunkFolder | undefined;
  has(hash: Uint8Array, call?: StoreCall): Promise<boolean>;
  /** The bytes as they are stored, unchecked; undefined when there are none. At most `most` and one more byte is read, so that a longer chunk shows. */
  read(hash: Uint8Array, call?: StoreCall & { readonly most?: number | undefined }): Promise<Uint8Array | undefined>;
  /**
   * Keeps bytes under their hash, which the caller has computed. When it resolves they are durable and count as young, also those that
   * were there before. A stored chunk of another length is replaced. No reader ever sees a part of a chunk.
   */
  write(hash: Uint8Array, bytes: Uint8Array, call?: StoreCall): Promise<Wrote>;
  /** False when it was not there. */
  remove(hash: Uint8Array, call?: StoreCall): Promise<boolean>;
  /** All chunks whose hash in hex starts so, in ascending order. Chunks that come or go meanwhile may be there or not. */
  list(prefix: string, call?: StoreCall): AsyncIterable<StoredChunk>;
  close(): Promise<void>;
}

/** A store whose chunks can be collected without a race against puts; see `sweepChunks`. */
export interface SweptStore extends ChunkStore {
  /** Removes the chunk unless it was written or relied on after `beforeMs`. */
  removeOlder(hash: Uint8Array, beforeMs: number): Promise<boolean>;
  /** Puts right or removes what was left behind by processes that died. With `dryRun` it only counts. */
  sweepLeftovers(request: LeftoverRequest): Promise<Leftovers>;
}

export interface LeftoverRequest {
  readonly beforeMs: number;
  readonly dryRun: boolean;
  readonly isLive: (hash: Uint8Array) => boolean | Promise<boolean>;
}

export interface Leftovers {
  readonly removed: number;
  readonly restored: number;
  readonly bytes: number;
}

const HEX_HASH = /^[0-9a-f]{64}$/;

/** Throws `chunks/bad-hash`. */
export function hexOf(hash: Uint8Array): string {
  const text = Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength).toString('hex');
  if (hash.length !== 32) throw chunkError('bad-hash', { text });
  return text;
}

/** Throws `chunks/bad-hash`. */
export function hashOf(hex: string): Uint8Array {
  if (!HEX_HASH.test(hex)) throw chunkError('bad-hash', { text: hex });
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

/** Throws `chunks/bad-hash` for what cannot be the start of one. */
export function checkPrefix(prefix: string): void {
  if (!/^[0-9a-f]{0,64}$/.test(prefix)) throw chunkError('bad-hash', { text: prefix });
}

/** Is it the hash of these bytes? */
export function matches(hash: Uint8Array, bytes: Uint8Array): boolean {
  return createHash('sha256').update(bytes).digest().equals(hash);
}

export interface ChunkAt extends ChunkDescriptor {
  /** Its place in the blob, for the faults. */
  readonly index: number;
}

/** The stored bytes of one chunk, checked against its hash. Throws `chunks/missing`, `chunks/length`, `chunks/altered`, and as the store does. */
export async function readChunk(
  store: ChunkStore,
  { hash, len, index }: ChunkAt,
  call?: StoreCall,
): Promise<Uint8Array> {
  const where = { index, hash: hexOf(hash), store: store.name };
  checkStoredSize({ index, len });
  const bytes = await store.read(hash, { ...call, most: len });
  if (bytes === undefined) throw chunkError('missing', where);
  if (bytes.length !== len) throw chunkError('length', { ...where, expected: len });
  if (!matches(hash, bytes)) throw chunkError('altered', where);
  return bytes;
}

/** Descriptors come from elsewhere: what they promise is bounded before memory is taken for it. Throws `chunks/too-large`. */
export function checkStoredSize({ index, len }: { readonly index: number; readonly len: number }): void {
  if (Number.isSafeInteger(len) && len >= 0 && len <= MOST_STORED_SIZE) return;
  throw chunkError('too-large', { what: `chunk ${index}`, size: len, limit: MOST_STORED_SIZE });
}
