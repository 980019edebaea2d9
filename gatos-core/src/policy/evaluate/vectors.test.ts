import { describe, expect, it } from 'vitest';
import { readVectors } from '../../../node/scratch-vectors.js';
import { POLICY_VECTORS } from '../../../testing/policy-vectors.js';
import { vectorSuite } from '../../../testing/vector-suite.js';

const files = readVectors('policy');

vectorSuite(
  {
    name: 'policies',
    files,
    fewest: {
      'policy-code': [12, 25],
      'policy-decision': [50, 0],
      'policy-explanation': [10, 0],
      'policy-findings': [220, 0],
      'policy-input': [5, 6],
    },
    ...POLICY_VECTORS,
  },
  { describe, it, expect },
);

interface Findings {
  readonly compiles: boolean;
  readonly findings: readonly { readonly code: string }[];
}

describe('golden vectors of policies', () => {
  it('have every finding, programs with none, and programs that do not compile', () => {
    const found = files.filter(({ area }) => area === 'policy-findings').flatMap(({ vectors }) => vectors);
    const codes = new Set(found.flatMap(({ want }) => (want as Findings).findings.map(({ code }) => code)));
    expect(codes.size).toBeGreaterThanOrEqual(76);
    expect(found.filter(({ want }) => !(want as Findings).compiles).length).toBeGreaterThan(150);
    expect(found.filter(({ want }) => (want as Findings).findings.length === 0).length).toBeGreaterThan(10);
  });
});
