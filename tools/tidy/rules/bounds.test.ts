import { describe, expect, it } from 'vitest';
import { places } from '../probe.js';
import { bounds } from './bounds.js';

const at = 'gatos-core/src/codec/planted.ts';

describe('bounds', () => {
  it.each([
    'const MAX_DEPTH = 64;',
    'const DEPTH_LIMIT = 4 * 1024;',
    'const retryLimit = 5;',
    'const a = s.text({ maxBytes: 64 });',
    'const a = s.list(item, { max: (2 ** 10) });',
    'function a(maxBytes = 1_000) {}',
    'class A { readonly maxItems = 7; }',
  ])('finds %s', (text) => {
    expect(places(bounds, { [at]: text })).toEqual([`${at}:1`]);
  });

  it.each([
    'const a = s.text({ maxBytes: LIMITS.nameBytes });',
    'const MAX_DEPTH = LIMITS.depth;',
    'const a = s.int({ min: 0, max: 1 });',
    'const maxSeen = 0;',
    'const digestBytes = 32;',
    'const MAX_TIME_MS = 2 ** 48 - 1;',
    'let maxClock = state.clock;',
    'const climax = 64;',
    'const MAX_SAFE = Number.MAX_SAFE_INTEGER;',
  ])('accepts %s', (text) => {
    expect(places(bounds, { [at]: text })).toEqual([]);
  });

  it('leaves limits.ts, tests and other packages alone', () => {
    const text = 'const MAX_DEPTH = 64;';
    expect(
      places(bounds, {
        'gatos-core/src/kernel/limits.ts': text,
        'gatos-core/src/a.test.ts': text,
        'gatosd/src/a.ts': text,
      }),
    ).toEqual([]);
  });
});
