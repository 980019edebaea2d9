/** Hashing blobs where they lie: the threads say what a reader would, or nothing. */
import { createCipheriv, createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestPlaces } from './digest-blobs.js';
import type { DigestRequest } from './digest-thread.js';
import { openNativeBackend } from './index.js';
import { LocalReader } from './local-reader.js';
import { CLEAN, ScratchRepository } from './scratch-repository.js';

/** The compiled thread: what the build makes of the file beside this one. */
const thread = new URL('../../dist/node/git/digest-thread.js', import.meta.url);

const MIB = 1024 * 1024;

/** Bytes that do not compress, and follow from a number. */
function noise(seed: number, size: number): Buffer {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16));
  return cipher.update(Buffer.alloc(size));
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const contents = [noise(1, 5 * MIB), Buffer.alloc(4 * MIB, 'text '), noise(2, 70_000), Buffer.alloc(0)];
const hexOf = (digests: Awaited<ReturnType<typeof digestPlaces>>) =>
  digests.map((digest) => (digest === null ? null : Buffer.from(digest).toString('hex')));

describe('digests of blobs in packs', () => {
  const repository = new ScratchRepository({ bare: true });
  const packs = join(repository.gitDir, 'objects', 'pack');
  let places: readonly DigestRequest[] = [];

  const find = (oids: readonly string[]): readonly DigestRequest[] => {
    const reader = new LocalReader({ objectDirs: [join(repository.gitDir, 'objects')], format: 'sha1' });
    const found = oids.flatMap((oid) => reader.placeOfBlob(oid) ?? []);
    reader.close();
    return found;
  };

  beforeAll(async () => {
    const backend = await openNativeBackend({ path: repository.path, env: CLEAN });
    const oids = await backend.objects.write(contents.map((content) => ({ type: 'blob', content })));
    await backend.close();
    places = find(oids);
  });
  afterAll(() => repository.dispose());

  it('are those of their bytes, as we store them', async () => {
    expect(places).toHaveLength(contents.length);
    expect(hexOf(await digestPlaces(places, { thread }))).toEqual(contents.map(sha256));
  });

  it('are those of their bytes, as git compresses them', async () => {
    const [, small = Buffer.alloc(0)] = contents;
    const other = new ScratchRepository({ bare: true });
    try {
      const backend = await openNativeBackend({ path: other.path, env: CLEAN });
      const written = await backend.objects.write(contents.map((content) => ({ type: 'blob', content })));
      await backend.close();
      for (const [k, oid] of written.entries()) other.git('update-ref', `refs/tags/blob${k}`, oid);
      other.git('-c', 'pack.compression=9', 'repack', '-adFq', '--depth=0', '--window=0');
      const reader = new LocalReader({ objectDirs: [join(other.gitDir, 'objects')], format: 'sha1' });
      const found = written.flatMap((oid) => reader.placeOfBlob(oid) ?? []);
      reader.close();
      expect(found).toHaveLength(contents.length);
      const compressed = readFileSync(found[1]?.path ?? '').length;
      expect(compressed).toBeLessThan(contents.reduce((sum, { length }) => sum + length, 0) - small.length / 2);
      expect(hexOf(await digestPlaces(found, { thread }))).toEqual(contents.map(sha256));
    } finally {
      other.dispose();
    }
  });

  it('are left to the reader where threads are not worth it, or are not there', async () => {
    expect(await digestPlaces(places.slice(2), { thread })).toEqual([null, null]);
    const absent = new URL('./no-such-thread.js', import.meta.url);
    expect(await digestPlaces(places, { thread: absent })).toEqual(places.map(() => null));
  });

  it('are none where the pack does not hold what its place promises', async () => {
    const [first] = places as [DigestRequest];
    const bytes = readFileSync(first.path);
    const altered = join(packs, 'altered');
    const right = sha256(contents[0] as Buffer);
    for (const at of [first.data, first.data + 2, first.data + 3, first.data + MIB]) {
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] as number) ^ 0xff;
      writeFileSync(altered, copy);
      const [digest = null, whole] = hexOf(await digestPlaces([{ ...first, path: altered }, first], { thread }));
      expect(digest).not.toBe(right);
      expect(whole).toBe(right);
    }
    writeFileSync(altered, bytes.subarray(0, first.data + 1000));
    const wrong = [
      { ...first, path: altered },
      { ...first, path: join(packs, 'gone') },
      { ...first, length: first.length - 1 },
      { ...first, length: first.length + 1 },
    ];
    expect(await digestPlaces(wrong, { thread })).toEqual([null, null, null, null]);
  });
});
