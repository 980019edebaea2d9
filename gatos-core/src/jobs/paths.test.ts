import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeTree } from '../git/index.js';
import { isGatosError, LIMITS, utf8 } from '../kernel/index.js';
import { pathFault } from './index.js';
import { nestingFault } from './paths.js';

const seed = 4;
const deep = (folders: number) => `${'d/'.repeat(folders)}f`;

describe('a path of a job', () => {
  it.each([
    'a',
    'x.cbor',
    'out/model.json',
    'with space',
    ' leading and trailing ',
    'é/ü.txt',
    'e\u0301',
    '日本語/データ.csv',
    '😀',
    '-rf',
    '*.svg',
    'a:b',
    '.gitignore',
    '.hidden/x',
    '...',
    'envelope',
    'stdout',
    'CON',
    deep(LIMITS.treeFolders - 1),
    'x'.repeat(255),
    `${'é'.repeat(127)}x`,
  ])('may be `%s`', (path) => {
    expect(pathFault(path)).toBeUndefined();
  });

  it.each([
    ['', /is empty/],
    ['/etc/passwd', /is not relative/],
    ['../x', /component `\.\.`/],
    ['a/../b', /component `\.\.`/],
    ['./a', /component `\.`/],
    ['a//b', /component ``/],
    ['a/', /component ``/],
    ['a\\b', /backslash/],
    ['C:\\x', /backslash/],
    ['a\nb', /control character or a line end/],
    ['a\0b', /control character/],
    ['a\u001b[31m', /control character/],
    ['a\u0085b', /control character/],
    ['a\u2028b', /control character or a line end/],
    ['\ufeffa', /U\+FEFF/],
    ['\ud800', /lone surrogate/],
    ['.git', /goes through `.git`/],
    ['.GIT/config', /goes through `.git`/],
    ['a/.git/config', /goes through `.git`/],
    ['git~1/x', /what some machine takes for it/],
    ['.g\u200cit/x', /what some machine takes for it/],
    ['.git./x', /what some machine takes for it/],
    ['.git::$INDEX_ALLOCATION', /what some machine takes for it/],
    ['x'.repeat(256), /more than 255 bytes/],
    ['é'.repeat(128), /more than 255 bytes/],
    [Array.from({ length: 5 }, () => 'x'.repeat(250)).join('/'), /longer than 1024 bytes/],
    [deep(LIMITS.treeFolders), /nested deeper than 7 folders/],
  ])('may not be `%s`', (path, why) => {
    expect(pathFault(path)).toMatch(why);
  });

  const odd = fc.constantFrom(
    '.',
    '/',
    '\\',
    'a',
    'B',
    ' ',
    '\n',
    '\u200c',
    '~',
    '1',
    'git',
    '.git',
    'é',
    '\ud83d',
    ':',
    '\ufeff',
  );
  const path = fc.oneof(
    fc.array(odd, { maxLength: 12 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.string({ unit: 'grapheme', maxLength: 300 }),
  );

  it(`that passes is in one line, relative, and every component of it is taken by git (seed ${seed})`, () => {
    let passed = 0;
    const property = fc.property(path, (text) => {
      if (pathFault(text) !== undefined) return;
      passed++;
      expect(text).toMatch(/^[^\n\r\0/][^\n\r\0]*$/u);
      expect(utf8(text).length).toBeLessThanOrEqual(LIMITS.attachmentPathBytes);
      for (const name of text.split('/')) encodeTree([{ mode: '100644', name, oid: 'a'.repeat(40) }]);
      expect(new URL(`file:///root/${text.split('/').map(encodeURIComponent).join('/')}`).pathname).toMatch(
        /^\/root\//,
      );
    });
    fc.assert(property, { seed, numRuns: 3000 });
    expect(passed).toBeGreaterThan(200);
  });

  it(`that git refuses a component of does not pass (seed ${seed})`, () => {
    let refused = 0;
    const property = fc.property(path, (text) => {
      const taken = text.split('/').every((name) => {
        try {
          encodeTree([{ mode: '100644', name, oid: 'a'.repeat(40) }]);
          return true;
        } catch (error) {
          if (isGatosError(error)) return false;
          throw error;
        }
      });
      if (taken) return;
      refused++;
      expect(pathFault(text)).toBeDefined();
    });
    fc.assert(property, { seed, numRuns: 3000 });
    expect(refused).toBeGreaterThan(200);
  });
});

describe('a set of paths', () => {
  it.each([
    [['a', 'a-b', 'a/b'], /`a\/b` below `a`/],
    [['a/b/c', 'a/b'], /`a\/b\/c` below `a\/b`/],
    [['a/b', 'ab', 'a'], /`a\/b` below `a`/],
  ])('has no file that is a folder: %j', (paths, why) => {
    expect(nestingFault(paths)).toMatch(why);
  });

  it.each([[[]], [['a', 'ab', 'a.b', 'b/a']], [['a/b', 'a/c', 'a/bc/d']]])('may be %j', (paths) => {
    expect(nestingFault(paths)).toBeUndefined();
  });

  it(`is told exactly when a tree cannot hold it (seed ${seed})`, () => {
    const part = fc.constantFrom('a', 'b', 'a-', 'ab');
    const paths = fc.uniqueArray(
      fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/')),
      { maxLength: 8 },
    );
    const property = fc.property(paths, (given) => {
      const collides = given.some((file) => given.some((other) => other.startsWith(`${file}/`)));
      expect(nestingFault(given) !== undefined).toBe(collides);
    });
    fc.assert(property, { seed });
  });
});
