/** The part of the git contract that is about refs as others leave them: packed, symbolic, damaged, locked, contested. */
import type { GitBackend, Oid } from '../src/git/index.js';
import type { OnSubject, TestTools } from './git-contract-subject.js';
import { code, createRefs, two, writeLine } from './git-contract-world.js';

const NAME = 'refs/gatos/journal/default/user-alice';

export function sharedRefContract(on: OnSubject, tools: TestTools): void {
  tools.describe('packed, symbolic, damaged and locked refs', () => oddRefs(on, tools));
  tools.describe('races', () => races(on, tools));
}

function oddRefs(on: OnSubject, { it, expect }: TestTools): void {
  it(
    'packed refs are read, listed, moved and deleted like loose ones',
    on(['pack'], async ({ backend, pack }) => {
      const [a, b] = await two(backend);
      await createRefs(backend, {
        'refs/gatos/gone': a,
        'refs/gatos/moved': a,
        'refs/gatos/same': a,
        'refs/gatos/together': a,
        'refs/heads/keep': b,
      });
      await pack();
      expect(await backend.refs.list('refs/gatos/')).toHaveLength(4);
      await expect(
        backend.refs.transaction([{ name: 'refs/gatos/moved', expected: null, next: b }]),
      ).rejects.toMatchObject(code('ref-moved'));
      await backend.refs.transaction([{ name: 'refs/gatos/moved', expected: a, next: b }]);
      await backend.refs.transaction([{ name: 'refs/gatos/gone', expected: a, next: null }]);
      const edits = [
        { name: 'refs/gatos/moved', expected: b, next: a },
        { name: 'refs/gatos/together', expected: a, next: b },
      ];
      await backend.refs.transaction(edits);
      const want = [
        ['moved', a],
        ['same', a],
        ['together', b],
      ].map(([name, oid]) => ({ name: `refs/gatos/${name}`, oid }));
      expect(await backend.refs.list('refs/gatos/')).toEqual(want);
      expect(await backend.refs.read('refs/gatos/gone')).toBeNull();
      await pack();
      expect(await backend.refs.list('refs/gatos/')).toEqual(want);
    }),
  );

  it(
    'symbolic refs are followed',
    on(['plantRef'], async ({ backend, plantRef }) => {
      const [a, b] = await two(backend);
      await createRefs(backend, { 'refs/gatos/real': a });
      await plantRef('refs/gatos/alias', 'ref: refs/gatos/real\n');
      await plantRef('refs/gatos/dangling', 'ref: refs/gatos/none\n');
      expect(await backend.refs.read('refs/gatos/alias')).toBe(a);
      expect(await backend.refs.read('refs/gatos/dangling')).toBeNull();
      expect(await backend.refs.list('refs/gatos/')).toEqual([
        { name: 'refs/gatos/alias', oid: a },
        { name: 'refs/gatos/real', oid: a },
      ]);
      await backend.refs.transaction([{ name: 'refs/gatos/alias', expected: a, next: b }]);
      expect(await backend.refs.read('refs/gatos/real')).toBe(b);
      expect(await backend.refs.read('refs/gatos/alias')).toBe(b);
      await plantRef('refs/gatos/loop', 'ref: refs/gatos/loop\n');
      await expect(backend.refs.read('refs/gatos/loop')).rejects.toMatchObject(code('corrupt-ref'));
    }),
  );

  const damaged = [
    '',
    '\n',
    'nonsense\n',
    `${'g'.repeat(40)}\n`,
    `${'0'.repeat(40)}\n`,
    'a'.repeat(39),
    'ref: \n',
    'ref: ../../x\n',
    'ref: refs/a b\n',
  ];
  it.for(damaged)('a ref that holds %j is damaged, not absent', async (content, context) => {
    await on(['plantRef'], async ({ backend, plantRef }) => {
      const [a] = await two(backend);
      await createRefs(backend, { 'refs/gatos/fine': a });
      await plantRef('refs/gatos/bad', content);
      const corrupt = { ...code('corrupt-ref'), data: { ref: 'refs/gatos/bad' } };
      await expect(backend.refs.read('refs/gatos/bad')).rejects.toMatchObject(corrupt);
      await expect(backend.refs.list('refs/gatos/')).rejects.toMatchObject(corrupt);
      await expect(
        backend.refs.transaction([{ name: 'refs/gatos/bad', expected: null, next: a }]),
      ).rejects.toMatchObject(corrupt);
      expect(await backend.refs.read('refs/gatos/fine')).toBe(a);
    })(context);
  });

  it(
    'a ref that another program has locked waits, then gives up and changes nothing',
    on(['lockRef'], async ({ backend, lockRef }) => {
      const [a, b] = await two(backend);
      await createRefs(backend, { [NAME]: a, 'refs/gatos/aa': a });
      const lock = await lockRef(NAME);
      const edits = [
        { name: NAME, expected: a, next: b },
        { name: 'refs/gatos/aa', expected: a, next: b },
      ];
      await expect(backend.refs.transaction(edits)).rejects.toMatchObject(code('ref-locked'));
      expect(await backend.refs.read('refs/gatos/aa')).toBe(a);
      await backend.refs.transaction([{ name: 'refs/gatos/aa', expected: a, next: b }]);
      const waiting = backend.refs.transaction([{ name: NAME, expected: a, next: b }]);
      await lock.release();
      await waiting;
      expect(await backend.refs.read(NAME)).toBe(b);
    }),
  );
}

const WRITERS = 16;
const ROUNDS = 8;

function races(on: OnSubject, { it, expect }: TestTools): void {
  it(
    `of ${WRITERS} transactions on one ref exactly one wins, round after round`,
    on([], async ({ backend, reopen }) => {
      const line = await writeLine(backend, WRITERS + 1);
      const backends = [backend, ...(reopen === undefined ? [] : [await reopen(), await reopen()])];
      let at: Oid | null = null;
      for (let round = 0; round < ROUNDS; round++) {
        const expected: Oid | null = at;
        const candidates = line.filter((oid) => oid !== at).slice(0, WRITERS);
        const outcomes = await Promise.allSettled(
          candidates.map((next, i) =>
            (backends[i % backends.length] as GitBackend).refs.transaction([{ name: NAME, expected, next }]),
          ),
        );
        const winners = candidates.filter((_, i) => outcomes[i]?.status === 'fulfilled');
        expect(winners).toHaveLength(1);
        for (const outcome of outcomes)
          if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ kind: 'conflict' });
        at = await backend.refs.read(NAME);
        expect(at).toBe(winners[0]);
      }
    }),
  );

  it(
    'transactions on different refs do not disturb each other',
    on([], async ({ backend }) => {
      const [a, b] = await two(backend);
      const all = Array.from({ length: 24 }, (_, i) => `refs/gatos/r/${i % 5}/${i}`);
      await Promise.all(all.map((name) => backend.refs.transaction([{ name, expected: null, next: a }])));
      await Promise.all(
        all.map((name, i) => backend.refs.transaction([{ name, expected: a, next: i % 2 === 0 ? b : null }])),
      );
      const left = await backend.refs.list('refs/gatos/r/');
      expect(left).toHaveLength(12);
      expect(left.every(({ oid }) => oid === b)).toBe(true);
    }),
  );

  it(
    'transactions that overlap in several refs never mix',
    on([], async ({ backend }) => {
      const line = await writeLine(backend, 9);
      const all = ['refs/gatos/p', 'refs/gatos/q', 'refs/gatos/r'];
      await backend.refs.transaction(all.map((name) => ({ name, expected: null, next: line[0] as Oid })));
      const outcomes = await Promise.allSettled(
        line
          .slice(1)
          .map((next, i) =>
            backend.refs.transaction(
              (i % 2 === 0 ? all : [...all].reverse()).map((name) => ({ name, expected: line[0] as Oid, next })),
            ),
          ),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const held = new Set((await backend.refs.list('refs/gatos/')).map(({ oid }) => oid));
      expect(held.size).toBe(1);
      expect(held.has(line[0] as Oid)).toBe(false);
    }),
  );
}
