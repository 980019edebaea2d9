import { describe, expect, it } from 'vitest';
import { places } from '../probe.js';
import { exportStar } from './export-star.js';

describe('export-star', () => {
  it.each(["export * from './a.js';", "export * as a from './a.js';", "export type * from './a.js';"])(
    'finds %s',
    (text) => {
      expect(places(exportStar, { 'gatosd/src/index.ts': `\n${text}` })).toEqual(['gatosd/src/index.ts:2']);
    },
  );

  it('accepts names', () => {
    expect(places(exportStar, { 'a.ts': "export { a, type B } from './a.js';\nimport * as c from './c.js';" })).toEqual(
      [],
    );
  });
});
