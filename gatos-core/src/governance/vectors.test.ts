import { describe, expect, it } from 'vitest';
import { readVectors } from '../../node/scratch-vectors.js';
import { GOVERNANCE_VECTORS } from '../../testing/governance-vectors.js';
import { vectorSuite } from '../../testing/vector-suite.js';

vectorSuite(
  {
    name: 'governance',
    files: readVectors('governance'),
    fewest: { quorum: [22, 29], states: [20, 34] },
    ...GOVERNANCE_VECTORS,
  },
  { describe, it, expect },
);
