import { describe, expect, it } from 'vitest';
import { readVectors } from '../../node/scratch-vectors.js';
import { checkGovernanceVector, GOVERNANCE_AREAS } from '../../testing/governance-vectors.js';
import { vectorSuite } from '../../testing/vector-suite.js';

const files = readVectors('governance');

vectorSuite(
  {
    name: 'governance',
    files,
    areas: GOVERNANCE_AREAS,
    fewest: { quorum: [22, 29], states: [20, 34] },
    check: checkGovernanceVector,
  },
  { describe, it, expect },
);
