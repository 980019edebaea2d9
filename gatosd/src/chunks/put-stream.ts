/**
 * Putting bytes: cut into chunks, coded, hashed and stored, in threads, with memory that does not grow with the size. A put that was cut off
 * is repeated as it was: every chunk that is stored already is found to be there, and only the rest is written.
 */
import { createHash, type Hash } from 'node:crypto';
import { read } from 'node:fs';
import { promisify } from 'node:util';
import type { Progress } from 'gatos-core';
import type { ChunkDescriptor, ChunkStore, Wrote } from './chunk-store.js';
import { abandonDone, type ChunkDone, type PlainSource, type PutDone } from './chunk-work.js';
import type { ChunkCodec } from './codec.js';
import { chunkError } from './errors.js';
import { errorOfFault } from './fault-error.js';
import { GroupFlush, makeRoot } from './flush.js';
import { type LaneOptions, type Lanes, openLanes } from './lanes.js';
import { type ByteSource, type OpenedFile, openSource, type PlainPieces } from './plain-source.js';
import { CHUNK_SIZE, checkPlainChunk } from './sizes.js';
import { Window } from './window.js';

export interface PutRequest extends LaneOptions {
  readonly source: ByteSource;
  readonly store: ChunkStore;
  /** Plain bytes of a chunk; 4 MiB by default. */
  readonly chunkSize?: number | undefined;
  /** `raw` by default. */
  readonly codec?: ChunkCodec | undefined;
  /** Also the SHA-256 of all plain bytes, which costs a core's time: chunks are hashed side by side, the whole cannot be. */
  readonly whole?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: Progress | undefined;
}

export interface PutResult {
  /** In order. */
  readonly chunks: readonly ChunkDescriptor[];
  /** Plain bytes. */
  readonly size: number;
  /** Stored bytes of all chunks. */
  readonly stored: number;
  /** Chunks that were written, and those that were there. */
  readonly written: number;
  readonly present: number;
  /** Of all plain bytes, when it was asked for. */
  readonly sha256?: Uint8Array | undefined;
}

const readLater = promisify(read);
const BLOCK = 1024 * 1024;

async function hashFile(hash: Hash, { fd, path, size }: OpenedFile, signal: AbortSignal | undefined): Promise<void> {
  const block = Buffer.allocUnsafeSlow(BLOCK);
  for (let at = 0; at < size; ) {
    signal?.throwIfAborted();
    const { bytesRead } = await readLater(fd, block, 0, Math.min(BLOCK, size - at), at);
    if (bytesRead === 0) throw chunkError('changed-meanwhile', { path });
    hash.update(block.subarray(0, bytesRead));
    at += bytesRead;
  }
}

/** Flushes that are under way beside the hashing. */
const FLUSHES = 8;

/**
 * Stores everything that the source gives. When it resolves, the chunks are as durable as the store makes them: record the manifest then.
 * Throws `chunks/unreadable`, `chunks/changed-meanwhile`, `chunks/bad-chunk-size`, as the store does, and the reason of the signal; what
 * was stored by then stays.
 */
export async function putStream(request: PutRequest): Promise<PutResult> {
  const { source, store, chunkSize = CHUNK_SIZE, codec = 'raw' } = request;
  checkPlainChunk(codec, chunkSize);
  const pieces = openSource(source, chunkSize);
  try {
    if (store.folder !== undefined) await makeRoot(store.folder);
    const lanes = openLanes(request, { chunkSize, bytes: pieces.size });
    try {
      const put = new Put({ ...request, chunkSize, codec }, { pieces, lanes });
      return await put.run();
    } finally {
      await lanes.close();
    }
  } finally {
    pieces.close();
  }
}

type Settled = PutRequest & { readonly chunkSize: number; readonly codec: ChunkCodec };

class Put {
  readonly #request: Settled;
  readonly #pieces: PlainPieces;
  readonly #lanes: Lanes;
  readonly #window: Window;
  readonly #flush: GroupFlush | undefined;
  readonly #chunks: ChunkDescriptor[] = [];
  readonly #count = { size: 0, stored: 0, written: 0, present: 0 };

  constructor(request: Settled, { pieces, lanes }: { readonly pieces: PlainPieces; readonly lanes: Lanes }) {
    this.#request = request;
    this.#pieces = pieces;
    this.#lanes = lanes;
    const { folder } = request.store;
    // Chunks of a file take no memory while they are flushed.
    const ahead = pieces.file !== undefined && folder?.flush === true ? FLUSHES : 0;
    this.#window = new Window(lanes.width + ahead);
    this.#flush = folder?.flush === true ? new GroupFlush(folder.root) : undefined;
  }

  async run(): Promise<PutResult> {
    const { signal, whole } = this.#request;
    const hash = whole === true ? createHash('sha256') : undefined;
    const { file } = this.#pieces;
    const hashing = hash === undefined || file === undefined ? undefined : hashFile(hash, file, signal);
    // It is awaited below, unless something else fails before.
    hashing?.catch(() => undefined);
    try {
      let index = 0;
      for await (const piece of this.#pieces.pieces()) {
        signal?.throwIfAborted();
        if (piece.is === 'bytes') hash?.update(new Uint8Array(piece.bytes, 0, piece.length));
        const at = index++;
        await this.#window.add(() => this.#store(at, piece));
      }
      await this.#window.finish();
    } finally {
      await this.#window.settle();
    }
    await hashing;
    await this.#flush?.finish();
    this.#pieces.check();
    return { ...this.#count, chunks: this.#chunks, sha256: hash && new Uint8Array(hash.digest()) };
  }

  async #store(index: number, piece: PlainSource): Promise<void> {
    const { codec, store } = this.#request;
    const done = await this.#lanes.run({ op: 'put', from: piece, codec, folder: store.folder ?? null });
    const { hash, len, ...rest } = this.#accept(done, index);
    const wrote = await this.#keep({ hash, ...rest });
    if (rest.back !== undefined) this.#pieces.recycle(rest.back);
    this.#chunks[index] = { hash: new Uint8Array(hash), len };
    this.#count.size += piece.length;
    this.#count.stored += len;
    this.#count[wrote] += 1;
    this.#tell();
  }

  #accept(done: ChunkDone, index: number): PutDone {
    const { store, codec, signal } = this.#request;
    if (done.op === 'failed') throw errorOfFault(done.fault, { index, store: store.name, codec });
    if (signal?.aborted === true) {
      abandonDone(done);
      throw signal.reason;
    }
    return done as PutDone;
  }

  async #keep({ hash, stored, pending, wrote }: Omit<PutDone, 'op' | 'len'>): Promise<Wrote> {
    if (stored !== undefined) return await this.#request.store.write(hash, stored, { signal: this.#request.signal });
    if (pending !== undefined) await this.#flush?.publish(pending);
    return wrote ?? 'written';
  }

  #tell(): void {
    const { progress } = this.#request;
    progress?.({ task: 'store chunks', done: this.#count.size, total: this.#pieces.size, unit: 'bytes' });
  }
}
