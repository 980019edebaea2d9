import { describe, expect, it } from 'vitest';
import { readVectors } from '../../node/scratch-vectors.js';
import { checkExperimentVector, EXPERIMENT_AREAS } from '../../testing/experiment-vectors.js';
import { vectorSuite } from '../../testing/vector-suite.js';

const files = readVectors('experiments');

vectorSuite(
  {
    name: 'experiments',
    files,
    areas: EXPERIMENT_AREAS,
    fewest: { roots: [4, 6], drift: [17, 2], statements: [4, 2], receipts: [7, 6] },
    check: checkExperimentVector,
  },
  { describe, it, expect },
);
