import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseGlob } from './glob.js';

const matches = (pattern: string, path: string): boolean => parseGlob(pattern).matches(path);

describe('globs of outputs', () => {
  it.each([
    ['model.json', 'model.json'],
    ['*.json', 'model.json'],
    ['*.json', '.json'],
    ['out/*', 'out/.hidden'],
    ['?.txt', 'é.txt'],
    ['?.txt', '😀.txt'],
    ['[a-c]x', 'bx'],
    ['[!a-c]x', 'dx'],
    ['[^a-c]x', 'dx'],
    ['[]]x', ']x'],
    ['[a-]x', '-x'],
    ['a[', 'a['],
    ['[*]', '*'],
    ['**', 'a'],
    ['**', 'a/b/c'],
    ['**/x', 'x'],
    ['**/x', 'a/b/x'],
    ['a/**', 'a/b/c'],
    ['a/**/z', 'a/z'],
    ['a/**/z', 'a/b/c/z'],
    ['a/**/b/**/c', 'a/b/b/c'],
    ['a**b', 'axxb'],
    ['*a*b*c*', 'xxaxxbxxcxx'],
  ])('%s matches %s', (pattern, path) => expect(matches(pattern, path)).toBe(true));

  it.each([
    ['model.json', 'out/model.json'],
    ['*.json', 'out/model.json'],
    ['out/*', 'out'],
    ['out/*', 'out/a/b'],
    ['?.txt', '.txt'],
    ['?', 'ab'],
    ['a?b', 'a/b'],
    ['[a-c]x', 'dx'],
    ['[!a-c]x', 'ax'],
    ['[*]', 'a'],
    ['a/**', 'a'],
    ['**/x', 'ax'],
    ['a/**/z', 'az'],
    ['a**b', 'a/b'],
    ['{a,b}', 'a'],
  ])('%s does not match %s', (pattern, path) => expect(matches(pattern, path)).toBe(false));

  it.each([
    ['out/*.json', 'out', true],
    ['out/*.json', 'in', false],
    ['out/*.json', 'out/a', false],
    ['**/x', 'a/b/c', true],
    ['a/*/c', 'a/b', true],
    ['x', 'x', false],
  ])('%s looks into %s: %s', (pattern, folder, into) => expect(parseGlob(pattern).reaches(folder)).toBe(into));

  it('takes a path without glob characters as that path', () => {
    const path = fc.stringMatching(/^[a-z.é]{1,6}(\/[a-z.é]{1,6}){0,3}$/);
    fc.assert(
      fc.property(path, path, (pattern, other) => {
        expect(parseGlob(pattern).literal).toBe(true);
        expect(matches(pattern, other)).toBe(pattern === other);
      }),
      { seed: 4 },
    );
  });

  it('looks into every folder of whatever it matches', () => {
    const part = fc.constantFrom('a', 'b', '*', '**', '?', 'a*', '[ab]');
    const name = fc.constantFrom('a', 'b', 'ab', 'c');
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 4 }),
        fc.array(name, { minLength: 1, maxLength: 5 }),
        (parts, names) => {
          const glob = parseGlob(parts.join('/'));
          if (!glob.matches(names.join('/'))) return;
          for (let i = 1; i < names.length; i++) expect(glob.reaches(names.slice(0, i).join('/'))).toBe(true);
        },
      ),
      { seed: 4, numRuns: 1000 },
    );
  });

  it('ends on patterns that make others try for ages', () => {
    expect(matches(`${'*a'.repeat(100)}b`, 'a'.repeat(255))).toBe(false);
    expect(matches(`${Array(7).fill('**').join('/')}/x`, 'a/a/a/a/a/a/a/a')).toBe(false);
  });
});
