/** Lint beyond its vectors: sources made to be deep, long or odd. */
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../kernel/index.js';
import { lint } from './lint.js';

const FOLD = 'export function fold(state, event) { return state; }\n';
const rules = (source: string): string[] => lint(source).map(({ rule }) => rule);

describe('sources that are nested', () => {
  const brackets = (open: string, close: string) => (n: number) =>
    `${FOLD}const x = ${open.repeat(n)}1${close.repeat(n)};`;
  const KINDS: readonly (readonly [string, (n: number) => string])[] = [
    ['parentheses', brackets('(', ')')],
    ['lists', brackets('[', ']')],
    ['templates', brackets('`${', '}`')],
    ['blocks', (n) => `${FOLD}${'{'.repeat(n)}${'}'.repeat(n)}`],
  ];

  it.each(KINDS)('%s up to the limit, and no further', (_name, source) => {
    expect(rules(source(LIMITS.foldBrackets - 1))).toEqual([]);
    for (const n of [LIMITS.foldBrackets + 1, 5000, 80_000]) expect(rules(source(n))).toEqual(['nesting']);
  });

  it.each([
    ['operators', (n: number) => `${FOLD}const x = ${'1 + '.repeat(n)}1;`],
    ['arrows', (n: number) => `${FOLD}const x = ${'a => '.repeat(n)}1;`],
    ['signs', (n: number) => `${FOLD}const x = ${'!'.repeat(n)}1;`],
    ['else if', (n: number) => `${FOLD}${'if (0) ; else '.repeat(n)};`],
    ['members', (n: number) => `${FOLD}const x = FOLD${'.a'.repeat(n)};`.replace('FOLD.a', 'Math.a')],
  ])('%s are bounded too', (_name, source) => {
    expect(rules(source(100))).toEqual([]);
    for (const n of [600, 5000, 60_000]) expect(rules(source(n))).toEqual(['nesting']);
  });
});

describe('sources that are long', () => {
  it.each([
    ['comments', `/* c */ // d\n`],
    ['functions', 'function f() { for (const x of [1]) ; }\n'],
    ['free names', 'a; b; c;\n'],
    ['text', "'<!--';\n"],
    ['declarations', '{ let a, [b, ...c] = [], { d, ...e } = {}; var v; }\n'],
  ])('%s: in time that grows with the length', (_name, line) => {
    const source = FOLD + line.repeat(Math.floor((LIMITS.foldSourceBytes - FOLD.length) / line.length));
    // Quadratic work would run into the limit of any test.
    expect(() => lint(source)).not.toThrow();
  });
});

describe('odd sources', () => {
  it.each([
    '',
    ' ',
    '\u0000',
    '\ufeff',
    '#!/usr/bin/env node\n',
    '\ud800',
    '<!--',
    '-->',
    '*/',
    '`',
    '${',
    '}',
    '\\u0061',
    '/',
    '//',
    '/*',
    '"\n"',
  ])('%j is no fold', (source) => {
    expect(lint(source).some(({ severity }) => severity === 'error')).toBe(true);
  });

  it('a byte order mark or another line end in front moves the place only', () => {
    for (const before of ['\r', '\r\n', '\n', '\u2028', '\u2029']) {
      expect(lint(`${before}export const fold = (s, e) => Date;`)).toMatchObject([
        { rule: 'forbidden-global', line: 2, column: 31 },
      ]);
    }
  });

  it('findings carry message and alternative in one line', () => {
    const source =
      "import 'x\u202e';\nlet \u{20000} = /a/; eval; foo; Date; x: for (;;) ; async () => 1n; export default 1; a.localeCompare; Math.random;";
    const findings = lint(source);
    expect(findings.length).toBeGreaterThan(9);
    for (const { message, alternative } of findings) {
      expect(message).toMatch(/^[^\p{Cc}\u202e]+$/u);
      expect(message).not.toMatch(/\.$/);
      expect(alternative).toMatch(/^[^\n]+[^.]$/);
    }
  });
});
