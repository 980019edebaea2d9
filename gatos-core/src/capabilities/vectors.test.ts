import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CAPABILITY_AREAS, checkCapabilityVector } from '../../testing/capability-vectors.js';
import type { VectorFile } from '../../testing/vector.js';
import { vectorSuite } from '../../testing/vector-suite.js';

const folder = new URL('../../../conformance/vectors/capabilities/', import.meta.url);
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as VectorFile);

vectorSuite(
  {
    name: 'capabilities',
    files,
    areas: CAPABILITY_AREAS,
    fewest: { capabilities: [13, 10], attenuation: [38, 42], requests: [13, 25], checks: [33, 2] },
    check: checkCapabilityVector,
  },
  { describe, it, expect },
);
