/** Ranges through git and by walking say the same; what git lets people put over history changes neither. */
import { afterEach, describe, expect, it } from 'vitest';
import type { CommitRanges } from '../../src/gate/index.js';
import { walkedRanges } from '../../src/gate/index.js';
import { openNativeBackend, openNativeRanges } from './index.js';
import { CLEAN, ScratchRepository } from './scratch-repository.js';

describe.each(['sha1', 'sha256'] as const)('commit ranges in a %s repository', (format) => {
  const open: { dispose: () => unknown }[] = [];
  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.dispose();
  });

  async function scratch() {
    const repository = new ScratchRepository({ format, bare: true });
    open.push(repository);
    const tree = repository.git('mktree').trim();
    let second = 0;
    const commit = (...parents: string[]) => {
      second += 1;
      const date = `${1_700_000_000 + second} +0000`;
      const args = ['commit-tree', tree, '-m', `${second}`, ...parents.flatMap((parent) => ['-p', parent])];
      return repository.gitWith({ env: { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date } }, ...args).trim();
    };
    const backend = await openNativeBackend({ path: repository.path, env: CLEAN });
    open.push({ dispose: () => backend.close() });
    const all: CommitRanges[] = [openNativeRanges({ path: repository.path, env: CLEAN }), walkedRanges(backend)];
    return { repository, commit, all };
  }

  it('agree on what is new, and on who comes before whom', async () => {
    const { repository, commit, all } = await scratch();
    const [a, other] = [commit(), commit()];
    const b = commit(a);
    const [c, d] = [commit(b), commit(b)];
    const merge = commit(c, d, other);
    repository.git('update-ref', 'refs/heads/main', b);
    repository.git('tag', '-a', 'v1', '-m', 'x', other);
    for (const ranges of all) {
      const found = await ranges.newCommits(merge, { limit: 100 });
      expect([...found].sort()).toEqual([c, d, merge].sort());
      expect(found.at(-1)).toBe(merge);
      const whole = await ranges.newCommits(merge, { exclude: [c], limit: 100 });
      expect([...whole].sort()).toEqual([other, d, merge].sort());
      const everything = await ranges.newCommits(merge, { exclude: [], limit: 100 });
      expect(everything.indexOf(a)).toBeLessThan(everything.indexOf(b));
      expect(everything).toHaveLength(6);
      expect(await ranges.newCommits(merge, { exclude: [], limit: 4 })).toHaveLength(4);
      expect(await ranges.newCommits(b, { limit: 100 })).toEqual([]);
      expect(await ranges.isAncestor(a, merge)).toBe(true);
      expect(await ranges.isAncestor(merge, merge)).toBe(true);
      expect(await ranges.isAncestor(merge, a)).toBe(false);
      expect(await ranges.isAncestor(other, b)).toBe(false);
    }
  });

  it('are not moved by replace refs and grafts', async () => {
    const { repository, commit, all } = await scratch();
    const [a, unrelated] = [commit(), commit()];
    const b = commit(a);
    repository.git('replace', '--graft', b, unrelated);
    repository.plant('info/grafts', `${b} ${unrelated}\n`);
    for (const ranges of all) {
      expect(await ranges.isAncestor(a, b)).toBe(true);
      expect(await ranges.isAncestor(unrelated, b)).toBe(false);
      expect(await ranges.newCommits(b, { exclude: [], limit: 10 })).toEqual([a, b]);
    }
  });

  it('take other refs for the accepted ones where they are told to', async () => {
    const { repository, commit } = await scratch();
    const a = commit();
    const b = commit(a);
    repository.git('update-ref', 'refs/heads/main', b);
    const ranges = openNativeRanges({ path: repository.path, env: CLEAN, accepted: async () => [a] });
    expect(await ranges.newCommits(b, { limit: 10 })).toEqual([b]);
  });

  it('refuse ids that are none, and objects that are not there', async () => {
    const { all } = await scratch();
    const none = 'a'.repeat(format === 'sha1' ? 40 : 64);
    for (const ranges of all) {
      await expect(ranges.newCommits(none, { limit: 1 })).rejects.toMatchObject({ kind: 'unavailable' });
      await expect(ranges.newCommits('--all', { limit: 1 })).rejects.toMatchObject({ kind: 'unavailable' });
    }
  });

  it('weigh objects without reading them', async () => {
    const { repository, all } = await scratch();
    const oid = repository.gitWith({ input: 'hello' }, 'hash-object', '-w', '--stdin').trim();
    const none = 'a'.repeat(oid.length);
    expect(await all[0]?.sizes?.([oid, oid, none])).toEqual(new Map([[oid, 5]]));
  });
});
