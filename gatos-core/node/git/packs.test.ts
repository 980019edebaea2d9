import { randomBytes } from 'node:crypto';
import { chmodSync, copyFileSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  encodeCommit,
  encodeTree,
  hashObject,
  type NewObject,
  type ObjectFormat,
  type Oid,
} from '../../src/git/index.js';
import { isGatosError, utf8 } from '../../src/kernel/index.js';
import { openNativeBackend } from './index.js';
import { encodeIndex } from './index-encode.js';
import { LocalReader } from './local-reader.js';
import { identify } from './new-object.js';
import { writePacks } from './pack-write.js';
import { CLEAN, ScratchRepository } from './scratch-repository.js';

const made: ScratchRepository[] = [];
async function scratch(format: ObjectFormat = 'sha1') {
  const repository = new ScratchRepository({ format, bare: true });
  made.push(repository);
  return { repository, backend: await openNativeBackend({ path: repository.path, env: CLEAN }) };
}
afterEach(() => {
  for (const repository of made.splice(0)) repository.dispose();
});

const WHO = 'user:alice <k@gatos> 1700000000 +0000';
const MAX = 64 * 1024 * 1024;

/** Sizes around everything that the encodings treat apart, some compressible and some not. */
function assorted(): NewObject[] {
  const sizes = [
    0, 1, 15, 16, 17, 2047, 2048, 4095, 4096, 65_534, 65_535, 65_536, 65_537, 131_070, 131_071, 300_000, 1_048_570,
    1_048_576, 2_500_000,
  ];
  return sizes.flatMap((size) => [
    { type: 'blob' as const, content: new Uint8Array(size).fill(97) },
    { type: 'blob' as const, content: new Uint8Array(randomBytes(size)) },
  ]);
}

/** A line of commits, each with a tree and a blob that is much like the one before. */
function line(length: number, format: ObjectFormat): { objects: NewObject[]; commits: Oid[] } {
  const objects: NewObject[] = [];
  const commits: Oid[] = [];
  const lines = Array.from({ length: 60 }, (_, i) => `line ${i} ${'x'.repeat(i)}`);
  for (let i = 0; i < length; i++) {
    lines[i % lines.length] = `changed ${i}`;
    const blob = utf8(lines.join('\n'));
    const tree = encodeTree([{ mode: '100644', name: 'envelope', oid: hashObject(format, 'blob', blob) }]);
    const commit = encodeCommit({
      tree: hashObject(format, 'tree', tree),
      parents: commits.slice(-1),
      author: WHO,
      committer: WHO,
      message: `commit ${i}\n`,
    });
    objects.push({ type: 'blob', content: blob }, { type: 'tree', content: tree }, { type: 'commit', content: commit });
    commits.push(hashObject(format, 'commit', commit));
  }
  return { objects, commits };
}

describe.each<ObjectFormat>(['sha1', 'sha256'])('a pack of ours, %s', (format) => {
  it('has the index that git makes of it, and git finds nothing to complain about', async () => {
    const { repository, backend } = await scratch(format);
    const { objects, commits } = line(400, format);
    const oids = await backend.objects.write([...assorted(), ...objects, { type: 'tree', content: encodeTree([]) }]);
    await backend.refs.transaction([{ name: 'refs/gatos/x', expected: null, next: commits.at(-1) as Oid }]);
    const [pack, ...more] = repository.packs();
    expect(more).toEqual([]);
    const copy = join(repository.root, 'copy.idx');
    repository.git('index-pack', '--strict', '--no-rev-index', '-o', copy, pack as string);
    expect(readFileSync((pack as string).replace(/pack$/, 'idx')).equals(readFileSync(copy))).toBe(true);
    expect(repository.fsck()).toBe('');
    expect(repository.git('rev-list', '--count', 'refs/gatos/x').trim()).toBe('400');
    expect(
      new Set(repository.git('cat-file', '--batch-all-objects', '--batch-check=%(objectname)').trim().split('\n')),
    ).toEqual(new Set(oids));
    for (const [i, oid] of oids.slice(0, assorted().length).entries())
      expect((await backend.objects.read(oid)).content.length, `${i}`).toBe(assorted()[i]?.content.length);
    expect(repository.leftovers()).toEqual([]);
  });

  it('survives gc, after which single objects are read from deltas without git', async () => {
    const { repository, backend } = await scratch(format);
    const { objects, commits } = line(300, format);
    const oids = await backend.objects.write(objects);
    await backend.refs.transaction([{ name: 'refs/gatos/x', expected: null, next: commits.at(-1) as Oid }]);
    for (const settings of [[], ['-c', 'repack.useDeltaBaseOffset=false']]) {
      repository.git(...settings, 'repack', '-adfq', '--depth=50', '--window=20');
      repository.git('prune');
      const deltas =
        repository.git('verify-pack', '-v', repository.packs()[0] as string).match(/chain length = (\d+)/g) ?? [];
      expect(deltas.length).toBeGreaterThan(20);
      const reader = new LocalReader({ objectDirs: [join(repository.gitDir, 'objects')], format });
      for (const [i, oid] of oids.entries())
        expect(reader.read(oid, MAX)).toEqual({ oid, type: objects[i]?.type, content: objects[i]?.content });
      reader.close();
      for (const oid of oids.slice(0, 30)) expect((await backend.objects.read(oid)).oid).toBe(oid);
    }
    const large = oids[0] as Oid;
    const size = objects[0]?.content.length as number;
    await expect(backend.objects.read(large, { maxBytes: size - 1 })).rejects.toMatchObject({
      code: 'git/too-large',
      data: { size },
    });
    await backend.close();
  });
});

describe('large writes', () => {
  it('are split into several packs, all of which git accepts', async () => {
    const { repository, backend } = await scratch();
    const { objects } = line(50, 'sha1');
    const { unique, oids } = identify(objects, 'sha1');
    const settings = { flush: { loose: true, pack: true, refs: true }, shared: null, logs: 'none' } as const;
    const context = {
      objectDir: join(repository.gitDir, 'objects'),
      format: 'sha1',
      settings,
      onStep: () => undefined,
    } as const;
    await writePacks(unique, context, { entries: 40, bytes: 20_000 });
    expect(repository.packs().length).toBeGreaterThan(4);
    for (const pack of repository.packs())
      repository.git('index-pack', '--strict', '-o', join(repository.root, 'x.idx'), pack);
    expect(await backend.objects.has(oids)).toEqual(oids.map(() => true));
    // The same again: the same packs, which are there already.
    const before = repository.files().sort();
    await writePacks(unique, context, { entries: 40, bytes: 20_000 });
    expect(repository.files().sort()).toEqual(before);
  });

  it('leave nothing for git to sort: ids that share their first bytes are in order too', () => {
    const count = 300;
    const ids = new Uint8Array(count * 20);
    for (let i = 0; i < count; i++) ids.set([7, 7, 7, i % 3, ...randomBytes(16)], i * 20);
    const index = encodeIndex(
      { count, ids, crcs: new Uint32Array(count), offsets: Uint32Array.from({ length: count }, (_, i) => i) },
      { format: 'sha1', packChecksum: new Uint8Array(20) },
    );
    const names = Array.from({ length: count }, (_, i) => index.subarray(1032 + i * 20, 1052 + i * 20));
    for (let i = 1; i < count; i++) expect(Buffer.compare(names[i - 1] as Buffer, names[i] as Buffer)).toBeLessThan(0);
  });

  it('do not store again what is stored', async () => {
    const { repository, backend } = await scratch();
    const { objects } = line(100, 'sha1');
    await backend.objects.write(objects);
    const before = repository.files().sort();
    await backend.objects.write([...objects].reverse());
    await backend.objects.write(objects.slice(0, 5));
    expect(repository.files().sort()).toEqual(before);
  });
});

describe('packs of others', () => {
  it('with deltas whose compression starts with long code tables', async () => {
    const { repository, backend } = await scratch();
    const text = (size: number) =>
      randomBytes(size).toString('base64').replaceAll('A', ' the same words again and again ');
    const common = text(60_000);
    const contents = [
      common,
      ...Array.from(
        { length: 6 },
        (_, i) => `${common.slice(0, 30_000)}${text(4000 + i * 3000)}${common.slice(30_000)}`,
      ),
    ];
    const oids = contents.map((content) =>
      repository.gitWith({ input: content }, 'hash-object', '-w', '--stdin').trim(),
    );
    const names = oids.map((oid, i) => `${oid} f${i}\n`).join('');
    repository.gitWith(
      { input: names },
      'pack-objects',
      '-q',
      '--window=20',
      join(repository.gitDir, 'objects', 'pack', 'pack'),
    );
    repository.git('prune-packed', '-q');
    expect(repository.git('verify-pack', '-v', repository.packs()[0] as string)).toMatch(/chain length = 1: [1-9]/);
    for (const [i, oid] of oids.entries()) {
      expect(Buffer.compare((await backend.objects.read(oid)).content, utf8(contents[i] as string))).toBe(0);
      await expect(backend.objects.read(oid, { maxBytes: 100 })).rejects.toMatchObject({
        code: 'git/too-large',
        data: { size: contents[i]?.length },
      });
    }
  });

  it('with an index of version 1 are read through git', async () => {
    const { repository, backend } = await scratch();
    const { objects, commits } = line(20, 'sha1');
    const oids = await backend.objects.write(objects);
    await backend.refs.transaction([{ name: 'refs/gatos/x', expected: null, next: commits.at(-1) as Oid }]);
    repository.git('-c', 'pack.indexVersion=1', 'repack', '-adfq');
    const fresh = await openNativeBackend({ path: repository.path, env: CLEAN });
    expect((await fresh.objects.read(oids[0] as Oid)).content).toEqual(objects[0]?.content);
    expect(await fresh.objects.has([...oids, '1'.repeat(40)])).toEqual([...oids.map(() => true), false]);
    await expect(fresh.objects.read('1'.repeat(40))).rejects.toMatchObject({ code: 'git/missing-object' });
    let count = 0;
    for await (const commit of fresh.objects.history({ head: commits.at(-1) as Oid }))
      count += commit.oid === commits[count] ? 1 : 0;
    expect(count).toBe(20);
    await fresh.close();
  });

  it('many of them are read with few descriptors', async () => {
    const { repository, backend } = await scratch();
    const oids: Oid[] = [];
    for (let i = 0; i < 60; i++)
      oids.push(
        ...(
          await backend.objects.write(
            Array.from({ length: 30 }, (_, k) => ({ type: 'blob' as const, content: utf8(`${i} ${k}`) })),
          )
        ).slice(0, 1),
      );
    expect(repository.packs()).toHaveLength(60);
    const before = readdirSync('/proc/self/fd').length;
    for (let round = 0; round < 2; round++) for (const oid of oids) await backend.objects.read(oid);
    expect(readdirSync('/proc/self/fd').length - before).toBeLessThan(70);
    repository.git('repack', '-adq', '--unpack-unreachable=now');
    await backend.close();
    expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before);
  });

  it('that came or went since the last look are noticed', async () => {
    const { repository, backend } = await scratch();
    const { objects, commits } = line(60, 'sha1');
    const oids = await backend.objects.write(objects);
    const head = commits.at(-1) as Oid;
    await backend.refs.transaction([{ name: 'refs/gatos/x', expected: null, next: head }]);
    for (let round = 0; round < 3; round++) {
      for (const oid of oids) await backend.objects.read(oid);
      repository.git('repack', '-adfq', `--window=${round + 5}`);
      repository.git('prune-packed');
    }
    expect(await backend.objects.has(oids)).toEqual(oids.map(() => true));
  });
});

describe('damaged packs', () => {
  async function packed() {
    const { repository, backend } = await scratch();
    const { objects, commits } = line(40, 'sha1');
    const oids = await backend.objects.write(objects);
    await backend.refs.transaction([{ name: 'refs/gatos/x', expected: null, next: commits.at(-1) as Oid }]);
    const pack = repository.packs()[0] as string;
    await backend.close();
    const open = () => openNativeBackend({ path: repository.path, env: CLEAN });
    return { repository, oids, commits, pack, open };
  }
  const corrupt = { code: 'git/corrupt-object' };

  it.each(['the pack', 'its index'])('%s cut off: every object in it is damaged, not missing', async (what) => {
    const { oids, commits, pack, open } = await packed();
    const path = what === 'the pack' ? pack : pack.replace(/pack$/, 'idx');
    chmodSync(path, 0o644);
    truncateSync(path, readFileSync(path).length - 50);
    const backend = await open();
    for (const oid of oids.slice(0, 5)) await expect(backend.objects.read(oid)).rejects.toMatchObject(corrupt);
    const many = Array.from({ length: 400 }, (_, i) => oids[i % oids.length] as Oid);
    await expect(drain(backend.objects.readMany(many))).rejects.toMatchObject(corrupt);
    await expect(drain(backend.objects.history({ head: commits.at(-1) as Oid }))).rejects.toMatchObject(corrupt);
    await backend.close();
  });

  it('an index of another pack is noticed', async () => {
    const { repository, oids, pack, open } = await packed();
    const other = await scratch();
    await other.backend.objects.write(line(41, 'sha1').objects);
    const index = pack.replace(/pack$/, 'idx');
    rmSync(index);
    copyFileSync((other.repository.packs()[0] as string).replace(/pack$/, 'idx'), index);
    const backend = await open();
    await expect(backend.objects.read(oids[0] as Oid)).rejects.toMatchObject(corrupt);
    await backend.close();
    expect(repository.packs()).toHaveLength(1);
  });

  it('one flipped byte damages what stands there and nothing else', async () => {
    const { repository, oids, pack, open } = await packed();
    repository.scribble(pack, () => 200);
    const backend = await open();
    const outcomes = await Promise.all(
      oids.map((oid) =>
        backend.objects.read(oid).then(
          () => 'fine',
          (error) => (isGatosError(error) ? error.code : String(error)),
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 'git/corrupt-object')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'fine')).toHaveLength(oids.length - 1);
    await backend.close();
  });

  it.each(['as written', 'with deltas'])(
    'any bytes in place of others: the right object or a typed fault (%s, seed 5)',
    async (kind) => {
      const { repository, oids, pack } = await packed();
      if (kind === 'with deltas') repository.git('repack', '-adfq');
      const path = kind === 'with deltas' ? (repository.packs()[0] as string) : pack;
      const index = path.replace(/pack$/, 'idx');
      const originals = [path, index].map((each) => readFileSync(each));
      for (const each of [path, index]) chmodSync(each, 0o644);
      let state = 5;
      const random = (below: number) => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state % below;
      };
      const seen = new Map<string, number>();
      for (let round = 0; round < 120; round++) {
        const which = random(3) === 0 ? 1 : 0;
        const bytes = Buffer.from(originals[which] as Buffer);
        for (let i = 0; i <= random(3); i++) bytes[random(bytes.length)] = random(256);
        writeFileSync(which === 0 ? path : index, bytes);
        const reader = new LocalReader({ objectDirs: [join(repository.gitDir, 'objects')], format: 'sha1' });
        for (const oid of oids) {
          let outcome: string;
          try {
            const found = reader.read(oid, MAX);
            outcome =
              found === null ? 'missing' : found === 'foreign' ? 'foreign' : found.oid === oid ? 'fine' : 'wrong';
          } catch (error) {
            outcome = isGatosError(error) ? error.code : String(error);
          }
          seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
        }
        reader.close();
        writeFileSync(which === 0 ? path : index, originals[which] as Buffer);
      }
      const allowed = ['fine', 'missing', 'foreign', 'git/corrupt-object', 'git/too-large'];
      expect([...seen.keys()].filter((outcome) => !allowed.includes(outcome))).toEqual([]);
      expect(seen.get('fine')).toBeGreaterThan(1000);
      expect(seen.get('git/corrupt-object')).toBeGreaterThan(10);
    },
  );
});

async function drain(items: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of items) count++;
  return count;
}
