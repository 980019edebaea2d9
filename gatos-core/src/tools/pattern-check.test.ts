/** A pattern that is taken is cheap on every text: a matcher that tries one way after another, as engines do, counts its steps. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../kernel/index.js';
import { patternFault } from './pattern-check.js';
import { type PatternNode, parsePattern } from './pattern-parse.js';

const SEED = Number(process.env.GATOS_SEED ?? 20261120);
const RUNS = Number(process.env.GATOS_FUZZ_RUNS ?? 3000);

const TAKEN = [
  '',
  '^$',
  '^[a-z0-9-]{1,64}$',
  '^sha256:[0-9a-f]{64}$',
  '^\\d{4}-\\d{2}-\\d{2}$',
  '^[a-z]+(-[a-z]+)*$',
  '^(?:[^"\\\\]|\\\\.)*$',
  '^https://[^/]+(/[^/]*)*$',
  '^(red|green|blue)$',
  '^a|^b',
  '^[^@]+@[^@]+$',
  '^\\u{1F600}*$',
  '^\\x41\\u0042[\\w\\s]*$',
  '^(a|bc?d)*x{0,3}$',
  '^[\\-a-z\\]]+?$',
  '^.*$',
  'foo',
  'colou?r',
  '[0-9]{3}',
];

const REFUSED: [pattern: string, why: RegExp][] = [
  ['(', /not a regular expression/],
  ['[a-', /not a regular expression/],
  ['\\p{L}\\p', /not a regular expression/],
  ['a{2,1}', /not a regular expression/],
  ['^(a+)+$', /matched in two ways/],
  ['^(a*)*$', /matched in two ways.*empty/],
  ['^(a|a)*$', /matched in two ways/],
  ['^(a|ab)*$', /matched in two ways/],
  ['^a*a*$', /matched in two ways/],
  ['^.*foo$', /matched in two ways/],
  ['^(a?){30}a{30}$', /matched in two ways/],
  ['^(a?|b?)(a?|b?)c$', /matched in two ways/],
  ['^\\d+\\w+$', /matched in two ways/],
  ['^[a-z]{0,100}z$', /matched in two ways/],
  ['^(|)$', /two alternatives may be empty/],
  ['a+', /begin it with `\^`/],
  ['^a|b+', /begin it with `\^`/],
  ['x{65}', /begin it with `\^`/],
  ['^(a)\\1$', /`\\1` is not supported/],
  ['^(?=a)a$', /`\(\?=` is not supported/],
  ['^(?<!a)b$', /`\(\?<` is not supported/],
  ['^(?<n>a)$', /`\(\?<` is not supported/],
  ['^\\p{L}+$', /`\\p` is not supported/],
  ['^\\bx', /`\\b` is not supported/],
  ['^\\cA$', /`\\c` is not supported/],
  ['^\\ud83d\\ude00$', /surrogate/],
  ['a^b', /`\^` stands at the beginning/],
  ['^(a$)b', /`\$` at the end/],
  ['^(^a)', /`\^` stands at the beginning/],
  ['^a{5000}$', /more than 4096 places/],
  ['^((a{100}){100}){100}$', /more than 4096 places/],
  [`^(${'a?b?c?d?'.repeat(100)})$`, /matched in two ways|intricate/],
  [`^[${'a'.repeat(LIMITS.toolPatternUnits)}]$`, /longer than/],
];

describe('a pattern', () => {
  it.each(TAKEN)('%j is taken', (pattern) => expect(patternFault(pattern)).toBeUndefined());
  it.each(REFUSED)('%j is refused', (pattern, why) => expect(patternFault(pattern)).toMatch(why));
});

/** Tries all ways in order, and counts; ends of matches from a place of the text. */
class Backtracker {
  steps = 0;

  constructor(private readonly text: readonly number[]) {}

  matches(node: PatternNode): boolean {
    for (const end of this.#ends(node, 0)) if (end === this.text.length) return true;
    return false;
  }

  *#ends(node: PatternNode, at: number): Generator<number, void, undefined> {
    this.steps += 1;
    if (node.t === 'set') {
      const code = this.text[at];
      if (code !== undefined && node.set.some(([from, to]) => from <= code && code <= to)) yield at + 1;
    } else if (node.t === 'any') {
      for (const item of node.items) yield* this.#ends(item, at);
    } else if (node.t === 'all') yield* this.#sequence(node.items, at);
    else yield* this.#repeated(node, at, 0);
  }

  *#sequence(items: readonly PatternNode[], at: number): Generator<number, void, undefined> {
    const [first, ...rest] = items;
    if (first === undefined) yield at;
    else for (const next of this.#ends(first, at)) yield* this.#sequence(rest, next);
  }

  *#repeated(
    node: Extract<PatternNode, { t: 'repeat' }>,
    at: number,
    count: number,
  ): Generator<number, void, undefined> {
    if (count < node.max)
      for (const next of this.#ends(node.item, at)) if (next > at) yield* this.#repeated(node, next, count + 1);
    if (count >= node.min) yield at;
  }
}

const atom = fc.constantFrom('a', 'b', 'c', '[ab]', '[^a]', '.', '\\w', '[a-c]', '\\d');
const quantifier = fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,3}', '{2,}');
const { pattern: generated } = fc.letrec<{ pattern: string; part: string }>((tie) => ({
  part: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.tuple(atom, quantifier).map((parts) => parts.join('')),
    fc.tuple(tie('pattern'), quantifier).map(([inner, times]) => `(${inner})${times}`),
  ),
  pattern: fc
    .array(
      fc.array(tie('part'), { maxLength: 4 }).map((parts) => parts.join('')),
      { minLength: 1, maxLength: 3 },
    )
    .map((alternatives) => alternatives.join('|')),
}));

describe(`patterns that are taken (seed ${SEED}, ${RUNS} runs)`, () => {
  it('take steps that follow the length of the text, and match what the engine matches', () => {
    let taken = 0;
    const text = fc.oneof(
      fc.array(fc.constantFrom('a', 'b', 'c', '1', '!'), { maxLength: 30 }).map((parts) => parts.join('')),
      fc
        .tuple(fc.constantFrom('a', 'ab', 'abc', 'b'), fc.nat({ max: 12 }), fc.constantFrom('', '!'))
        .map(([part, times, end]) => part.repeat(times) + end),
    );
    fc.assert(
      fc.property(generated, text, (inner, input) => {
        const pattern = `^(?:${inner})$`;
        if (patternFault(pattern) !== undefined) return;
        taken += 1;
        const { node } = parsePattern(pattern);
        const backtracker = new Backtracker([...input].map((character) => character.codePointAt(0) as number));
        expect(backtracker.matches(node)).toBe(new RegExp(pattern, 'u').test(input));
        expect(backtracker.steps).toBeLessThanOrEqual((input.length + 1) * (pattern.length + 1) * 4);
      }),
      { seed: SEED, numRuns: RUNS },
    );
    expect(taken).toBeGreaterThan(RUNS / 10);
  });

  it('and those that are refused are missed by the count where they blow up', () => {
    const { node } = parsePattern('^(?:(a+)+)$');
    const backtracker = new Backtracker([...'aaaaaaaaaaaaaaaa!'].map((character) => character.charCodeAt(0)));
    backtracker.matches(node);
    expect(backtracker.steps).toBeGreaterThan(10_000);
  });
});
