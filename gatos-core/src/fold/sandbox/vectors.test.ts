import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadEngine } from '../../../node/fold/index.js';
import { checkFoldVector, FOLD_AREAS } from '../../../testing/fold-vectors.js';
import type { VectorFile } from '../../../testing/vector.js';

const folder = new URL('../../../../conformance/vectors/fold/', import.meta.url);
const files = readdirSync(folder)
  // What else lies there is for conformance/fold.
  .filter((name) => name.startsWith('fold-') && name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as VectorFile);
const engine = await loadEngine();

describe('golden vectors of folds', () => {
  it('cover every area, with folds that run and folds that are refused', () => {
    expect([...new Set(files.map(({ area }) => area))].sort()).toEqual([...FOLD_AREAS].sort());
    const vectors = files.flatMap((file) => file.vectors);
    expect(vectors.filter(({ want }) => want !== undefined).length).toBeGreaterThanOrEqual(60);
    expect(vectors.filter(({ wantError }) => wantError !== undefined).length).toBeGreaterThanOrEqual(90);
  });

  describe.each(files)('$area', ({ area, vectors }) => {
    it.each(vectors)('$id: $note', async (vector) => {
      expect(await checkFoldVector(engine, area, vector)).toBeUndefined();
    });
  });

  it('would fail on a wrong answer', async () => {
    const [vector] = files.find(({ area }) => area === 'fold-run')?.vectors ?? [];
    expect(vector).toBeDefined();
    if (vector !== undefined) {
      expect(await checkFoldVector(engine, 'fold-run', { ...vector, want: { state: {}, gas: 1 } })).toBeDefined();
    }
  });
});
