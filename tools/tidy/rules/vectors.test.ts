import { describe, expect, it } from 'vitest';
import { words } from '../probe.js';
import { vectors } from './vectors.js';

const sound = { id: 'a/1', note: 'one', requirement: 'SPEC 2.1', input: '00', want: 0 };
const plant = (...list: readonly object[]): Record<string, string> => ({
  'conformance/vectors/a/b.json': JSON.stringify({ area: 'b', vectors: list }),
});

describe('vectors', () => {
  it('accepts an answer and a refusal', () => {
    const { want: _, ...rest } = sound;
    expect(words(vectors, plant(sound, { ...rest, id: 'a/2', wantError: 'codec/not-canonical' }))).toEqual([]);
  });

  it('accepts a bare list', () => {
    expect(words(vectors, { 'conformance/vectors/a/b.json': JSON.stringify([sound]) })).toEqual([]);
  });

  it.each([
    ['without an id', { ...sound, id: '' }],
    ['no requirement', { ...sound, requirement: undefined }],
    ['no note', { ...sound, note: 1 }],
    ['no input', { ...sound, input: undefined }],
    ['not exactly one of', { ...sound, wantError: 'codec/x' }],
    ['not exactly one of', { ...sound, want: undefined }],
    ['that is no code', { ...sound, want: undefined, wantError: 'Broken' }],
    ['the unknown field `hint`', { ...sound, hint: 'x' }],
  ])('finds %s', (found, vector) => {
    expect(words(vectors, plant(vector))[0]).toContain(found);
  });

  it('finds an id used twice, an empty list and a file of another form', () => {
    expect(words(vectors, plant(sound, sound))).toEqual([expect.stringContaining('an id used twice')]);
    expect(words(vectors, plant())).toHaveLength(1);
    expect(words(vectors, { 'conformance/vectors/a/b.json': '[]' })).toHaveLength(1);
    expect(words(vectors, { 'conformance/vectors/a/b.json': '{"vectors": [{}]}' })).toEqual([
      expect.stringContaining('no vectors'),
    ]);
  });
});
