/**
 * What is done with one chunk: hashing, coding, checking, and its file. Runs in threads, and in the caller's where these are not worth it;
 * so it and what it imports load nothing but Node's own modules.
 */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, readSync } from 'node:fs';
import {
  abandonFile,
  chunkPath,
  openChunk,
  type PendingFile,
  placeChunk,
  publishFile,
  readStart,
  writeAt,
} from './chunk-files.js';
import type { ChunkFolder, Wrote } from './chunk-store.js';
import { type ChunkCodec, decodeChunk, encodeChunk } from './codec.js';
import { errnoOf } from './errno.js';

/** Plain bytes of a chunk that is stored: a part of an open file, or an array that goes to the thread and comes back. */
export type PlainSource =
  | {
      readonly is: 'file';
      readonly fd: number;
      readonly path: string;
      readonly position: number;
      readonly length: number;
    }
  | { readonly is: 'bytes'; readonly bytes: ArrayBuffer; readonly length: number };

export interface PutWork {
  readonly op: 'put';
  readonly from: PlainSource;
  readonly codec: ChunkCodec;
  /** Null: the stored bytes come back. */
  readonly folder: ChunkFolder | null;
}

export interface PutDone {
  readonly op: 'put';
  readonly hash: Uint8Array;
  readonly len: number;
  /** The array of the source. */
  readonly back?: ArrayBuffer | undefined;
  /** Without a folder: what is to be stored. May lie in `back`. */
  readonly stored?: Uint8Array | undefined;
  readonly wrote?: Wrote | undefined;
  /** To be flushed and published by whoever asked. */
  readonly pending?: PendingFile | undefined;
}

export interface GetWork {
  readonly op: 'get';
  readonly hash: Uint8Array;
  readonly len: number;
  readonly codec: ChunkCodec;
  readonly plainLen: number;
  /** A root of chunk files, or the bytes as a store gave them. */
  readonly from: { readonly root: string } | { readonly bytes: Uint8Array };
  readonly to: PlainTarget;
}

/** Where checked plain bytes go: nowhere, into a part of an open file, or back, in an array that is used again if it is large enough. */
export type PlainTarget =
  | { readonly is: 'nowhere' }
  | { readonly is: 'file'; readonly fd: number; readonly path: string; readonly position: number }
  | { readonly is: 'bytes'; readonly into: ArrayBuffer | null };

export interface GetDone {
  readonly op: 'get';
  readonly bytes?: ArrayBuffer | undefined;
}

/** What went wrong, in a form that crosses threads. */
export type Fault =
  | { readonly what: 'short-source'; readonly path: string }
  | { readonly what: 'missing' | 'length' | 'altered' }
  | { readonly what: 'undecodable'; readonly why: string }
  | { readonly what: 'system'; readonly code: string; readonly operation: string; readonly path: string };

export interface Failed {
  readonly op: 'failed';
  readonly fault: Fault;
}

export type ChunkWork = PutWork | GetWork;
export type ChunkDone = PutDone | GetDone | Failed;

export async function doWork(work: ChunkWork): Promise<ChunkDone> {
  return work.op === 'put' ? await put(work) : await get(work);
}

const failed = (fault: Fault): Failed => ({ op: 'failed', fault });

/** A system error as a fault that crosses threads; anything else is thrown on. */
function systemFault(error: unknown, operation: string, path: string): Failed {
  const code = errnoOf(error);
  if (code === null) throw error;
  return failed({ what: 'system', code, operation, path });
}

let scratch = new Uint8Array(0);

/** Memory of this thread that is used for one chunk after the other. */
function scratchOf(length: number): Uint8Array {
  if (scratch.length < length) scratch = new Uint8Array(length);
  return scratch.subarray(0, length);
}

async function put({ from, codec, folder }: PutWork): Promise<PutDone | Failed> {
  // Without a folder the bytes leave this thread's hands, so they may not lie in its scratch memory.
  const keep = folder === null && codec === 'raw';
  const plain = from.is === 'file' ? readSource(from, keep) : new Uint8Array(from.bytes, 0, from.length);
  if ('op' in plain) return plain;
  const stored = await encodeChunk(codec, plain);
  const hash = createHash('sha256').update(stored).digest();
  const done = { op: 'put', hash, len: stored.length, back: from.is === 'bytes' ? from.bytes : undefined } as const;
  if (folder === null) return { ...done, stored };
  const hex = hash.toString('hex');
  try {
    const pending = placeChunk({ root: folder.root, hex, bytes: stored });
    const wrote = pending.temporary === null ? 'present' : 'written';
    if (folder.flush) return { ...done, wrote, pending };
    publishFile(pending);
    return { ...done, wrote };
  } catch (error) {
    return systemFault(error, 'write', chunkPath(folder.root, hex));
  }
}

function readSource(
  { fd, path, position, length }: Extract<PlainSource, { is: 'file' }>,
  keep: boolean,
): Uint8Array | Failed {
  const plain = keep ? new Uint8Array(length) : scratchOf(length);
  try {
    for (let at = 0; at < length; ) {
      const got = readSync(fd, plain, at, length - at, position + at);
      if (got === 0) return failed({ what: 'short-source', path });
      at += got;
    }
    return plain;
  } catch (error) {
    return systemFault(error, 'read', path);
  }
}

async function get({ from, to, ...chunk }: GetWork): Promise<GetDone | Failed> {
  const { hash, len, codec, plainLen } = chunk;
  // Raw bytes that go back are read to where they go.
  const out = to.is === 'bytes' ? arrayFor(to.into, plainLen) : null;
  const place = out !== null && codec === 'raw' && len === plainLen ? new Uint8Array(out, 0, len) : null;
  const stored = 'root' in from ? readStored(from.root, { hash, len, place }) : from.bytes;
  if ('op' in stored) return stored;
  if (stored.length !== len) return failed({ what: 'length' });
  if (!createHash('sha256').update(stored).digest().equals(hash)) return failed({ what: 'altered' });
  const decoded = await decodeChunk(stored, { codec, plainLen });
  if ('why' in decoded) return failed({ what: 'undecodable', why: decoded.why });
  if (to.is === 'file') return writeOut(to, decoded.plain);
  if (out === null) return { op: 'get' };
  if (decoded.plain !== place) new Uint8Array(out).set(decoded.plain);
  return { op: 'get', bytes: out };
}

function arrayFor(into: ArrayBuffer | null, length: number): ArrayBuffer {
  return into !== null && into.byteLength >= length ? into : new ArrayBuffer(length);
}

interface StoredAt {
  readonly hash: Uint8Array;
  readonly len: number;
  readonly place: Uint8Array | null;
}

function readStored(root: string, { hash, len, place }: StoredAt): Uint8Array | Failed {
  const hex = Buffer.from(hash).toString('hex');
  let fd: number | null = null;
  try {
    fd = openChunk(root, hex);
    if (fd === null) return failed({ what: 'missing' });
    if (fstatSync(fd).size !== len) return failed({ what: 'length' });
    const into = place ?? scratchOf(len);
    return into.subarray(0, readStart(fd, into));
  } catch (error) {
    return systemFault(error, 'read', chunkPath(root, hex));
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

function writeOut({ fd, path, position }: Extract<PlainTarget, { is: 'file' }>, plain: Uint8Array): GetDone | Failed {
  try {
    writeAt({ fd, position }, plain);
    return { op: 'get' };
  } catch (error) {
    return systemFault(error, 'write', path);
  }
}

/** Arrays of a request or an answer that change hands instead of being copied. */
export function transfersOf(message: ChunkWork | ChunkDone): ArrayBuffer[] {
  const found = new Set<ArrayBufferLike | null | undefined>();
  if (message.op === 'put' && 'from' in message) found.add(message.from.is === 'bytes' ? message.from.bytes : null);
  if (message.op === 'get' && 'to' in message) {
    found.add(message.to.is === 'bytes' ? message.to.into : null);
    if ('bytes' in message.from && ownsArray(message.from.bytes)) found.add(message.from.bytes.buffer);
  }
  if (message.op === 'put' && 'hash' in message) {
    found.add(message.back);
    if (message.stored !== undefined && ownsArray(message.stored)) found.add(message.stored.buffer);
  }
  if (message.op === 'get' && 'bytes' in message) found.add(message.bytes);
  return [...found].filter((each): each is ArrayBuffer => each instanceof ArrayBuffer);
}

/** Small ones may lie in memory that Node shares between many, which must not change hands. */
function ownsArray(bytes: Uint8Array): boolean {
  return bytes.byteLength === bytes.buffer.byteLength;
}

/** Undoes what an answer holds open, when nobody wants it any more. */
export function abandonDone(done: ChunkDone): void {
  if (done.op === 'put' && done.pending !== undefined) abandonFile(done.pending);
}
