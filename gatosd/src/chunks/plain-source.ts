/** Where the bytes of a put come from: a file, which threads read themselves, or a stream, which is collected into arrays of a chunk each. */

import type { BigIntStats } from 'node:fs';
import { closeSync, createReadStream, fstatSync, openSync } from 'node:fs';
import type { PlainSource } from './chunk-work.js';
import { errnoOf, isAbsent } from './errno.js';
import { chunkError } from './errors.js';
import { attempt } from './faults.js';

/** A path, or whatever gives bytes, such as a `Readable`. */
export type ByteSource = string | AsyncIterable<Uint8Array>;

export interface OpenedFile {
  readonly fd: number;
  readonly path: string;
  readonly size: number;
}

export interface PlainPieces {
  /** Plain bytes; undefined while unknown. */
  readonly size: number | undefined;
  /** In order, each a chunk long but the last. */
  pieces(): AsyncIterable<PlainSource>;
  /** Takes an array back that a piece was in. */
  recycle(array: ArrayBuffer): void;
  /** Called after the last piece was worked on. Throws `chunks/changed-meanwhile`. */
  check(): void;
  /** The file, when it can be read anywhere at any time. */
  readonly file?: OpenedFile | undefined;
  close(): void;
}

/** Throws `chunks/unreadable`. */
export function openSource(source: ByteSource, chunkSize: number): PlainPieces {
  if (typeof source !== 'string') return streamPieces(source, chunkSize);
  const fd = openForReading(source);
  const stat = fstatSync(fd, { bigint: true });
  if (stat.isFile()) return filePieces({ fd, path: source, stat }, chunkSize);
  if (stat.isDirectory()) {
    closeSync(fd);
    throw chunkError('unreadable', { path: source, why: 'it is a folder' });
  }
  // A pipe or a device.
  return streamPieces(createReadStream(source, { fd, highWaterMark: 1024 * 1024 }), chunkSize);
}

function openForReading(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    const code = errnoOf(error);
    if (code === null) throw error;
    const why = isAbsent(error) ? 'there is no such file' : code;
    throw chunkError('unreadable', { path, why }, { cause: error });
  }
}

interface OpenFile {
  readonly fd: number;
  readonly path: string;
  readonly stat: BigIntStats;
}

function filePieces({ fd, path, stat }: OpenFile, chunkSize: number): PlainPieces {
  const size = Number(stat.size);
  return {
    size,
    file: { fd, path, size },
    async *pieces() {
      for (let position = 0; position < size; position += chunkSize) {
        yield { is: 'file', fd, path, position, length: Math.min(chunkSize, size - position) };
      }
    },
    recycle: () => undefined,
    check: () => {
      const now = attempt({ operation: 'read', path }, () => fstatSync(fd, { bigint: true }));
      const same = now.size === stat.size && now.mtimeNs === stat.mtimeNs;
      if (!same) throw chunkError('changed-meanwhile', { path });
    },
    close: () => closeSync(fd),
  };
}

function streamPieces(source: AsyncIterable<Uint8Array>, chunkSize: number): PlainPieces {
  const free: ArrayBuffer[] = [];
  return {
    size: undefined,
    pieces: () => collect(source, { take: () => free.pop() ?? new ArrayBuffer(chunkSize), chunkSize }),
    recycle: (array) => {
      if (array.byteLength === chunkSize) free.push(array);
    },
    check: () => undefined,
    close: () => undefined,
  };
}

interface Arrays {
  readonly chunkSize: number;
  take(): ArrayBuffer;
}

async function* collect(source: AsyncIterable<Uint8Array>, { take, chunkSize }: Arrays): AsyncIterable<PlainSource> {
  let bytes: ArrayBuffer | undefined;
  let length = 0;
  for await (const part of source) {
    for (let at = 0; at < part.length; ) {
      bytes ??= take();
      const some = part.subarray(at, at + chunkSize - length);
      new Uint8Array(bytes).set(some, length);
      at += some.length;
      length += some.length;
      if (length < chunkSize) continue;
      yield { is: 'bytes', bytes, length };
      bytes = undefined;
      length = 0;
    }
  }
  if (bytes !== undefined && length > 0) yield { is: 'bytes', bytes, length };
}
