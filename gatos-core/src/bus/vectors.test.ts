import { describe, expect, it } from 'vitest';
import { readVectors } from '../../node/scratch-vectors.js';
import { BUS_AREAS, checkBusVector } from '../../testing/bus-vectors.js';
import { vectorSuite } from '../../testing/vector-suite.js';

const files = readVectors('bus');

vectorSuite(
  {
    name: 'the bus',
    files,
    areas: BUS_AREAS,
    fewest: { names: [5, 8], topics: [5, 12], proofs: [4, 6] },
    check: checkBusVector,
  },
  { describe, it, expect },
);
