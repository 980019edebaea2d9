/**
 * The golden vectors of an area as tests: that every area is covered with answers and refusals, that each vector is met, and that the
 * runner would notice when one is not. A test file is one call with the tools of the test framework.
 */
import type { TestTools } from './git-contract-subject.js';
import type { Vector, VectorFile, VectorMismatch } from './vector.js';

export interface VectorSuite {
  /** What the vectors are of, such as `governance`. */
  readonly name: string;
  readonly files: readonly VectorFile[];
  readonly areas: readonly string[];
  /** Fewest vectors of each area, valid and invalid: an empty or halved file must not pass. */
  readonly fewest: Readonly<Record<string, readonly [valid: number, invalid: number]>>;
  check(area: string, vector: Vector): Promise<VectorMismatch> | VectorMismatch;
}

const NONE: Vector = { id: '', note: '', requirement: '', input: {} };

/** Declares the tests. */
export function vectorSuite({ name, files, areas, fewest, check }: VectorSuite, tools: TestTools): void {
  const { describe, it, expect } = tools;
  describe(`golden vectors of ${name}`, () => {
    it('cover every area, valid and invalid', () => {
      expect(files.map(({ area }) => area).sort()).toEqual([...areas].sort());
      expect(Object.keys(fewest).sort()).toEqual([...areas].sort());
      for (const { area, vectors } of files) {
        const [valid = 1, invalid = 1] = fewest[area] ?? [];
        expect(vectors.filter((vector) => 'want' in vector).length, area).toBeGreaterThanOrEqual(valid);
        expect(vectors.filter((vector) => 'wantError' in vector).length, area).toBeGreaterThanOrEqual(invalid);
        const either = vectors.every((vector) => 'want' in vector !== 'wantError' in vector);
        expect(either, area).toBe(true);
        const ids = vectors.map(({ id }) => id);
        expect(new Set(ids).size, area).toBe(ids.length);
      }
    });

    for (const { area, vectors } of files)
      describe(area, () => {
        for (const vector of vectors)
          it(`${vector.id}: ${vector.note}`, async () => {
            expect(await check(area, vector)).toBeUndefined();
          });
      });

    it('would fail on a wrong answer, a wrong refusal, and a refusal that does not come', async () => {
      for (const { area, vectors } of files) {
        const { want: _, ...input } = vectors.find((vector) => 'want' in vector) ?? NONE;
        const invalid = vectors.find((vector) => 'wantError' in vector);
        expect(await check(area, { ...input, want: { other: true } }), area).toBeDefined();
        expect(await check(area, { ...input, wantError: 'chain/unsigned' }), area).toBeDefined();
        if (invalid !== undefined)
          expect(await check(area, { ...invalid, wantError: 'chain/name' }), area).toBeDefined();
      }
    });
  });
}
