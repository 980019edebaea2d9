import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repositoryTree, virtualTree } from './tree.js';

describe('repositoryTree', () => {
  let root = '';
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'tidy-'));
    execFileSync('git', ['init', '-q', root]);
    mkdirSync(join(root, 'src'));
    mkdirSync(join(root, 'dist'));
    for (const path of ['src/tracked.ts', 'src/new.ts', 'src/deleted.ts', 'dist/built.js', 'picture.png']) {
      writeFileSync(join(root, path), path);
    }
    writeFileSync(join(root, '.gitignore'), 'dist/\n');
    execFileSync('git', ['add', 'src/tracked.ts', 'src/deleted.ts', '.gitignore'], { cwd: root });
    rmSync(join(root, 'src/deleted.ts'));
    symlinkSync('src', join(root, 'link'));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it('holds what git would commit: tracked and new files, not ignored, deleted, linked or binary ones', () => {
    const tree = repositoryTree(root);
    expect(tree.paths).toEqual(['.gitignore', 'src/new.ts', 'src/tracked.ts']);
    expect(tree.text('src/new.ts')).toBe('src/new.ts');
    expect(tree.hasFolder('src')).toBe(true);
    expect(tree.hasFolder('dist')).toBe(false);
  });
});

describe('virtualTree', () => {
  it('knows its files and no others', () => {
    const tree = virtualTree({ 'a/b.ts': 'export const b = 1;' });
    expect(tree.has('a/b.ts')).toBe(true);
    expect(tree.source('a/b.ts').statements).toHaveLength(1);
    expect(() => tree.text('a/c.ts')).toThrow('is not in the tree');
  });
});
