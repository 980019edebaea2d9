/** For tests in this repository: reads the golden vectors from the folder that they are kept in. Nothing of it is exported from this package. */
import { readdirSync, readFileSync } from 'node:fs';
import type { VectorFile } from '../testing/vector.js';

const FOLDER = new URL('../../conformance/vectors/', import.meta.url);

/** The files of a plane, sorted by name. */
export function readVectors(plane: string): readonly VectorFile[] {
  const folder = new URL(`${plane}/`, FOLDER);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as VectorFile);
}
