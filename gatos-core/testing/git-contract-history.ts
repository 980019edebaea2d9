/** The part of the git contract that is about history. */
import type { Oid } from '../src/git/index.js';
import type { Abort, ProgressReport } from '../src/kernel/index.js';
import type { OnSubject, TestTools } from './git-contract-subject.js';
import { absentOid, blob, code, collect, writeCommit, writeLine, writeOne } from './git-contract-world.js';

/** Longer than what any adapter walks without help. */
const LONG = 300;

/** Small writes, after which every adapter has each object stored on its own. */
const FEW = { atOnce: 5 };

export function historyContract(on: OnSubject, { describe, it, expect }: TestTools): void {
  describe('history', () => {
    it.for([1, 2, 100, LONG])('of %i commits: oldest first, raw, whole or from any place', async (length, context) => {
      await on([], async ({ backend }) => {
        const line = await writeLine(backend, length);
        const head = line.at(-1) as Oid;
        const whole = await collect(backend.objects.history({ head }));
        expect(whole.map(({ oid }) => oid)).toEqual(line);
        expect(whole.every(({ type }) => type === 'commit')).toBe(true);
        for (const at of new Set([0, length >> 1, length - 1])) {
          const part = await collect(backend.objects.history({ head, after: line[at] }));
          expect(part.map(({ oid }) => oid)).toEqual(line.slice(at + 1));
        }
      })(context);
    });

    it.for([3, LONG])('refuses merges (%i commits on)', async (length, context) => {
      await on([], async ({ backend }) => {
        const a = await writeCommit(backend, 'a');
        const b = await writeCommit(backend, 'b');
        const merge = await writeCommit(backend, 'merge', [a, b]);
        let head = merge;
        for (let i = 0; i < Math.min(length, 5); i++) head = await writeCommit(backend, `m ${i}`, [head]);
        await expect(collect(backend.objects.history({ head }))).rejects.toMatchObject({
          ...code('not-linear'),
          data: { at: merge },
        });
        await expect(collect(backend.objects.history({ head, after: a }))).rejects.toMatchObject(code('not-linear'));
        expect(await collect(backend.objects.history({ head, after: merge }))).toHaveLength(Math.min(length, 5));
      })(context);
    });

    it(
      'refuses a start that is no ancestor',
      on([], async ({ backend }) => {
        const line = await writeLine(backend, LONG);
        const other = await writeCommit(backend, 'another root');
        const head = line.at(-1) as Oid;
        await expect(collect(backend.objects.history({ head, after: other }))).rejects.toMatchObject(
          code('not-linear'),
        );
        await expect(collect(backend.objects.history({ head: line[5] as Oid, after: head }))).rejects.toMatchObject(
          code('not-linear'),
        );
        await expect(
          collect(backend.objects.history({ head, after: absentOid(backend.objects.format) })),
        ).rejects.toMatchObject(code('not-linear'));
      }),
    );

    it(
      'needs a commit for a head',
      on([], async ({ backend }) => {
        const notCommit = await writeOne(backend, blob('no commit'));
        await expect(collect(backend.objects.history({ head: notCommit }))).rejects.toMatchObject(code('wrong-type'));
        const absent = absentOid(backend.objects.format);
        await expect(collect(backend.objects.history({ head: absent }))).rejects.toMatchObject(code('missing-object'));
      }),
    );

    it.for([10, LONG])('a missing commit among %i is missing, not the end', async (length, context) => {
      await on(['remove'], async ({ backend, remove }) => {
        const oids = await writeLine(backend, length, FEW);
        const head = oids.at(-1) as Oid;
        await remove(oids[2] as Oid);
        await expect(collect(backend.objects.history({ head }))).rejects.toMatchObject({
          ...code('missing-object'),
          data: { oid: oids[2] },
        });
        expect(await collect(backend.objects.history({ head, after: oids[3] }))).toHaveLength(length - 4);
      })(context);
    });

    it(
      'a damaged commit is damaged',
      on(['damage'], async ({ backend, damage }) => {
        const oids = await writeLine(backend, LONG, FEW);
        const head = oids.at(-1) as Oid;
        await damage(oids[2] as Oid);
        await expect(collect(backend.objects.history({ head }))).rejects.toMatchObject({
          ...code('corrupt-object'),
          data: { oid: oids[2] },
        });
      }),
    );

    it.for([10, LONG])('a shallow clone of %i commits says where it ends', async (length, context) => {
      await on(['cutHistory', 'remove'], async ({ backend, cutHistory, remove }) => {
        const oids = await writeLine(backend, length, FEW);
        const head = oids.at(-1) as Oid;
        await cutHistory(oids[3] as Oid);
        await remove(oids[2] as Oid);
        await expect(collect(backend.objects.history({ head }))).rejects.toMatchObject({
          ...code('shallow'),
          data: { at: oids[3] },
        });
        expect(await collect(backend.objects.history({ head, after: oids[3] }))).toHaveLength(length - 4);
      })(context);
    });

    it(
      'stops when told to, and tells how far it is',
      on([], async ({ backend }) => {
        const line = await writeLine(backend, LONG);
        const head = line.at(-1) as Oid;
        const reports: ProgressReport[] = [];
        await collect(backend.objects.history({ head }, { progress: (report) => reports.push(report) }));
        expect(reports.at(-1)).toMatchObject({ done: LONG, unit: 'commits' });
        const stop: Abort = {
          aborted: true,
          throwIfAborted: () => {
            throw new RangeError('enough');
          },
        };
        await expect(collect(backend.objects.history({ head }, { signal: stop }))).rejects.toThrow('enough');
        await expect(collect(backend.objects.history({ head: line[1] as Oid }, { signal: stop }))).rejects.toThrow(
          'enough',
        );
      }),
    );
  });
}
