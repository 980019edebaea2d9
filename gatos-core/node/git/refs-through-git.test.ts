import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Oid } from '../../src/git/index.js';
import { utf8 } from '../../src/kernel/index.js';
import { writeLine } from '../../testing/git-contract-world.js';
import { openNativeBackend, runGit } from './index.js';
import { CLEAN, ScratchRepository } from './scratch-repository.js';

let repository: ScratchRepository;
beforeEach(() => {
  repository = new ScratchRepository();
});
afterEach(() => repository.dispose());

const NAME = 'refs/gatos/x';
async function open() {
  const backend = await openNativeBackend({ path: repository.path, env: CLEAN });
  return { backend, line: await writeLine(backend, 4) };
}

describe('refs with a log', () => {
  const log = (name: string) => {
    const path = join(repository.gitDir, 'logs', name);
    return existsSync(path)
      ? readFileSync(path, 'utf8')
          .trim()
          .split('\n')
          .map((entry) => entry.split(' ').slice(0, 2))
      : null;
  };

  it('are written through git, which appends to the log; ours have none by default', async () => {
    const { backend, line } = await open();
    const [a, b] = line as [Oid, Oid];
    const edits = (name: string) => [{ name, expected: null, next: a }];
    await backend.refs.transaction(edits('refs/heads/main'));
    await backend.refs.transaction(edits(NAME));
    expect(log('refs/heads/main')).toEqual([['0'.repeat(40), a]]);
    expect(log(NAME)).toBeNull();
    repository.plant(`logs/${NAME}`, '');
    await backend.refs.transaction([{ name: NAME, expected: a, next: b }]);
    expect(log(NAME)).toEqual([[a, b]]);
    await backend.refs.transaction([{ name: NAME, expected: b, next: null }]);
    expect(log(NAME)).toBeNull();
    expect(await backend.refs.list('refs/')).toEqual([{ name: 'refs/heads/main', oid: a }]);
  });

  it('all of them, when core.logAllRefUpdates is always', async () => {
    repository.git('config', 'core.logAllRefUpdates', 'always');
    const { backend, line } = await open();
    const [a, b] = line as [Oid, Oid];
    await backend.refs.transaction([
      { name: NAME, expected: null, next: a },
      { name: 'refs/gatos/y', expected: null, next: a },
    ]);
    await backend.refs.transaction([
      { name: NAME, expected: a, next: b },
      { name: 'refs/gatos/y', expected: a, next: a },
    ]);
    expect(log(NAME)).toEqual([
      ['0'.repeat(40), a],
      [a, b],
    ]);
    expect(log('refs/gatos/y')).toHaveLength(1);
  });

  it('fail with the same faults', async () => {
    repository.git('config', 'core.logAllRefUpdates', 'always');
    const { backend, line } = await open();
    const [a, b] = line as [Oid, Oid];
    await backend.refs.transaction([{ name: NAME, expected: null, next: a }]);
    const rejects = async (edits: Parameters<typeof backend.refs.transaction>[0], fault: object) =>
      expect(backend.refs.transaction(edits)).rejects.toMatchObject(fault);
    await rejects([{ name: NAME, expected: b, next: a }], { code: 'git/ref-moved', data: { expected: b, found: a } });
    await rejects([{ name: NAME, expected: null, next: b }], { code: 'git/ref-moved' });
    await rejects([{ name: `${NAME}/below`, expected: null, next: b }], { code: 'git/ref-name' });
    await rejects([{ name: 'refs/gatos', expected: null, next: b }], { code: 'git/ref-name' });
    await rejects([{ name: NAME, expected: a, next: '1'.repeat(40) }], { code: 'git/missing-object' });
    repository.plant(`${NAME}.lock`, '');
    await rejects(
      [
        { name: NAME, expected: a, next: b },
        { name: 'refs/gatos/new', expected: null, next: b },
      ],
      { code: 'git/git-failed', data: { command: 'update-ref', status: 128 } },
    );
    expect(await backend.refs.list('refs/')).toEqual([{ name: NAME, oid: a }]);
  });
});

describe('a reference-transaction hook', () => {
  it.each(['hooks', 'my-hooks'])('in %s is asked, and its refusal is a typed fault', async (directory) => {
    if (directory !== 'hooks') repository.git('config', 'core.hooksPath', join(repository.gitDir, directory));
    const hook = join(repository.gitDir, directory, 'reference-transaction');
    mkdirSync(join(repository.gitDir, directory), { recursive: true });
    writeFileSync(hook, '#!/bin/sh\ntest "$1" != prepared || ! grep -q refs/gatos/no\n');
    chmodSync(hook, 0o755);
    const { backend, line } = await open();
    const a = line[0] as Oid;
    await backend.refs.transaction([{ name: NAME, expected: null, next: a }]);
    await expect(backend.refs.transaction([{ name: 'refs/gatos/no', expected: null, next: a }])).rejects.toMatchObject({
      code: 'git/git-failed',
      data: { command: 'update-ref' },
    });
    expect(await backend.refs.list('refs/')).toEqual([{ name: NAME, oid: a }]);
  });

  it('that is not executable is not asked', async () => {
    repository.plant('hooks/reference-transaction', '#!/bin/sh\nexit 1\n');
    const { backend, line } = await open();
    await backend.refs.transaction([{ name: NAME, expected: null, next: line[0] as Oid }]);
    expect(await backend.refs.read(NAME)).toBe(line[0]);
  });
});

describe('a shared repository', () => {
  it('has files and directories for the group', async () => {
    repository.git('config', 'core.sharedRepository', '0660');
    const mask = process.umask(0o077);
    try {
      const { backend, line } = await open();
      await backend.objects.write(
        Array.from({ length: 100 }, (_, i) => ({ type: 'blob' as const, content: utf8(`${i}`) })),
      );
      const [blob] = await backend.objects.write([{ type: 'blob', content: utf8('x') }]);
      await backend.refs.transaction([{ name: 'refs/gatos/a/x', expected: null, next: line[0] as Oid }]);
      await backend.refs.transaction([
        { name: 'refs/gatos/y', expected: null, next: line[0] as Oid },
        { name: 'refs/gatos/z', expected: null, next: line[0] as Oid },
      ]);
      const mode = (path: string) => (statSync(path).mode & 0o7777).toString(8);
      const at = (path: string) => mode(join(repository.gitDir, path));
      expect(mode(repository.loosePath(blob as Oid))).toBe('440');
      expect(mode(repository.packs()[0] as string)).toBe('440');
      expect([at('refs/gatos/a/x'), at('packed-refs')]).toEqual(['660', '660']);
      expect([at('refs/gatos'), at('refs/gatos/a'), at(`objects/${(blob as Oid).slice(0, 2)}`)]).toEqual([
        '2770',
        '2770',
        '2770',
      ]);
    } finally {
      process.umask(mask);
    }
  });
});

describe('runGit', () => {
  it('gives back status and output, and passes input on', async () => {
    const { status, stdout, stderr } = await runGit(['hash-object', '--stdin'], {
      cwd: repository.path,
      env: CLEAN,
      input: 'hello\n',
    });
    expect([status, new TextDecoder().decode(stdout), stderr]).toEqual([
      0,
      'ce013625030ba8dba906f756967f9e9ca394464a\n',
      '',
    ]);
    const bytes = await runGit(['hash-object', '--stdin'], {
      gitDir: repository.gitDir,
      env: CLEAN,
      input: utf8('hello\n'),
    });
    expect(bytes.stdout).toEqual(stdout);
  });

  it('a failure is typed, unless its status was to be expected', async () => {
    const failed = runGit(['--no-pager', 'rev-parse', '--verify', 'nothing'], { cwd: repository.path, env: CLEAN });
    await expect(failed).rejects.toMatchObject({
      code: 'git/git-failed',
      data: { command: 'rev-parse', status: 128, why: 'fatal: Needed a single revision' },
    });
    const accepted = await runGit(['rev-parse', '--verify', '-q', 'nothing'], {
      cwd: repository.path,
      env: CLEAN,
      accept: [0, 1],
    });
    expect(accepted.status).toBe(1);
  });

  it('too much output, too long a time and an abort end it', async () => {
    const options = { cwd: repository.path, env: CLEAN };
    await expect(runGit(['help', '-a'], { ...options, maxOutput: 100 })).rejects.toMatchObject({
      code: 'git/git-failed',
      data: { status: null, why: 'it wrote more than 100 bytes' },
    });
    const slow = ['-c', 'alias.slow=!sleep 20', 'slow'];
    await expect(runGit(slow, { ...options, timeout: 100 })).rejects.toMatchObject({
      code: 'git/git-failed',
      data: { why: 'it took longer than 100 ms' },
    });
    const stop = new AbortController();
    setTimeout(() => stop.abort(new RangeError('enough')), 50);
    await expect(runGit(slow, { ...options, signal: stop.signal })).rejects.toThrow('enough');
    await expect(runGit(slow, { ...options, signal: stop.signal })).rejects.toThrow('enough');
  });

  it('says when git cannot be started', async () => {
    await expect(runGit(['version'], { env: { PATH: '/nowhere' } })).rejects.toMatchObject({
      code: 'git/io',
      data: { path: 'git', why: 'ENOENT' },
    });
    await expect(runGit(['version'], { cwd: join(repository.root, 'nowhere') })).rejects.toMatchObject({
      code: 'git/io',
    });
  });

  it('shows progress as it comes', async () => {
    const { backend, line } = await open();
    await backend.refs.transaction([{ name: 'refs/heads/main', expected: null, next: line[3] as Oid }]);
    const target = join(repository.root, 'clone');
    let shown = '';
    await runGit(['clone', '--progress', '--bare', `file://${repository.path}`, target], {
      env: CLEAN,
      onProgress: (text) => {
        shown += text;
      },
    });
    expect(shown).toContain('Receiving objects');
  });
});
