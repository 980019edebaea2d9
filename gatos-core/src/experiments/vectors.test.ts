import { describe, expect, it } from 'vitest';
import { readVectors } from '../../node/scratch-vectors.js';
import { EXPERIMENT_VECTORS } from '../../testing/experiment-vectors.js';
import { vectorSuite } from '../../testing/vector-suite.js';

vectorSuite(
  {
    name: 'experiments',
    files: readVectors('experiments'),
    fewest: { roots: [4, 6], drift: [17, 2], statements: [4, 2], receipts: [7, 6] },
    ...EXPERIMENT_VECTORS,
  },
  { describe, it, expect },
);
