import { describe, expect, it } from 'vitest';
import { refusalOf } from '../../testing/refusal.js';
import { chainOfRef, checkChainName, isIndex, matchesPattern, type Rule, refOfChain, ruleFor } from './index.js';

describe('the name of a chain', () => {
  it.each(['trust', 'journal/default/user-alice', 'a/b.c/d_e=f+g-H', 'x'.repeat(200)])('may be %s', (name) => {
    expect(checkChainName(name)).toBe(name);
    expect(chainOfRef(refOfChain(name))).toBe(name);
  });

  it.each([
    '',
    '/',
    'a/',
    '/a',
    'a//b',
    '.a',
    '-a',
    'a/.b',
    'a..b',
    'a.',
    'a/b.',
    'a.lock',
    'a.lock/b',
    'a b',
    'a\nb',
    'a\\b',
    'a:b',
    'a@{b',
    'é',
    'a~b',
    'a^b',
    'a*b',
    'x'.repeat(201),
  ])('must not be %j', (name) => {
    for (const action of [() => checkChainName(name), () => refOfChain(name)]) {
      const { code, exit, message } = refusalOf(action);
      expect([code, exit]).toEqual(['chain/name', 1]);
      expect(message.length).toBeLessThan(400);
    }
  });

  it('is that of a ref below refs/gatos/ only', () => {
    expect(chainOfRef('refs/heads/main')).toBeNull();
    expect(chainOfRef('refs/gatos-remote/origin/trust')).toBeNull();
  });
});

describe('a rule', () => {
  const rule = (pattern: string): Rule => ({ plane: 'test', pattern, movement: 'append-only', kinds: [], summary: '' });

  it.each([
    ['a/*', 'a/b', true],
    ['a/*', 'a', false],
    ['a/*', 'a/b/c', false],
    ['a/*/c', 'a/b/c', true],
    ['a/*/c', 'a/b/d', false],
    ['*', 'a', true],
    ['a/**', 'a/b', true],
    ['a/**', 'a/b/c/d', true],
    ['a/**', 'a', false],
    ['a/*/**', 'a/b', false],
    ['a/*/**', 'a/b/c', true],
    ['a/**', 'b/c', false],
  ])('with pattern %s and chain %s: %s', (pattern, chain, matches) => {
    expect(matchesPattern(pattern, chain)).toBe(matches);
    expect(ruleFor([rule('nothing/else'), rule(pattern)], chain)?.pattern ?? null).toBe(matches ? pattern : null);
  });

  it('is that of an index when a kind of it has keys', () => {
    expect(isIndex(rule('a'))).toBe(false);
  });
});
