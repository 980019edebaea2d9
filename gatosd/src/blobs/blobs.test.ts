/** Blobs of a clone: what goes in comes out, in every range, and no more is read than that takes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { type Blob, concatBytes } from 'gatos-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHUNK_CODECS, type ChunkCodec, type ChunkStore, chunkStoreOf } from '../chunks/index.js';
import { ScratchWorld } from '../scratch-world.js';
import type { Workspace } from '../workspace.js';
import { getBlob, openBlobRange, putBlob, verifyBlob } from './index.js';

const SEED = 20_261_120;
const KIB = 1024;
const CHUNK = 256 * KIB;

const world = new ScratchWorld();
let workspace: Workspace;
beforeAll(async () => {
  const cwd = world.folder('clone');
  world.git(cwd, 'init', '-q');
  await world.init(cwd, { actor: 'user:alice' });
  workspace = await world.open(cwd);
});
afterAll(async () => {
  await workspace.close();
  world.dispose();
});

function bytesOf(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed >>> 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    // Half of it repeats, so that codecs have something to do.
    bytes[i] = i % 512 < 256 ? state >>> 24 : 0x20;
  }
  return bytes;
}

async function* inParts(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(blob: Blob): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  await getBlob(workspace, { blob, sink: (part) => void parts.push(part.slice()) });
  return concatBytes(parts);
}

/** The store of the clone, and the hashes of what was read from it. */
function counting(): { readonly store: ChunkStore; readonly reads: string[] } {
  const own = chunkStoreOf(workspace);
  const reads: string[] = [];
  // Not as a folder, so that every read is asked for here.
  const store: ChunkStore = {
    name: 'counted',
    has: (hash) => own.has(hash),
    read: (hash, call) => {
      reads.push(Buffer.from(hash).toString('hex'));
      return own.read(hash, call);
    },
    write: (hash, bytes) => own.write(hash, bytes),
    remove: (hash) => own.remove(hash),
    list: (prefix) => own.list(prefix),
    close: async () => undefined,
  };
  return { store, reads };
}

async function collect(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const part of parts) all.push(part.slice());
  return concatBytes(all);
}

describe(`properties (seed ${SEED})`, () => {
  it('what goes in comes out, whatever it is, however it comes, in every codec', async () => {
    const codecs = fc.constantFrom<ChunkCodec>(...CHUNK_CODECS);
    const lengths = fc.oneof(fc.integer({ min: 0, max: 9000 }), fc.integer({ min: 2 * CHUNK - 2, max: 3 * CHUNK + 2 }));
    await fc.assert(
      fc.asyncProperty(lengths, codecs, fc.integer({ min: 1, max: 100_000 }), async (length, codec, part) => {
        const bytes = bytesOf(length, length);
        const chunkSize = codec === 'raw' ? CHUNK : 2 * CHUNK;
        const { blob } = await putBlob(workspace, { source: inParts(bytes, part), codec, chunkSize });
        const path = join(world.folder('files'), 'file');
        writeFileSync(path, bytes);
        const again = await putBlob(workspace, { source: path, codec, chunkSize });
        expect([again.status, again.blob.cid, again.written]).toEqual(['exists', blob.cid, 0]);
        expect(Buffer.compare(await read(blob), bytes)).toBe(0);
      }),
      { seed: SEED, numRuns: 25 },
    );
  }, 120_000);

  it('every range is that part of the whole', async () => {
    const bytes = bytesOf(4 * CHUNK + 777, 5);
    const blobs: Blob[] = [];
    for (const codec of CHUNK_CODECS)
      blobs.push((await putBlob(workspace, { source: inParts(bytes, 70_000), codec, chunkSize: 2 * CHUNK })).blob);
    blobs.push((await putBlob(workspace, { source: inParts(bytes.subarray(0, 5000), 999) })).blob);
    const places = fc.tuple(fc.nat(blobs.length - 1), fc.nat(bytes.length), fc.nat(bytes.length));
    await fc.assert(
      fc.asyncProperty(places, async ([which, a, b]) => {
        const blob = blobs[which] as Blob;
        const [from, to] = [Math.min(a, b), Math.max(a, b)].map((at) => at % (blob.manifest.plain_size + 1));
        const [offset, end] = [Math.min(from ?? 0, to ?? 0), Math.max(from ?? 0, to ?? 0)];
        const range = await openBlobRange(workspace, { blob });
        const got = await collect(range({ offset, length: end - offset }));
        expect(Buffer.compare(got, bytes.subarray(offset, end))).toBe(0);
      }),
      { seed: SEED, numRuns: 60 },
    );
  }, 120_000);
});

describe('no more is read than it takes', () => {
  it('one byte takes one chunk; two that are in two take two; the last one stays at hand', async () => {
    const bytes = bytesOf(9 * CHUNK, 9);
    const { blob } = await putBlob(workspace, { source: inParts(bytes, 100_000), chunkSize: CHUNK });
    for (let index = 0; index < 9; index++) {
      const { store, reads } = counting();
      const range = await openBlobRange(workspace, { blob, store });
      const at = index * CHUNK + 17;
      expect(await collect(range({ offset: at, length: 1 }))).toEqual(bytes.slice(at, at + 1));
      expect(reads).toHaveLength(1);
      await collect(range({ offset: at + 1, length: 1 }));
      expect(reads).toHaveLength(1);
    }
    const { store, reads } = counting();
    const range = await openBlobRange(workspace, { blob, store });
    await collect(range({ offset: CHUNK - 1, length: 2 }));
    expect(new Set(reads).size).toBe(2);
    await collect(range({ offset: 5 * CHUNK, length: 0 }));
    expect(reads).toHaveLength(2);
  });

  it('a whole blob is read once, chunk by chunk', async () => {
    const bytes = bytesOf(5 * CHUNK + 1, 11);
    const { blob } = await putBlob(workspace, { source: inParts(bytes, 100_000), chunkSize: CHUNK });
    const { store, reads } = counting();
    await getBlob(workspace, { blob, store, sink: null });
    expect([reads.length, new Set(reads).size]).toEqual([6, 6]);
    expect((await verifyBlob(workspace, { blob, store })).report.outcome).toBe('pass');
  });
});

describe('a put that fails', () => {
  it('records nothing: not when the source breaks, not when it is aborted, not when the store is full', async () => {
    const heads = () => world.git(workspace.backend.gitDir, 'for-each-ref', 'refs/gatos/blobs');
    const before = heads();
    const bytes = bytesOf(3 * CHUNK, 123_456);
    const broken = async function* () {
      yield* inParts(bytes.subarray(0, 2 * CHUNK), 70_000);
      throw new Error('the pipe broke');
    };
    await expect(putBlob(workspace, { source: broken(), chunkSize: CHUNK })).rejects.toThrow('the pipe broke');
    const early = async function* () {
      yield bytes.subarray(0, 10);
      throw new Error('at once');
    };
    await expect(putBlob(workspace, { source: early() })).rejects.toThrow('at once');
    const abort = new AbortController();
    const slow = async function* () {
      for await (const part of inParts(bytes, 70_000)) {
        yield part;
        abort.abort(new Error('enough'));
      }
    };
    await expect(putBlob(workspace, { source: slow(), chunkSize: CHUNK, signal: abort.signal })).rejects.toThrow(
      'enough',
    );
    const full: ChunkStore = { ...counting().store, write: () => Promise.reject(new Error('no room')) };
    await expect(putBlob(workspace, { source: inParts(bytes, 70_000), chunkSize: CHUNK, store: full })).rejects.toThrow(
      'no room',
    );
    expect(heads()).toBe(before);
  });
});
