import { Cid } from 'gatos-core';
import { describe, expect, it } from 'vitest';
import { byStage, portionsOf } from './stage.js';

const jobs = Array.from({ length: 5 }, (_, i) => Cid.hash('dag-cbor', new Uint8Array([i])));
const resultChain = (job: Cid) => `jobs/${job}/result`;
const chainsOf = (job: Cid) => [`audit/jobs/${job}`, `jobs/${job}/claim`, `jobs/${job}/job`, resultChain(job)];

describe('the order of an exchange', () => {
  it('is trust, everything, states, and experiments with their receipts last', () => {
    const [job] = jobs as [Cid];
    const experiment = 'audit/proofs/experiments/01J0000000000000000000000A';
    const receipt = 'audit/proofs/reproductions/01J0000000000000000000000A';
    const all = [receipt, experiment, 'state/sum', 'trust', resultChain(job), 'journal/x/user-alice'];
    expect(all.sort(byStage)).toEqual([
      'trust',
      resultChain(job),
      'journal/x/user-alice',
      'state/sum',
      experiment,
      receipt,
    ]);
  });
});

describe('portions', () => {
  const all = jobs.flatMap(chainsOf).sort(byStage);

  it.each([4, 5, 6, 7, 8, 11, 20, 500])('of %i chains at most never split a job', (limit) => {
    const portions = portionsOf(all, limit);
    expect(portions.flat().sort()).toEqual([...all].sort());
    for (const portion of portions) {
      expect(portion.length).toBeLessThanOrEqual(limit);
      expect(portion.length % 4).toBe(0);
      for (const job of jobs) {
        const inside = chainsOf(job).filter((chain) => portion.includes(chain));
        expect([0, 4]).toContain(inside.length);
      }
    }
    expect(portions).toHaveLength(Math.ceil(5 / Math.floor(limit / 4)));
  });

  it('keep the order of what does not belong together', () => {
    const chains = ['a/1', 'a/2', 'a/3', 'a/4', 'a/5'];
    expect(portionsOf(chains, 2)).toEqual([['a/1', 'a/2'], ['a/3', 'a/4'], ['a/5']]);
    expect(portionsOf([], 2)).toEqual([]);
  });
});
