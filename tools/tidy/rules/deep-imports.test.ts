import { describe, expect, it } from 'vitest';
import { places, words } from '../probe.js';
import { deepImports } from './deep-imports.js';

const files = {
  'gatos-core/src/index.ts': "export { cid } from './codec/index.js';",
  'gatos-core/node/index.ts': '',
  'gatos-core/src/codec/index.ts': "export { cid } from './cid.js';",
  'gatos-core/src/codec/cid.ts': 'export const cid = 1;',
  'gatos-core/node/keys/index.ts': "export { open } from './open.js';",
  'gatos-core/node/keys/open.ts': 'export const open = 1;',
};

describe('deep-imports', () => {
  it('accepts an index, a file of the same folder, a parent and a folder without an index', () => {
    const sound = {
      ...files,
      'gatos-core/src/chain/append.ts':
        "import { cid } from '../codec/index.js';\nimport './plain/a.js';\nimport 'vitest';",
      'gatos-core/src/chain/plain/a.ts': "import '../append.js';",
    };
    const node = { 'gatos-core/node/hash.ts': "import '../src/codec/index.js'; import '../src/index.js';" };
    expect(places(deepImports, { ...sound, ...node })).toEqual([]);
  });

  it('finds a reach past an index, from code, from node, from a test and from a tool', () => {
    for (const [path, specifier] of [
      ['gatos-core/src/chain/append.ts', '../codec/cid.js'],
      ['gatos-core/node/hash.ts', '../src/codec/cid.js'],
      ['gatos-core/node/hash.ts', './keys/open.js'],
      ['gatos-core/src/chain/append.test.ts', '../codec/cid.js'],
      ['bench/run.mjs', '../gatos-core/src/codec/cid.js'],
    ] as const) {
      expect(places(deepImports, { ...files, [path]: `import x from '${specifier}';` })).toEqual([`${path}:1`]);
    }
  });

  it('names the index to use', () => {
    const planted = { ...files, 'gatos-core/src/chain/a.ts': "import { cid } from '../codec/cid.js';" };
    expect(words(deepImports, planted)[0]).toContain('→ import from gatos-core/src/codec/index.js');
  });
});
