import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, suggest } from './suggest.js';

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['emit', 'emit', 0],
    ['emti', 'emit', 1],
    ['emt', 'emit', 1],
    ['emitt', 'emit', 1],
    ['amit', 'emit', 1],
    ['fold', 'state', 5],
  ])('%s to %s is %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });

  it('is within the bounds of any edit distance', () => {
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
      { seed: 1 },
    );
  });
});

describe('suggest', () => {
  const commands = [
    'init',
    'clone',
    'sync',
    'emit',
    'import',
    'log',
    'show',
    'fold',
    'state',
    'bisect',
    'verify',
    'version',
  ];
  it.each([
    ['emti', 'emit'],
    ['EMIT', 'emit'],
    ['verfy', 'verify'],
    ['vers', 'version'],
    ['statu', 'state'],
    ['shwo', 'show'],
    ['biesct', 'bisect'],
  ])('%s means %s', (word, meant) => {
    expect(suggest(word, commands)).toBe(meant);
  });

  it.each(['', 'x', 've', 'frobnicate', 'a'.repeat(100)])('%j means none of them', (word) => {
    expect(suggest(word, commands)).toBeUndefined();
  });

  it('prefers the same first letter among the equally near', () => {
    expect(suggest('fsh', ['bash', 'zsh', 'fish'])).toBe('fish');
  });
});
