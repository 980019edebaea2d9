import { describe, expect, it } from 'vitest';
import { SimulatedCrash, withFileFaults } from '../../../testing/index.js';
import { fromUtf8, utf8 } from '../../kernel/index.js';
import { memoryFileSystem } from '../memory/index.js';
import type { Oid, RefEdit } from '../ports.js';
import { isomorphicBackend } from './backend.js';
import type { FileSystem } from './fs.js';
import { initIsomorphicRepository } from './init.js';

const edit = (name: string, expected: Oid | null, next: Oid | null): RefEdit => ({ name, expected, next });

describe('a transaction that is cut off', () => {
  const NAMES = ['refs/gatos/loose', 'refs/gatos/packed', 'refs/gatos/both', 'refs/gatos/new/one'];

  /** Three refs, one of each kind, and two objects. */
  async function repository(): Promise<{ fs: FileSystem; before: (Oid | null)[]; b: Oid }> {
    const fs = memoryFileSystem();
    await initIsomorphicRepository({ fs, gitdir: '/r' });
    const backend = await isomorphicBackend({ fs, gitdir: '/r' });
    const [a, b, c] = (await backend.objects.write(
      ['a', 'b', 'c'].map((t) => ({ type: 'blob' as const, content: utf8(t) })),
    )) as [Oid, Oid, Oid];
    await fs.writeFile('/r/packed-refs', utf8(`${a} ${NAMES[1]}\n${c} ${NAMES[2]}\n`), { flag: 'w' });
    await backend.refs.transaction([edit(NAMES[0] as string, null, a)]);
    await backend.refs.transaction([edit(NAMES[2] as string, c, a)]);
    return { fs, before: [a, a, a, null], b };
  }

  async function values(fs: FileSystem): Promise<(Oid | null)[]> {
    const { refs } = await isomorphicBackend({ fs, gitdir: '/r' });
    return Promise.all(NAMES.map((name) => refs.read(name)));
  }

  const kinds: [string, (before: (Oid | null)[], b: Oid) => (Oid | null)[]][] = [
    ['moves several refs', (_, b) => [b, b, b, b]],
    ['deletes several refs', () => [null, null, null, null]],
    ['moves some and deletes others', (_, b) => [null, b, null, b]],
    ['moves one loose ref', (before, b) => [b, ...before.slice(1)]],
    ['moves one packed ref', ([x, _, y, z], b) => [x as Oid, b, y as Oid, z as null]],
    ['creates one ref', (before, b) => [...before.slice(0, 3), b]],
    ['deletes one ref that is loose over packed', ([x, y]) => [x as Oid, y as Oid, null, null]],
  ];

  it.each(kinds)('leaves all or nothing after a crash at any call of the file system: %s', async (_, change) => {
    let crashes = 0;
    for (const fault of ['crash', 'crash-after'] as const) {
      for (let at = 0; ; at++) {
        const { fs, before, b } = await repository();
        const after = change(before, b);
        let left = Number.POSITIVE_INFINITY;
        const seen: (Oid | null)[][] = [];
        const dying = withFileFaults(fs, () => (left-- === 0 ? fault : 'pass'));
        const { refs } = await isomorphicBackend({ fs: dying, gitdir: '/r' });
        const edits = NAMES.map((name, i) => edit(name, before[i] as Oid, after[i] as Oid));
        left = at;
        const changed = edits.filter(({ expected, next }) => expected !== next);
        const outcome = await refs.transaction(changed).then(
          () => 'done',
          (error: unknown) => error,
        );
        seen.push(await values(fs));
        expect([before, after]).toContainEqual(seen[0]);
        if (left >= 0) {
          expect([outcome, seen[0]]).toEqual(['done', after]);
          break;
        }
        if (outcome !== 'done') expect(outcome).toBeInstanceOf(SimulatedCrash);
        crashes += 1;
      }
    }
    expect(crashes).toBeGreaterThan(20);
  });

  it.each(kinds)(
    'leaves nothing, and no lock, after a failure at any call before it took effect: %s',
    async (_, change) => {
      let failures = 0;
      for (let at = 0; ; at++) {
        const { fs, before, b } = await repository();
        const after = change(before, b);
        let left = Number.POSITIVE_INFINITY;
        const failing = withFileFaults(fs, ({ operation }) => {
          const counts = operation !== 'unlink' && operation !== 'rmdir';
          return counts && left-- === 0 ? 'ENOSPC' : 'pass';
        });
        const { refs } = await isomorphicBackend({ fs: failing, gitdir: '/r' });
        const edits = NAMES.map((name, i) => edit(name, before[i] as Oid, after[i] as Oid));
        left = at;
        const changed = edits.filter(({ expected, next }) => expected !== next);
        const outcome = await refs.transaction(changed).then(
          () => 'done',
          (error: { code?: string }) => error.code,
        );
        expect(await values(fs)).toEqual(outcome === 'done' ? after : before);
        const leftovers = [...(await fs.readdir('/r')), ...(await fs.readdir('/r/refs/gatos'))];
        expect(leftovers.filter((name) => /\.(lock|new)$/.test(name))).toEqual([]);
        if (left >= 0) break;
        if (outcome !== 'done') expect(outcome).toBe('git/no-space');
        failures += 1;
      }
      expect(failures).toBeGreaterThan(5);
    },
  );

  it('leaves files as git writes them', async () => {
    const { fs, before, b } = await repository();
    const { refs } = await isomorphicBackend({ fs, gitdir: '/r' });
    await refs.transaction([edit(NAMES[0] as string, before[0] as Oid, b)]);
    expect(fromUtf8(await fs.readFile(`/r/${NAMES[0]}`))).toBe(`${b}\n`);
  });
});

describe('listing', () => {
  it('reads packed-refs once, however many refs it holds', async () => {
    const fs = memoryFileSystem();
    await initIsomorphicRepository({ fs, gitdir: '/r' });
    const [oid] = (await (
      await isomorphicBackend({ fs, gitdir: '/r' })
    ).objects.write([{ type: 'blob', content: utf8('x') }])) as [Oid];
    const lines = Array.from({ length: 3000 }, (_, i) => `${oid} refs/gatos/many/${1000000 + i}\n`);
    await fs.writeFile('/r/packed-refs', utf8(lines.join('')), { flag: 'w' });
    let reads = 0;
    const counting = withFileFaults(fs, ({ operation, path }) => {
      if (operation === 'readFile' && path === '/r/packed-refs') reads += 1;
      return 'pass';
    });
    const { refs } = await isomorphicBackend({ fs: counting, gitdir: '/r' });
    expect(await refs.list('refs/gatos/')).toHaveLength(3000);
    expect(reads).toBe(1);
  });
});
