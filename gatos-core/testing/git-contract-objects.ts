/** The part of the git contract that is about objects. */
import { hashObject, type NewObject, type Oid } from '../src/git/index.js';
import { utf8 } from '../src/kernel/index.js';
import type { OnSubject, TestTools } from './git-contract-subject.js';
import { absentOid, blob, code, collect, writeCommit, writeOne } from './git-contract-world.js';

/** Above what any adapter writes as single files or reads without a child process. */
const MANY = 1500;

async function* slowly<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) {
    await Promise.resolve();
    yield item;
  }
}

export function objectContract(on: OnSubject, { describe, it, expect }: TestTools): void {
  describe('writing', () => {
    it(
      'names objects as git does',
      on([], async ({ backend }) => {
        const oid = await writeOne(backend, blob('hello\n'));
        expect(oid).toBe(
          backend.objects.format === 'sha1'
            ? 'ce013625030ba8dba906f756967f9e9ca394464a'
            : '2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4',
        );
      }),
    );

    it.for([0, 1, 8, 9, 25, MANY])('%i objects: ids in order, all of them readable', async (count, context) => {
      await on([], async ({ backend }) => {
        const { format } = backend.objects;
        const objects = Array.from({ length: count }, (_, i) => blob(`object ${i}`));
        const oids = await backend.objects.write(objects);
        expect(oids).toEqual(objects.map(({ content }) => hashObject(format, 'blob', content)));
        const read = await collect(backend.objects.readMany(oids));
        expect(read.map(({ oid }) => oid)).toEqual(oids);
        expect(read.every(({ content }, i) => hashObject(format, 'blob', content) === oids[i])).toBe(true);
      })(context);
    });

    it(
      'an object given twice, or written again, is one object',
      on([], async ({ backend }) => {
        const [a, b, again] = await backend.objects.write([blob('a'), blob('b'), blob('a')]);
        expect(again).toBe(a);
        expect(a).not.toBe(b);
        expect(await backend.objects.write([blob('b'), blob('a')])).toEqual([b, a]);
        expect(await backend.objects.read(a as Oid)).toEqual({ oid: a, type: 'blob', content: utf8('a') });
      }),
    );

    it(
      'keeps what it was given, whatever happens to the array afterwards',
      on([], async ({ backend }) => {
        const content = utf8('mine');
        const oid = await writeOne(backend, { type: 'blob', content });
        content[0] = 0;
        expect((await backend.objects.read(oid)).content).toEqual(utf8('mine'));
      }),
    );

    it(
      'many at once all arrive',
      on([], async ({ backend }) => {
        const written = await Promise.all(
          Array.from({ length: 20 }, (_, i) => backend.objects.write([blob(`x ${i % 7}`), blob(`y ${i}`)])),
        );
        expect(await backend.objects.has(written.flat())).toEqual(Array(40).fill(true));
      }),
    );

    it(
      'another adapter on the repository sees it',
      on(['reopen'], async ({ backend, reopen }) => {
        const other = await reopen();
        const oid = await writeOne(backend, blob('seen'));
        expect((await other.objects.read(oid)).content).toEqual(utf8('seen'));
      }),
    );
  });

  describe('reading', () => {
    const contents: readonly [string, () => Uint8Array][] = [
      ['nothing', () => new Uint8Array(0)],
      ['every byte', () => Uint8Array.from({ length: 256 }, (_, i) => i)],
      ['65,535 bytes', () => new Uint8Array(65_535).fill(7)],
      ['65,536 bytes', () => new Uint8Array(65_536).fill(7)],
      [
        'a megabyte that does not compress',
        () => Uint8Array.from({ length: 1 << 20 }, (_, i) => (Math.imul(i, 2654435761) >>> 13) & 255),
      ],
    ];
    it.for(contents)('gives back %s as plain bytes', async ([, content], context) => {
      await on([], async ({ backend }) => {
        const oid = await writeOne(backend, { type: 'blob', content: content() });
        const read = await backend.objects.read(oid);
        expect(hashObject(backend.objects.format, 'blob', read.content)).toBe(oid);
        expect(read.content.length).toBe(content().length);
        // A subclass such as Buffer slices without copying: nobody up there expects that.
        expect(Object.getPrototypeOf(read.content)).toBe(Uint8Array.prototype);
      })(context);
    });

    it(
      'knows the type of each',
      on([], async ({ backend }) => {
        const commit = await writeCommit(backend, 'c');
        const object = await backend.objects.read(commit);
        expect(object.type).toBe('commit');
        const tree = await writeOne(backend, { type: 'tree', content: new Uint8Array(0) });
        expect((await backend.objects.read(tree)).type).toBe('tree');
      }),
    );

    it(
      'many: in the order asked, with repetitions, from arrays, generators and async sources',
      on([], async ({ backend }) => {
        const oids = await backend.objects.write(Array.from({ length: 400 }, (_, i) => blob(`n ${i}`)));
        const asked = [...oids, ...[...oids].reverse(), ...oids.slice(0, 3)];
        const sources = [asked, asked.values(), slowly(asked)];
        for (const source of sources) {
          expect((await collect(backend.objects.readMany(source))).map(({ oid }) => oid)).toEqual(asked);
        }
        expect(await collect(backend.objects.readMany([]))).toEqual([]);
      }),
    );

    it(
      'may be given up half way, and run several times at once',
      on([], async ({ backend }) => {
        const oids = await backend.objects.write(Array.from({ length: 600 }, (_, i) => blob(`n ${i}`)));
        for (let round = 0; round < 3; round++) {
          for await (const { oid } of backend.objects.readMany(oids)) if (oid === oids[300 + round]) break;
        }
        const runs = await Promise.all(
          [oids, [...oids].reverse(), oids].map((each) => collect(backend.objects.readMany(each))),
        );
        expect(runs.map((run) => run.length)).toEqual([600, 600, 600]);
        expect(runs[1]?.[0]?.oid).toBe(oids[599]);
      }),
    );

    it(
      'what the source of ids throws comes out',
      on([], async ({ backend }) => {
        const oids = await backend.objects.write(Array.from({ length: 300 }, (_, i) => blob(`n ${i}`)));
        const source = async function* () {
          yield* oids;
          throw new RangeError('the source broke');
        };
        await expect(collect(backend.objects.readMany(source()))).rejects.toThrow('the source broke');
      }),
    );

    it(
      'finds objects after they were packed',
      on(['pack'], async ({ backend, pack }) => {
        const head = await writeCommit(backend, 'kept');
        await backend.refs.transaction([{ name: 'refs/gatos/x', expected: null, next: head }]);
        await backend.objects.read(head);
        await pack();
        expect((await backend.objects.read(head)).type).toBe('commit');
        expect(await backend.objects.has([head])).toEqual([true]);
        const next = await writeCommit(backend, 'after', [head]);
        expect((await collect(backend.objects.history({ head: next }))).map(({ oid }) => oid)).toEqual([head, next]);
      }),
    );
  });

  describe('what cannot be read', () => {
    it(
      'missing: read, readMany and has say so',
      on([], async ({ backend }) => {
        const absent = absentOid(backend.objects.format);
        const here = await writeOne(backend, blob('here'));
        await expect(backend.objects.read(absent)).rejects.toMatchObject({
          ...code('missing-object'),
          data: { oid: absent },
        });
        await expect(collect(backend.objects.readMany([here, absent, here]))).rejects.toMatchObject(
          code('missing-object'),
        );
        const many = Array<Oid>(MANY).fill(here);
        await expect(collect(backend.objects.readMany([...many, absent]))).rejects.toMatchObject(
          code('missing-object'),
        );
        expect(await backend.objects.has([absent, here, absent])).toEqual([false, true, false]);
        expect(await backend.objects.has([])).toEqual([]);
      }),
    );

    it.for(['', 'HEAD', '0'.repeat(40), 'A'.repeat(40), 'a'.repeat(39), '../../config', `${'a'.repeat(39)}\n`])(
      '%j is the id of nothing',
      async (id, context) => {
        await on([], async ({ backend }) => {
          await expect(backend.objects.read(id)).rejects.toMatchObject(code('missing-object'));
          await expect(collect(backend.objects.readMany(Array<Oid>(300).fill(id)))).rejects.toMatchObject(
            code('missing-object'),
          );
          expect(await backend.objects.has([id])).toEqual([false]);
        })(context);
      },
    );

    it(
      'too large: refused with the size, exactly above the limit',
      on([], async ({ backend }) => {
        const small = await writeOne(backend, blob('12345678'));
        const large = await writeOne(backend, { type: 'blob', content: new Uint8Array(100_000) });
        expect((await backend.objects.read(small, { maxBytes: 8 })).content.length).toBe(8);
        await expect(backend.objects.read(small, { maxBytes: 7 })).rejects.toMatchObject({
          ...code('too-large'),
          data: { oid: small, size: 8, limit: 7 },
        });
        await expect(backend.objects.read(large, { maxBytes: 99_999 })).rejects.toMatchObject({
          ...code('too-large'),
          data: { size: 100_000 },
        });
        await expect(collect(backend.objects.readMany([small, large], { maxBytes: 8 }))).rejects.toMatchObject(
          code('too-large'),
        );
        const many = [...Array<Oid>(MANY).fill(small), large];
        await expect(collect(backend.objects.readMany(many, { maxBytes: 8 }))).rejects.toMatchObject(code('too-large'));
      }),
    );

    it(
      'damaged: read and readMany say so, and other objects are not affected',
      on(['damage'], async ({ backend, damage }) => {
        const bad = await writeOne(backend, blob('this text will be damaged, one way or another'));
        const good = await writeOne(backend, blob('good'));
        await damage(bad);
        await expect(backend.objects.read(bad)).rejects.toMatchObject({
          ...code('corrupt-object'),
          data: { oid: bad },
        });
        await expect(collect(backend.objects.readMany([good, bad]))).rejects.toMatchObject(code('corrupt-object'));
        const many = [...Array<Oid>(MANY).fill(good), bad];
        await expect(collect(backend.objects.readMany(many))).rejects.toMatchObject(code('corrupt-object'));
        expect((await backend.objects.read(good)).content).toEqual(utf8('good'));
      }),
    );

    it(
      'writing a damaged object again repairs it',
      on(['damage'], async ({ backend, damage }) => {
        const object: NewObject = blob('this text will be damaged, one way or another');
        const oid = await writeOne(backend, object);
        await damage(oid);
        expect(await writeOne(backend, object)).toBe(oid);
        expect((await backend.objects.read(oid)).content).toEqual(object.content);
      }),
    );
  });

  describe('closing', () => {
    it(
      'is safe twice',
      on([], async ({ backend }) => {
        await backend.objects.close();
        await backend.objects.close();
      }),
    );
  });
}
