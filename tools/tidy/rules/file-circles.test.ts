import { describe, expect, it } from 'vitest';
import { places, words } from '../probe.js';
import { fileCircles } from './file-circles.js';

describe('file-circles', () => {
  it('accepts a diamond, and a circle that closes when code runs', () => {
    expect(
      places(fileCircles, {
        'a/top.ts': "import './left.js'; import './right.js';",
        'a/left.ts': "import './base.js';",
        'a/right.ts': "import './base.js'; import { type L } from './left.js';",
        'a/base.ts': "export const load = () => import('./top.js');",
      }),
    ).toEqual([]);
  });

  it('finds a circle, also through a re-export', () => {
    const planted = {
      'a/one.ts': "export { two } from './two.js';",
      'a/two.ts': "import './three.js';",
      'a/three.ts': "import './one.js';",
    };
    expect(places(fileCircles, planted)).toEqual(['a/one.ts']);
    expect(words(fileCircles, planted)[0]).toContain('a/one.ts → a/two.ts → a/three.ts → a/one.ts');
  });

  it('finds a circle of types', () => {
    const planted = {
      'a/left.ts': "import type { R } from './right.js';",
      'a/right.ts': "import { type L } from './left.js';",
    };
    expect(places(fileCircles, planted)).toEqual(['a/left.ts']);
  });

  it('finds a file that imports itself', () => {
    expect(places(fileCircles, { 'a/one.ts': "import './one.js';" })).toEqual(['a/one.ts']);
  });
});
