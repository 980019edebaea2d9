import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkMerkleVector, MERKLE_AREAS } from '../../testing/merkle-vectors.js';
import type { VectorFile } from '../../testing/vector.js';

const folder = new URL('../../../conformance/vectors/merkle/', import.meta.url);
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as VectorFile);

describe('golden vectors of the Merkle trees', () => {
  it('cover every area, with proofs that hold and proofs that do not', () => {
    expect(files.map(({ area }) => area).sort()).toEqual([...MERKLE_AREAS].sort());
    const vectors = files.flatMap((file) => file.vectors);
    expect(vectors.filter(({ want }) => want === true).length).toBe(100);
    expect(vectors.filter(({ want }) => want === false).length).toBe(45);
    expect(vectors.filter(({ want }) => typeof want === 'object').length).toBe(10);
  });

  describe.each(files)('$area', ({ area, vectors }) => {
    it.each(vectors)('$id: $note', (vector) => {
      expect(checkMerkleVector(area, vector)).toBeUndefined();
    });
  });

  it('would fail on a wrong answer', () => {
    const [vector] = files.find(({ area }) => area === 'merkle-inclusion')?.vectors ?? [];
    expect(vector).toBeDefined();
    if (vector !== undefined) expect(checkMerkleVector('merkle-inclusion', { ...vector, want: false })).toBeDefined();
  });
});
