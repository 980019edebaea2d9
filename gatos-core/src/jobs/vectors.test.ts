import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkJobsVector, JOBS_AREAS } from '../../testing/jobs-vectors.js';
import type { VectorFile } from '../../testing/vector.js';

const folder = new URL('../../../conformance/vectors/jobs/', import.meta.url);
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as VectorFile);

/** Fewest vectors of each area, valid and invalid: an empty or halved file must not pass. */
const FEWEST: Readonly<Record<string, readonly [number, number]>> = {
  manifests: [13, 27],
  roots: [9, 2],
  paths: [15, 24],
  records: [15, 27],
};

describe('golden vectors of jobs', () => {
  it('cover every area, valid and invalid', () => {
    expect(files.map(({ area }) => area).sort()).toEqual([...JOBS_AREAS].sort());
    for (const { area, vectors } of files) {
      const [valid = 0, invalid = 0] = FEWEST[area] ?? [];
      expect(vectors.filter((vector) => 'want' in vector).length, area).toBeGreaterThanOrEqual(valid);
      expect(vectors.filter((vector) => 'wantError' in vector).length, area).toBeGreaterThanOrEqual(invalid);
      expect(new Set(vectors.map(({ id }) => id)).size, area).toBe(vectors.length);
      expect(
        vectors.every((vector) => 'want' in vector !== 'wantError' in vector),
        area,
      ).toBe(true);
    }
  });

  describe.each(files)('$area', ({ area, vectors }) => {
    it.each(vectors)('$id: $note', (vector) => {
      expect(checkJobsVector(area, vector)).toBeUndefined();
    });
  });

  it('would fail on a wrong answer, a wrong refusal, and a refusal that does not come', () => {
    for (const { area, vectors } of files) {
      const valid = vectors.find((vector) => 'want' in vector);
      const invalid = vectors.find((vector) => 'wantError' in vector);
      const { want: _, ...input } = valid ?? { id: '', note: '', requirement: '', input: {} };
      expect(checkJobsVector(area, { ...input, want: { other: true } }), area).toBeDefined();
      expect(checkJobsVector(area, { ...input, wantError: 'codec/schema' }), area).toBeDefined();
      if (invalid !== undefined)
        expect(checkJobsVector(area, { ...invalid, wantError: 'chain/name' }), area).toBeDefined();
    }
  });
});
