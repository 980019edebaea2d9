/** Chunks as files: the contract, and what only files have: names, temporary files, sweeps that meet puts. */
import { createHash } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chunkPath, gonePath, placeChunk, publishFile } from '../chunk-files.js';
import { hexOf, readChunk } from '../chunk-store.js';
import { noise, ScratchFolder } from '../scratch-bytes.js';
import { sweepChunks } from '../sweep.js';
import { chunkRoot, DirectoryChunkStore } from './directory-store.js';
import { chunkStoreContract } from './fixtures/scratch-chunk-contract.js';

const digest = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest());
const hour = 3_600_000;

for (const fsync of ['chunks', 'none'] as const) {
  chunkStoreContract(
    `a folder, fsync ${fsync}`,
    async () => {
      const folder = new ScratchFolder();
      const store = new DirectoryChunkStore({ root: folder.at('gatos', 'blobs', 'chunks'), fsync });
      return {
        store,
        swept: store,
        damage: async (hash, bytes) => {
          const path = chunkPath(store.name, hexOf(hash));
          chmodSync(path, 0o600);
          writeFileSync(path, bytes);
        },
        dispose: async () => folder.dispose(),
      };
    },
    { describe, it, expect },
  );
}

describe('chunks as files', () => {
  let folder: ScratchFolder;
  let store: DirectoryChunkStore;
  const bytes = noise(1, 10_000);
  const hash = digest(bytes);
  const hex = hexOf(hash);
  const path = (): string => chunkPath(store.name, hex);
  const age = (file: string, milliseconds: number): void => {
    const then = (Date.now() - milliseconds) / 1000;
    utimesSync(file, then, then);
  };
  const nothing = { store: undefined as never, isLive: () => false, graceMs: hour };

  beforeEach(() => {
    folder = new ScratchFolder();
    store = new DirectoryChunkStore({ root: chunkRoot(folder.path) });
  });
  afterEach(() => folder.dispose());

  it('stand where the design says, read-only, with nothing beside them', async () => {
    await store.write(hash, bytes);
    expect(path()).toBe(folder.at('gatos/blobs/chunks', hex.slice(0, 2), hex.slice(2, 4), hex));
    expect(statSync(path()).mode & 0o222).toBe(0);
    expect(folder.files()).toEqual([hex]);
  });

  it('are replaced when their bytes are others, though as many', async () => {
    mkdirSync(dirname(path()), { recursive: true });
    writeFileSync(path(), noise(2, 10_000));
    expect(await store.write(hash, bytes)).toBe('written');
    expect(await readChunk(store, { hash, len: 10_000, index: 0 })).toEqual(bytes);
    expect(folder.files()).toEqual([hex]);
  });

  it('are made young by a put that finds them in place', async () => {
    await store.write(hash, bytes);
    age(path(), 10 * hour);
    const before = statSync(path());
    expect(await store.write(hash, bytes)).toBe('present');
    expect(statSync(path()).ino).toBe(before.ino);
    expect(await sweepChunks({ ...nothing, store })).toMatchObject({ removed: 0, young: 1 });
  });

  it('come back when a put relied on them just before the sweep took them aside', async () => {
    await store.write(hash, bytes);
    age(path(), 10 * hour);
    const beforeMs = Date.now() - hour;
    // The sweep has listed it as old; now a put finds it.
    publishFile(placeChunk({ root: store.name, hex, bytes }));
    expect(await store.removeOlder(hash, beforeMs)).toBe(false);
    expect(folder.files()).toEqual([hex]);
  });

  it('are written anew by a put that comes while the sweep has taken them aside', async () => {
    await store.write(hash, bytes);
    renameSync(path(), gonePath(store.name, hex));
    const pending = placeChunk({ root: store.name, hex, bytes });
    expect(pending.temporary).not.toBeNull();
    publishFile(pending);
    // The sweep goes on, whichever way it decides.
    age(gonePath(store.name, hex), 10 * hour);
    const swept = await sweepChunks({ ...nothing, store });
    expect(swept.leftovers).toMatchObject({ removed: 1, restored: 0 });
    expect(folder.files()).toEqual([hex]);
    expect(readFileSync(path()).equals(bytes)).toBe(true);
  });

  it('can be read while a sweep has them aside, and come back after it died there', async () => {
    await store.write(hash, bytes);
    renameSync(path(), gonePath(store.name, hex));
    expect(await readChunk(store, { hash, len: bytes.length, index: 0 })).toEqual(bytes);
    expect(await sweepChunks({ ...nothing, store, dryRun: true })).toMatchObject({ leftovers: { restored: 1 } });
    expect(folder.files()).toEqual([`gone-${hex}`]);
    expect(await sweepChunks({ ...nothing, store })).toMatchObject({ leftovers: { restored: 1 }, removed: 0 });
    expect(folder.files()).toEqual([hex]);
  });

  it('stay when they are live, though they are old and a sweep died over them', async () => {
    await store.write(hash, bytes);
    age(path(), 10 * hour);
    renameSync(path(), gonePath(store.name, hex));
    await sweepChunks({ ...nothing, store, isLive: (each) => hexOf(each) === hex });
    expect(folder.files()).toEqual([hex]);
  });

  it('lose the temporary files of dead processes at once, of others when they are old, and no other file', async () => {
    await store.write(hash, bytes);
    const here = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
    const plant = (name: string, milliseconds: number): void => {
      // Some where temporary files are made, some where they may have been.
      const file = `${milliseconds === 0 ? store.name : dirname(path())}/${name}`;
      writeFileSync(file, 'part');
      age(file, milliseconds);
    };
    plant(`tmp-${here}-4194305-0123456789ab`, 0);
    plant(`tmp-${here}-${process.pid}-0123456789ab`, 0);
    plant(`tmp-${here}-${process.pid}-aaaaaaaaaaaa`, 2 * hour);
    plant('tmp-00000000-4194305-0123456789ab', 0);
    plant('tmp-00000000-4194305-aaaaaaaaaaaa', 2 * hour);
    plant('notes.txt', 100 * hour);
    plant('tmp-mine', 100 * hour);
    const dry = await sweepChunks({ ...nothing, store, dryRun: true });
    expect(dry.leftovers).toEqual({ removed: 3, restored: 0, bytes: 12 });
    expect(folder.files()).toHaveLength(8);
    expect((await sweepChunks({ ...nothing, store })).leftovers.removed).toBe(3);
    expect(folder.files()).toEqual(
      [
        hex,
        'notes.txt',
        'tmp-00000000-4194305-0123456789ab',
        `tmp-${here}-${process.pid}-0123456789ab`,
        'tmp-mine',
      ].sort(),
    );
  });

  it('are missing where a folder has their name, and the put of one says so', async () => {
    mkdirSync(path(), { recursive: true });
    await expect(store.write(hash, bytes)).rejects.toMatchObject({ code: 'chunks/io' });
    expect(folder.files()).toEqual([]);
  });

  it('cannot be kept in what is no folder', async () => {
    writeFileSync(folder.at('gatos'), 'a file');
    await expect(store.write(hash, bytes)).rejects.toMatchObject({ code: 'chunks/io' });
    expect(await store.has(hash)).toBe(false);
    expect(await sweepChunks({ ...nothing, store })).toMatchObject({ removed: 0 });
  });

  it('do not change when a hard link to them is made elsewhere', async () => {
    await store.write(hash, bytes);
    linkSync(path(), folder.at('link'));
    age(path(), 10 * hour);
    expect(await sweepChunks({ ...nothing, store })).toMatchObject({ removed: 1 });
    expect(readFileSync(folder.at('link')).equals(bytes)).toBe(true);
  });
});
