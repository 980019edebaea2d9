import type * as fs from 'node:fs';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Oid } from '../../src/git/index.js';
import { writeLine } from '../../testing/git-contract-world.js';
import { openNativeBackend } from './index.js';
import { CLEAN, ScratchRepository } from './scratch-repository.js';

const { links } = vi.hoisted(() => ({ links: { fault: null as string | null } }));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  return {
    ...real,
    linkSync: (from: string, to: string) => {
      if (links.fault === null) return real.linkSync(from, to);
      throw Object.assign(new Error(links.fault), { code: links.fault, syscall: 'link' });
    },
  };
});

let repository: ScratchRepository;
beforeEach(() => {
  repository = new ScratchRepository({ bare: true });
});
afterEach(() => {
  links.fault = null;
  repository.dispose();
});

describe.each(['EPERM', 'ENOTSUP', 'EXDEV'])('a file system that answers %s to a hard link', (fault) => {
  it('has refs all the same, locked as git does', async () => {
    links.fault = fault;
    const backend = await openNativeBackend({ path: repository.path, env: CLEAN, lockWaitMs: 100 });
    const [a, b] = (await writeLine(backend, 2)) as [Oid, Oid];
    await backend.refs.transaction([{ name: 'refs/gatos/x', expected: null, next: a }]);
    await backend.refs.transaction([{ name: 'refs/gatos/x', expected: a, next: b }]);
    await backend.refs.transaction([
      { name: 'refs/gatos/x', expected: b, next: a },
      { name: 'refs/gatos/y', expected: null, next: a },
    ]);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, () => backend.refs.transaction([{ name: 'refs/gatos/x', expected: a, next: b }])),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    repository.plant('refs/gatos/y.lock', '');
    await expect(backend.refs.transaction([{ name: 'refs/gatos/y', expected: a, next: null }])).rejects.toMatchObject({
      code: 'git/ref-locked',
    });
    repository.remove('refs/gatos/y.lock');
    await backend.refs.transaction([{ name: 'refs/gatos/y', expected: a, next: null }]);
    expect(await backend.refs.list('refs/')).toEqual([{ name: 'refs/gatos/x', oid: b }]);
    expect(repository.leftovers()).toEqual([]);
    expect(repository.fsck()).toBe('');
  });
});

describe('odd file systems', () => {
  it('any other fault of a hard link is typed, and nothing stays behind', async () => {
    links.fault = 'EIO';
    const backend = await openNativeBackend({ path: repository.path, env: CLEAN });
    const [a] = (await writeLine(backend, 1)) as [Oid];
    await expect(backend.refs.transaction([{ name: 'refs/gatos/x', expected: null, next: a }])).rejects.toMatchObject({
      code: 'git/io',
      data: { operation: 'lock', why: 'EIO' },
    });
    expect(repository.leftovers()).toEqual([]);
  });

  it('symbolic links: a directory of refs is followed, a file is damage, a circle is a typed fault', async () => {
    const backend = await openNativeBackend({ path: repository.path, env: CLEAN });
    const [a] = (await writeLine(backend, 1)) as [Oid];
    await backend.refs.transaction([{ name: 'refs/elsewhere/x', expected: null, next: a }]);
    symlinkSync('elsewhere', join(repository.gitDir, 'refs', 'gatos'));
    expect(await backend.refs.list('refs/gatos/')).toEqual([{ name: 'refs/gatos/x', oid: a }]);
    symlinkSync('x', join(repository.gitDir, 'refs', 'elsewhere', 'y'));
    await expect(backend.refs.read('refs/elsewhere/y')).rejects.toMatchObject({ code: 'git/corrupt-ref' });
    symlinkSync('..', join(repository.gitDir, 'refs', 'circle'));
    await expect(backend.refs.list('refs/circle/')).rejects.toMatchObject({
      code: expect.stringMatching(/^git\/(?:io|corrupt-ref)$/),
    });
  });

  it('nothing is flushed when the configuration says so, and all is there', async () => {
    repository.git('config', 'core.fsync', 'none');
    const backend = await openNativeBackend({ path: repository.path, env: CLEAN });
    const line = await writeLine(backend, 300);
    await backend.refs.transaction([{ name: 'refs/gatos/x', expected: null, next: line.at(-1) as Oid }]);
    await backend.objects.write([{ type: 'blob', content: new Uint8Array(3) }]);
    expect(repository.git('rev-list', '--count', 'refs/gatos/x').trim()).toBe('300');
    expect(repository.fsck()).toBe('');
  });
});
