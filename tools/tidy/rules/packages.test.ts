import { describe, expect, it } from 'vitest';
import { places, words } from '../probe.js';
import { packageName, packages } from './packages.js';

const manifests = {
  'package.json': '{"devDependencies":{"vitest":"1.0.0"}}',
  'gatos-core/package.json': '{"dependencies":{"@noble/hashes":"1.0.0"}}',
  'gatosd/package.json': '{}',
  'git-gatos/package.json': '{"devDependencies":{"csv-parse":"1.0.0"}}',
};

const plant = (path: string, ...specifiers: string[]): Record<string, string> => ({
  ...manifests,
  'gatos-core/src/codec/index.ts': '',
  [path]: specifiers.map((specifier) => `import '${specifier}';`).join('\n'),
});

describe('packages', () => {
  it('accepts the declared direction, declared dependencies, built-ins in adapters and tests', () => {
    for (const [path, ...specifiers] of [
      ['gatos-core/src/chain/a.ts', '../codec/index.js', '@noble/hashes/sha2.js', '#hash'],
      ['gatos-core/src/chain/a.test.ts', 'node:fs', 'vitest', '../../testing/index.js', '../../../conformance/a.js'],
      ['gatos-core/node/a.ts', 'node:fs', '../src/codec/index.js'],
      ['gatos-core/testing/a.ts', 'vitest', '../src/codec/index.js'],
      ['gatosd/src/a.ts', 'gatos-core', 'gatos-core/node', 'node:http'],
      ['git-gatos/src/a.ts', 'gatos-core', 'gatosd', 'csv-parse'],
      ['git-gatos/src/a.test.ts', 'gatos-core/testing'],
      ['git-gatos/e2e/a.ts', 'gatos-core/testing'],
      ['gatosd/src/scratch-a.ts', 'gatos-core/testing'],
      ['tools/a.mjs', 'gatos-core', '@noble/hashes', 'node:fs'],
    ] as [string, ...string[]][]) {
      expect(places(packages, plant(path, ...specifiers)), path).toEqual([]);
    }
  });

  it('finds each kind of wrong import', () => {
    for (const [path, specifier] of [
      ['gatos-core/src/chain/a.ts', 'node:fs'],
      ['gatos-core/src/chain/a.ts', 'fs'],
      ['gatos-core/src/chain/a.ts', '../../node/index.js'],
      ['gatos-core/src/chain/a.ts', '../../testing/index.js'],
      ['gatos-core/src/chain/a.ts', 'gatos-core'],
      ['gatos-core/src/chain/a.ts', 'vitest'],
      ['gatos-core/testing/a.ts', 'node:fs'],
      ['gatos-core/node/a.ts', 'gatosd'],
      ['gatos-core/node/a.ts', '../../tools/a.mjs'],
      ['gatos-core/node/a.ts', 'fs'],
      ['gatosd/src/a.ts', 'git-gatos'],
      ['gatosd/src/a.ts', '../../gatos-core/src/codec/index.js'],
      ['gatosd/src/a.ts', 'csv-parse'],
      ['git-gatos/src/a.ts', 'gatos-core/testing'],
      ['git-gatos/src/a.ts', '@noble/hashes/sha2.js'],
      ['tools/a.mjs', 'left-pad'],
    ] as const) {
      expect(places(packages, plant(path, specifier)), `${path} ← ${specifier}`).toEqual([`${path}:1`]);
    }
  });

  it('lets an example import what the manifest beside it declares, and nothing beyond its folder', () => {
    const beside = { 'examples/a/lab/package.json': '{"dependencies":{"left-pad":"^1.0.0"}}' };
    expect(places(packages, { ...plant('examples/a/lab/a.mjs', 'left-pad'), ...beside })).toEqual([]);
    expect(places(packages, { ...plant('examples/a/a.mjs', 'left-pad'), ...beside })).toEqual(['examples/a/a.mjs:1']);
  });

  it('names the replacement', () => {
    expect(words(packages, plant('gatos-core/src/a.ts', 'node:fs'))[0]).toMatch(/→ a port of gatos-core\/src/);
    expect(words(packages, plant('gatosd/src/a.ts', 'git-gatos'))[0]).toMatch(/packages depend downwards/);
  });

  it('takes the package out of a specifier', () => {
    expect(packageName('@noble/hashes/sha2.js')).toBe('@noble/hashes');
    expect(packageName('gatos-core/node')).toBe('gatos-core');
  });
});
