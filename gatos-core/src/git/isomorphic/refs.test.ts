import { execFileSync } from 'node:child_process';
import * as nodeFs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { utf8 } from '../../kernel/index.js';
import type { GitBackend, Oid, RefEdit } from '../ports.js';
import { isomorphicBackend } from './backend.js';

const ENV = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null', LC_ALL: 'C' };

let base: string;
beforeAll(async () => {
  base = await nodeFs.mkdtemp(join(tmpdir(), 'gatos-refs-'));
});
afterAll(() => nodeFs.rm(base, { recursive: true }));

const edit = (name: string, expected: Oid | null, next: Oid | null): RefEdit => ({ name, expected, next });

describe('refs in a repository of git', () => {
  let directory: string;
  let backend: GitBackend;
  let a: Oid;
  let b: Oid;
  let runs = 0;
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', directory, ...args], { env: ENV, encoding: 'utf8', stdio: 'pipe' }).trim();
  const listed = () =>
    git('for-each-ref', '--format=%(refname) %(objectname)')
      .split('\n')
      .filter((line) => line !== '');

  beforeEach(async () => {
    directory = join(base, `repo-${runs++}`);
    execFileSync('git', ['init', '-q', '--bare', directory], { env: ENV });
    backend = await isomorphicBackend({ fs: nodeFs, gitdir: directory });
    [a, b] = (await backend.objects.write(['a', 'b'].map((t) => ({ type: 'blob', content: utf8(t) })))) as [Oid, Oid];
  });

  /** Compares our view with git's. */
  const agree = async () => {
    const ours = (await backend.refs.list('refs/')).map(({ name, oid }) => `${name} ${oid}`);
    expect(ours).toEqual(listed());
    for (const line of ours) expect(await backend.refs.read(line.split(' ')[0] as string)).toBe(line.split(' ')[1]);
    return ours.length;
  };

  it('are created, moved and deleted, one and several, and git sees the same', async () => {
    await backend.refs.transaction([edit('refs/gatos/a/x', null, a)]);
    await backend.refs.transaction([edit('refs/gatos/b', null, b), edit('refs/gatos/a/y', null, a)]);
    expect(await agree()).toBe(3);
    await backend.refs.transaction([edit('refs/gatos/a/x', a, b)]);
    await backend.refs.transaction([edit('refs/gatos/a/x', b, a), edit('refs/gatos/b', b, null)]);
    expect(await agree()).toBe(2);
    await backend.refs.transaction([edit('refs/gatos/a/x', a, null)]);
    await backend.refs.transaction([edit('refs/gatos/a/y', a, null)]);
    expect(await agree()).toBe(0);
    expect(await nodeFs.readdir(join(directory, 'refs/gatos'))).toEqual([]);
    git('fsck', '--strict');
  });

  it('are honoured where git packed them', async () => {
    for (const name of ['p/one', 'p/two', 'p/three']) git('update-ref', `refs/gatos/${name}`, a);
    git('-c', 'user.name=A', '-c', 'user.email=a@example.com', 'tag', '-am', 'x', 'v1', a);
    git('pack-refs', '--all');
    git('update-ref', 'refs/gatos/p/two', b);
    expect(await agree()).toBe(4);
    // Moved, deleted while loose over packed, deleted while packed only
    await backend.refs.transaction([edit('refs/gatos/p/one', a, b)]);
    await backend.refs.transaction([edit('refs/gatos/p/two', b, null)]);
    await backend.refs.transaction([edit('refs/gatos/p/three', a, null)]);
    expect(await backend.refs.read('refs/gatos/p/two')).toBeNull();
    expect(await agree()).toBe(2);
    expect(git('rev-parse', 'v1^{}')).toBe(a);
    git('pack-refs', '--all');
    expect(await agree()).toBe(2);
    git('fsck', '--strict');
  });

  it('hold exactly what was expected, loose or packed, or nothing changes', async () => {
    await backend.refs.transaction([edit('refs/gatos/x', null, a)]);
    for (const pack of [false, true]) {
      if (pack) git('pack-refs', '--all');
      for (const expected of [null, b])
        await expect(backend.refs.transaction([edit('refs/gatos/x', expected, b)])).rejects.toMatchObject({
          code: 'git/ref-moved',
          kind: 'conflict',
          data: { ref: 'refs/gatos/x', expected, found: a },
        });
      await expect(
        backend.refs.transaction([edit('refs/gatos/new', null, a), edit('refs/gatos/x', b, null)]),
      ).rejects.toMatchObject({ code: 'git/ref-moved' });
      await expect(backend.refs.transaction([edit('refs/gatos/none', a, b)])).rejects.toMatchObject({
        code: 'git/ref-moved',
        data: { found: null },
      });
      expect(listed()).toEqual([`refs/gatos/x ${a}`]);
    }
    expect(await nodeFs.readdir(join(directory, 'refs'))).not.toContain('gatos/x.lock');
  });

  it('cannot be a directory as well, loose, packed or in one transaction', async () => {
    const refused = async (...names: string[]) =>
      expect(backend.refs.transaction(names.map((name) => edit(name, null, a)))).rejects.toMatchObject({
        code: 'git/ref-name',
      });
    await backend.refs.transaction([edit('refs/gatos/d/x', null, a)]);
    for (const pack of [false, true]) {
      if (pack) git('pack-refs', '--all');
      await refused('refs/gatos/d');
      await refused('refs/gatos/d/x/y');
      await refused('refs/gatos/d/x/y', 'refs/gatos/other');
    }
    await refused('refs/gatos/n', 'refs/gatos/n/m');
    await refused('refs/gatos/twice', 'refs/gatos/twice');
    await refused('refs/gatos/x..y');
    await refused('HEAD');
    expect(await agree()).toBe(1);
    // Directories that deleted refs left do not stand in the way
    await nodeFs.mkdir(join(directory, 'refs/gatos/left/over'), { recursive: true });
    await backend.refs.transaction([edit('refs/gatos/left', null, a)]);
    await backend.refs.transaction([edit('refs/gatos/d/x', a, null)]);
    await backend.refs.transaction([edit('refs/gatos/d', null, b)]);
    expect(await agree()).toBe(2);
  });

  it('must point at an object that is there', async () => {
    await expect(backend.refs.transaction([edit('refs/gatos/x', null, 'c'.repeat(40))])).rejects.toMatchObject({
      code: 'git/missing-object',
    });
    await expect(backend.refs.transaction([edit('refs/gatos/x', null, 'nonsense')])).rejects.toMatchObject({
      code: 'git/missing-object',
    });
    expect(listed()).toEqual([]);
  });

  it('may be symbolic: reading and writing follow', async () => {
    const tree = git('hash-object', '-t', 'tree', '-w', '/dev/null');
    const commit = git('-c', 'user.name=A', '-c', 'user.email=a@example.com', 'commit-tree', '-m', 'x', tree);
    git('update-ref', 'refs/heads/main', commit);
    git('symbolic-ref', 'HEAD', 'refs/heads/main');
    git('symbolic-ref', 'refs/gatos/alias', 'refs/gatos/target');
    expect(await backend.refs.read('HEAD')).toBe(commit);
    expect(await backend.refs.read('refs/gatos/alias')).toBeNull();
    await backend.refs.transaction([edit('refs/gatos/alias', null, a)]);
    expect(git('rev-parse', 'refs/gatos/target')).toBe(a);
    await backend.refs.transaction([edit('refs/gatos/alias', a, b)]);
    expect(git('symbolic-ref', 'refs/gatos/alias')).toBe('refs/gatos/target');
    expect(await agree()).toBe(3);
    git('symbolic-ref', 'refs/gatos/c1', 'refs/gatos/c2');
    git('symbolic-ref', 'refs/gatos/c2', 'refs/gatos/c1');
    await expect(backend.refs.read('refs/gatos/c1')).rejects.toMatchObject({ code: 'git/corrupt-ref' });
  });

  it.each([
    ['empty', ''],
    ['short', 'abc\n'],
    ['null', `${'0'.repeat(40)}\n`],
    ['symbolic without a target', 'ref: \n'],
    ['symbolic to outside', 'ref: ../../etc/passwd\n'],
    ['not text', Uint8Array.of(0xff, 0xfe)],
  ])('are refused when damaged: %s', async (_, content) => {
    await nodeFs.mkdir(join(directory, 'refs/gatos'), { recursive: true });
    await nodeFs.writeFile(join(directory, 'refs/gatos/bad'), content);
    for (const attempt of [
      backend.refs.read('refs/gatos/bad'),
      backend.refs.list('refs/'),
      backend.refs.transaction([edit('refs/gatos/bad', null, a)]),
    ])
      await expect(attempt).rejects.toMatchObject({ code: 'git/corrupt-ref', data: { ref: 'refs/gatos/bad' } });
  });

  it('are refused when packed-refs is damaged', async () => {
    await nodeFs.writeFile(join(directory, 'packed-refs'), 'nonsense\n');
    await expect(backend.refs.read('refs/gatos/x')).rejects.toMatchObject({ code: 'git/corrupt-ref' });
  });

  it('wait for a lock, and say whose it is when it does not go away', async () => {
    const lock = join(directory, 'refs/gatos/x.lock');
    await nodeFs.mkdir(join(directory, 'refs/gatos'), { recursive: true });
    const sleeping: number[] = [];
    const clock = {
      sleep: async (milliseconds: number) => {
        sleeping.push(milliseconds);
        if (sleeping.length === 5) await nodeFs.unlink(lock);
      },
    };
    const patient = await isomorphicBackend({ fs: nodeFs, gitdir: directory, clock });
    await nodeFs.writeFile(lock, '');
    await patient.refs.transaction([edit('refs/gatos/x', null, a)]);
    expect(sleeping).toEqual([1, 2, 4, 8, 16]);
    await nodeFs.writeFile(lock, '');
    await expect(patient.refs.transaction([edit('refs/gatos/x', a, b)])).rejects.toMatchObject({
      code: 'git/ref-locked',
      exit: 75,
      data: { ref: 'refs/gatos/x', lock },
    });
    await expect(backend.refs.transaction([edit('refs/gatos/x', a, null)])).rejects.toMatchObject({
      code: 'git/ref-locked',
    });
    await nodeFs.unlink(lock);
    await nodeFs.writeFile(join(directory, 'packed-refs.lock'), '');
    await expect(
      patient.refs.transaction([edit('refs/gatos/x', a, b), edit('refs/gatos/y', null, b)]),
    ).rejects.toMatchObject({ code: 'git/ref-locked', data: { ref: 'packed-refs' } });
    expect(listed()).toEqual([`refs/gatos/x ${a}`]);
    expect(await nodeFs.readdir(join(directory, 'refs/gatos'))).toEqual(['x']);
  });

  it('are listed below a prefix, or one by its full name', async () => {
    for (const name of ['a/x', 'a/y', 'ab', 'b']) git('update-ref', `refs/gatos/${name}`, a);
    const names = async (prefix: string) => (await backend.refs.list(prefix)).map(({ name }) => name);
    expect(await names('refs/gatos/a/')).toEqual(['refs/gatos/a/x', 'refs/gatos/a/y']);
    expect(await names('refs/gatos/ab')).toEqual(['refs/gatos/ab']);
    expect(await names('refs/none/')).toEqual([]);
    await expect(names('refs/..')).rejects.toMatchObject({ code: 'git/ref-name' });
  });
});
