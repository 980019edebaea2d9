import { describe, expect, it } from 'vitest';
import { places } from '../probe.js';
import { countLines, FILE_LINES, fileLength } from './file-length.js';

const lines = (count: number): string => 'const a = 1;\n'.repeat(count);

describe('file-length', () => {
  it('finds one line too many and accepts the limit', () => {
    expect(places(fileLength, { 'a.ts': lines(FILE_LINES + 1), 'b.mjs': lines(FILE_LINES) })).toEqual(['a.ts']);
  });

  it('leaves tests and other texts alone', () => {
    expect(places(fileLength, { 'a.test.ts': lines(1000), 'a.md': lines(1000) })).toEqual([]);
  });

  it('counts lines as an editor does', () => {
    expect(['', 'a', 'a\n', 'a\nb', '\n'].map(countLines)).toEqual([0, 1, 1, 2, 1]);
  });
});
