import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runsToMerge } from './merge.js';

const counts = (list: readonly number[]) => runsToMerge(list.map((count) => ({ count }))).map(({ count }) => count);

describe('which runs are merged', () => {
  it.each([
    [[], []],
    [[5], []],
    [
      [1, 1],
      [1, 1],
    ],
    [[8, 1], []],
    [
      [1, 5, 6],
      [1, 5, 6],
    ],
    [
      [0, 0, 100],
      [0, 0],
    ],
  ])('%j → %j', (all, merged) => {
    expect(counts(all)).toEqual(merged);
  });

  it('leaves each run larger than all smaller ones together (seed 1)', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 12 }), (all) => {
        const merged = counts(all);
        const rest = [...all].sort((a, b) => a - b).slice(merged.length);
        let smaller = merged.reduce((sum, count) => sum + Math.max(count, 1), 0);
        for (const count of rest) {
          if (smaller > 0) expect(Math.max(count, 1)).toBeGreaterThan(smaller);
          smaller += Math.max(count, 1);
        }
      }),
      { seed: 1 },
    );
  });

  it('rewrites an entry a logarithmic number of times', () => {
    let runs: number[] = [];
    let rewritten = 0;
    const appends = 4096;
    for (let i = 0; i < appends; i++) {
      runs.push(1);
      const merged = counts(runs);
      if (merged.length < 2) continue;
      const sum = merged.reduce((a, b) => a + b, 0);
      rewritten += sum;
      runs = [...[...runs].sort((a, b) => a - b).slice(merged.length), sum];
      expect(runs.length).toBeLessThanOrEqual(13);
    }
    expect(rewritten / appends).toBeLessThanOrEqual(12);
  });
});
