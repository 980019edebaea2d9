import { describe, expect, it } from 'vitest';
import { readVectors } from '../../node/scratch-vectors.js';
import { CAPABILITY_VECTORS } from '../../testing/capability-vectors.js';
import { vectorSuite } from '../../testing/vector-suite.js';

vectorSuite(
  {
    name: 'capabilities',
    files: readVectors('capabilities'),
    fewest: { capabilities: [13, 10], attenuation: [38, 42], requests: [13, 25], checks: [33, 2] },
    ...CAPABILITY_VECTORS,
  },
  { describe, it, expect },
);
