import { describe, expect, it } from 'vitest';
import { readVectors } from '../../node/scratch-vectors.js';
import { JOBS_VECTORS } from '../../testing/jobs-vectors.js';
import { vectorSuite } from '../../testing/vector-suite.js';

vectorSuite(
  {
    name: 'jobs',
    files: readVectors('jobs'),
    fewest: { manifests: [13, 27], roots: [9, 2], paths: [15, 24], records: [15, 27] },
    ...JOBS_VECTORS,
  },
  { describe, it, expect },
);
