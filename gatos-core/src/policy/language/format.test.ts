import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Body, Expr, HeadItem, Item, Literal, Module, Name, Template } from './ast.js';
import { formatExpression, formatModule, isReserved, parseExpression, parseModule } from './index.js';

const seed = Number(process.env.GATOS_SEED ?? 20261120);
const numRuns = Number(process.env.GATOS_FUZZ_RUNS ?? 400);
const options = { seed, numRuns };

const AT = { start: 0, end: 0 };

/** The tree without spans and comments. */
function meaning(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(meaning);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== 'span' && key !== 'comments');
  return Object.fromEntries(entries.map(([key, each]) => [key, meaning(each)]));
}

function parsed(text: string): Module {
  const { module, diagnostics } = parseModule({ file: 'a.rgs', text });
  expect(diagnostics, text).toEqual([]);
  return module;
}

const format = (text: string): string => formatModule(parsed(text), text);

const word = fc.stringMatching(/^[a-z][a-z0-9_]{0,6}$/).filter((each) => !isReserved(each));
const name: fc.Arbitrary<Name> = word.map((text) => ({ text, span: AT }));
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const quoted: fc.Arbitrary<Name> = text.map((each) => ({ text: each, span: AT }));
const variable: fc.Arbitrary<Name> = fc.oneof(word, fc.constant('_')).map((each) => ({ text: each, span: AT }));

const leaf: fc.Arbitrary<Expr> = fc.oneof(
  fc
    .oneof(
      fc.constantFrom(null, true, false),
      fc.maxSafeInteger().map((each) => each + 0),
      text,
    )
    .map((value) => ({ kind: 'value', value, form: { as: 'json' }, span: AT }) as const),
  fc
    .constantFrom(
      { value: 7_200_000_000, source: '2h' },
      { value: 1000, source: '1_000' },
      { value: -30_000_000, source: '-30s' },
    )
    .map(({ value, source }) => ({ kind: 'value', value, form: { as: 'source', text: source }, span: AT }) as const),
  fc.constant<Expr>({ kind: 'value', value: 0, form: { as: 'source', text: '1970-01-01T00:00:00Z' }, span: AT }),
  fc.oneof(word, fc.constant('input')).map((each) => ({ kind: 'name', name: each, span: AT }) as const),
);

interface Trees {
  readonly expr: Expr;
  readonly literal: Literal;
  readonly body: Body;
}

const { expr, body } = fc.letrec<Trees>((tie) => {
  const sub = tie('expr');
  const list = fc.array(sub, { maxLength: 4 });
  const op = fc.constantFrom('==', '!=', '<', '<=', '>', '>=', '+', '-', '*');
  const dotted = fc.array(word, { minLength: 1, maxLength: 2 }).map((words) => ({ text: words.join('.'), span: AT }));
  const entry = fc.record({ key: quoted, value: sub });
  const record = fc.uniqueArray(entry, { maxLength: 3, selector: ({ key }) => key.text });
  return {
    expr: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.record({
        kind: fc.constant('field'),
        of: sub,
        name: fc.oneof(name, fc.constant({ text: 'in', span: AT })),
        span: fc.constant(AT),
      }),
      fc.record({ kind: fc.constant('index'), of: sub, index: sub, span: fc.constant(AT) }),
      fc.record({ kind: fc.constant('call'), name: dotted, args: list, span: fc.constant(AT) }),
      fc.record({ kind: fc.constant('list'), items: list, span: fc.constant(AT) }),
      fc.record({ kind: fc.constant('record'), entries: record, span: fc.constant(AT) }),
      fc.record({ kind: fc.constant('binary'), op, left: sub, right: sub, span: fc.constant(AT) }),
      fc.record({ kind: fc.constant('in'), negated: fc.boolean(), left: sub, right: sub, span: fc.constant(AT) }),
      fc.record({
        kind: fc.constant('aggregate'),
        fn: fc.constantFrom('count', 'min', 'max'),
        value: sub,
        body: tie('body'),
        span: fc.constant(AT),
      }),
      fc.record({ kind: fc.constant('comprehension'), value: sub, body: tie('body'), span: fc.constant(AT) }),
    ) as fc.Arbitrary<Expr>,
    literal: fc.oneof(
      { maxDepth: 4 },
      fc.record({ kind: fc.constant('holds'), expr: sub, span: fc.constant(AT) }),
      fc.record({ kind: fc.constant('bind'), name: variable, expr: sub, span: fc.constant(AT) }),
      fc.record({ kind: fc.constant('each'), key: variable, value: variable, of: sub, span: fc.constant(AT) }),
      fc.record({ kind: fc.constant('not'), body: tie('body'), span: fc.constant(AT) }),
      fc.record({
        kind: fc.constant('every'),
        key: fc.option(variable),
        value: variable,
        of: sub,
        body: tie('body'),
        span: fc.constant(AT),
      }),
    ) as fc.Arbitrary<Literal>,
    body: fc.record({
      literals: fc.array(tie('literal'), { minLength: 1, maxLength: 3 }),
      span: fc.constant(AT),
    }) as fc.Arbitrary<Body>,
  };
});

/** Neighbouring texts of a template are one. */
const template: fc.Arbitrary<Template> = fc
  .array(
    fc.oneof(
      text.filter((each) => each !== ''),
      expr,
    ),
    { maxLength: 3 },
  )
  .map((parts) => ({
    parts: parts.filter((part, index) => typeof part !== 'string' || typeof parts[index - 1] !== 'string'),
    span: AT,
  }));

const head = (effect: HeadItem['effect']): fc.Arbitrary<Item> =>
  fc.record({
    kind: fc.constant('head'),
    effect: fc.constant(effect),
    id: fc.constant({ text: 'some-id', span: AT }),
    message: fc.option(template),
    hint: fc.option(template),
    because: fc.option(quoted),
    when: body,
    that: effect === 'require' ? body : fc.constant(null),
    span: fc.constant(AT),
  }) as fc.Arbitrary<Item>;

const item = fc.oneof(
  fc.record({ kind: fc.constant('const'), name, value: expr, span: fc.constant(AT) }) as fc.Arbitrary<Item>,
  fc.record({
    kind: fc.constant('rule'),
    name,
    params: fc.array(expr, { maxLength: 3 }),
    body: fc.option(body),
    span: fc.constant(AT),
  }) as fc.Arbitrary<Item>,
  head('deny'),
  head('warn'),
  head('require'),
);
const made: fc.Arbitrary<Module> = fc.record({
  name: fc.option(name),
  imports: fc.array(fc.record({ module: name, as: fc.option(name), span: fc.constant(AT) }), { maxLength: 2 }),
  items: fc.array(item, { maxLength: 3 }),
  comments: fc.constant([]),
});

/** Places between two tokens, found by parsing with a line end put there. */
function commented(source: string, places: readonly number[]): string | null {
  let out = source;
  let count = 0;
  for (const place of [...places].sort((a, b) => b - a)) {
    const at = place % (source.length + 1);
    const next = `${out.slice(0, at)} # c${count}\n${'\n'.repeat(place % 3)}${out.slice(at)}`;
    const { module, diagnostics } = parseModule({ file: 'a.rgs', text: next });
    if (diagnostics.length > 0 || module.comments.length !== count + 1) continue;
    out = next;
    count += 1;
  }
  return count === 0 ? null : out;
}

describe(`formatting (seed ${seed})`, () => {
  it('gives a text that means the tree', () => {
    fc.assert(
      fc.property(made, (module) => {
        const written = formatModule(module, '');
        expect(meaning(parsed(written)), written).toEqual(meaning(module));
      }),
      options,
    );
  });

  it('of what it gave changes nothing', () => {
    fc.assert(
      fc.property(made, (module) => {
        const written = formatModule(module, '');
        expect(format(written)).toBe(written);
      }),
      options,
    );
  });

  it('keeps every comment and the meaning, wherever the comments stand', () => {
    fc.assert(
      fc.property(made, fc.array(fc.nat(20_000), { maxLength: 8 }), (module, places) => {
        const source = commented(formatModule(module, ''), places);
        if (source === null) return;
        const before = parsed(source);
        const written = formatModule(before, source);
        const after = parsed(written);
        expect(meaning(after), `${source}\n→\n${written}`).toEqual(meaning(before));
        const texts = (each: Module): readonly string[] => each.comments.map((comment) => comment.text).sort();
        expect(texts(after), written).toEqual(texts(before));
        expect(format(written), source).toBe(written);
      }),
      options,
    );
  });

  it('keeps lines within the width where they can break', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 999 }), { minLength: 40, maxLength: 60 }), (items) => {
        const lines = format(`const a = [${items.join(', ')}, [${items.join(',')}]]`).split('\n');
        expect(lines.every((line) => line.length <= 100 && line === line.trimEnd())).toBe(true);
        expect(lines.length).toBeGreaterThan(40);
      }),
      options,
    );
  });

  it('of one expression is the expression', () => {
    fc.assert(
      fc.property(expr, (each) => {
        const written = formatExpression(each);
        expect(meaning(parseExpression({ file: '-', text: written })), written).toEqual({
          expr: meaning(each),
          diagnostics: [],
        });
        expect(written).not.toContain('\n');
      }),
      options,
    );
  });
});

describe('the layout', () => {
  it.each([
    ['', ''],
    ['\n\n# alone\n\n\n', '# alone\n'],
    ['module a\nimport b\nconst c=1\nrule d(1)', 'module a\n\nimport b\n\nconst c = 1\n\nrule d(1)\n'],
    ['const a=1\n\n\n\nconst b=2\nconst c=3', 'const a = 1\n\nconst b = 2\nconst c = 3\n'],
    ['rule a(x) if {x in[1,2];not b}# c', 'rule a(x) if {\n  x in [1, 2]\n  not b\n} # c\n'],
    ['rule a() if { not { b } }', 'rule a() if {\n  not b\n}\n'],
    ['rule a() if { not { b; c } }', 'rule a() if {\n  not { b; c }\n}\n'],
    ['rule a() if { not {{"b":1}==c} }', 'rule a() if {\n  not { { "b": 1 } == c }\n}\n'],
    ['warn "a" hint "h" message "m" when {b}', 'warn "a"\n  hint "h"\n  message "m"\nwhen {\n  b\n}\n'],
    ['const a=(1+2)*3-(4-5)', 'const a = (1 + 2) * 3 - (4 - 5)\n'],
    ['const a=((1))+(2*3)', 'const a = 1 + 2 * 3\n'],
    ['const a = b + # why\n c', '# why\nconst a = b + c\n'],
    ['const a = [\n1, # one\n\n2 # two\n# end\n]', 'const a = [\n  1, # one\n\n  2 # two\n  # end\n]\n'],
    ['\u{feff}const a = "\\u{202e}\\u{e9}\\t"\r\n', 'const a = "\\u{202e}é\\t"\n'],
    ['test "a" {expect allow given{}}', 'test "a" {\n  expect allow\n  given { }\n}\n'],
    [
      'test "a" {given{"b":[{}]} expect no deny "c"}',
      'test "a" {\n  given {\n    "b": [{ }]\n  }\n  expect no deny "c"\n}\n',
    ],
  ])('of %j', (source, want) => {
    expect(format(source)).toBe(want);
    expect(format(want)).toBe(want);
  });

  it('takes time that grows with the text alone', () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => `${index}`).join(',');
    const written = format(`const a = [${rows}]`);
    expect(written.split('\n')).toHaveLength(20_003);
  });
});
