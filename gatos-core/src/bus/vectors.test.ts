import { describe, expect, it } from 'vitest';
import { readVectors } from '../../node/scratch-vectors.js';
import { BUS_VECTORS } from '../../testing/bus-vectors.js';
import { vectorSuite } from '../../testing/vector-suite.js';

vectorSuite(
  {
    name: 'the bus',
    files: readVectors('bus'),
    fewest: { names: [5, 8], topics: [5, 12], proofs: [4, 6] },
    ...BUS_VECTORS,
  },
  { describe, it, expect },
);
