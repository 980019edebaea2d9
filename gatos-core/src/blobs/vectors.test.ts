import { describe, expect, it } from 'vitest';
import { readVectors } from '../../node/scratch-vectors.js';
import { BLOB_VECTORS } from '../../testing/blob-vectors.js';
import { vectorSuite } from '../../testing/vector-suite.js';

vectorSuite(
  {
    name: 'blobs',
    files: readVectors('blobs'),
    fewest: { drafts: [7, 5], records: [5, 8], proofs: [3, 7] },
    ...BLOB_VECTORS,
  },
  { describe, it, expect },
);
