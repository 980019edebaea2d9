import { execFileSync } from 'node:child_process';
import * as nodeFs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { utf8 } from '../../kernel/index.js';
import { memoryFileSystem } from '../memory/index.js';
import type { GitBackend, Oid } from '../ports.js';
import { isomorphicBackend } from './backend.js';
import { initIsomorphicRepository } from './init.js';

const ENV = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null', LC_ALL: 'C' };

let base: string;
let main: string;
let line: Oid[];
beforeAll(async () => {
  base = await nodeFs.mkdtemp(join(tmpdir(), 'gatos-repo-'));
  main = join(base, 'main');
  git(base, 'init', '-q', '-b', 'main', main);
  for (let i = 0; i < 10; i++) git(main, 'commit', '--allow-empty', '-qm', `commit ${i}`);
  line = git(main, 'rev-list', '--reverse', 'HEAD').split('\n');
});
afterAll(() => nodeFs.rm(base, { recursive: true }));

function git(directory: string, ...args: string[]): string {
  const who = ['-c', 'user.name=A', '-c', 'user.email=a@example.com', '-c', 'protocol.file.allow=always'];
  return execFileSync('git', ['-C', directory, ...who, ...args], { env: ENV, encoding: 'utf8', stdio: 'pipe' }).trim();
}

const open = (gitdir: string) => isomorphicBackend({ fs: nodeFs, gitdir });

async function walk({ objects }: GitBackend, range: { head: Oid; after?: Oid }): Promise<Oid[]> {
  const oids: Oid[] = [];
  for await (const { oid } of objects.history(range)) oids.push(oid);
  return oids;
}

describe('a repository', () => {
  it('is opened by its directory, with or without a slash at the end', async () => {
    for (const path of [join(main, '.git'), `${main}/.git/`])
      expect(await (await open(path)).refs.read('refs/heads/main')).toBe(line.at(-1));
  });

  it('is opened by a linked worktree, whose own refs are apart', async () => {
    const tree = join(base, 'linked');
    git(main, 'worktree', 'add', '-q', '-b', 'side', tree, line[4] as Oid);
    git(tree, 'update-ref', 'refs/worktree/mine', line[2] as Oid);
    const [linked, whole] = [await open(join(tree, '.git')), await open(join(main, '.git'))];
    expect(await linked.refs.read('HEAD')).toBe(line[4]);
    expect(await whole.refs.read('HEAD')).toBe(line[9]);
    expect(await walk(linked, { head: line[9] as Oid })).toEqual(line);
    await linked.refs.transaction([{ name: 'refs/gatos/shared', expected: null, next: line[0] as Oid }]);
    expect(await whole.refs.read('refs/gatos/shared')).toBe(line[0]);
    await linked.refs.transaction([{ name: 'refs/worktree/new', expected: null, next: line[1] as Oid }]);
    const listed = (directory: string) => git(directory, 'for-each-ref', '--format=%(refname)').split('\n');
    const names = async ({ refs }: GitBackend) => (await refs.list('refs/')).map(({ name }) => name);
    expect(await names(linked)).toEqual(listed(tree));
    expect(await names(whole)).toEqual(listed(main));
    expect(await names(linked)).toContain('refs/worktree/new');
    expect(await names(whole)).not.toContain('refs/worktree/new');
  });

  it('borrows objects from others', async () => {
    const [borrower, second] = [join(base, 'borrower'), join(base, 'second')];
    git(base, 'clone', '-q', '--shared', main, borrower);
    git(base, 'clone', '-q', '--shared', borrower, second);
    const backend = await open(join(second, '.git'));
    expect(await walk(backend, { head: line[9] as Oid })).toEqual(line);
    expect(await backend.objects.has(line)).toEqual(line.map(() => true));
    const [own] = (await backend.objects.write([{ type: 'blob', content: utf8('own') }])) as [Oid];
    expect(await (await open(join(main, '.git'))).objects.has([own])).toEqual([false]);
    expect(git(second, 'cat-file', '-p', own)).toBe('own');
  });

  it('may be a shallow clone: what is there is read, and beyond the edge is `git/shallow`', async () => {
    const shallow = join(base, 'shallow');
    git(base, 'clone', '-q', '--depth=4', `file://${main}`, shallow);
    const backend = await open(join(shallow, '.git'));
    const head = line[9] as Oid;
    await expect(walk(backend, { head })).rejects.toMatchObject({
      code: 'git/shallow',
      data: { at: line[6] },
      exit: 30,
    });
    await expect(walk(backend, { head, after: line[3] as Oid })).rejects.toMatchObject({ code: 'git/shallow' });
    expect(await walk(backend, { head, after: line[6] as Oid })).toEqual(line.slice(7));
    git(shallow, 'fetch', '-q', '--unshallow');
    expect(await walk(backend, { head })).toEqual(line);
  });

  it('has history without merges only, and replace refs and grafts change nothing', async () => {
    const copy = join(base, 'merged');
    git(base, 'clone', '-q', main, copy);
    const backend = await open(join(copy, '.git'));
    const merge = git(copy, 'commit-tree', '-m', 'm', '-p', line[9] as Oid, '-p', line[1] as Oid, `${line[9]}^{tree}`);
    const after = git(copy, 'commit-tree', '-m', 'n', '-p', merge, `${line[9]}^{tree}`);
    await expect(walk(backend, { head: after })).rejects.toMatchObject({ code: 'git/not-linear', data: { at: merge } });
    expect(await walk(backend, { head: after, after: merge })).toEqual([after]);
    await expect(walk(backend, { head: line[3] as Oid, after: line[7] as Oid })).rejects.toMatchObject({
      code: 'git/not-linear',
    });
    git(copy, 'replace', line[5] as Oid, line[2] as Oid);
    await nodeFs.writeFile(join(copy, '.git/info/grafts'), `${line[8]}\n`);
    expect(await walk(backend, { head: line[9] as Oid })).toEqual(line);
  });

  it('is refused when it is none, or of a kind that cannot be handled', async () => {
    const refused = async (gitdir: string) =>
      open(gitdir).then(
        () => 'opened',
        (error: { code: string }) => error.code,
      );
    expect(await refused(join(base, 'nothing'))).toBe('git/not-a-repository');
    expect(await refused(main)).toBe('git/not-a-repository');
    await nodeFs.writeFile(join(base, 'file'), 'no git file');
    expect(await refused(join(base, 'file'))).toBe('git/not-a-repository');
    git(base, 'init', '-q', '--object-format=sha256', join(base, 'sha256'));
    expect(await refused(join(base, 'sha256/.git'))).toBe('git/unsupported');
    const future = join(base, 'future');
    git(base, 'init', '-q', '--bare', future);
    git(future, 'config', 'core.repositoryFormatVersion', '1');
    expect(await refused(future)).toBe('opened');
    git(future, 'config', 'extensions.refStorage', 'reftable');
    expect(await refused(future)).toBe('git/unsupported');
  });

  it('made by us is one for git, in memory and on disk', async () => {
    const gitdir = join(base, 'made/by/us.git');
    await initIsomorphicRepository({ fs: nodeFs, gitdir });
    await initIsomorphicRepository({ fs: nodeFs, gitdir });
    expect(git(gitdir, 'rev-parse', '--is-bare-repository')).toBe('true');
    git(gitdir, 'fsck', '--strict');
    const fs = memoryFileSystem();
    await initIsomorphicRepository({ fs, gitdir: '/a/b' });
    expect(await (await isomorphicBackend({ fs, gitdir: '/a/b' })).refs.list('refs/')).toEqual([]);
    await fs.writeFile('/file', utf8(''), { flag: 'wx' });
    await expect(initIsomorphicRepository({ fs, gitdir: '/file/x' })).rejects.toMatchObject({ code: 'git/io' });
  });
});

describe('reading many objects', () => {
  const backendWith = async (count: number) => {
    const fs = memoryFileSystem();
    await initIsomorphicRepository({ fs, gitdir: '/r' });
    const backend = await isomorphicBackend({ fs, gitdir: '/r' });
    const contents = Array.from({ length: count }, (_, i) => ({ type: 'blob' as const, content: utf8(`${i}`) }));
    return { backend, oids: await backend.objects.write(contents) };
  };

  it('keeps the order, repeats included, and takes ids from an asynchronous source', async () => {
    const { backend, oids } = await backendWith(100);
    const asked = [...oids, ...oids.slice(0, 10), ...oids].reverse();
    async function* source() {
      for (const oid of asked) {
        await Promise.resolve();
        yield oid;
      }
    }
    for (const input of [asked, source()]) {
      const got: Oid[] = [];
      for await (const { oid } of backend.objects.readMany(input)) got.push(oid);
      expect(got).toEqual(asked);
    }
  });

  it('hands out what it has to a source that waits for it', async () => {
    const { backend, oids } = await backendWith(50);
    const waiting: (() => void)[] = [];
    let seen = 0;
    async function* source() {
      for (const [i, oid] of oids.entries()) {
        // The next id is known only when the last object was seen
        if (i > seen) await new Promise<void>((resolve) => waiting.push(resolve));
        yield oid;
      }
    }
    for await (const _ of backend.objects.readMany(source())) {
      seen += 1;
      waiting.shift()?.();
    }
    expect(seen).toBe(50);
  });

  it('fails where the missing object was asked for, after those before it', async () => {
    const { backend, oids } = await backendWith(40);
    const asked = [...oids.slice(0, 20), 'a'.repeat(40), ...oids.slice(20), 'b'.repeat(40)];
    const got: Oid[] = [];
    const all = async () => {
      for await (const { oid } of backend.objects.readMany(asked)) got.push(oid);
    };
    await expect(all()).rejects.toMatchObject({ code: 'git/missing-object', data: { oid: 'a'.repeat(40) } });
    expect(got).toEqual(oids.slice(0, 20));
  });

  it('passes on the fault of its source, and ends it when nobody asks any more', async () => {
    const { backend, oids } = await backendWith(40);
    async function* failing() {
      yield oids[0] as Oid;
      throw new TypeError('source');
    }
    const all = async () => {
      for await (const _ of backend.objects.readMany(failing()));
    };
    await expect(all()).rejects.toThrow('source');
    let ended = false;
    function* endless() {
      try {
        for (;;) yield* oids;
      } finally {
        ended = true;
      }
    }
    for await (const _ of backend.objects.readMany(endless())) break;
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(ended).toBe(true);
  });
});
