import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkIrVector, IR_AREAS } from '../../testing/ir-vectors.js';
import type { VectorFile } from '../../testing/vector.js';
import { vectorSuite } from '../../testing/vector-suite.js';

const folder = new URL('../../../conformance/vectors/ir/', import.meta.url);
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as VectorFile);

vectorSuite(
  {
    name: 'the intermediate representation',
    files,
    areas: IR_AREAS,
    fewest: { 'ir-bundles': [6, 24], 'ir-traces': [16, 3] },
    check: checkIrVector,
  },
  { describe, it, expect },
);
