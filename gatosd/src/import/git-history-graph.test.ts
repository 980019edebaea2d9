import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CommitGraph, OidNumbers } from './git-history-graph.js';

const WIDTH = 20;
/** Ids that often share their first bytes, as those of a large history do. */
const oid = fc
  .tuple(fc.nat(3), fc.nat(2 ** 24))
  .map(([a, b]) => a.toString(16).padStart(8, '0') + b.toString(16).padStart(32, '0'));

/** A history: commits whose parents come before them in the list. */
const history = fc
  .uniqueArray(oid, { minLength: 1, maxLength: 60 })
  .chain((oids) =>
    fc.tuple(
      ...oids.map((id, i) =>
        fc.record({
          id: fc.constant(id),
          parents: fc.array(fc.nat(Math.max(0, i - 1)), { maxLength: i === 0 ? 0 : 4 }),
        }),
      ),
    ),
  )
  .map((commits) => commits.map(({ id, parents }) => ({ id, parents: parents.map((at) => commits[at]?.id ?? '') })));

type History = readonly { id: string; parents: readonly string[] }[];

function orderOf(commits: History, outside: ReadonlySet<string> = new Set()): string[] {
  const graph = new CommitGraph(WIDTH);
  for (const { id, parents } of commits) {
    const node = graph.ids.add(id);
    if (outside.has(id)) continue;
    graph.add(node);
    graph.setParents(
      node,
      parents.map((parent) => graph.ids.add(parent)),
    );
  }
  return [...graph.order()].map((node) => graph.ids.oid(node));
}

/** The definition, said plainly. */
function expectedOrder(commits: History): string[] {
  const left = new Map(commits.map((commit) => [commit.id, commit]));
  const order: string[] = [];
  while (left.size > 0) {
    const ready = [...left.values()].filter(({ parents }) => parents.every((parent) => !left.has(parent)));
    const [least] = ready.map(({ id }) => id).sort();
    if (least === undefined) throw new Error('a cycle');
    order.push(least);
    left.delete(least);
  }
  return order;
}

describe('the order of a history', () => {
  it('is that of the definition, in whatever order commits are discovered (seed 20211)', () => {
    const check = (commits: History, shuffled: History) => {
      const want = expectedOrder(commits);
      expect(orderOf(commits)).toEqual(want);
      expect(orderOf([...commits].reverse())).toEqual(want);
      expect(orderOf(shuffled)).toEqual(want);
    };
    const shuffled = history.chain((commits) =>
      fc.tuple(fc.constant(commits), fc.shuffledSubarray(commits, { minLength: commits.length })),
    );
    fc.assert(
      fc.property(shuffled, (pair) => check(...pair)),
      { seed: 20211, numRuns: 400 },
    );
  });

  it('leaves out what does not belong to it, and its edges (seed 20212)', () => {
    fc.assert(
      fc.property(history, fc.nat(10), (commits, every) => {
        const outside = new Set(commits.filter((_, i) => i % (every + 2) === 0).map(({ id }) => id));
        expect(orderOf(commits, outside)).toEqual(expectedOrder(commits.filter(({ id }) => !outside.has(id))));
      }),
      { seed: 20212, numRuns: 200 },
    );
  });

  it('counts a parent that is named twice', () => {
    const [a, b] = ['a'.repeat(40), 'b'.repeat(40)];
    expect(
      orderOf([
        { id: a, parents: [b, b] },
        { id: b, parents: [] },
      ]),
    ).toEqual([b, a]);
  });

  it('cannot be made of a circle', () => {
    const [a, b] = ['a'.repeat(40), 'b'.repeat(40)];
    expect(() =>
      orderOf([
        { id: a, parents: [b] },
        { id: b, parents: [a] },
      ]),
    ).toThrow('no cycles');
  });
});

describe('OidNumbers', () => {
  it.each([20, 32])('numbers many ids of %i bytes and gives them back', (width) => {
    const ids = new OidNumbers(width);
    const oids = Array.from({ length: 5000 }, (_, i) =>
      (i * 2654435761)
        .toString(16)
        .padStart(width * 2, '0')
        .slice(-width * 2),
    );
    expect(oids.map((id) => ids.add(id))).toEqual(oids.map((_, i) => i));
    expect(oids.map((id) => ids.add(id))).toEqual(oids.map((_, i) => i));
    expect(oids.map((_, i) => ids.oid(i))).toEqual(oids);
    expect(ids.size).toBe(5000);
    const sorted = [...oids.keys()].sort((a, b) => (ids.isBefore(a, b) ? -1 : 1)).map((node) => ids.oid(node));
    expect(sorted).toEqual([...oids].sort());
  });
});
