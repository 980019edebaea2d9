import { describe, expect, it } from 'vitest';
import { readVectors } from '../../node/scratch-vectors.js';
import { MERKLE_VECTORS } from '../../testing/merkle-vectors.js';

const files = readVectors('merkle');
const { areas, check } = MERKLE_VECTORS;

describe('golden vectors of the Merkle trees', () => {
  it('cover every area, with proofs that hold and proofs that do not', () => {
    expect(files.map(({ area }) => area).sort()).toEqual([...areas].sort());
    const vectors = files.flatMap((file) => file.vectors);
    expect(vectors.filter(({ want }) => want === true).length).toBe(100);
    expect(vectors.filter(({ want }) => want === false).length).toBe(45);
    expect(vectors.filter(({ want }) => typeof want === 'object').length).toBe(10);
  });

  describe.each(files)('$area', ({ area, vectors }) => {
    it.each(vectors)('$id: $note', async (vector) => {
      expect(await check(area, vector)).toBeUndefined();
    });
  });

  it('would fail on a wrong answer', async () => {
    const [vector] = files.find(({ area }) => area === 'merkle-inclusion')?.vectors ?? [];
    expect(vector).toBeDefined();
    if (vector !== undefined) expect(await check('merkle-inclusion', { ...vector, want: false })).toBeDefined();
  });
});
