import { execFile, execFileSync } from 'node:child_process';
import * as nodeFs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromUtf8, GatosError, isGatosError, utf8 } from '../../kernel/index.js';
import { encodeCommit } from '../commit.js';
import { memoryFileSystem } from '../memory/index.js';
import { emptyTreeOid } from '../oid.js';
import type { GitBackend, Oid } from '../ports.js';
import { isomorphicBackend } from './backend.js';
import { initIsomorphicRepository } from './init.js';

const ENV = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null', LC_ALL: 'C' };
const WHO = 'A U Thor <author@example.com> 1700000000 +0000';
const LIST = 'refs/gatos/list';
const clock = { sleep: async (milliseconds: number) => void (await sleep(milliseconds)) };
const run = promisify(execFile);

let base: string;
beforeAll(async () => {
  base = await nodeFs.mkdtemp(join(tmpdir(), 'gatos-race-'));
});
afterAll(() => nodeFs.rm(base, { recursive: true }));

const commit = (message: string, parent: Oid | null) =>
  encodeCommit({
    tree: emptyTreeOid('sha1'),
    parents: parent === null ? [] : [parent],
    author: WHO,
    committer: WHO,
    message: `${message}\n`,
  });

/** Appends one commit to the list and repeats after lost races. Returns how many it lost. */
async function append({ objects, refs }: GitBackend, message: string): Promise<number> {
  for (let lost = 0; ; lost++) {
    const head = await refs.read(LIST);
    const [next] = (await objects.write([{ type: 'commit', content: commit(message, head) }])) as [Oid];
    try {
      await refs.transaction([{ name: LIST, expected: head, next }]);
      return lost;
    } catch (error) {
      if (!(error instanceof GatosError) || error.kind !== 'conflict' || lost > 400) throw error;
      await sleep(lost % 7);
    }
  }
}

async function messages({ objects, refs }: GitBackend): Promise<string[]> {
  const head = await refs.read(LIST);
  const found: string[] = [];
  for await (const { content } of objects.history({ head: head ?? '' }))
    found.push(fromUtf8(content).trimEnd().split('\n').at(-1) ?? '');
  return found;
}

describe('writers at once', () => {
  it('of one file system in memory, two adapters, 32 writers: every commit is there once', async () => {
    const fs = memoryFileSystem();
    await initIsomorphicRepository({ fs, gitdir: '/r' });
    const backends = [
      await isomorphicBackend({ fs, gitdir: '/r' }),
      await isomorphicBackend({ fs, gitdir: '/r', clock }),
    ];
    const writers = Array.from({ length: 32 }, (_, i) => append(backends[i % 2] as GitBackend, `${i}`));
    await Promise.all(writers);
    const found = await messages(backends[0] as GitBackend);
    expect(found.sort()).toEqual(writers.map((_, i) => `${i}`).sort());
  });

  /** A bare repository with two adapters, and git on it. */
  const shared = async (name: string) => {
    const directory = join(base, name);
    execFileSync('git', ['init', '-q', '--bare', directory], { env: ENV });
    const open = () => isomorphicBackend({ fs: nodeFs, gitdir: directory, clock });
    const git = async (...args: string[]) => (await run('git', ['-C', directory, ...args], { env: ENV })).stdout.trim();
    const [one, two] = [await open(), await open()];
    // git wants to see the tree of the commits
    await one.objects.write([{ type: 'tree', content: new Uint8Array() }]);
    return { directory, one, two, git };
  };
  type Shared = Awaited<ReturnType<typeof shared>>;

  const series = async (count: number, name: string, add: (message: string) => Promise<number>) => {
    let lost = 0;
    for (let i = 0; i < count; i++) lost += await add(`${name}-${i}`);
    return lost;
  };

  const checkAll = async ({ directory, two, git }: Shared, count: number) => {
    const found = await messages(two);
    expect(found).toHaveLength(count);
    expect(new Set(found).size).toBe(count);
    expect(await git('rev-list', '--count', LIST)).toBe(`${count}`);
    await git('fsck', '--strict');
    expect((await nodeFs.readdir(join(directory, 'refs/gatos'))).filter((name) => name.endsWith('.lock'))).toEqual([]);
  };

  // git pack-refs is not in this one: git update-ref itself loses updates to it (seen in 2.39 without any of our code,
  // because it takes an old packed-refs for the present one when size, inode and second agree).
  it('of one repository: two adapters and git update-ref: every commit is there once', async () => {
    const repository = await shared('with-git');
    const { one, two, git } = repository;
    const byGit = async (message: string) => {
      for (let attempt = 0; attempt < 400; attempt++) {
        const head = await one.refs.read(LIST);
        const [next] = (await one.objects.write([{ type: 'commit', content: commit(message, head) }])) as [Oid];
        const done = await git('update-ref', LIST, next, head ?? '0'.repeat(40)).then(
          () => true,
          () => false,
        );
        if (done) return attempt;
        await sleep(attempt % 7);
      }
      throw new TypeError('git never won');
    };
    const lost = await Promise.all([
      series(25, 'one', (message) => append(one, message)),
      series(25, 'one-too', (message) => append(one, message)),
      series(25, 'two', (message) => append(two, message)),
      series(25, 'git', byGit),
    ]);
    // There was a race, or this proves nothing
    expect(lost.reduce((a, b) => a + b)).toBeGreaterThan(0);
    await checkAll(repository, 100);
  });

  it('of one repository that git packs all the time: every commit is there once', async () => {
    const repository = await shared('packed');
    const { one, two, git } = repository;
    let over = false;
    const packer = (async () => {
      let packs = 0;
      // It may lose against a lock, which is no matter
      while (!over)
        packs += await git('pack-refs', '--all').then(
          () => 1,
          () => 0,
        );
      return packs;
    })();
    const lost = await Promise.all([
      series(40, 'one', (message) => append(one, message)),
      series(40, 'two', (message) => append(two, message)),
    ]);
    over = true;
    expect(await packer).toBeGreaterThan(3);
    expect(lost.reduce((a, b) => a + b)).toBeGreaterThan(0);
    await checkAll(repository, 80);
  });

  it('who change several refs together keep them together', async () => {
    const directory = join(base, 'together');
    execFileSync('git', ['init', '-q', '--bare', directory], { env: ENV });
    const backends = [0, 1, 2].map(() => isomorphicBackend({ fs: nodeFs, gitdir: directory, clock }));
    const [one, two, reader] = (await Promise.all(backends)) as [GitBackend, GitBackend, GitBackend];
    const names = ['a', 'b/x', 'c'].map((name) => `refs/gatos/${name}`);
    const oids = await one.objects.write(
      Array.from({ length: 60 }, (_, i) => ({ type: 'blob' as const, content: utf8(`${i}`) })),
    );
    let moves = 0;
    const move = async ({ refs }: GitBackend, next: Oid) => {
      const current = await Promise.all(names.map((name) => refs.read(name)));
      const edits = names.map((name, i) => ({ name, expected: current[i] ?? null, next }));
      await refs.transaction(edits).then(
        () => {
          moves += 1;
        },
        (error: unknown) => {
          if (!isGatosError(error, 'git/ref-moved') && !isGatosError(error, 'git/ref-locked')) throw error;
        },
      );
    };
    const worker = async (backend: GitBackend, mine: readonly Oid[]) => {
      for (const oid of mine) {
        await move(backend, oid);
        const listed = execFileSync('git', ['-C', directory, 'for-each-ref', '--format=%(objectname)'], {
          env: ENV,
          encoding: 'utf8',
        });
        const values = listed.split('\n').filter((value) => value !== '');
        expect([0, 3]).toContain(values.length);
      }
    };
    await Promise.all([worker(one, oids.slice(0, 30)), worker(two, oids.slice(30))]);
    expect(moves).toBeGreaterThan(5);
    const values = await Promise.all(names.map((name) => reader.refs.read(name)));
    expect(new Set(values).size).toBe(1);
  });
});
