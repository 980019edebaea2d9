/** Globs come with manifests, paths from programs: neither makes matching throw, nor cost more than their product. */

import { seededRandom } from 'gatos-core/testing';
import { describe, expect, it } from 'vitest';
import { parseGlob } from './glob.js';

const SEED = Number(process.env.GATOS_SEED ?? 20261120);
const RUNS = Number(process.env.GATOS_FUZZ_RUNS ?? 5000);

/** Numbers below a bound, the same for the same seed. */
function generator(seed: number): (below: number) => number {
  const random = seededRandom(seed);
  return (below) => random.below(below);
}

const PIECES = [
  '*',
  '**',
  '?',
  '[',
  ']',
  '[!',
  '[^',
  '-',
  'a',
  'b',
  'ab',
  '/',
  '.',
  'é',
  '\ud83d',
  '\ude00',
  '😀',
  '\\',
  '{',
  '',
];

function text(next: (below: number) => number, most: number): string {
  return Array.from({ length: next(most) }, () => PIECES[next(PIECES.length)]).join('');
}

/** The plainest meaning: of one component, by trying everything. */
function plainly(tokens: readonly string[], characters: readonly string[]): boolean {
  const [token, ...rest] = tokens;
  if (token === undefined) return characters.length === 0;
  const [first, ...others] = characters;
  if (token === '*') return plainly(rest, characters) || (first !== undefined && plainly(tokens, others));
  return first !== undefined && (token === '?' || token === first) && plainly(rest, others);
}

describe(`fuzz of globs (seed ${SEED}, ${RUNS} runs)`, () => {
  it('never throw, and what has no glob characters is itself', () => {
    let [literal, matched] = [0, 0];
    for (let run = 0; run < RUNS; run++) {
      const next = generator(SEED + run);
      const [pattern, path] = [text(next, 12), text(next, 8)];
      const glob = parseGlob(pattern);
      if (glob.matches(path)) matched += 1;
      expect(typeof glob.reaches(path)).toBe('boolean');
      if (!glob.literal) continue;
      literal += 1;
      expect([pattern, path, glob.matches(path)]).toEqual([pattern, path, pattern === path]);
    }
    expect(Math.min(literal, matched)).toBeGreaterThan(0);
  });

  it('agree in one component with trying everything', () => {
    const letters = ['a', 'b', '*', '?'];
    let matched = 0;
    for (let run = 0; run < RUNS; run++) {
      const next = generator(SEED + run);
      const tokens = Array.from({ length: 1 + next(6) }, () => letters[next(4)] as string);
      const characters = Array.from({ length: 1 + next(6) }, () => letters[next(2)] as string);
      const [pattern, path] = [tokens.join(''), characters.join('')];
      // A component of two stars alone is any number of folders.
      if (pattern === '**') continue;
      const want = plainly(tokens, characters);
      expect([pattern, path, parseGlob(pattern).matches(path)]).toEqual([pattern, path, want]);
      if (want) matched += 1;
    }
    expect(matched).toBeGreaterThan(RUNS / 20);
  });
});

/** A path that counts how often a character of it is looked at. */
function countedPath(parts: readonly string[]): { readonly path: string; steps(): number } {
  let steps = 0;
  const character = (letter: string) => ({
    codePointAt: () => {
      steps += 1;
      return letter.codePointAt(0);
    },
  });
  const components = parts.map((part) => ({
    *[Symbol.iterator]() {
      for (const letter of part) {
        steps += 1;
        yield character(letter);
      }
    },
  }));
  return { path: { split: () => components } as unknown as string, steps: () => steps };
}

function stepsOf(pattern: string, parts: readonly string[]): number {
  const { path, steps } = countedPath(parts);
  expect(parseGlob(pattern).matches(path)).toBe(false);
  return steps();
}

/** The exponent with which steps grow when the size doubles, over several doublings. */
function exponent(steps: (size: number) => number): number {
  const [small, large] = [steps(32), steps(512)];
  expect(small).toBeGreaterThan(0);
  return Math.log2(large / small) / 4;
}

describe('the steps of matching', () => {
  it('are counted: a canary', () => {
    expect(stepsOf('[b]', ['a'])).toBe(2);
    expect(exponent((size) => size ** 2)).toBe(2);
  });

  it.each([
    ['stars and a path that grows', (size: number) => stepsOf(`${'*[a]'.repeat(20)}[b]`, ['a'.repeat(size)])],
    ['stars that grow', (size: number) => stepsOf(`${'*[a]'.repeat(size)}[b]`, ['a'.repeat(100)])],
    ['folders that grow', (size: number) => stepsOf('**/[a]/**/[a]/**/[b]', Array(size).fill('a'))],
    ['double stars that grow', (size: number) => stepsOf(`${'**/[a]/'.repeat(size)}[b]`, Array(30).fill('a'))],
  ])('grow linearly with %s', (_, steps) => {
    expect(exponent(steps)).toBeLessThan(1.15);
  });

  it('of both together grow as their product', () => {
    const both = (size: number): number => stepsOf(`${'*[a]'.repeat(size)}[b]`, ['a'.repeat(2 * size)]);
    expect(exponent(both)).toBeLessThan(2.15);
  });
});
