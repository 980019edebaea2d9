import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CODEC_AREAS, checkCodecVector } from '../../testing/codec-vectors.js';
import type { VectorFile } from '../../testing/vector.js';

const folder = new URL('../../../conformance/vectors/codec/', import.meta.url);
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as VectorFile);

/** Fewest vectors of each area, valid and invalid: an empty or halved file must not pass. */
const FEWEST: Readonly<Record<string, readonly [number, number]>> = {
  'dag-cbor': [78, 225],
  cid: [6, 22],
  json: [39, 110],
  'json-text': [30, 3],
  hex: [4, 10],
  base32: [8, 11],
  base64url: [9, 11],
  digest: [2, 10],
  key: [2, 9],
  signature: [2, 7],
  time: [13, 40],
  ulid: [5, 13],
};

describe('golden vectors of the codec', () => {
  it('cover every area, valid and invalid', () => {
    expect(files.map(({ area }) => area).sort()).toEqual([...CODEC_AREAS].sort());
    for (const { area, vectors } of files) {
      const [valid = 0, invalid = 0] = FEWEST[area] ?? [];
      expect(vectors.filter((vector) => 'want' in vector).length, area).toBeGreaterThanOrEqual(valid);
      expect(vectors.filter((vector) => 'wantError' in vector).length, area).toBeGreaterThanOrEqual(invalid);
      expect(
        vectors.every((vector) => 'want' in vector !== 'wantError' in vector),
        area,
      ).toBe(true);
    }
    const ids = files.flatMap(({ vectors }) => vectors.map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
  });

  describe.each(files)('$area', ({ area, vectors }) => {
    it.each(vectors)('$id: $note', (vector) => {
      expect(checkCodecVector(area, vector)).toBeUndefined();
    });
  });

  it('would fail on a wrong answer, a wrong refusal, and a refusal that does not come', () => {
    const vector = { id: 'canary', note: '', requirement: '', input: '01' };
    expect(checkCodecVector('dag-cbor', { ...vector, want: 2 })).toBeDefined();
    expect(checkCodecVector('dag-cbor', { ...vector, wantError: 'codec/malformed' })).toBeDefined();
    expect(checkCodecVector('dag-cbor', { ...vector, input: '1800', wantError: 'codec/malformed' })).toBeDefined();
    expect(checkCodecVector('nonsense', { ...vector, want: 1 })).toBeDefined();
  });
});
