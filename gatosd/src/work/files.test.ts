import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isGatosError } from 'gatos-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileAt, findFiles } from './files.js';

const root = mkdtempSync(join(tmpdir(), 'gatos-files-'));
const cwd = join(root, 'here');
afterAll(() => rmSync(root, { recursive: true, force: true }));

beforeAll(() => {
  for (const path of [
    'a.txt',
    'b.csv',
    'data/x.csv',
    'data/y.csv',
    'data/sub/z.csv',
    'odd[1].csv',
    '.git/config',
    '..x/f',
  ])
    write(path);
  write('../outside.txt');
  symlinkSync(join(root, 'outside.txt'), join(cwd, 'link.txt'));
  symlinkSync('../data', join(cwd, 'data/sub/loop'));
  chmodSync(join(cwd, 'a.txt'), 0o755);
});

function write(path: string, text = path): void {
  mkdirSync(dirname(join(cwd, path)), { recursive: true });
  writeFileSync(join(cwd, path), text);
}

const found = (...patterns: string[]) => findFiles(patterns, { cwd, role: 'an input' }).map(({ path }) => path);

function fault(...patterns: string[]): string {
  try {
    return `found ${found(...patterns)}`;
  } catch (error) {
    if (isGatosError(error)) return error.code;
    throw error;
  }
}

describe('finding files', () => {
  it.each([
    ['a.txt', ['a.txt']],
    ['./a.txt', ['a.txt']],
    ['data/../a.txt', ['a.txt']],
    ['data', ['data/sub/z.csv', 'data/x.csv', 'data/y.csv']],
    ['data/', ['data/sub/z.csv', 'data/x.csv', 'data/y.csv']],
    ['data/*.csv', ['data/x.csv', 'data/y.csv']],
    ['./data/*.csv', ['data/x.csv', 'data/y.csv']],
    ['data/**/*.csv', ['data/sub/z.csv', 'data/x.csv', 'data/y.csv']],
    ['data/[x]*', ['data/x.csv']],
    ['*.csv', ['b.csv', 'odd[1].csv']],
    ['odd[1].csv', ['odd[1].csv']],
    ['..x/f', ['..x/f']],
    ['link.txt', ['link.txt']],
  ])('%s', (pattern, paths) => {
    expect(found(pattern)).toEqual(paths);
    expect(found(join(cwd, pattern))).toEqual(paths);
  });

  it('takes each once, sorted', () => {
    expect(found('data/y.csv', 'data/*', 'a.txt')).toEqual(['a.txt', 'data/x.csv', 'data/y.csv']);
  });

  it('never enters `.git`, nor a link that it only finds', () => {
    expect(found('.')).toEqual(['..x/f', 'a.txt', 'b.csv', 'data/sub/z.csv', 'data/x.csv', 'data/y.csv', 'odd[1].csv']);
  });

  it.each([
    ['no.txt', 'work/no-file'],
    ['no/*.txt', 'work/no-file'],
    ['*.none', 'work/no-file'],
    ['a.txt/b', 'work/no-file'],
    ['../outside.txt', 'work/bad-path'],
    ['../*.txt', 'work/bad-path'],
    ['..', 'work/bad-path'],
    ['/etc/hostname', 'work/bad-path'],
    ['/etc/*', 'work/bad-path'],
    ['.git/config', 'work/bad-path'],
    ['/dev/../dev/null', 'work/bad-path'],
    ['x'.repeat(300), 'work/unreadable'],
  ])('%s is refused with %s', (pattern, code) => {
    expect(fault(pattern)).toBe(code);
  });
});

describe('an argument', () => {
  it.each(['x'.repeat(5000), 'data', 'link.txt', '../outside.txt', 'no', '', '.', '-o', 'a\0b'])(
    '`%s` names no file',
    (text) => {
      expect(fileAt(text, cwd)).toBeNull();
    },
  );

  it('names a file with its rights', () => {
    expect(fileAt('./a.txt', cwd)).toMatchObject({ path: 'a.txt', executable: true, size: 5 });
    expect(fileAt('b.csv', cwd)).toMatchObject({ path: 'b.csv', executable: false });
  });
});

describe('reading', () => {
  it('refuses a file that has another size by then, or is gone', async () => {
    write('grows.txt', '1');
    const [file] = findFiles(['grows.txt'], { cwd, role: 'an input' });
    write('grows.txt', '12');
    await expect(file?.read()).rejects.toMatchObject({ code: 'work/changed-meanwhile' });
    rmSync(join(cwd, 'grows.txt'));
    await expect(file?.read()).rejects.toMatchObject({ code: 'work/unreadable', data: { why: 'ENOENT' } });
  });
});
