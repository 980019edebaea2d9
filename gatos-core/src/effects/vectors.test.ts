import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkEffectsVector, EFFECTS_AREAS } from '../../testing/effects-vectors.js';
import type { VectorFile } from '../../testing/vector.js';
import { vectorSuite } from '../../testing/vector-suite.js';

const folder = new URL('../../../conformance/vectors/effects/', import.meta.url);
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as VectorFile);

vectorSuite(
  {
    name: 'effects',
    files,
    areas: EFFECTS_AREAS,
    fewest: { ids: [5, 2], records: [12, 18], calls: [24, 1], outcomes: [10, 1], sequences: [10, 10] },
    check: checkEffectsVector,
  },
  { describe, it, expect },
);
