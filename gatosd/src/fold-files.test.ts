import { chmodSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LIMITS } from 'gatos-core';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { foldDirectory, readFoldFiles, scaffoldFold } from './fold-files.js';
import { ScratchWorld } from './scratch-world.js';

const world = new ScratchWorld();
afterAll(() => world.dispose());
let count = 0;
let directory: string;
beforeEach(() => {
  directory = foldDirectory(world.at(`top-${count++}`), 'sum');
});
const thrown = (code: string) => expect.objectContaining({ code });

describe('a new fold', () => {
  it('is a fold that can be read', () => {
    expect(readFoldFiles(directory)).toBeNull();
    const files = scaffoldFold(directory, { name: 'sum', ns: 'sensors' });
    expect(files).toEqual([join(directory, 'fold.mjs'), join(directory, 'fold.json')]);
    expect(readFoldFiles(directory)?.manifest).toMatchObject({ name: 'sum', ns: 'sensors', version: 1 });
  });

  it('never overwrites one', () => {
    scaffoldFold(directory, { name: 'sum', ns: 'default' });
    writeFileSync(join(directory, 'fold.mjs'), 'mine');
    expect(() => scaffoldFold(directory, { name: 'sum', ns: 'default' })).toThrow(thrown('fold-files/exists'));
    expect(readFileSync(join(directory, 'fold.mjs'), 'utf8')).toBe('mine');
  });

  it('completes what a killed process has left, and keeps a source that is there', () => {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'fold.mjs'), 'mine');
    expect(scaffoldFold(directory, { name: 'sum', ns: 'default' })).toEqual([join(directory, 'fold.json')]);
    expect(readFileSync(join(directory, 'fold.mjs'), 'utf8')).toBe('mine');
  });

  it('says when it cannot be written', () => {
    writeFileSync(world.at('file'), '');
    expect(() => scaffoldFold(world.at('file', 'sum'), { name: 'sum', ns: 'default' })).toThrow(
      thrown('fold-files/unwritable'),
    );
  });
});

describe('reading a fold', () => {
  it('says what is missing, too large or no file', () => {
    scaffoldFold(directory, { name: 'sum', ns: 'default' });
    const source = join(directory, 'fold.mjs');
    truncateSync(source, LIMITS.foldSourceBytes + 1);
    expect(() => readFoldFiles(directory)).toThrow(thrown('fold-files/unreadable'));
    rmSync(source);
    expect(() => readFoldFiles(directory)).toThrow(thrown('fold-files/unreadable'));
    mkdirSync(source);
    expect(() => readFoldFiles(directory)).toThrow(thrown('fold-files/unreadable'));
    chmodSync(directory, 0o755);
    writeFileSync(join(directory, 'fold.json'), '{');
    rmSync(source, { recursive: true });
    writeFileSync(source, '');
    expect(() => readFoldFiles(directory)).toThrow(thrown('fold/bad-manifest'));
  });
});
