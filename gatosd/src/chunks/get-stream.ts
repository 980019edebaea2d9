/**
 * Getting bytes: every chunk is read, checked against its hash, decoded, and only then handed on, in order. A file gets its name when all of
 * it is there.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, fsync, openSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Progress } from 'gatos-core';
import { discard } from './chunk-files.js';
import type { ChunkDescriptor, ChunkStore } from './chunk-store.js';
import type { ChunkCodec } from './codec.js';
import { deliveryTo, type FileSink, isFileSink, type Sink } from './delivery.js';
import { chunkError } from './errors.js';
import { attempt, attemptAsync } from './faults.js';
import { fetchChunk } from './fetch-chunk.js';
import { flushFolders } from './flush.js';
import { type LaneOptions, type Lanes, openLanes } from './lanes.js';
import { chunkCount } from './sizes.js';
import { Window } from './window.js';

/** What is known of a blob beside its chunks. */
export interface BlobForm {
  /** Plain bytes of all of it, and of each chunk but the last. */
  readonly size: number;
  readonly chunkSize: number;
  readonly codec: ChunkCodec;
}

export interface GetRequest extends BlobForm, LaneOptions {
  readonly chunks: AsyncIterable<ChunkDescriptor> | Iterable<ChunkDescriptor>;
  readonly store: ChunkStore;
  readonly sink: Sink;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: Progress | undefined;
}

/** Returns the plain bytes that went out. Throws the fault of the first chunk that fails: `chunks/*`; as the store and the sink do. */
export async function getStream(request: GetRequest): Promise<number> {
  const { sink, chunkSize, size } = request;
  const lanes = openLanes(request, { chunkSize, bytes: size });
  try {
    if (isFileSink(sink)) return await toFile(sink, (file) => fetchAll({ ...request, sink: null }, lanes, file));
    return await fetchAll({ ...request, sink }, lanes, null);
  } finally {
    await lanes.close();
  }
}

const fsyncLater = promisify(fsync);

interface OutFile {
  readonly fd: number;
  readonly path: string;
}

async function toFile(
  { path, fsync: flush = true }: FileSink,
  fill: (file: OutFile) => Promise<number>,
): Promise<number> {
  // The name of the file itself is as long as a name may be.
  const temporary = join(dirname(path), `.gatos-${randomBytes(8).toString('hex')}.part`);
  const what = { operation: 'write', path };
  const fd = attempt(what, () => openSync(temporary, 'wx'));
  let open = true;
  try {
    const size = await fill({ fd, path });
    await attemptAsync(what, async () => {
      if (flush) await fsyncLater(fd);
      open = false;
      closeSync(fd);
      renameSync(temporary, path);
    });
    if (flush) await flushFolders([dirname(path)]);
    return size;
  } catch (error) {
    if (open) closeSync(fd);
    discard(temporary);
    throw error;
  }
}

type Open = Omit<GetRequest, 'sink'> & { readonly sink: Exclude<Sink, FileSink> };

async function fetchAll(request: Open, lanes: Lanes, file: OutFile | null): Promise<number> {
  const { chunks, size, chunkSize, signal, progress } = request;
  const expected = chunkCount({ size, chunkSize });
  const window = new Window(lanes.width + 1);
  const delivery = file === null ? deliveryTo(request.sink) : null;
  let [next, done] = [0, 0];
  try {
    for await (const chunk of chunks) {
      signal?.throwIfAborted();
      if (next >= expected) throw chunkError('count', { expected, got: `more than ${expected}` });
      const index = next++;
      await window.add(async () => {
        const offset = index * chunkSize;
        const place = { index, ...chunk, plainLen: Math.min(chunkSize, size - offset) };
        if (file !== null)
          await fetchChunk(request, lanes, { ...place, to: { is: 'file', ...file, position: offset } });
        else if (delivery === null) await fetchChunk(request, lanes, { ...place, to: { is: 'nowhere' } });
        else
          await delivery.pass((to) => fetchChunk(request, lanes, { ...place, to }), { offset, length: place.plainLen });
        done += place.plainLen;
        progress?.({ task: 'read chunks', done, total: size, unit: 'bytes' });
      });
    }
    await window.finish();
  } finally {
    await window.settle();
    delivery?.close();
  }
  if (next !== expected) throw chunkError('count', { expected, got: String(next) });
  return size;
}
