import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CHAIN_AREAS, checkChainVector } from '../../testing/chain-vectors.js';
import type { VectorFile } from '../../testing/vector.js';

const folder = new URL('../../../conformance/vectors/chain/', import.meta.url);
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as VectorFile);

/** Fewest vectors of each area, valid and invalid: an empty or halved file must not pass. */
const FEWEST: Readonly<Record<string, readonly [number, number]>> = {
  envelope: [11, 24],
  signed: [5, 8],
  commit: [7, 1],
  trust: [9, 22],
  journal: [4, 21],
};

describe('golden vectors of chains, trust and journals', () => {
  it('cover every area, valid and invalid', () => {
    expect(files.map(({ area }) => area).sort()).toEqual([...CHAIN_AREAS].sort());
    for (const { area, vectors } of files) {
      const [valid = 0, invalid = 0] = FEWEST[area] ?? [];
      expect(vectors.filter((vector) => 'want' in vector).length, area).toBeGreaterThanOrEqual(valid);
      expect(vectors.filter((vector) => 'wantError' in vector).length, area).toBeGreaterThanOrEqual(invalid);
      expect(
        vectors.every((vector) => 'want' in vector !== 'wantError' in vector),
        area,
      ).toBe(true);
    }
  });

  it('say that one journal has one order', () => {
    const journals = files.find(({ area }) => area === 'journal')?.vectors ?? [];
    const [one, other] = ['two-chains', 'two-chains-fetched-the-other-way'].map(
      (id) => (journals.find((vector) => vector.id === id)?.want as { order: readonly string[] } | undefined)?.order,
    );
    expect(one).toHaveLength(9);
    expect(other).toEqual(one);
  });

  describe.each(files)('$area', ({ area, vectors }) => {
    it.each(vectors)('$id: $note', async (vector) => {
      expect(await checkChainVector(area, vector)).toBeUndefined();
    });
  });

  it('would fail on a wrong answer, a wrong refusal, and a refusal that does not come', async () => {
    for (const { area, vectors } of files) {
      const valid = vectors.find((vector) => 'want' in vector);
      const invalid = vectors.find((vector) => 'wantError' in vector);
      const { want: _, ...input } = valid ?? { id: '', note: '', requirement: '', input: {} };
      expect(await checkChainVector(area, { ...input, want: { other: true } }), area).toBeDefined();
      expect(await checkChainVector(area, { ...input, wantError: 'chain/unsigned' }), area).toBeDefined();
      expect(await checkChainVector(area, { ...input, ...invalid, wantError: 'chain/name' }), area).toBeDefined();
    }
  });
});
