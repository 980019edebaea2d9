import { describe, expect, it } from 'vitest';
import { places } from '../probe.js';
import { any } from './any.js';

describe('any', () => {
  it.each(['const a: any = 1;', 'const a = b as any;', 'type A = Record<string, any>;', 'function a(...b: any[]) {}'])(
    'finds %s',
    (text) => {
      expect(places(any, { 'a.test.ts': text })).toEqual(['a.test.ts:1']);
    },
  );

  it('accepts unknown, and the word elsewhere', () => {
    expect(places(any, { 'a.ts': "const a: unknown = 'any'; const any = Promise.any([a]); // any" })).toEqual([]);
  });
});
