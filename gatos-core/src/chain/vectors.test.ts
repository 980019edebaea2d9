import { describe, expect, it } from 'vitest';
import { readVectors } from '../../node/scratch-vectors.js';
import { CHAIN_VECTORS } from '../../testing/chain-vectors.js';
import { vectorSuite } from '../../testing/vector-suite.js';

const files = readVectors('chain');

vectorSuite(
  {
    name: 'chains, trust and journals',
    files,
    fewest: { envelope: [11, 24], signed: [5, 8], commit: [7, 1], trust: [9, 22], journal: [4, 21] },
    ...CHAIN_VECTORS,
  },
  { describe, it, expect },
);

describe('golden vectors of journals', () => {
  it('say that one journal has one order', () => {
    const journals = files.find(({ area }) => area === 'journal')?.vectors ?? [];
    const [one, other] = ['two-chains', 'two-chains-fetched-the-other-way'].map(
      (id) => (journals.find((vector) => vector.id === id)?.want as { order: readonly string[] } | undefined)?.order,
    );
    expect(one).toHaveLength(9);
    expect(other).toEqual(one);
  });
});
