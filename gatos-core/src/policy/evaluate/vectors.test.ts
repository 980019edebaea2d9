import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkPolicyVector, POLICY_AREAS } from '../../../testing/policy-vectors.js';
import type { VectorFile } from '../../../testing/vector.js';

const folder = new URL('../../../../conformance/vectors/policy/', import.meta.url);
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as VectorFile);

/** Fewest vectors of each area, valid and invalid: an empty or halved file must not pass. */
const FEWEST: Readonly<Record<string, readonly [number, number]>> = {
  'policy-code': [12, 25],
  'policy-decision': [50, 0],
  'policy-explanation': [10, 0],
  'policy-findings': [220, 0],
  'policy-input': [5, 6],
};

interface Findings {
  readonly compiles: boolean;
  readonly findings: readonly { readonly code: string }[];
}

describe('golden vectors of policies', () => {
  it('cover every area, valid and invalid', () => {
    expect(files.map(({ area }) => area).sort()).toEqual(POLICY_AREAS);
    for (const { area, vectors } of files) {
      const [valid = 0, invalid = 0] = FEWEST[area] ?? [];
      expect(vectors.filter((vector) => 'want' in vector).length, area).toBeGreaterThanOrEqual(valid);
      expect(vectors.filter((vector) => 'wantError' in vector).length, area).toBeGreaterThanOrEqual(invalid);
    }
    const found = files.filter(({ area }) => area === 'policy-findings').flatMap(({ vectors }) => vectors);
    const codes = new Set(found.flatMap(({ want }) => (want as Findings).findings.map(({ code }) => code)));
    expect(codes.size).toBeGreaterThanOrEqual(76);
    expect(found.filter(({ want }) => !(want as Findings).compiles).length).toBeGreaterThan(150);
    expect(found.filter(({ want }) => (want as Findings).findings.length === 0).length).toBeGreaterThan(10);
  });

  describe.each(files)('$area', ({ area, vectors }) => {
    it.each(vectors)('$id: $note', (vector) => {
      expect(checkPolicyVector(area, vector)).toBeUndefined();
    });
  });

  it('would fail on a wrong answer, a wrong refusal, and a refusal that does not come', () => {
    for (const { area, vectors } of files) {
      const valid = vectors.find((vector) => 'want' in vector);
      if (valid === undefined) throw new Error(`${area} has no valid vector`);
      const { want: _, ...input } = valid;
      expect(checkPolicyVector(area, { ...input, want: { other: true } }), area).toBeDefined();
      expect(checkPolicyVector(area, { ...input, wantError: 'policy/none' }), area).toBeDefined();
      for (const invalid of vectors.filter((vector) => 'wantError' in vector).slice(0, 1))
        expect(checkPolicyVector(area, { ...invalid, wantError: 'policy/none' }), area).toBeDefined();
    }
  });
});
