import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Glob, GlobCache, RuleFault } from './index.js';

const fits = (pattern: string, text: string): boolean => new Glob(pattern).matches(text);

describe('glob', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['', [''], ['a']],
    ['abc', ['abc'], ['ab', 'abcd', 'xabc']],
    ['*', ['', 'a', 'abc', '.hidden'], ['a/b', '/']],
    ['*.ts', ['a.ts', '.ts'], ['a/b.ts', 'a.tsx']],
    ['src/*/x', ['src/a/x'], ['src/x', 'src/a/b/x']],
    ['**', ['', 'a', 'a/b/c'], []],
    ['src/**', ['src/a', 'src/a/b'], ['src', 'src/', 'xsrc/a']],
    ['**/x', ['x', 'a/x', 'a/b/x'], ['ax', 'a/bx', 'x/a']],
    ['a/**/b', ['a/b', 'a/x/b', 'a/x/y/b'], ['ab', 'a/xb', 'a//b']],
    ['a**b', ['ab', 'axxb'], ['a/b']],
    ['?', ['a', 'é', '😀'], ['', '/', 'ab']],
    ['[a-cx]', ['a', 'b', 'c', 'x'], ['d', 'A', '-']],
    ['[!a-c]', ['d', '😀'], ['a', '/', '']],
    ['[^a]', ['b'], ['a', '/']],
    ['[]a]', [']', 'a'], ['b']],
    ['[a-]', ['a', '-'], ['b']],
    ['[\\]x]', [']', 'x'], ['\\']],
    ['[.-0]', ['.', '0'], ['/']],
    ['{a,b}c', ['ac', 'bc'], ['c', 'abc', '{a,b}c']],
    ['{a,}b', ['ab', 'b'], ['aab']],
    ['x{a,{b,c}d}', ['xa', 'xbd', 'xcd'], ['xb', 'xad']],
    ['{src/**,lib/*.js}', ['src/a/b', 'lib/x.js'], ['lib/a/x.js', 'src/']],
    ['{**/,}x', ['x', 'a/b/x'], ['ax']],
    ['a,b', ['a,b'], ['a']],
    ['\\*\\{', ['*{'], ['a{']],
    ['[é-ü]', ['é', 'ö'], ['e']],
    ['openapi/*.{yaml,yml}', ['openapi/v1.yaml', 'openapi/v1.yml'], ['openapi/v1.json']],
  ])('`%s`', (pattern, yes, no) => {
    for (const text of yes) expect(fits(pattern, text), text).toBe(true);
    for (const text of no) expect(fits(pattern, text), text).toBe(false);
  });

  it.each([
    '[',
    '[a',
    '[]',
    '{a',
    'a}',
    '\\',
    '[z-a]',
    '{a,{b}',
    '[a\\',
    `${'{'.repeat(9)}a${'}'.repeat(9)}`,
    'a'.repeat(513),
  ])('refuses `%s`', (pattern) => {
    expect(() => new Glob(pattern)).toThrow(RuleFault);
  });

  it('agrees with a regular expression made segment by segment', () => {
    const PARTS: Readonly<Record<string, string>> = {
      a: 'a',
      b: 'b',
      ab: 'ab',
      '*': '[^/]*',
      '?': '[^/]',
      '[ab]': '[ab]',
      '[!a]': '[^a/]',
      'a*': 'a[^/]*',
      '*b': '[^/]*b',
      '{a,b}': '(?:a|b)',
      '{ab,*b}a': '(?:ab|[^/]*b)a',
      'a**b': 'a[^/]*b',
    };
    const expression = (parts: readonly string[]): RegExp => {
      const made = parts.map((part, at) => {
        const isLast = at === parts.length - 1;
        if (part === '**') return isLast ? (at === 0 ? '.*' : '.+') : '(?:[^/]+/)*';
        return `${PARTS[part] ?? ''}${isLast ? '' : '/'}`;
      });
      return new RegExp(`^${made.join('')}$`, 'u');
    };
    const part = fc.constantFrom(...Object.keys(PARTS));
    const pattern = fc.array(fc.oneof({ weight: 4, arbitrary: part }, { weight: 1, arbitrary: fc.constant('**') }), {
      minLength: 1,
      maxLength: 4,
    });
    const text = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 3 }), {
      minLength: 1,
      maxLength: 4,
    });
    let both = 0;
    const property = fc.property(pattern, text, (patterns, texts) => {
      const wanted = expression(patterns).test(texts.join('/'));
      if (wanted) both++;
      expect(fits(patterns.join('/'), texts.join('/')), `${patterns.join('/')} on ${texts.join('/')}`).toBe(wanted);
    });
    fc.assert(property, { seed: 9, numRuns: 5000 });
    expect(both).toBeGreaterThan(200);
  });

  it.each(['*a*a*a*a*a*a*a*b', '**/a/**/a/**/a/**/a/**/b', '{a,a,a}{a,a,a}{*a,*a}*b', '{{{*,a*},*a},*}*{a,*}*b'])(
    'takes linear time for `%s`',
    (pattern) => {
      const steps = (length: number): number => {
        const glob = new Glob(pattern);
        expect(glob.matches(`${'a/a'.repeat(length)}`)).toBe(false);
        expect(glob.matches('a'.repeat(length))).toBe(false);
        return glob.steps;
      };
      // The automaton is built once; from then on each character is one look.
      expect(steps(20_000)).toBeLessThanOrEqual(steps(1000) + 200);
    },
  );

  it('answers the same when what it remembers is thrown away', () => {
    const glob = new Glob('*[a-z]*x?{b,c}*');
    const fresh = (text: string): boolean => new Glob('*[a-z]*x?{b,c}*').matches(text);
    for (let i = 0; i < 6000; i++) {
      const text = `a${String.fromCodePoint(0x4e00 + i)}x${i % 10}${i % 2 === 0 ? 'b' : 'd'}`;
      expect(glob.matches(text)).toBe(i % 500 === 0 ? fresh(text) : i % 2 === 0);
    }
    expect(glob.steps).toBeGreaterThan(6000);
  });

  it('keeps so many compiled', () => {
    const cache = new GlobCache();
    const first = cache.get('a*');
    expect(cache.get('a*')).toBe(first);
    for (let i = 0; i < 600; i++) cache.get(`b${i}`);
    expect(cache.get('a*')).not.toBe(first);
  });
});
