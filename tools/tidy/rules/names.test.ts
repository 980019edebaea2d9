import { describe, expect, it } from 'vitest';
import { places } from '../probe.js';
import { names } from './names.js';

describe('names', () => {
  it.each([
    'gatosd/src/utils.ts',
    'gatosd/src/fileHelpers.ts',
    'docs/misc.md',
    'tools/test-utils.mjs',
    'gatosd/src/RefManager.ts',
  ])('finds the file %s', (path) => {
    expect(places(names, { [path]: '' })).toEqual([path]);
  });

  it('finds a folder once', () => {
    expect(places(names, { 'gatosd/src/common/a.ts': '', 'gatosd/src/common/b.ts': '' })).toEqual([
      'gatosd/src/common',
    ]);
  });

  it('finds an exported name', () => {
    const text = 'export class RefManager {}\nexport const byteHelpers = {};\nexport function miscWork() {}';
    expect(places(names, { 'a.ts': text })).toEqual(['a.ts:1', 'a.ts:2', 'a.ts:3']);
  });

  it('accepts names that say something', () => {
    const text = 'export function commonPrefix() {}\nexport const uncommon = 1;\nclass Manager {}';
    expect(places(names, { 'gatosd/src/ref-store.ts': text, 'gatosd/src/command.ts': '' })).toEqual([]);
  });
});
