import { describe, expect, it } from 'vitest';
import { places, words } from '../probe.js';
import { RINGS, ringObjection } from '../rings.js';
import { rings } from './rings.js';

const src = (files: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [`gatos-core/src/${path}`, text]));

const sound = src({
  'kernel/index.ts': 'export const a = 1;',
  'codec/index.ts': "import { a } from '../kernel/index.js';\nexport const b = a;",
  'journal/index.ts': "import { b } from '../codec/index.js';\nexport { b };",
  'fold/index.ts': "import { b } from '../journal/index.js';\nexport const c = b;",
  'index.ts': "export { c } from './fold/index.js';",
});

describe('rings', () => {
  it('accepts lower rings, the declared use of a plane, and the façade above all', () => {
    expect(places(rings, sound)).toEqual([]);
  });

  it('finds an upward import, a type-only one, a dynamic one and one in a type', () => {
    for (const text of [
      "import { c } from '../fold/index.js';",
      "import type { C } from '../fold/index.js';",
      "export { c } from '../fold/index.js';",
      "export const load = () => import('../fold/index.js');",
      "export type C = import('../fold/index.js').C;",
    ]) {
      expect(places(rings, { ...sound, 'gatos-core/src/kernel/planted.ts': `\n${text}` })).toContain(
        'gatos-core/src/kernel/planted.ts:2',
      );
    }
  });

  it('finds an import within one ring and of the façade', () => {
    const planted = src({ 'merkle/index.ts': "import '../codec/index.js';\nimport '../index.js';" });
    expect(places(rings, { ...sound, ...planted })).toEqual([
      'gatos-core/src/merkle/index.ts:1',
      'gatos-core/src/merkle/index.ts:2',
    ]);
    expect(words(rings, { ...sound, ...planted })[0]).toMatch(/are both in ring 1 → take what you need as a port/);
  });

  it('finds a plane that uses one it does not declare', () => {
    expect(places(rings, { ...sound, ...src({ 'journal/planted.ts': "import '../fold/index.js';" }) })).toEqual([
      'gatos-core/src/journal/planted.ts:1',
      'gatos-core/src/',
    ]);
  });

  it('names a circle', () => {
    const planted = src({ 'kernel/planted.ts': "import '../codec/index.js';" });
    expect(words(rings, { ...sound, ...planted }).at(-1)).toMatch(/kernel → codec → kernel|codec → kernel → codec/);
  });

  it('finds a folder without a ring and one without an index', () => {
    expect(places(rings, { ...sound, ...src({ 'widgets/index.ts': '', 'chain/append.ts': '' }) })).toEqual([
      'gatos-core/src/chain',
      'gatos-core/src/widgets',
    ]);
  });

  it('lets a test look upwards', () => {
    expect(places(rings, { ...sound, ...src({ 'kernel/a.test.ts': "import '../fold/index.js';" }) })).toEqual([]);
  });

  it('has a table in which no ring may import itself or a higher one, except by declaration', () => {
    const folders = RINGS.flat();
    expect(new Set(folders).size).toBe(folders.length);
    for (const from of folders) {
      for (const to of folders) {
        if (from === to || ringObjection(from, to) !== undefined) continue;
        expect(ringObjection(to, from), `${from} → ${to} and back`).toBeDefined();
      }
    }
  });
});
