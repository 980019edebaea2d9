import { describe, expect, it } from 'vitest';
import { extractModule, formatDiagnostic, formatModule, parseExpression, parseModule } from './index.js';
import { parseCounted } from './parse-module.js';
import { PLACE_WORDS, RESERVED_WORDS, SYMBOLS } from './words.js';

const seed = Number(process.env.GATOS_SEED ?? 20261120);
const RUNS = Number(process.env.GATOS_FUZZ_RUNS ?? 4000);

/** Small and seeded (mulberry32), so that a failing run is one number. */
function generator(start: number): (below: number) => number {
  let state = start >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const SAMPLE = `module api_review
import house.times as times
const guarded = ["src/api/**", "openapi/*.yaml", { "a": -1_000, "b": 2h }] # kept
rule touches_api(update, path) if {
  update in input.updates
  k, commit in update.commits; path = commit.changes[0].path
  not granted("api-change", update.ref, ["user:a"]) # why
  every c in update.commits { c.signer != null; not { c.id == "" } }
  n = count { c.id | c in update.commits; c.time > 2026-11-20T09:00:00Z + 2w }
  [x | x in guarded; x not in [1, 2]] == []
}
deny "api-needs-quorum"
  message "{path} is {update[\\"ref\\"]} {{}} \\u{1F600}"
  because "0042"
when { touches_api(update, path) }
require "signed" message "m" for { c in input.commits } that { c.signer != null }
test "none" { given { "updates": [{ }] } expect deny "api-needs-quorum" expect no warn expect message "m" }
`;

const PIECES: readonly string[] = [
  ...[...RESERVED_WORDS, ...PLACE_WORDS, ...SYMBOLS],
  ...['\n', '\r\n', '\t', ' ', '#', '"', '\\', "'", '`', '&&', '||', '!', ':=', '===', '//', '{{', '}}', '|', '$', '@'],
  ...[
    '\u{feff}',
    '\u{202e}',
    '\u{d800}',
    '\u{1f600}',
    'é',
    'а',
    '\u{0}',
    '9007199254740992',
    '1.5',
    '5x',
    '2026-11-20',
    '-',
  ],
];

function mutate(text: string, random: (below: number) => number): string {
  let out = text;
  for (let times = 1 + random(6); times > 0; times--) {
    const at = random(out.length + 1);
    const length = random(random(4) === 0 ? 200 : 8);
    const kind = random(4);
    const piece =
      kind === 0
        ? ''
        : kind === 3
          ? out.slice(random(out.length + 1)).slice(0, length)
          : (PIECES[random(PIECES.length)] ?? '');
    out = out.slice(0, at) + piece + out.slice(at + (kind === 1 ? 0 : length));
  }
  return out;
}

function check(text: string, name: string): number {
  const { module, diagnostics, tokens, steps } = parseCounted({ file: 'a.rgs', text });
  expect(tokens, name).toBeLessThanOrEqual(text.length + 1);
  expect(steps, `${name}: ${tokens} tokens`).toBeLessThan(120 * (tokens + 1));
  let last = 0;
  for (const diagnostic of diagnostics) {
    const { span, line, column } = diagnostic;
    expect(span.start >= last && span.end >= span.start && span.end <= text.length, `${name} ${diagnostic.code}`).toBe(
      true,
    );
    const start =
      text
        .split('\n')
        .slice(0, line - 1)
        .join('\n').length + (line > 1 ? 1 : 0);
    expect(start + column - 1, name).toBe(span.start);
    expect(formatDiagnostic(diagnostic, text).split('\n')).toHaveLength(diagnostic.hint === null ? 3 : 4);
    last = span.start;
  }
  if (diagnostics.length > 0) return 0;
  const written = formatModule(module, text);
  const again = parseModule({ file: 'a.rgs', text: written });
  expect(again.diagnostics, `${name}\n${text}\n→\n${written}`).toEqual([]);
  expect(formatModule(again.module, written), name).toBe(written);
  expect(again.module.comments.length, name).toBe(module.comments.length);
  return 1;
}

describe(`fuzz (seed ${seed}, ${RUNS} runs)`, () => {
  it('the sample is sound, so that its mutations reach deep', () => {
    expect(check(SAMPLE, 'sample')).toBe(1);
  });

  it('no mutation of a module throws, lies about a place, or makes formatting unstable', () => {
    let sound = 0;
    for (let run = 0; run < RUNS; run++) sound += check(mutate(SAMPLE, generator(seed + run)), `run ${run}`);
    expect(sound).toBeGreaterThan(RUNS / 50);
  });

  it('nor does a sequence of words and symbols', () => {
    for (let run = 0; run < RUNS / 4; run++) {
      const random = generator(seed - run);
      const words = Array.from({ length: random(120) }, () => PIECES[random(PIECES.length)] ?? '');
      const text = words.join(random(2) === 0 ? ' ' : '');
      check(text, `run ${run}`);
      parseExpression({ file: '-', text });
      extractModule({ file: '-', text });
    }
  });

  it('nor does a text without any order', () => {
    for (let run = 0; run < RUNS / 4; run++) {
      const random = generator(seed ^ run);
      const units = Array.from({ length: random(200) }, () => random(random(2) === 0 ? 0x80 : 0x10000));
      check(String.fromCharCode(...units), `run ${run}`);
    }
  });
});

/** Texts that ask for the most work a unit: each is repeated to a length. */
const HARD: readonly (readonly [name: string, start: string, repeated: string])[] = [
  ['items', '', 'rule a(x) if { x in [1, 2]; not b(x) }\n'],
  ['errors', '', 'rule a(x if { x = = [1, 2; not b(x) }\n'],
  ['unknown items', '', 'rul x\nzebra\n'],
  ['literals', 'rule a() if {\n', 'b c\n'],
  ['stray brackets', 'rule a() if {\n', ')]'],
  ['open brackets', 'const a = ', '(['],
  ['open bodies', 'rule a() if ', '{ not {\n'],
  ['open aggregates', 'rule a() if { x = ', 'count { '],
  ['lists without commas', 'const a = [', '1 '],
  ['negations', 'rule a() if { ', 'not '],
  ['operators', 'const a = ', '1 + '],
  ['fields', 'const a = b', '.c'],
  ['calls', 'const a = b', '(c)'],
  ['parts of a head', 'deny "a" ', 'message "{b}" '],
  ['parts of a test', 'test "a" { ', 'given { } expect zebra '],
  ['quotes', 'const a = ', '"\\q'],
  ['templates', 'deny "a" message "', '{b'],
  ['comments', '', '# a\n'],
  ['minus', 'const a = ', '-'],
  ['numbers', 'const a = [', '1_'],
  ['one long name', 'const ', 'a'],
  ['odd letters', 'const ', 'ä'],
];

describe('work', () => {
  it.each(HARD)('grows with the length of the text alone: %s', (_name, start, repeated) => {
    const count = (length: number): number => {
      const text = start + repeated.repeat(Math.ceil(length / repeated.length));
      const { steps, tokens } = parseCounted({ file: 'a.rgs', text });
      return steps + tokens;
    };
    const [small, large] = [count(4_000), count(40_000)];
    expect(large).toBeLessThanOrEqual(Math.max(small * 10.5, small + 200));
  });
});
