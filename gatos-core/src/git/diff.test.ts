import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, LIMITS, utf8 } from '../kernel/index.js';
import { diffTrees, encodeTree, memoryBackend, type ObjectStore, type Oid, putOid, type TreeEntry } from './index.js';

type Files = Readonly<Record<string, string>>;

async function blob(objects: ObjectStore, text: string): Promise<Oid> {
  const [oid = ''] = await objects.write([{ type: 'blob', content: utf8(text) }]);
  return oid;
}

async function tree(objects: ObjectStore, files: Files): Promise<Oid> {
  const entries: TreeEntry[] = [];
  const folders = new Map<string, Record<string, string>>();
  for (const [path, text] of Object.entries(files)) {
    const slash = path.indexOf('/');
    if (slash < 0) entries.push({ mode: '100644', name: path, oid: await blob(objects, text) });
    else {
      const name = path.slice(0, slash);
      folders.set(name, { ...folders.get(name), [path.slice(slash + 1)]: text });
    }
  }
  for (const [name, below] of folders) entries.push({ mode: '40000', name, oid: await tree(objects, below) });
  const [oid = ''] = await objects.write([{ type: 'tree', content: encodeTree(entries) }]);
  return oid;
}

/** A tree of entries as they are given. */
async function raw(
  objects: ObjectStore,
  ...entries: readonly { mode: string; name: Uint8Array | string; oid: Oid }[]
): Promise<Oid> {
  const content = concatBytes(
    entries.map(({ mode, name, oid }) => {
      const id = new Uint8Array(oid.length / 2);
      putOid(oid, id, 0);
      return concatBytes([utf8(`${mode} `), typeof name === 'string' ? utf8(name) : name, utf8('\0'), id]);
    }),
  );
  const [oid = ''] = await objects.write([{ type: 'tree', content }]);
  return oid;
}

const lines = async (objects: ObjectStore, old: Oid | null, next: Oid | null) =>
  (await diffTrees(objects, { old, next })).map(({ op, path }) => `${op} ${path}`);

describe('what differs between two trees', () => {
  const { objects } = memoryBackend();

  it('is told file by file, in the order of paths', async () => {
    const old = await tree(objects, { a: '1', 'b/c': '1', 'b/d': '1', 'e/f/g': '1' });
    const next = await tree(objects, { a: '2', 'b/c': '1', 'b/x': '1', 'e/f/g': '1', '0': '' });
    expect(await lines(objects, old, next)).toEqual(['add 0', 'modify a', 'delete b/d', 'add b/x']);
    expect(await lines(objects, null, old)).toEqual(['add a', 'add b/c', 'add b/d', 'add e/f/g']);
    expect(await lines(objects, old, null)).toEqual(['delete a', 'delete b/c', 'delete b/d', 'delete e/f/g']);
    expect(await lines(objects, old, old)).toEqual([]);
  });

  it('a file that becomes a folder goes, and its files come', async () => {
    const old = await tree(objects, { a: '1' });
    const next = await tree(objects, { 'a/b': '1' });
    expect(await lines(objects, old, next)).toEqual(['delete a', 'add a/b']);
    expect(await lines(objects, next, old)).toEqual(['add a', 'delete a/b']);
  });

  it('modes count, and a link is another thing than a file', async () => {
    const oid = await blob(objects, 'x');
    const old = await raw(objects, { mode: '100644', name: 'a', oid }, { mode: '100644', name: 'b', oid });
    const next = await raw(objects, { mode: '100755', name: 'a', oid }, { mode: '120000', name: 'b', oid });
    const [a, b] = await diffTrees(objects, { old, next });
    expect(a).toEqual({ path: 'a', op: 'modify', old: { mode: '100644', oid }, next: { mode: '100755', oid } });
    expect(b?.op).toBe('type');
  });

  it('trees that git would not write are compared all the same', async () => {
    const oid = await blob(objects, 'x');
    const odd = await raw(
      objects,
      { mode: '100664', name: 'z', oid },
      { mode: '100644', name: Uint8Array.of(0xff), oid },
      { mode: '160000', name: 'm', oid: '1'.repeat(40) },
      { mode: '100644', name: '.git', oid },
    );
    expect(await lines(objects, null, odd)).toEqual(['add .git', 'add m', 'add z', 'add \ufffd']);
  });

  it.each([
    ['two entries of one name', ['a', 'a']],
    ['a path in the place of a name', ['a/b']],
    ['no name', ['']],
  ])('%s: refused, for it could be read in two ways', async (_, names) => {
    const oid = await blob(objects, 'x');
    const bad = await raw(objects, ...names.map((name) => ({ mode: '100644', name, oid })));
    await expect(lines(objects, null, bad)).rejects.toMatchObject({ code: 'git/malformed-object' });
  });

  it('refuses a tree that unfolds beyond all bounds, and one that is too deep', async () => {
    const oid = await blob(objects, 'x');
    let bomb = await raw(objects, { mode: '100644', name: 'f', oid });
    for (let i = 0; i < 8; i++)
      bomb = await raw(objects, ...Array.from({ length: 10 }, (_, n) => ({ mode: '40000', name: `${n}`, oid: bomb })));
    await expect(diffTrees(objects, { old: null, next: bomb }, { changes: 1000 })).rejects.toMatchObject({
      code: 'git/too-many',
      kind: 'limit',
    });
    let deep = await raw(objects, { mode: '100644', name: 'f', oid });
    for (let i = 0; i <= LIMITS.gateTreeDepth; i++) deep = await raw(objects, { mode: '40000', name: 'd', oid: deep });
    await expect(lines(objects, null, deep)).rejects.toMatchObject({ code: 'git/too-many' });
  });

  it('is what comparing the lists of files says (seed 5)', async () => {
    const name = fc.constantFrom('a', 'b', 'a.b', 'a-', 'ab');
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    const files = fc.dictionary(path, fc.constantFrom('1', '2'), { maxKeys: 8 }).map((all): Files => {
      const paths = Object.keys(all);
      return Object.fromEntries(
        Object.entries(all).filter(([one]) => !paths.some((other) => other.startsWith(`${one}/`))),
      );
    });
    await fc.assert(
      fc.asyncProperty(files, files, async (before, after) => {
        const [old, next] = [await tree(objects, before), await tree(objects, after)];
        const want = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((each) => {
          const [was, is] = [before[each], after[each]];
          if (was === is) return [];
          return [`${was === undefined ? 'add' : is === undefined ? 'delete' : 'modify'} ${each}`];
        });
        expect(await lines(objects, old, next)).toEqual(want);
      }),
      { seed: 5, numRuns: 200 },
    );
  });
});
