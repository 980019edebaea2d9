/** Ranges of blobs: the right bytes, and no chunk read but those that a range touches. */
import { chmodSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BlobReader } from './blob-reader.js';
import { chunkPath } from './chunk-files.js';
import { type ChunkDescriptor, hexOf } from './chunk-store.js';
import { CHUNK_CODECS } from './codec.js';
import { type PutRequest, putStream } from './put-stream.js';
import { noise, ScratchFolder } from './scratch-bytes.js';
import { DirectoryChunkStore } from './stores/index.js';

const SIZE = 256 * 1024;

let folder: ScratchFolder;
let store: DirectoryChunkStore;
beforeEach(() => {
  folder = new ScratchFolder();
  store = new DirectoryChunkStore({ root: folder.at('chunks') });
});
afterEach(() => folder.dispose());

function put(bytes: Uint8Array, more: Partial<PutRequest> = {}) {
  const source = folder.at('source');
  writeFileSync(source, bytes);
  return putStream({ source, store, chunkSize: SIZE, threads: 0, ...more });
}

describe('ranges', () => {
  const bytes = Buffer.concat([noise(1, 5 * SIZE), Buffer.alloc(2 * SIZE + 99, 'abc ')]);

  async function reader(codec: 'raw' | 'zstd' | 'gzip', asked: number[] = []): Promise<BlobReader> {
    const { chunks, size } = await put(bytes, { codec });
    const chunkAt = (index: number): ChunkDescriptor => {
      asked.push(index);
      return chunks[index] as ChunkDescriptor;
    };
    return new BlobReader({ size, chunkSize: SIZE, codec, store, chunkAt });
  }

  it.each(CHUNK_CODECS)('of %s chunks are those of the file, one by one and all at once (seed 9)', async (codec) => {
    const read = await reader(codec);
    const range = fc.tuple(fc.nat(bytes.length), fc.nat(2 * SIZE)).map(([offset, length]) => ({
      offset,
      length: Math.min(length, bytes.length - offset),
    }));
    const expected = ({ offset, length }: { offset: number; length: number }) =>
      bytes.subarray(offset, offset + length);
    const property = fc.asyncProperty(fc.array(range, { maxLength: 8 }), async (ranges) => {
      for (const each of ranges) expect(expected(each).equals(await read.read(each))).toBe(true);
      const all = await Promise.all(ranges.map((each) => read.read(each)));
      ranges.forEach((each, i) => {
        expect(expected(each).equals(all[i] ?? new Uint8Array(1))).toBe(true);
      });
      for (const each of ranges.slice(0, 1)) {
        const parts: Uint8Array[] = [];
        for await (const part of read.stream(each)) parts.push(part);
        expect(expected(each).equals(Buffer.concat(parts))).toBe(true);
      }
    });
    await fc.assert(property, { seed: 9, numRuns: 25 });
  });

  it('touch the chunks they lie in and no other: a byte touches one', async () => {
    for (const [offset, length, touched] of [
      [0, 1, [0]],
      [SIZE - 1, 1, [0]],
      [SIZE, 1, [1]],
      [SIZE - 1, 2, [0, 1]],
      [bytes.length - 1, 1, [7]],
      [SIZE + 5, 3 * SIZE, [1, 2, 3, 4]],
      [3 * SIZE, SIZE, [3]],
      [3, 0, []],
      [bytes.length, 0, []],
    ] as const) {
      const asked: number[] = [];
      const read = await reader('raw', asked);
      await read.read({ offset, length });
      expect(asked).toEqual(touched);
    }
  });

  it('of a damaged chunk give nothing of it, and of the others everything', async () => {
    const read = await reader('raw');
    const { chunks } = await put(bytes);
    const path = chunkPath(store.name, hexOf((chunks[2] as ChunkDescriptor).hash));
    chmodSync(path, 0o600);
    writeFileSync(path, noise(5, SIZE));
    const wrong = { code: 'chunks/altered', data: { index: 2 } };
    await expect(read.read({ offset: 2 * SIZE + 10, length: 1 })).rejects.toMatchObject(wrong);
    await expect(read.read({ offset: SIZE, length: SIZE + 1 })).rejects.toMatchObject(wrong);
    expect(await read.read({ offset: SIZE, length: SIZE })).toHaveLength(SIZE);
    await put(bytes);
    expect(await read.read({ offset: 2 * SIZE + 10, length: 1 })).toHaveLength(1);
  });

  it('that are not in the blob are refused', async () => {
    const read = await reader('raw');
    for (const [offset, length] of [
      [-1, 1],
      [0, bytes.length + 1],
      [bytes.length, 1],
      [0, -1],
      [0.5, 1],
      [0, Number.NaN],
      [Number.MAX_SAFE_INTEGER, 1],
    ] as const) {
      await expect(read.read({ offset, length })).rejects.toMatchObject({ code: 'chunks/bad-range' });
    }
    const large = new BlobReader({
      size: 2 ** 40,
      chunkSize: SIZE,
      codec: 'raw',
      store,
      chunkAt: () => ({ hash: new Uint8Array(32), len: 1 }),
    });
    await expect(large.read({ offset: 0, length: 2 ** 30 })).rejects.toMatchObject({ code: 'chunks/too-large' });
  });
});
