/**
 * What every chunk store promises (`chunk-store.ts`), as tests. A test file of a store is one call:
 * `chunkStoreContract('mine', makeSubject, { describe, it, expect })`. Not exported.
 */
import { createHash } from 'node:crypto';
import type { TestTools } from 'gatos-core/testing';
import { type ChunkStore, hexOf, readChunk, type SweptStore } from './chunk-store.js';
import { noise } from './scratch-bytes.js';
import { sweepChunks } from './sweep.js';
import { syncChunks } from './sync-chunks.js';

export interface StoreSubject {
  readonly store: ChunkStore;
  dispose(): Promise<void>;
  /** Puts other bytes under the name of a chunk, behind the store's back. */
  damage?(hash: Uint8Array, bytes: Uint8Array): Promise<void>;
  /** The same store, when chunks can be listed, removed and swept. */
  readonly swept?: SweptStore | undefined;
}

const chunkOf = (bytes: Uint8Array) => ({ hash: new Uint8Array(createHash('sha256').update(bytes).digest()), bytes });

type On = (body: (subject: StoreSubject) => Promise<void>) => (context: { skip(note?: string): void }) => Promise<void>;

export function chunkStoreContract(name: string, make: () => Promise<StoreSubject>, tools: TestTools): void {
  const on =
    (needs: readonly (keyof StoreSubject)[]): On =>
    (body) =>
    async (context) => {
      const subject = await make();
      try {
        const lacking = needs.filter((need) => subject[need] === undefined);
        if (lacking.length > 0) context.skip(`this store's subject has no ${lacking.join(', ')}`);
        else await body(subject);
      } finally {
        await subject.store.close();
        await subject.dispose();
      }
    };
  tools.describe(`the chunk store contract: ${name}`, () => {
    keeping(on([]), tools);
    reading(on([]), tools);
    faults(on(['damage']), tools);
    listing(on(['swept']), tools);
    sweeping(on(['swept']), tools);
  });
}

function keeping(on: On, { it, expect }: TestTools): void {
  it(
    'gives back what it was given, and says that it has it',
    on(async ({ store }) => {
      for (const size of [0, 1, 4096, 300_001]) {
        const { hash, bytes } = chunkOf(noise(size, size));
        expect(await store.has(hash)).toBe(false);
        expect(await store.read(hash)).toBeUndefined();
        expect(await store.write(hash, bytes)).toBe('written');
        expect(await store.has(hash)).toBe(true);
        expect(Buffer.from((await store.read(hash)) ?? [-1]).equals(bytes)).toBe(true);
        expect(Buffer.from(await readChunk(store, { hash, len: size, index: 0 })).equals(bytes)).toBe(true);
      }
    }),
  );

  it(
    'keeps one chunk once, however often it is written',
    on(async ({ store }) => {
      const { hash, bytes } = chunkOf(noise(1, 5000));
      expect(await store.write(hash, bytes)).toBe('written');
      expect(await store.write(hash, bytes)).toBe('present');
      const racing = chunkOf(noise(2, 5000));
      await Promise.all(Array.from({ length: 8 }, () => store.write(racing.hash, racing.bytes)));
      expect(await readChunk(store, { hash: racing.hash, len: 5000, index: 0 })).toHaveLength(5000);
    }),
  );

  it(
    'takes what is copied from another store, and only what is missing',
    on(async ({ store }) => {
      const chunks = [5, 6, 7].map((seed) => chunkOf(noise(seed, 3000)));
      const [first, second, third] = chunks.map(({ hash }) => ({ hash, len: 3000 }));
      if (first === undefined || second === undefined || third === undefined) return;
      const from: ChunkStore = fromArrays(chunks.slice(0, 2));
      await store.write(first.hash, chunks[0]?.bytes ?? new Uint8Array());
      const request = { from, to: store, chunks: [first, second, second, third], thorough: true };
      expect(await syncChunks(request)).toEqual({
        moved: [hexOf(second.hash)],
        present: [hexOf(first.hash)],
        missing: [hexOf(third.hash)],
        altered: [],
        bytes: 3000,
      });
      expect((await syncChunks(request)).present).toHaveLength(2);
    }),
  );
}

function reading(on: On, { it, expect }: TestTools): void {
  it(
    'reads no more than it is asked for, and one byte by which a longer chunk shows',
    on(async ({ store }) => {
      const { hash, bytes } = chunkOf(noise(3, 200_000));
      await store.write(hash, bytes);
      const some = await store.read(hash, { most: 1000 });
      expect(some?.length).toBeGreaterThan(1000);
      await expect(readChunk(store, { hash, len: 1000, index: 7 })).rejects.toMatchObject({
        code: 'chunks/length',
        data: { index: 7 },
      });
      await expect(readChunk(store, { hash, len: 200_001, index: 8 })).rejects.toMatchObject({ code: 'chunks/length' });
    }),
  );

  it(
    'names a chunk that is missing, and refuses what is no hash',
    on(async ({ store }) => {
      const { hash } = chunkOf(noise(4, 10));
      await expect(readChunk(store, { hash, len: 10, index: 3 })).rejects.toMatchObject({
        code: 'chunks/missing',
        data: { index: 3, hash: hexOf(hash) },
      });
      for (const length of [0, 31, 33]) {
        await expect(store.has(new Uint8Array(length))).rejects.toMatchObject({ code: 'chunks/bad-hash' });
        await expect(store.write(new Uint8Array(length), new Uint8Array(1))).rejects.toMatchObject({
          code: 'chunks/bad-hash',
        });
      }
    }),
  );
}

function faults(on: On, { it, expect }: TestTools): void {
  it(
    'lets other bytes under the name of a chunk be noticed',
    on(async ({ store, damage }) => {
      const { hash, bytes } = chunkOf(noise(8, 5000));
      await store.write(hash, bytes);
      const flipped = bytes.slice();
      flipped[2500] = (flipped[2500] ?? 0) ^ 1;
      for (const [wrong, code] of [
        [flipped, 'chunks/altered'],
        [bytes.slice(0, 4999), 'chunks/length'],
        [new Uint8Array(0), 'chunks/length'],
        [Buffer.concat([bytes, bytes]), 'chunks/length'],
      ] as const) {
        await damage?.(hash, wrong);
        const read = readChunk(store, { hash, len: 5000, index: 2 });
        await expect(read).rejects.toMatchObject({ code, data: { index: 2, hash: hexOf(hash) } });
      }
    }),
  );

  it(
    'replaces a chunk of another length when the right one is written',
    on(async ({ store, damage }) => {
      const { hash, bytes } = chunkOf(noise(9, 5000));
      await store.write(hash, bytes);
      await damage?.(hash, bytes.slice(0, 100));
      expect(await store.write(hash, bytes)).toBe('written');
      expect(await readChunk(store, { hash, len: 5000, index: 0 })).toHaveLength(5000);
    }),
  );
}

function listing(on: On, { it, expect }: TestTools): void {
  it(
    'lists its chunks in order, by the start of their hash',
    on(async ({ store }) => {
      const chunks = Array.from({ length: 30 }, (_, seed) => chunkOf(noise(seed, 100 + seed)));
      for (const { hash, bytes } of chunks) await store.write(hash, bytes);
      const all = chunks.map(({ hash }) => hexOf(hash)).sort();
      const list = async (prefix: string) => {
        const found: string[] = [];
        for await (const { hash, len, modifiedMs } of store.list(prefix)) {
          found.push(hexOf(hash));
          expect(len).toBe(chunks.find((each) => hexOf(each.hash) === hexOf(hash))?.bytes.length);
          expect(Math.abs(Date.now() - modifiedMs)).toBeLessThan(600_000);
        }
        return found;
      };
      expect(await list('')).toEqual(all);
      const [one = ''] = all;
      for (const length of [1, 2, 3, 4, 5, 64]) {
        const prefix = one.slice(0, length);
        expect(await list(prefix)).toEqual(all.filter((hex) => hex.startsWith(prefix)));
      }
      await expect(list('../..')).rejects.toMatchObject({ code: 'chunks/bad-hash' });
    }),
  );

  it(
    'removes a chunk once',
    on(async ({ store }) => {
      const { hash, bytes } = chunkOf(noise(10, 100));
      await store.write(hash, bytes);
      expect(await store.remove(hash)).toBe(true);
      expect(await store.remove(hash)).toBe(false);
      expect(await store.has(hash)).toBe(false);
    }),
  );
}

function sweeping(on: On, { it, expect }: TestTools): void {
  it(
    'is swept of what is old and not live, and of nothing else',
    on(async ({ swept }) => {
      if (swept === undefined) return;
      const chunks = Array.from({ length: 6 }, (_, seed) => chunkOf(noise(seed, 1000)));
      for (const { hash, bytes } of chunks) await swept.write(hash, bytes);
      const live = new Set(chunks.slice(0, 2).map(({ hash }) => hexOf(hash)));
      const request = { store: swept, isLive: (hash: Uint8Array) => live.has(hexOf(hash)) };
      expect(await sweepChunks(request)).toMatchObject({ removed: 0, live: 0, young: 6 });
      const later = { ...request, graceMs: 3_600_000, now: Date.now() + 3 * 3_600_000 };
      expect(await sweepChunks({ ...later, dryRun: true })).toMatchObject({ removed: 4, removedBytes: 4000, live: 2 });
      for (const { hash } of chunks) expect(await swept.has(hash)).toBe(true);
      expect(await sweepChunks(later)).toMatchObject({ removed: 4, live: 2, liveBytes: 2000, young: 0 });
      expect(await Promise.all(chunks.map(({ hash }) => swept.has(hash)))).toEqual([
        true,
        true,
        false,
        false,
        false,
        false,
      ]);
    }),
  );

  it(
    'does not remove what was written after the time that is said',
    on(async ({ swept }) => {
      const { hash, bytes } = chunkOf(noise(11, 100));
      await swept?.write(hash, bytes);
      expect(await swept?.removeOlder(hash, Date.now() - 60_000)).toBe(false);
      expect(await swept?.has(hash)).toBe(true);
      expect(await swept?.removeOlder(hash, Date.now() + 60_000)).toBe(true);
      expect(await swept?.removeOlder(hash, Date.now() + 60_000)).toBe(false);
    }),
  );
}

/** A store of what it is given, to copy from. */
function fromArrays(chunks: readonly { readonly hash: Uint8Array; readonly bytes: Uint8Array }[]): ChunkStore {
  const find = (hash: Uint8Array) => chunks.find((each) => hexOf(each.hash) === hexOf(hash))?.bytes;
  return {
    name: 'arrays',
    has: async (hash) => find(hash) !== undefined,
    read: async (hash) => find(hash),
    write: async () => 'written',
    remove: async () => false,
    list: async function* () {},
    close: async () => undefined,
  };
}
