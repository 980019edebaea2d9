import { execFileSync } from 'node:child_process';
import * as nodeFs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withFileFaults } from '../../../testing/index.js';
import { bytesEqual, LIMITS, utf8 } from '../../kernel/index.js';
import { memoryFileSystem } from '../memory/index.js';
import { hashObject } from '../oid.js';
import type { GitBackend, NewObject, Oid } from '../ports.js';
import { isomorphicBackend } from './backend.js';
import type { FileSystem } from './fs.js';
import { initIsomorphicRepository } from './init.js';

const ENV = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null', LC_ALL: 'C' };

let base: string;
beforeAll(async () => {
  base = await nodeFs.mkdtemp(join(tmpdir(), 'gatos-iso-'));
});
afterAll(() => nodeFs.rm(base, { recursive: true }));

function git(directory: string, ...args: string[]): string {
  const who = ['-c', 'user.name=A', '-c', 'user.email=a@example.com'];
  return execFileSync('git', ['-C', directory, ...who, ...args], { env: ENV, encoding: 'utf8', stdio: 'pipe' });
}

/** 30 commits on two files that git finds worth storing as deltas, with an annotated tag. */
async function sampleRepository(name: string): Promise<string> {
  const directory = join(base, name);
  git(base, 'init', '-q', directory);
  const lines = Array.from({ length: 400 }, (_, i) => `line ${i} of a text that repeats itself ${i * 7919}`);
  for (let i = 0; i < 30; i++) {
    lines[i * 11] = `changed in ${i}`;
    await nodeFs.writeFile(join(directory, 'text'), lines.join('\n'));
    await nodeFs.writeFile(join(directory, `small-${i}`), `${i}`);
    git(directory, 'add', '.');
    git(directory, 'commit', '-qm', `commit ${i}`);
  }
  git(directory, 'tag', '-am', 'a tag', 'v1');
  return directory;
}

const open = (directory: string) => isomorphicBackend({ fs: nodeFs, gitdir: join(directory, '.git') });
const blob = (text: string): NewObject => ({ type: 'blob', content: utf8(text) });

async function emptyInMemory(): Promise<{ fs: FileSystem; gitdir: string }> {
  const repository = { fs: memoryFileSystem(), gitdir: '/repo.git' };
  await initIsomorphicRepository(repository);
  return repository;
}

/** Compares every object with what git says. Returns how many there are. */
async function compareAll(directory: string, backend: GitBackend): Promise<number> {
  const lines = git(directory, 'cat-file', '--batch-check', '--batch-all-objects').trim().split('\n');
  const oids = lines.map((line) => line.slice(0, 40));
  let i = 0;
  for await (const { oid, type, content } of backend.objects.readMany(oids)) {
    expect(`${oid} ${type} ${content.length}`).toBe(lines[i++]);
    expect(hashObject('sha1', type, content)).toBe(oid);
  }
  expect(await backend.objects.has(oids)).toEqual(oids.map(() => true));
  return i;
}

describe('objects that git wrote', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await sampleRepository('read');
  });

  it.each([
    ['loose', []],
    ['packed, with offset deltas', [['repack', '-adfq', '--depth=50', '--window=50']]],
    [
      'packed, with named deltas',
      [
        ['config', 'repack.useDeltaBaseOffset', 'false'],
        ['repack', '-adfq'],
      ],
    ],
    ['loose and in several packs', [['unpack'], ['repack', '-q']]],
  ])('are read: %s', async (_, commands) => {
    for (const command of commands) {
      if (command[0] !== 'unpack') git(directory, ...command);
      else git(directory, 'commit', '--allow-empty', '-qm', 'loose');
    }
    const backend = await open(directory);
    expect(await compareAll(directory, backend)).toBeGreaterThanOrEqual(121);
    await backend.objects.close();
    await backend.objects.close();
  });

  it('are found after another process packed everything anew', async () => {
    const backend = await open(directory);
    const parent = git(directory, 'rev-parse', 'HEAD~5').trim();
    // Now the packs are known, but their bytes are not in memory
    expect(await backend.objects.has([parent])).toEqual([true]);
    git(directory, 'commit', '--allow-empty', '-qm', 'one more');
    git(directory, 'gc', '-q', '--prune=now');
    expect((await backend.objects.read(parent)).type).toBe('commit');
    expect(await compareAll(directory, backend)).toBeGreaterThan(120);
  });

  it('are walked as git walks them', async () => {
    const backend = await open(directory);
    const line = git(directory, 'rev-list', '--reverse', 'HEAD').trim().split('\n');
    const walk = async (range: { head: Oid; after?: Oid }) => {
      const oids: Oid[] = [];
      for await (const { oid } of backend.objects.history(range)) oids.push(oid);
      return oids;
    };
    const head = line.at(-1) as Oid;
    expect(await walk({ head })).toEqual(line);
    expect(await walk({ head, after: line[20] as Oid })).toEqual(line.slice(21));
  });

  it('are refused when larger than asked for, loose and packed', async () => {
    const backend = await open(directory);
    const packed = git(directory, 'rev-parse', 'HEAD:text').trim();
    const size = Number(git(directory, 'cat-file', '-s', packed));
    await expect(backend.objects.read(packed, { maxBytes: size - 1 })).rejects.toMatchObject({
      code: 'git/too-large',
      data: { size, limit: size - 1 },
    });
    expect((await backend.objects.read(packed, { maxBytes: size })).content.length).toBe(size);
    const [loose] = (await backend.objects.write([blob('0123456789')])) as [Oid];
    await expect(backend.objects.read(loose, { maxBytes: 9 })).rejects.toMatchObject({
      code: 'git/too-large',
      data: { size: 10, limit: 9 },
    });
  });

  it('are never mistaken for others when bytes on disk change', async () => {
    const copy = join(base, 'damaged');
    git(base, 'clone', '-q', '--mirror', directory, copy);
    const [name] = (await nodeFs.readdir(join(copy, 'objects/pack'))).filter((file) => file.endsWith('.pack'));
    const path = join(copy, 'objects/pack', name as string);
    const oids = git(copy, 'rev-list', '--objects', '--all')
      .trim()
      .split('\n')
      .map((line) => line.slice(0, 40));
    const good = await nodeFs.readFile(path);
    await nodeFs.chmod(path, 0o644);
    for (let at = 0; at < good.length; at += Math.ceil(good.length / 40)) {
      const bad = Uint8Array.from(good);
      bad[at] = (bad[at] as number) ^ 0x10;
      await nodeFs.writeFile(path, bad);
      const backend = await isomorphicBackend({ fs: nodeFs, gitdir: copy });
      await expect(backend.objects.read(oids[at % oids.length] as Oid)).rejects.toMatchObject({
        code: 'git/corrupt-object',
      });
    }
  });

  it('are not said to be missing when an index cannot be read', async () => {
    const copy = join(base, 'damaged-index');
    git(base, 'clone', '-q', '--mirror', directory, copy);
    const [name] = (await nodeFs.readdir(join(copy, 'objects/pack'))).filter((file) => file.endsWith('.idx'));
    const path = join(copy, 'objects/pack', name as string);
    await nodeFs.chmod(path, 0o644);
    await nodeFs.truncate(path, 2000);
    const backend = await isomorphicBackend({ fs: nodeFs, gitdir: copy });
    const head = git(directory, 'rev-parse', 'HEAD').trim();
    await expect(backend.objects.read(head)).rejects.toMatchObject({ code: 'git/corrupt-object' });
    await expect(backend.objects.has([head])).rejects.toMatchObject({ code: 'git/corrupt-object' });
  });
});

describe('a loose object', () => {
  const place = async (oid: Oid, deflated: Uint8Array) => {
    const { fs, gitdir } = await emptyInMemory();
    await fs.mkdir(`${gitdir}/objects/${oid.slice(0, 2)}`);
    await fs.writeFile(`${gitdir}/objects/${oid.slice(0, 2)}/${oid.slice(2)}`, deflated, { flag: 'w' });
    return isomorphicBackend({ fs, gitdir });
  };
  const oid = hashObject('sha1', 'blob', utf8('hello\n'));
  const deflate = (text: string) => Uint8Array.from(deflateSync(text));

  it('is read when it is what its name says', async () => {
    const backend = await place(oid, deflate('blob 6\0hello\n'));
    expect(await backend.objects.read(oid)).toEqual({ oid, type: 'blob', content: utf8('hello\n') });
  });

  it.each([
    ['another content', deflate('blob 6\0hullo\n')],
    ['another type', deflate('tree 6\0hello\n')],
    ['a wrong size', deflate('blob 7\0hello\n')],
    ['a padded size', deflate('blob 06\0hello\n')],
    ['an unknown type', deflate('bleb 6\0hello\n')],
    ['no header', deflate('hello\n')],
    ['nothing', new Uint8Array()],
    ['half of it', deflate('blob 6\0hello\n').subarray(0, 9)],
    ['no compression', utf8('blob 6\0hello\n')],
  ])('is damaged when it holds %s', async (_, bytes) => {
    const backend = await place(oid, bytes);
    await expect(backend.objects.read(oid)).rejects.toMatchObject({ code: 'git/corrupt-object', data: { oid } });
    await expect(backend.objects.readMany([oid])[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'git/corrupt-object',
    });
  });

  it('is not inflated further than its limit, whatever its header says', async () => {
    const bomb = (stated: number) => {
      const raw = new Uint8Array(200_000_000);
      raw.set(utf8(`blob ${stated}\0`));
      return Uint8Array.from(deflateSync(raw));
    };
    const lying = bomb(10);
    expect(lying.length).toBeLessThan(200_000);
    const before = process.memoryUsage().arrayBuffers;
    await expect((await place(oid, lying)).objects.read(oid, { maxBytes: 1_000_000 })).rejects.toMatchObject({
      code: 'git/corrupt-object',
    });
    await expect((await place(oid, bomb(199_999_000))).objects.read(oid)).rejects.toMatchObject({
      code: 'git/too-large',
      data: { size: 199_999_000, limit: LIMITS.blobBytes },
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(500_000_000);
  });

  it('of some size is read in full', async () => {
    const content = new Uint8Array(3_000_000).map((_, i) => (i * i) >> 8);
    const { fs, gitdir } = await emptyInMemory();
    const backend = await isomorphicBackend({ fs, gitdir });
    const [written] = (await backend.objects.write([{ type: 'blob', content }])) as [Oid];
    expect(bytesEqual((await backend.objects.read(written)).content, content)).toBe(true);
  });
});

describe('objects that we write', () => {
  it('pass git fsck --strict, one by one and many at once, and are written once', async () => {
    const directory = join(base, 'written');
    git(base, 'init', '-q', directory);
    const backend = await open(directory);
    const one = await backend.objects.write([blob('one')]);
    const many = await backend.objects.write(Array.from({ length: 500 }, (_, i) => blob(`n ${i % 400}`)));
    expect(new Set(many).size).toBe(400);
    expect(await backend.objects.write([blob('one'), blob('n 3')])).toEqual([one[0], many[3]]);
    expect(await backend.objects.write([])).toEqual([]);
    git(directory, 'fsck', '--strict');
    expect(git(directory, 'count-objects', '-v')).toMatch(
      /^count: 1\nsize: \d+\nin-pack: 400\npacks: 1\n(.*\n)*garbage: 0\n/,
    );
    expect(await compareAll(directory, backend)).toBe(401);
  });

  it('are written again when git removed them meanwhile', async () => {
    const directory = join(base, 'pruned');
    git(base, 'init', '-q', directory);
    const backend = await open(directory);
    const objects = [blob('a'), blob('b'), blob('c')];
    const oids = await backend.objects.write(objects);
    expect(await backend.objects.has(oids)).toEqual([true, true, true]);
    git(directory, 'gc', '-q', '--prune=now');
    expect(await backend.objects.has(oids)).toEqual([false, false, false]);
    await backend.objects.write(objects);
    expect(await backend.objects.has(oids)).toEqual([true, true, true]);
    git(directory, 'cat-file', '-e', oids[0] as Oid);
  });

  it.each([1, 3])(
    'appear all at once or not at all, at whatever call the file system fails: %i objects',
    async (count) => {
      const objects = Array.from({ length: count }, (_, i) => blob(`object ${i}`));
      const codes = { ENOSPC: 'git/no-space', EACCES: 'git/no-access', EIO: 'git/io' };
      let failures = 0;
      for (const [code, want] of Object.entries(codes)) {
        for (let at = 0; ; at++) {
          const { fs, gitdir } = await emptyInMemory();
          let left = Number.POSITIVE_INFINITY;
          const faulty = withFileFaults(fs, () => (left-- === 0 ? code : 'pass'));
          const backend = await isomorphicBackend({ fs: faulty, gitdir });
          left = at;
          const outcome = await backend.objects.write(objects).then(
            () => 'written',
            (error: { code: string }) => error.code,
          );
          const present = await (await isomorphicBackend({ fs, gitdir })).objects.has(
            objects.map(({ type, content }) => hashObject('sha1', type, content)),
          );
          expect(present).toEqual(objects.map(() => outcome === 'written'));
          if (left >= 0) break;
          expect(outcome).toBe(want);
          failures += 1;
        }
      }
      expect(failures).toBeGreaterThan(count === 1 ? 9 : 12);
    },
  );
});
