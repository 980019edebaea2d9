import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isInstalled } from './ensure-built.mjs';
import { sourceDigest } from './sources.mjs';

describe('isInstalled', () => {
  const core = { version: '1.0.0', integrity: 'sha512-a' };
  const lock = {
    packages: {
      '': { workspaces: ['x'] },
      x: { version: '0.1.0' },
      'node_modules/core': core,
      'node_modules/x': { resolved: 'x', link: true },
      'node_modules/for-another-platform': { version: '2.0.0', optional: true },
    },
  };
  const installed = { packages: { 'node_modules/core': core, 'node_modules/x': { resolved: 'x', link: true } } };

  it('accepts what npm ci leaves, without packages for other platforms', () => {
    expect(isInstalled(lock, installed)).toBe(true);
  });

  it.each([
    ['nothing is installed', undefined],
    ['a package is missing', { packages: { 'node_modules/x': { link: true } } }],
    ['a version differs', { packages: { ...installed.packages, 'node_modules/core': { ...core, version: '1.0.1' } } }],
    [
      'the content differs',
      { packages: { ...installed.packages, 'node_modules/core': { ...core, integrity: 'sha512-b' } } },
    ],
    ['something else is installed', { packages: { ...installed.packages, 'node_modules/old': { version: '1.0.0' } } }],
  ])('refuses when %s', (_, found) => {
    expect(isInstalled(lock, found)).toBe(false);
  });

  it('refuses without a lock file', () => {
    expect(isInstalled(undefined, installed)).toBe(false);
  });
});

describe('sourceDigest', () => {
  let root = '';
  const write = (path: string, text: string): void => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'gatos-sources-'));
    write('gatos-core/src/a.ts', 'a');
    write('package.json', '{}');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('is that of the contents, not of the times', () => {
    const before = sourceDigest(root);
    utimesSync(join(root, 'gatos-core/src/a.ts'), 0, 0);
    write('gatos-core/src/a.test.ts', 'tests are in no build');
    write('docs/a.md', 'nor are the docs');
    expect(sourceDigest(root)).toBe(before);
  });

  it.each<[string, () => void]>([
    ['a change', () => write('gatos-core/src/a.ts', 'b')],
    ['a new file', () => write('git-gatos/src/deep/er.ts', '')],
    ['a removed file', () => rmSync(join(root, 'gatos-core/src/a.ts'))],
    ['a manifest', () => write('package.json', '{"a":1}')],
    [
      'content that moves to another file',
      () => {
        write('gatos-core/src/a.ts', '');
        write('gatos-core/src/b.ts', 'a');
      },
    ],
  ])('tells %s', (_, change) => {
    const before = sourceDigest(root);
    change();
    expect(sourceDigest(root)).not.toBe(before);
  });
});
