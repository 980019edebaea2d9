import { describe, expect, it } from 'vitest';
import { readVectors } from '../../node/scratch-vectors.js';
import { IR_VECTORS } from '../../testing/ir-vectors.js';
import { vectorSuite } from '../../testing/vector-suite.js';

vectorSuite(
  {
    name: 'the intermediate representation',
    files: readVectors('ir'),
    fewest: { 'ir-bundles': [6, 24], 'ir-traces': [16, 3] },
    ...IR_VECTORS,
  },
  { describe, it, expect },
);
