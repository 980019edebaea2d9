import { beforeEach, describe, expect, it } from 'vitest';
import { LIMITS, utf8 } from '../../kernel/index.js';
import { encodeCommit } from '../commit.js';
import { emptyTreeOid } from '../oid.js';
import type { GitBackend, NewObject, ObjectFormat, Oid } from '../ports.js';
import { memoryBackend } from './backend.js';

const WHO = 'A U Thor <author@example.com> 1700000000 +0000';
const blob = (text: string): NewObject => ({ type: 'blob', content: utf8(text) });

describe.each(['sha1', 'sha256'] as const)('git in memory, %s', (format: ObjectFormat) => {
  let backend: GitBackend;
  let a: Oid;
  let b: Oid;
  const absent = '1'.repeat(format === 'sha1' ? 40 : 64);
  const commit = (message: string, parents: readonly Oid[] = []): NewObject => ({
    type: 'commit',
    content: encodeCommit({ tree: emptyTreeOid(format), parents, author: WHO, committer: WHO, message }),
  });
  const write = async (...objects: NewObject[]) => (await backend.objects.write(objects)) as [Oid, Oid];

  beforeEach(async () => {
    backend = memoryBackend({ format });
    [a, b] = await write(blob('a'), blob('b'));
  });

  it('names objects as git does', async () => {
    const [hello] = await write(blob('hello\n'));
    expect(hello).toBe(
      format === 'sha1'
        ? 'ce013625030ba8dba906f756967f9e9ca394464a'
        : '2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4',
    );
    expect(backend.objects.format).toBe(format);
  });

  it('keeps a copy of what it is given and finds a reader that changes what it got', async () => {
    const content = utf8('mine');
    const [oid] = await write({ type: 'blob', content });
    content[0] = 0;
    const object = await backend.objects.read(oid);
    expect(object).toEqual({ oid, type: 'blob', content: utf8('mine') });
    object.content[0] = 0;
    await expect(backend.objects.read(oid)).rejects.toMatchObject({ code: 'git/corrupt-object' });
  });

  it('refuses what is missing or larger than asked for', async () => {
    await expect(backend.objects.read(absent)).rejects.toMatchObject({ code: 'git/missing-object' });
    await expect(backend.objects.read(a, { maxBytes: 0 })).rejects.toMatchObject({
      code: 'git/too-large',
      data: { size: 1, limit: 0 },
    });
    const [large] = await write({ type: 'blob', content: new Uint8Array(LIMITS.blobBytes + 1) });
    await expect(backend.objects.read(large)).rejects.toMatchObject({ code: 'git/too-large' });
    expect(await backend.objects.has([a, absent, large])).toEqual([true, false, true]);
  });

  it('walks first parents from root or from a place in between', async () => {
    let parents: Oid[] = [];
    const line: Oid[] = [];
    for (let i = 0; i < 50; i++) {
      const [oid] = await write(commit(`${i}\n`, parents));
      parents = [oid];
      line.push(oid);
    }
    const walk = async (range: { head: Oid; after?: Oid }) => {
      const oids: Oid[] = [];
      for await (const object of backend.objects.history(range)) oids.push(object.oid);
      return oids;
    };
    const head = line[49] as Oid;
    expect(await walk({ head })).toEqual(line);
    expect(await walk({ head, after: line[10] as Oid })).toEqual(line.slice(11));
    expect(await walk({ head, after: head })).toEqual([]);
    await expect(walk({ head: line[10] as Oid, after: head })).rejects.toMatchObject({ code: 'git/not-linear' });
    await expect(walk({ head: a })).rejects.toMatchObject({ code: 'git/wrong-type' });
    await expect(walk({ head: absent })).rejects.toMatchObject({ code: 'git/missing-object' });
    const [merge] = await write(commit('merge\n', [head, line[3] as Oid]));
    const [after] = await write(commit('after\n', [merge]));
    await expect(walk({ head: after })).rejects.toMatchObject({ code: 'git/not-linear', data: { at: merge } });
    const [orphan] = await write(commit('orphan\n', [absent]));
    await expect(walk({ head: orphan })).rejects.toMatchObject({ code: 'git/missing-object', data: { oid: absent } });
    expect(await walk({ head: after, after: merge })).toEqual([after]);
  });

  it('stops a walk when asked and tells how far it is', async () => {
    const [root] = await write(commit('root\n'));
    const aborted = {
      aborted: true,
      throwIfAborted: () => {
        throw new Error('stop');
      },
    };
    const walk = backend.objects.history({ head: root }, { signal: aborted });
    await expect(walk[Symbol.asyncIterator]().next()).rejects.toThrow('stop');
    const told: unknown[] = [];
    for await (const _ of backend.objects.history({ head: root }, { progress: (report) => told.push(report) }));
    expect(told).toEqual([{ task: 'read history', done: 1, total: 1, unit: 'commits' }]);
  });

  it('changes all refs of a transaction or none', async () => {
    const edit = (name: string, expected: Oid | null, next: Oid | null) => ({
      name: `refs/gatos/${name}`,
      expected,
      next,
    });
    await backend.refs.transaction([edit('x', null, a), edit('y', null, b)]);
    await expect(backend.refs.transaction([edit('x', a, b), edit('y', a, null)])).rejects.toMatchObject({
      code: 'git/ref-moved',
      data: { ref: 'refs/gatos/y', expected: a, found: b },
    });
    expect(await backend.refs.list('refs/gatos/')).toEqual([
      { name: 'refs/gatos/x', oid: a },
      { name: 'refs/gatos/y', oid: b },
    ]);
    await backend.refs.transaction([edit('x', a, b), edit('y', b, null), edit('z', null, null)]);
    expect(await backend.refs.list('refs/')).toEqual([{ name: 'refs/gatos/x', oid: b }]);
    expect(await backend.refs.read('refs/gatos/y')).toBeNull();
  });

  it('refuses names that are invalid, doubled, or in the way of another, and ids that are not there', async () => {
    const create = (...names: string[]) =>
      backend.refs.transaction(names.map((name) => ({ name, expected: null, next: a })));
    await create('refs/gatos/a/b');
    for (const names of [
      ['refs/gatos/a'],
      ['refs/gatos/a/b/c'],
      ['refs/gatos/n', 'refs/gatos/n/m'],
      ['refs/gatos/d', 'refs/gatos/d'],
      ['refs/gatos/x..y'],
      ['HEAD'],
    ])
      await expect(create(...names)).rejects.toMatchObject({ code: 'git/ref-name' });
    await expect(
      backend.refs.transaction([{ name: 'refs/gatos/q', expected: null, next: absent }]),
    ).rejects.toMatchObject({ code: 'git/missing-object' });
    await expect(backend.refs.read('refs/gatos/x.lock')).rejects.toMatchObject({ code: 'git/ref-name' });
    await expect(backend.refs.list('gatos/')).rejects.toMatchObject({ code: 'git/ref-name' });
    expect(await backend.refs.read('HEAD')).toBeNull();
    // Room is made by deleting, in a transaction before
    await backend.refs.transaction([{ name: 'refs/gatos/a/b', expected: a, next: null }]);
    await create('refs/gatos/a');
    expect(await backend.refs.list('refs/gatos/a')).toEqual([{ name: 'refs/gatos/a', oid: a }]);
  });
});
