import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../kernel/index.js';
import { compileBundle, decodeProgram, encodeProgram } from './index.js';

const SEED = 20261120;

/** Bounded work for text that is as large as it may be; far above what it takes, far below what a blow-up would take. */
const PATIENCE_MS = 20_000;

function codesOf(text: string): readonly string[] {
  const { program, diagnostics } = compileBundle([{ file: 'm.rgs', text }]);
  if (program !== null) expect(decodeProgram(encodeProgram(program))).toEqual(program);
  expect(diagnostics.length).toBeLessThanOrEqual(3 * LIMITS.policyDiagnostics + 2);
  return [...new Set(diagnostics.map(({ code }) => code))];
}

const deny = (body: string): string => `deny "d" when {\n${body}\n}`;
const many = (count: number, line: (index: number) => string, between = '\n'): string =>
  Array.from({ length: count }, (_, index) => line(index)).join(between);

describe('hostile sources', () => {
  it.each<[string, string]>([
    ['a long chain of fields', deny(`x = input${'.a'.repeat(40_000)}`)],
    ['a long chain of indexes', deny(`x = input${'["a"]'.repeat(20_000)}`)],
    ['a long sum', deny(`x = 1${' + 1'.repeat(40_000)}`)],
    ['a long sum in a constant', `const c = 1${' + 1'.repeat(40_000)}`],
    ['deep brackets', deny(`x = ${'['.repeat(30_000)}${']'.repeat(30_000)}`)],
    ['deep `not`', deny(`${'not {'.repeat(20_000)} true ${'}'.repeat(20_000)}`)],
    ['deep comprehensions', deny(`x = ${'[1 | y = '.repeat(20_000)}1${']'.repeat(20_000)}`)],
    [
      'many literals, each waiting for the next',
      deny(many(512, (index) => `x${index} = x${index + 1}`).concat('\nx512 = 1')),
    ],
    [
      'many such rules',
      many(40, (rule) => `rule r${rule}(x0) if {\n${many(500, (index) => `x${index} = x${index + 1}`)}\nx500 = 1\n}`),
    ],
    [
      'many rules that call each other',
      many(400, (index) => `rule r${index}(x) if {\n${many(40, (other) => `r${(index * 7 + other) % 400}(x)`)}\n}`),
    ],
    [
      'many tests in circles',
      many(300, (index) => `rule r${index}(x) if { starts_with(x, "a")\nr${(index + 1) % 300}(path.dir(x)) }`),
    ],
    [
      'many denials in one circle',
      many(
        300,
        (index) =>
          `rule r${index}(x) if { x in ["a"]\n${many(40, (other) => `not r${(index * 7 + other) % 300}(x)`)}\n}`,
      ),
    ],
    ['a long text in many places', `const t = "${'x'.repeat(200_000)}"\n${deny(many(500, () => 't != ""'))}`],
    ['many alternatives', many(10_000, (index) => `rule r(${index})`)],
    ['a rule of many parameters', `rule r(${many(20_000, (index) => `a${index}`, ', ')}) if { true }`],
    ['many heads', many(10_000, (index) => `warn "w${index}" when { true }`)],
    ['many mistakes', deny(many(500, (index) => `lenght${index}(input.updtes) == y${index}`))],
    ['constants that share', many(8000, (index) => `const c${index} = ${index === 0 ? '[]' : `[c${index - 1}]`}`)],
    [
      'many names alike',
      many(3000, (index) => `rule abcdefgh${index}(1)`).concat(deny(many(400, (index) => `abcdefgi${index}(1)`))),
    ],
  ])(
    '%s',
    (_what, text) => {
      expect(codesOf(text).length).toBeGreaterThan(0);
    },
    PATIENCE_MS,
  );

  const WORDS = [
    'deny "d" when {',
    'rule r(x) if {',
    '}',
    'x',
    'y',
    'in',
    'input',
    '.updates',
    '.ref',
    '=',
    '==',
    '[',
    ']',
    '|',
    '(',
    ')',
    'not {',
    'every',
    'count {',
    '"a"',
    '1',
    ',',
    ';',
    '\n',
    'r(',
    '_',
    'const k = ',
    'k',
    '+',
    '{ "a":',
    'granted(',
    'require "q" for {',
    'that {',
    'message "{x}"',
    'import m',
    'null',
    'true',
  ];

  it(`never throws, whatever the words are (seed ${SEED})`, () => {
    const property = fc.property(fc.array(fc.constantFrom(...WORDS), { maxLength: 60 }), (words) => {
      codesOf(words.join(' '));
    });
    fc.assert(property, { seed: SEED, numRuns: 2000 });
  });
});
