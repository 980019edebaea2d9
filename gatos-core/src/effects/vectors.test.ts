import { describe, expect, it } from 'vitest';
import { readVectors } from '../../node/scratch-vectors.js';
import { EFFECTS_VECTORS } from '../../testing/effects-vectors.js';
import { vectorSuite } from '../../testing/vector-suite.js';

vectorSuite(
  {
    name: 'effects',
    files: readVectors('effects'),
    fewest: { ids: [5, 2], records: [12, 18], calls: [24, 1], outcomes: [10, 1], sequences: [10, 10] },
    ...EFFECTS_VECTORS,
  },
  { describe, it, expect },
);
