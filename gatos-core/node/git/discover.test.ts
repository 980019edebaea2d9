import { mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { utf8 } from '../../src/kernel/index.js';
import type { Environment } from './discover.js';
import { openNativeBackend } from './index.js';
import { CLEAN, ScratchRepository } from './scratch-repository.js';

const made: ScratchRepository[] = [];
function scratch(options?: ConstructorParameters<typeof ScratchRepository>[0]): ScratchRepository {
  const repository = new ScratchRepository(options);
  made.push(repository);
  return repository;
}
afterEach(() => {
  for (const repository of made.splice(0)) repository.dispose();
});

async function open(path: string, env: Environment = {}) {
  const backend = await openNativeBackend({ path, env: { ...CLEAN, ...env } });
  await backend.close();
  return backend;
}

const refused = (code: string) => expect.objectContaining({ code: `git/${code}` });

describe('finding a repository', () => {
  it('from its work tree, from below it, and through symbolic links', async () => {
    const repository = scratch();
    const below = join(repository.path, 'a', 'b');
    mkdirSync(below, { recursive: true });
    symlinkSync(below, join(repository.root, 'link'));
    for (const path of [repository.path, below, join(repository.root, 'link')]) {
      const { gitDir, commonDir, workTree, bare, format } = await open(path);
      expect({ gitDir, commonDir, workTree, bare, format }).toEqual({
        gitDir: realpathSync(repository.gitDir),
        commonDir: realpathSync(repository.gitDir),
        workTree: realpathSync(repository.path),
        bare: false,
        format: 'sha1',
      });
    }
    expect((await open(repository.gitDir)).workTree).toBeNull();
  });

  it('bare, also with SHA-256', async () => {
    const repository = scratch({ bare: true, format: 'sha256' });
    const { gitDir, workTree, bare, format } = await open(join(repository.path, 'refs'));
    expect({ gitDir, workTree, bare, format }).toEqual({
      gitDir: realpathSync(repository.path),
      workTree: null,
      bare: true,
      format: 'sha256',
    });
  });

  it('from a linked worktree, which shares refs and objects', async () => {
    const repository = scratch();
    repository.git('commit', '-q', '--allow-empty', '-m', 'x');
    const tree = join(repository.root, 'tree');
    repository.git('worktree', 'add', '-q', tree);
    const linked = await openNativeBackend({ path: tree, env: CLEAN });
    expect(linked.gitDir).toBe(realpathSync(join(repository.gitDir, 'worktrees', 'tree')));
    expect(linked.commonDir).toBe(realpathSync(repository.gitDir));
    expect(linked.workTree).toBe(realpathSync(tree));
    const head = repository.git('rev-parse', 'HEAD').trim();
    await linked.refs.transaction([{ name: 'refs/gatos/x', expected: null, next: head }]);
    expect(repository.git('for-each-ref', '--format=%(objectname)', 'refs/gatos/').trim()).toBe(head);
    expect(await linked.refs.read('HEAD')).toBe(head);
    // Refs of one worktree only, which git keeps beside its HEAD.
    repository.gitWith({ cwd: tree }, 'update-ref', 'refs/worktree/mine', head);
    expect(await linked.refs.list('refs/worktree/')).toEqual([{ name: 'refs/worktree/mine', oid: head }]);
    await linked.refs.transaction([{ name: 'refs/worktree/mine', expected: head, next: null }]);
    const main = await openNativeBackend({ path: repository.path, env: CLEAN });
    expect(await main.refs.list('refs/worktree/')).toEqual([]);
    expect(await main.refs.read('refs/gatos/x')).toBe(head);
    expect(repository.fsck()).toBe('');
  });

  it('follows a `.git` file, as in a submodule', async () => {
    const repository = scratch();
    const other = join(repository.root, 'other');
    mkdirSync(other);
    writeFileSync(join(other, '.git'), 'gitdir: ../repo/.git\n');
    expect((await open(other)).gitDir).toBe(realpathSync(repository.gitDir));
    writeFileSync(join(other, '.git'), 'gitdir: ../nowhere\n');
    await expect(open(other)).rejects.toEqual(refused('not-a-repository'));
  });

  it('is told where there is none', async () => {
    const repository = scratch();
    const outside = join(repository.root, 'outside');
    mkdirSync(outside);
    await expect(open(outside)).rejects.toEqual(refused('not-a-repository'));
    await expect(open(join(outside, 'nowhere'))).rejects.toEqual(refused('not-a-repository'));
    rmSync(join(repository.gitDir, 'HEAD'));
    await expect(open(repository.path)).rejects.toEqual(refused('not-a-repository'));
  });

  it('stops below GIT_CEILING_DIRECTORIES', async () => {
    const repository = scratch();
    const below = join(repository.path, 'a', 'b');
    mkdirSync(below, { recursive: true });
    await expect(open(below, { GIT_CEILING_DIRECTORIES: `/nowhere:${repository.path}` })).rejects.toEqual(
      refused('not-a-repository'),
    );
    expect((await open(repository.path, { GIT_CEILING_DIRECTORIES: repository.path })).bare).toBe(false);
    expect((await open(below, { GIT_CEILING_DIRECTORIES: repository.root })).bare).toBe(false);
  });

  it('follows GIT_DIR and GIT_WORK_TREE', async () => {
    const repository = scratch();
    const elsewhere = join(repository.root, 'elsewhere');
    mkdirSync(elsewhere);
    const found = await open(elsewhere, { GIT_DIR: '../repo/.git' });
    expect([found.gitDir, found.workTree]).toEqual([realpathSync(repository.gitDir), realpathSync(repository.path)]);
    expect((await open(elsewhere, { GIT_DIR: repository.gitDir, GIT_WORK_TREE: '.' })).workTree).toBe(elsewhere);
    await expect(open(repository.path, { GIT_DIR: 'nowhere' })).rejects.toEqual(refused('not-a-repository'));
  });
});

describe('object directories', () => {
  it('GIT_OBJECT_DIRECTORY takes what is written, GIT_ALTERNATE_OBJECT_DIRECTORIES is read: the quarantine of a push', async () => {
    const repository = scratch({ bare: true });
    const plain = await openNativeBackend({ path: repository.path, env: CLEAN });
    const [old] = await plain.objects.write([{ type: 'blob', content: utf8('old') }]);
    const incoming = join(repository.path, 'objects', 'tmp_objdir-incoming-x');
    mkdirSync(incoming);
    const env = {
      ...CLEAN,
      GIT_DIR: '.',
      GIT_OBJECT_DIRECTORY: './objects/tmp_objdir-incoming-x',
      GIT_ALTERNATE_OBJECT_DIRECTORIES: join(repository.path, 'objects'),
      GIT_QUARANTINE_PATH: incoming,
    };
    const inside = await openNativeBackend({ path: repository.path, env });
    const [fresh] = await inside.objects.write([{ type: 'blob', content: utf8('fresh') }]);
    const many = await inside.objects.write(
      Array.from({ length: 300 }, (_, i) => ({ type: 'blob' as const, content: utf8(`n ${i}`) })),
    );
    expect(await inside.objects.has([old as string, fresh as string])).toEqual([true, true]);
    expect(await plain.objects.has([fresh as string, ...many.slice(0, 2)])).toEqual([false, false, false]);
    let count = 0;
    for await (const batch of inside.objects.readBatches([old as string, fresh as string, ...many]))
      count += batch.length;
    expect(count).toBe(302);
    await expect(
      inside.refs.transaction([{ name: 'refs/gatos/x', expected: null, next: fresh as string }]),
    ).rejects.toEqual(refused('no-access'));
    await inside.close();
  });

  it('alternates are read, also those of alternates, also relative ones, and never written', async () => {
    const base = scratch({ bare: true });
    const middle = scratch({ bare: true });
    const top = scratch({ bare: true });
    middle.plant('objects/info/alternates', `# borrowed\n${join(base.path, 'objects')}\n\n`);
    symlinkSync(middle.path, join(top.root, 'middle'));
    top.plant('objects/info/alternates', '../../middle/objects\n');
    const below = await openNativeBackend({ path: base.path, env: CLEAN });
    const [loose] = await below.objects.write([{ type: 'blob', content: utf8('loose') }]);
    const packed = await below.objects.write(
      Array.from({ length: 300 }, (_, i) => ({ type: 'blob' as const, content: utf8(`n ${i}`) })),
    );
    const backend = await openNativeBackend({ path: top.path, env: CLEAN });
    expect((await backend.objects.read(loose as string)).content).toEqual(utf8('loose'));
    expect((await backend.objects.read(packed[7] as string)).content).toEqual(utf8('n 7'));
    expect(await backend.objects.write([{ type: 'blob', content: utf8('loose') }])).toEqual([loose]);
    expect(top.files().filter((path) => path.endsWith((loose as string).slice(2)))).toEqual([]);
    middle.plant('objects/info/alternates', `"${join(base.path, 'objects')}"\n`);
    expect(await (await open(top.path)).objects.has([loose as string])).toEqual([true]);
  });
});

describe('repository formats', () => {
  it.each([
    ['a newer version', ['core.repositoryformatversion', '2'], []],
    ['an unknown extension', ['core.repositoryformatversion', '1'], ['extensions.frobnicate', 'true']],
    ['an unknown hash', ['core.repositoryformatversion', '1'], ['extensions.objectformat', 'sha3']],
  ])('%s is not guessed at', async (_, ...settings) => {
    const repository = scratch();
    for (const [key, value] of settings) if (key !== undefined) repository.git('config', key, value as string);
    await expect(open(repository.path)).rejects.toEqual(refused('unsupported'));
  });

  it('extensions count from version 1 on', async () => {
    const repository = scratch();
    repository.git('config', 'extensions.frobnicate', 'true');
    expect((await open(repository.path)).format).toBe('sha1');
  });

  it('refs that git keeps in another way are left to git, which says so when it does not know them', async () => {
    const repository = scratch();
    repository.git('config', 'core.repositoryformatversion', '1');
    repository.git('config', 'extensions.refstorage', 'reftable');
    const backend = await openNativeBackend({ path: repository.path, env: CLEAN });
    // With a git that knows reftable the directory would have to be one; either way nothing is read as if it were files.
    await expect(backend.refs.read('refs/heads/main')).rejects.toMatchObject({
      code: expect.stringMatching(/^git\/(?:git-failed|unsupported)$/),
    });
    await backend.close();
  });

  it('a malformed configuration is named', async () => {
    const repository = scratch();
    repository.plant('config', '[core\n');
    await expect(open(repository.path)).rejects.toMatchObject({ code: 'git/bad-config', data: { line: 1 } });
  });
});
