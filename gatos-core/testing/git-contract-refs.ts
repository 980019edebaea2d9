/** The part of the git contract that is about refs. */
import type { Oid } from '../src/git/index.js';
import type { OnSubject, TestTools } from './git-contract-subject.js';
import { absentOid, code, createRefs, two } from './git-contract-world.js';

const NAME = 'refs/gatos/journal/default/user-alice';

export function refContract(on: OnSubject, tools: TestTools): void {
  tools.describe('one ref', () => oneRef(on, tools));
  tools.describe('several refs', () => severalRefs(on, tools));
  tools.describe('names', () => names(on, tools));
}

function oneRef(on: OnSubject, { it, expect }: TestTools): void {
  it(
    'is created, moved and deleted, each from what it held',
    on([], async ({ backend }) => {
      const [a, b] = await two(backend);
      expect(await backend.refs.read(NAME)).toBeNull();
      await backend.refs.transaction([{ name: NAME, expected: null, next: a }]);
      expect(await backend.refs.read(NAME)).toBe(a);
      await backend.refs.transaction([{ name: NAME, expected: a, next: b }]);
      expect(await backend.refs.read(NAME)).toBe(b);
      await backend.refs.transaction([{ name: NAME, expected: b, next: null }]);
      expect(await backend.refs.read(NAME)).toBeNull();
      expect(await backend.refs.list('refs/')).toEqual([]);
      await backend.refs.transaction([{ name: NAME, expected: null, next: a }]);
      expect(await backend.refs.read(NAME)).toBe(a);
    }),
  );

  it(
    'stays as it is when the expectation does not hold',
    on([], async ({ backend }) => {
      const [a, b] = await two(backend);
      const moved = (expected: Oid | null, found: Oid | null) => ({
        ...code('ref-moved'),
        kind: 'conflict',
        data: { ref: NAME, expected, found },
      });
      const edit = (expected: Oid | null, next: Oid | null) =>
        backend.refs.transaction([{ name: NAME, expected, next }]);
      await expect(edit(a, b)).rejects.toMatchObject(moved(a, null));
      await expect(edit(a, null)).rejects.toMatchObject(moved(a, null));
      await edit(null, a);
      await expect(edit(null, b)).rejects.toMatchObject(moved(null, a));
      await expect(edit(b, a)).rejects.toMatchObject(moved(b, a));
      await expect(edit(b, null)).rejects.toMatchObject(moved(b, a));
      await expect(edit(b, b)).rejects.toMatchObject(moved(b, a));
      expect(await backend.refs.list('refs/')).toEqual([{ name: NAME, oid: a }]);
    }),
  );

  it(
    'can be asked for without being changed',
    on([], async ({ backend }) => {
      const [a] = await two(backend);
      await backend.refs.transaction([{ name: NAME, expected: null, next: null }]);
      await createRefs(backend, { [NAME]: a });
      await backend.refs.transaction([{ name: NAME, expected: a, next: a }]);
      expect(await backend.refs.read(NAME)).toBe(a);
      await backend.refs.transaction([]);
    }),
  );

  it(
    'never points at nothing',
    on([], async ({ backend }) => {
      const absent = absentOid(backend.objects.format);
      for (const next of [absent, 'HEAD', absent.slice(1), '0'.repeat(absent.length)]) {
        await expect(backend.refs.transaction([{ name: NAME, expected: null, next }])).rejects.toMatchObject(
          code('missing-object'),
        );
      }
      expect(await backend.refs.list('refs/')).toEqual([]);
    }),
  );

  it(
    'is seen by another adapter on the repository',
    on(['reopen'], async ({ backend, reopen }) => {
      const [a, b] = await two(backend);
      const other = await reopen();
      await createRefs(backend, { [NAME]: a });
      expect(await other.refs.read(NAME)).toBe(a);
      await other.refs.transaction([{ name: NAME, expected: a, next: b }]);
      expect(await backend.refs.read(NAME)).toBe(b);
      await expect(backend.refs.transaction([{ name: NAME, expected: a, next: null }])).rejects.toMatchObject(
        code('ref-moved'),
      );
    }),
  );
}

function severalRefs(on: OnSubject, { it, expect }: TestTools): void {
  it(
    'change together',
    on([], async ({ backend }) => {
      const [a, b] = await two(backend);
      await createRefs(backend, { 'refs/gatos/old': a, 'refs/gatos/moves': a });
      await backend.refs.transaction([
        { name: 'refs/gatos/new/one', expected: null, next: b },
        { name: 'refs/gatos/moves', expected: a, next: b },
        { name: 'refs/gatos/old', expected: a, next: null },
        { name: 'refs/gatos/absent', expected: null, next: null },
      ]);
      expect(await backend.refs.list('refs/gatos/')).toEqual([
        { name: 'refs/gatos/moves', oid: b },
        { name: 'refs/gatos/new/one', oid: b },
      ]);
    }),
  );

  it(
    'all or none: one expectation that fails leaves every ref as it was',
    on([], async ({ backend }) => {
      const [a, b] = await two(backend);
      await createRefs(backend, { 'refs/gatos/a': a, 'refs/gatos/m': a, 'refs/gatos/z': a });
      const before = await backend.refs.list('refs/');
      for (const wrong of ['refs/gatos/a', 'refs/gatos/m', 'refs/gatos/z']) {
        const edits = ['refs/gatos/a', 'refs/gatos/m', 'refs/gatos/z'].map((name) => ({
          name,
          expected: name === wrong ? b : a,
          next: name === 'refs/gatos/m' ? null : b,
        }));
        await expect(
          backend.refs.transaction([...edits, { name: 'refs/gatos/n', expected: null, next: b }]),
        ).rejects.toMatchObject(code('ref-moved'));
        expect(await backend.refs.list('refs/')).toEqual(before);
      }
    }),
  );

  it(
    'cannot name one ref twice, nor a ref and one below it',
    on([], async ({ backend }) => {
      const [a] = await two(backend);
      const both = (first: string, second: string) =>
        backend.refs.transaction([first, second].map((name) => ({ name, expected: null, next: a })));
      await expect(both('refs/gatos/x', 'refs/gatos/x')).rejects.toMatchObject(code('ref-name'));
      await expect(both('refs/gatos/x', 'refs/gatos/x/y')).rejects.toMatchObject(code('ref-name'));
      await expect(both('refs/gatos/x/y/z', 'refs/gatos/x')).rejects.toMatchObject(code('ref-name'));
      expect(await backend.refs.list('refs/')).toEqual([]);
    }),
  );

  it(
    'are listed by the bytes of their names, below a prefix only',
    on([], async ({ backend }) => {
      const [a, b] = await two(backend);
      const sorted = [
        'refs/gatos/a-b',
        'refs/gatos/a.b',
        'refs/gatos/a/b',
        'refs/gatos/a/c/d',
        'refs/gatos/aa',
        'refs/gatos/b',
        'refs/gatos/\uffe6',
        'refs/gatos/\u{1f600}',
      ];
      await backend.refs.transaction([...sorted].reverse().map((name) => ({ name, expected: null, next: a })));
      await createRefs(backend, { 'refs/gatos2/x': b, 'refs/heads/main': b });
      const listed = async (prefix: string) => (await backend.refs.list(prefix)).map(({ name }) => name);
      expect(await listed('refs/gatos/')).toEqual(sorted);
      expect(await listed('refs/gatos/a/')).toEqual(['refs/gatos/a/b', 'refs/gatos/a/c/d']);
      expect(await listed('refs/gatos/a-b')).toEqual(['refs/gatos/a-b']);
      expect(await listed('refs/gatos/a')).toEqual([]);
      expect(await listed('refs/none/')).toEqual([]);
      expect(await listed('refs/')).toEqual([...sorted, 'refs/gatos2/x', 'refs/heads/main']);
    }),
  );
}

const BAD_NAMES = [
  '',
  'HEAD',
  'main',
  'refs',
  'refs/',
  '/refs/x',
  'refs//x',
  'refs/x/',
  'refs/.x',
  'refs/x/.y',
  'refs/x..y',
  'refs/x.lock',
  'refs/x.lock/y',
  'refs/x y',
  'refs/x~1',
  'refs/x^',
  'refs/x:y',
  'refs/x?',
  'refs/x*',
  'refs/x[',
  'refs/x\\y',
  'refs/x@{1}',
  'refs/x.',
  'refs/x\u007f',
  'refs/x\ny',
  'refs/x\0',
  'refs/../x',
  'refs/x/../../config',
  'refs/\ud800',
  'objects/x',
  'refs/gatos/\ufffd',
];

function names(on: OnSubject, { it, expect }: TestTools): void {
  it(
    'that git would refuse are refused',
    on([], async ({ backend }) => {
      const [a] = await two(backend);
      for (const name of BAD_NAMES) {
        await expect(backend.refs.transaction([{ name, expected: null, next: a }]), name).rejects.toMatchObject(
          code('ref-name'),
        );
        if (name !== 'HEAD') await expect(backend.refs.read(name), name).rejects.toMatchObject(code('ref-name'));
        if (name !== 'refs/' && name !== 'refs/x/')
          await expect(backend.refs.list(name), name).rejects.toMatchObject(code('ref-name'));
      }
      expect(await backend.refs.list('refs/')).toEqual([]);
    }),
  );

  it(
    'that git would take are taken',
    on([], async ({ backend }) => {
      const [a] = await two(backend);
      const good = [
        'refs/x',
        'refs/gatos/@',
        'refs/gatos/-x',
        'refs/gatos/a{b}',
        'refs/gatos/ä/日本',
        "refs/gatos/it's",
        'refs/gatos/x.y.z',
        'refs/gatos/$(id)',
        'refs/gatos/con',
      ];
      for (const name of good) await backend.refs.transaction([{ name, expected: null, next: a }]);
      for (const name of good) expect(await backend.refs.read(name), name).toBe(a);
      expect(await backend.refs.list('refs/')).toHaveLength(good.length);
    }),
  );

  it.for([false, true])('a ref and a directory of refs cannot share a name (packed: %s)', async (packed, context) => {
    await on(['pack'], async ({ backend, pack }) => {
      const [a] = await two(backend);
      await createRefs(backend, { 'refs/gatos/a/b': a });
      if (packed) await pack();
      for (const name of ['refs/gatos/a', 'refs/gatos/a/b/c', 'refs/gatos/a/b/c/d']) {
        await expect(backend.refs.transaction([{ name, expected: null, next: a }]), name).rejects.toMatchObject(
          code('ref-name'),
        );
        const edits = [
          { name: 'refs/gatos/other', expected: null, next: a },
          { name, expected: null, next: a },
        ];
        await expect(backend.refs.transaction(edits), name).rejects.toMatchObject(code('ref-name'));
      }
      expect(await backend.refs.list('refs/gatos/')).toEqual([{ name: 'refs/gatos/a/b', oid: a }]);
      expect(await backend.refs.read('refs/gatos/a')).toBeNull();
      expect(await backend.refs.read('refs/gatos/a/b/c')).toBeNull();
    })(context);
  });

  it.for([false, true])(
    'a name is free again when the refs in the way are deleted (packed: %s)',
    async (packed, context) => {
      await on(['pack'], async ({ backend, pack }) => {
        const [a] = await two(backend);
        await createRefs(backend, { 'refs/gatos/a/b/c': a, 'refs/gatos/keep': a });
        if (packed) await pack();
        await backend.refs.transaction([{ name: 'refs/gatos/a/b/c', expected: a, next: null }]);
        await createRefs(backend, { 'refs/gatos/a': a });
        await backend.refs.transaction([{ name: 'refs/gatos/a', expected: a, next: null }]);
        await createRefs(backend, { 'refs/gatos/a/b/c/d': a });
        expect((await backend.refs.list('refs/gatos/')).map(({ name }) => name)).toEqual([
          'refs/gatos/a/b/c/d',
          'refs/gatos/keep',
        ]);
      })(context);
    },
  );
}
