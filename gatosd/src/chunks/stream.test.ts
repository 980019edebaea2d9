/** Bytes in and out: by threads and without, from files and streams, in every codec; and what happens when chunks are not as promised. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  createReadStream,
  existsSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { PassThrough, Readable, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chunkPath } from './chunk-files.js';
import { type ChunkDescriptor, type ChunkStore, hexOf } from './chunk-store.js';
import { CHUNK_CODECS } from './codec.js';
import { type GetRequest, getStream } from './get-stream.js';
import { type PutRequest, putStream } from './put-stream.js';
import { noise, ScratchFolder, THREAD } from './scratch-bytes.js';
import { DirectoryChunkStore } from './stores/index.js';

const KIB = 1024;
const SIZE = 256 * KIB;
const digest = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

let folder: ScratchFolder;
let store: DirectoryChunkStore;
beforeEach(() => {
  folder = new ScratchFolder();
  store = new DirectoryChunkStore({ root: folder.at('chunks') });
});
afterEach(() => folder.dispose());

/** A store whose chunks no thread can reach by itself. */
function remote(inner: ChunkStore = store): ChunkStore {
  return {
    name: 'remote',
    has: (hash) => inner.has(hash),
    read: (hash, call) => inner.read(hash, call),
    write: (hash, bytes) => inner.write(hash, bytes),
    remove: (hash) => inner.remove(hash),
    list: (prefix) => inner.list(prefix),
    close: async () => undefined,
  };
}

const lanes = { 'the own thread': { threads: 0 }, 'two threads': { threads: 2, thread: THREAD } } as const;

function file(bytes: Uint8Array, name = 'source'): string {
  const path = folder.at(name);
  writeFileSync(path, bytes);
  return path;
}

const put = (source: PutRequest['source'], more: Partial<PutRequest> = {}) =>
  putStream({ source, store, chunkSize: SIZE, threads: 0, ...more });

async function bytesOf(request: Omit<GetRequest, 'sink'>): Promise<Buffer> {
  const parts: Buffer[] = [];
  let next = 0;
  const sink = (bytes: Uint8Array, offset: number): void => {
    expect(offset).toBe(next);
    next += bytes.length;
    // They are taken back afterwards.
    parts.push(Buffer.from(bytes));
  };
  await getStream({ ...request, sink });
  return Buffer.concat(parts);
}

const form = (size: number, more: Partial<GetRequest> = {}) =>
  ({ size, chunkSize: SIZE, codec: 'raw', store, threads: 0, ...more }) as const;

describe.each(Object.entries(lanes))('by %s', (_, lane) => {
  it.each(CHUNK_CODECS)('%s chunks come out as they went in, from a file and from a stream', async (codec) => {
    for (const size of [0, 1, SIZE - 1, SIZE, SIZE + 1, 5 * SIZE, 7 * SIZE + 12_345]) {
      const bytes = Buffer.concat([noise(size, size >> 1), Buffer.alloc(size - (size >> 1), 'text ')]);
      const path = file(bytes);
      const fromFile = await put(path, { ...lane, codec, whole: true });
      expect(fromFile).toMatchObject({ size, sha256: new Uint8Array(digest(bytes)) });
      expect(fromFile.chunks).toHaveLength(Math.ceil(size / SIZE));
      const fromStream = await put(createReadStream(path, { highWaterMark: 10_007 }), { ...lane, codec, whole: true });
      expect(fromStream).toEqual({ ...fromFile, written: 0, present: fromFile.chunks.length });
      const far = await put(path, { ...lane, codec, store: remote() });
      expect(far.chunks).toEqual(fromFile.chunks);
      const request = { ...form(size), ...lane, codec, chunks: fromFile.chunks };
      expect((await bytesOf(request)).equals(bytes)).toBe(true);
      expect((await bytesOf({ ...request, store: remote() })).equals(bytes)).toBe(true);
      const out = folder.at('out');
      expect(await getStream({ ...request, sink: { path: out } })).toBe(size);
      expect(readFileSync(out).equals(bytes)).toBe(true);
      expect(await getStream({ ...request, sink: null })).toBe(size);
    }
  });

  it('descriptors are the hashes and lengths of what is stored', async () => {
    const bytes = noise(1, 3 * SIZE + 10);
    const { chunks } = await put(file(bytes), lane);
    const parts = [0, 1, 2, 3].map((index) => bytes.subarray(index * SIZE, (index + 1) * SIZE));
    expect(chunks).toEqual(parts.map((part) => ({ hash: new Uint8Array(digest(part)), len: part.length })));
    for (const { hash, len } of chunks) {
      expect(readFileSync(chunkPath(store.name, hexOf(hash)))).toHaveLength(len);
    }
  });

  it('equal chunks of one blob are stored once', async () => {
    const { chunks, written, present } = await put(file(new Uint8Array(20 * SIZE)), lane);
    expect(chunks).toHaveLength(20);
    // Threads that write the same chunk at the same moment all write it.
    expect(written).toBeGreaterThanOrEqual(1);
    expect(written + present).toBe(20);
    expect(folder.files('chunks')).toHaveLength(1);
  });

  it('two puts of one file at once, and of its parts, leave one copy and no temporary file', async () => {
    const bytes = noise(2, 12 * SIZE);
    const path = file(bytes);
    const results = await Promise.all([put(path, lane), put(path, lane), put(createReadStream(path), lane)]);
    for (const { chunks } of results) expect(chunks).toEqual(results[0]?.chunks);
    expect(folder.files('chunks')).toEqual(results[0]?.chunks.map(({ hash }) => hexOf(hash)).sort());
  });

  it('a repeated put writes what is missing and mends what is wrong', async () => {
    const path = file(noise(3, 6 * SIZE));
    const { chunks } = await put(path, lane);
    const at = (index: number): string => chunkPath(store.name, hexOf((chunks[index] as ChunkDescriptor).hash));
    for (const index of [0, 1, 2]) chmodSync(at(index), 0o600);
    rmSync(at(0));
    truncateSync(at(1), 1000);
    writeFileSync(at(2), noise(99, SIZE));
    expect(await put(path, lane)).toMatchObject({ written: 3, present: 3 });
    expect(await getStream({ ...form(6 * SIZE), chunks, sink: null })).toBe(6 * SIZE);
  });

  it('the first chunk that is not as promised is named, and nothing stands under the name of the file', async () => {
    const bytes = noise(4, 9 * SIZE);
    const { chunks } = await put(file(bytes), lane);
    const at = (index: number): string => chunkPath(store.name, hexOf((chunks[index] as ChunkDescriptor).hash));
    const sound = readFileSync(at(3));
    const faults: Record<string, [(path: string) => void, string]> = {
      flipped: [
        (path) =>
          writeFileSync(
            path,
            sound.map((byte, i) => (i === 77_777 ? byte ^ 8 : byte)),
          ),
        'chunks/altered',
      ],
      truncated: [(path) => truncateSync(path, SIZE - 1), 'chunks/length'],
      swapped: [(path) => copyFileSync(at(5), path), 'chunks/altered'],
      longer: [(path) => writeFileSync(path, Buffer.concat([sound, sound])), 'chunks/length'],
      missing: [(path) => rmSync(path), 'chunks/missing'],
    };
    for (const [, [damage, code]] of Object.entries(faults)) {
      for (const index of [3, 7]) {
        if (existsSync(at(index))) chmodSync(at(index), 0o600);
        damage(at(index));
      }
      for (const sink of [null, { path: folder.at('out') }, () => undefined]) {
        for (const from of [store, remote()]) {
          const got = getStream({ ...form(9 * SIZE), ...lane, store: from, chunks, sink });
          await expect(got).rejects.toMatchObject({ code, data: { index: 3 } });
        }
      }
      expect(folder.files().filter((name) => name.includes('out'))).toEqual([]);
      await put(folder.at('source'), lane);
    }
  });

  it('only chunks before the first one that is wrong are handed on', async () => {
    const { chunks } = await put(file(noise(5, 9 * SIZE)), lane);
    rmSync(chunkPath(store.name, hexOf((chunks[4] as ChunkDescriptor).hash)));
    const offsets: number[] = [];
    const sink = (_: Uint8Array, offset: number): void => void offsets.push(offset / SIZE);
    await expect(getStream({ ...form(9 * SIZE), ...lane, chunks, sink })).rejects.toMatchObject({
      code: 'chunks/missing',
      data: { index: 4 },
    });
    expect(offsets).toEqual([0, 1, 2, 3]);
  });

  it('a signal ends a put and a get, and leaves nothing half-done', async () => {
    const path = file(noise(6, 40 * SIZE));
    for (const after of [0, 1, 10]) {
      const end = new AbortController();
      const reason = new DOMException('enough', 'AbortError');
      const progress = ({ done }: { done: number }): void => {
        if (done >= after * SIZE) end.abort(reason);
      };
      if (after === 0) end.abort(reason);
      await expect(put(path, { ...lane, signal: end.signal, progress })).rejects.toBe(reason);
      expect(folder.files('chunks').filter((name) => name.length !== 64)).toEqual([]);
    }
    const { chunks, present } = await put(path, lane);
    expect(present).toBeGreaterThan(0);
    const end = new AbortController();
    const request = { ...form(40 * SIZE), ...lane, chunks, signal: end.signal };
    const got = getStream({ ...request, sink: { path: folder.at('out') }, progress: () => end.abort() });
    await expect(got).rejects.toMatchObject({ name: 'AbortError' });
    expect(folder.files().filter((name) => name.includes('out'))).toEqual([]);
  });
});

describe('a put', () => {
  it('refuses sizes of chunks that the design does not allow', async () => {
    for (const chunkSize of [0, 4096, SIZE - 1, 16 * 1024 * KIB + 1, 1.5 * SIZE + 0.5, Number.NaN]) {
      await expect(put(file(noise(1, 10)), { chunkSize })).rejects.toMatchObject({ code: 'chunks/bad-chunk-size' });
    }
    expect(existsSync(folder.at('chunks'))).toBe(false);
  });

  it('says what cannot be read', async () => {
    await expect(put(folder.at('nothing'))).rejects.toMatchObject({ code: 'chunks/unreadable' });
    await expect(put(folder.path)).rejects.toMatchObject({ code: 'chunks/unreadable' });
  });

  it('takes what is no ordinary file as a stream', async () => {
    expect(await put('/dev/null')).toMatchObject({ size: 0, chunks: [] });
  });

  it('notices a file that changes while it is read', async () => {
    const path = file(noise(7, 20 * SIZE));
    for (const change of [() => appendFile(path, 'more'), async () => truncateSync(path, 3 * SIZE)]) {
      let changed: Promise<void> | undefined;
      const progress = (): void => {
        changed ??= change();
      };
      await expect(put(path, { progress })).rejects.toMatchObject({ code: 'chunks/changed-meanwhile' });
      await changed;
      expect(folder.files('chunks').filter((name) => name.length !== 64)).toEqual([]);
    }
  });

  it('ends with the fault of its stream, or of its store', async () => {
    const broken = new Error('the cable is out');
    async function* breaking() {
      yield noise(1, 3 * SIZE);
      throw broken;
    }
    await expect(put(Readable.from(breaking()))).rejects.toBe(broken);
    const full = { ...remote(), write: () => Promise.reject(broken) };
    await expect(put(file(noise(8, 10 * SIZE)), { store: full })).rejects.toBe(broken);
  });

  it('reads no more of a stream than it has room for', async () => {
    let taken = 0;
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    async function* pieces() {
      for (; taken < 50; taken++) yield noise(taken, SIZE);
    }
    const slow: ChunkStore = { ...remote(), write: (hash, bytes) => gate.then(() => store.write(hash, bytes)) };
    const running = put(Readable.from(pieces(), { highWaterMark: 1 }), { store: slow });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(taken).toBeLessThan(8);
    open();
    expect((await running).chunks).toHaveLength(50);
  });

  it('tells how far it is', async () => {
    const seen: number[] = [];
    const progress = ({ done, total }: { done: number; total?: number | undefined }): void => {
      expect(total).toBe(4 * SIZE);
      seen.push(done);
    };
    await put(file(noise(9, 4 * SIZE)), { progress });
    expect(seen).toEqual([SIZE, 2 * SIZE, 3 * SIZE, 4 * SIZE]);
  });
});

describe('a get', () => {
  it('takes chunks as they come, and wants as many as the size asks for', async () => {
    const { chunks } = await put(file(noise(1, 3 * SIZE + 1)));
    async function* later(some: readonly ChunkDescriptor[]) {
      for (const each of some) yield await Promise.resolve(each);
    }
    const get = (some: readonly ChunkDescriptor[], size: number) =>
      getStream({ ...form(size), chunks: later(some), sink: { path: folder.at('out') } });
    expect(await get(chunks, 3 * SIZE + 1)).toBe(3 * SIZE + 1);
    for (const [some, size, code] of [
      [chunks.slice(0, 3), 3 * SIZE + 1, 'chunks/count'],
      [[...chunks, ...chunks], 3 * SIZE + 1, 'chunks/count'],
      [chunks, 3 * SIZE, 'chunks/count'],
      [chunks, 3 * SIZE + 2, 'chunks/undecodable'],
      [[...chunks].reverse(), 3 * SIZE + 1, 'chunks/undecodable'],
    ] as const) {
      rmSync(folder.at('out'), { force: true });
      await expect(get(some, size)).rejects.toMatchObject({ code });
      expect(existsSync(folder.at('out'))).toBe(false);
    }
  });

  it('takes no memory for what a descriptor merely promises', async () => {
    const hash = new Uint8Array(32);
    for (const len of [2 ** 40, -1, 0.5, Number.NaN]) {
      const got = getStream({ ...form(SIZE), chunks: [{ hash, len }], sink: null });
      await expect(got).rejects.toMatchObject({ code: 'chunks/too-large' });
    }
  });

  it('replaces a file at once, and leaves it when it fails', async () => {
    const { chunks } = await put(file(noise(1, 2 * SIZE)));
    const out = file(Buffer.from('before'), 'out');
    const request = { ...form(2 * SIZE), chunks, sink: { path: out } };
    const bad = [chunks[0] as ChunkDescriptor, { hash: new Uint8Array(32), len: SIZE }];
    await expect(getStream({ ...request, chunks: bad })).rejects.toMatchObject({ code: 'chunks/missing' });
    expect(readFileSync(out, 'utf8')).toBe('before');
    await getStream(request);
    expect(digest(readFileSync(out))).toEqual(digest(readFileSync(folder.at('source'))));
    await expect(getStream({ ...request, sink: { path: folder.at('no', 'such', 'folder') } })).rejects.toMatchObject({
      code: 'chunks/io',
    });
  });

  it('writes to a stream, in order and no faster than it takes', async () => {
    const bytes = noise(2, 30 * SIZE);
    const { chunks } = await put(file(bytes));
    const through = new PassThrough();
    const parts: Buffer[] = [];
    through.on('data', (part: Buffer) => parts.push(part));
    await getStream({ ...form(30 * SIZE), chunks, sink: through });
    expect(through.writableEnded).toBe(false);
    through.end();
    expect(Buffer.concat(parts).equals(bytes)).toBe(true);
    let waiting = 0;
    const slow = new Writable({
      write(_part, _encoding, done) {
        waiting += 1;
        expect(waiting).toBe(1);
        setTimeout(() => {
          waiting -= 1;
          done();
        }, 2);
      },
    });
    await getStream({ ...form(30 * SIZE), chunks, sink: slow });
  });

  it('ends with the fault of its sink', async () => {
    const { chunks } = await put(file(noise(3, 10 * SIZE)));
    const gone = new Error('EPIPE');
    const broken = new Writable({ write: (_part, _encoding, done) => done(gone) });
    await expect(getStream({ ...form(10 * SIZE), chunks, sink: broken })).rejects.toBe(gone);
    const throwing = (): never => {
      throw gone;
    };
    await expect(getStream({ ...form(10 * SIZE), chunks, sink: throwing })).rejects.toBe(gone);
  });
});
