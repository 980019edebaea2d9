import { describe, expect, it } from 'vitest';
import { nearest } from '../input/index.js';
import { type Expr, parseExpression, parseModule } from './index.js';

/** The tree of an expression in short: `(+ 1 (* 2 3))`. */
function short(expr: Expr): string {
  if (expr.kind === 'value') return typeof expr.value === 'string' ? `'${expr.value}'` : String(expr.value);
  if (expr.kind === 'name') return expr.name;
  if (expr.kind === 'field') return `${short(expr.of)}.${expr.name.text}`;
  if (expr.kind === 'index') return `${short(expr.of)}[${short(expr.index)}]`;
  if (expr.kind === 'call') return `${expr.name.text}(${expr.args.map(short).join(' ')})`;
  if (expr.kind === 'list') return `[${expr.items.map(short).join(' ')}]`;
  if (expr.kind === 'record')
    return `{${expr.entries.map(({ key, value }) => `${key.text}:${short(value)}`).join(' ')}}`;
  if (expr.kind === 'in') return `(${expr.negated ? 'not-in' : 'in'} ${short(expr.left)} ${short(expr.right)})`;
  if (expr.kind === 'binary') return `(${expr.op} ${short(expr.left)} ${short(expr.right)})`;
  const body = `${short(expr.value)} | ${expr.body.literals.map((each) => each.kind).join(' ')}`;
  return expr.kind === 'aggregate' ? `${expr.fn}{${body}}` : `[${body}]`;
}

describe('an expression', () => {
  it.each([
    ['1 + 2 * 3 - 4', '(- (+ 1 (* 2 3)) 4)'],
    ['(1 + 2) * 3', '(* (+ 1 2) 3)'],
    ['1 - 2 - 3', '(- (- 1 2) 3)'],
    ['1 - (2 - 3)', '(- 1 (- 2 3))'],
    ['a + 1 == b * 2', '(== (+ a 1) (* b 2))'],
    ['a + 1 not in b.c', '(not-in (+ a 1) b.c)'],
    ['a in b[0].c', '(in a b[0].c)'],
    ['a-1', '(- a 1)'],
    ['a - -1', '(- a -1)'],
    ['-1 + 2', '(+ -1 2)'],
    ['-0', '0'],
    ['a.b["c"].in.not', "a.b['c'].in.not"],
    ['f(a, g.h(1), [])', 'f(a g.h(1) [])'],
    ['{ "a": [1, 2,], "b": { } }', '{a:[1 2] b:{}}'],
    ['count { a.b | a in c; d }', 'count{a.b | holds holds}'],
    ['[a | a in c]', '[a | holds]'],
    ['count + min(max)', '(+ count min(max))'],
    ['null', 'null'],
    ['1_000', '1000'],
    ['2h', '7200000000'],
    ['1w', '604800000000'],
    ['90s', '90000000'],
    ['1970-01-02T00:00:00.5Z', '86400500000'],
    ['"a\\u{1F600}\\"\\\\"', "'a😀\"\\'"],
    ['a\n  + b', '(+ a b)'],
  ])('%s', (text, want) => {
    const { expr, diagnostics } = parseExpression({ file: '-', text });
    expect(diagnostics).toEqual([]);
    expect(expr === null ? null : short(expr)).toBe(want);
  });

  it('knows where each of its parts stands', () => {
    const text = 'f(a.b, [1, "c"])';
    const { expr } = parseExpression({ file: '-', text });
    expect(expr).toMatchObject({
      span: { start: 0, end: 16 },
      name: { text: 'f', span: { start: 0, end: 1 } },
      args: [
        { kind: 'field', span: { start: 2, end: 5 }, name: { span: { start: 4, end: 5 } } },
        {
          kind: 'list',
          span: { start: 7, end: 15 },
          items: [{ span: { start: 8, end: 9 } }, { span: { start: 11, end: 14 } }],
        },
      ],
    });
  });

  it('keeps how a number was written only where that is not the number', () => {
    expect(parseExpression({ file: '-', text: '-1_0' }).expr).toMatchObject({
      value: -10,
      form: { as: 'source', text: '-1_0' },
    });
    expect(parseExpression({ file: '-', text: '10' }).expr).toMatchObject({ value: 10, form: { as: 'json' } });
  });
});

const literalsOf = (body: string): readonly unknown[] => {
  const { module, diagnostics } = parseModule({ file: 'a.rgs', text: `rule r() if { ${body} }` });
  expect(diagnostics).toEqual([]);
  const [item] = module.items;
  return item?.kind === 'rule' ? (item.body?.literals ?? []) : [];
};

describe('a literal', () => {
  it.each([
    ['x in xs', [{ kind: 'holds', expr: { kind: 'in', negated: false, left: { name: 'x' } } }]],
    ['1 not in xs', [{ kind: 'holds', expr: { kind: 'in', negated: true } }]],
    ['k, v in xs', [{ kind: 'each', key: { text: 'k' }, value: { text: 'v' }, of: { name: 'xs' } }]],
    ['x = a.b', [{ kind: 'bind', name: { text: 'x' }, expr: { kind: 'field' } }]],
    [
      'm.r(x, _)',
      [{ kind: 'holds', expr: { kind: 'call', name: { text: 'm.r' }, args: [{ name: 'x' }, { name: '_' }] } }],
    ],
    ['not r(x)', [{ kind: 'not', body: { literals: [{ kind: 'holds', expr: { kind: 'call' } }] } }]],
    ['not x in xs', [{ kind: 'not', body: { literals: [{ kind: 'holds', expr: { kind: 'in', negated: false } }] } }]],
    ['not { a; b }', [{ kind: 'not', body: { literals: [{ kind: 'holds' }, { kind: 'holds' }] } }]],
    ['not not a', [{ kind: 'not', body: { literals: [{ kind: 'not' }] } }]],
    ['every x in xs { a; b }', [{ kind: 'every', key: null, value: { text: 'x' }, body: { literals: [{}, {}] } }]],
    ['every k, v in xs { a }', [{ kind: 'every', key: { text: 'k' }, value: { text: 'v' } }]],
    ['a; b\nc;;\n\nd', [{}, {}, {}, {}]],
    [
      'x = a +\n b\n-1 == c\n[1] == d\n(e) == f',
      [{ kind: 'bind' }, { kind: 'holds' }, { kind: 'holds' }, { kind: 'holds' }],
    ],
    ['f(\n a,\n b\n)\nc', [{ expr: { args: [{}, {}] } }, {}]],
    ['message = a.hint; no in xs; count = 1', [{ kind: 'bind', name: { text: 'message' } }, {}, { kind: 'bind' }]],
  ])('%j', (body, want) => {
    const literals = literalsOf(body);
    expect(literals).toHaveLength(want.length);
    expect(literals).toMatchObject(want);
  });
});

describe('a module', () => {
  it('has a name, imports, items and comments', () => {
    const text = '# c\nmodule a.b # d\nimport c.d as e\nimport f\nconst g = 1\nrule h("i", j)\n';
    const { module, diagnostics } = parseModule({ file: 'a.rgs', text });
    expect(diagnostics).toEqual([]);
    expect(module).toMatchObject({
      name: { text: 'a.b', span: { start: 11, end: 14 } },
      imports: [
        { module: { text: 'c.d' }, as: { text: 'e' } },
        { module: { text: 'f' }, as: null },
      ],
      items: [
        { kind: 'const', name: { text: 'g' } },
        { kind: 'rule', params: [{ value: 'i' }, { name: 'j' }], body: null },
      ],
      comments: [{ text: '# c' }, { text: '# d' }],
    });
  });

  it('has heads with templates, whose expressions stand where they stand in the file', () => {
    const text = 'deny "a-1" message "{{x}} \\u{41}{b[\\"c\\"].d}{e}" hint "" because "f" when { g }';
    const { module, diagnostics } = parseModule({ file: 'a.rgs', text });
    expect(diagnostics).toEqual([]);
    const place = text.indexOf('b[');
    const message = {
      parts: ['{x} A', { kind: 'field', span: { start: place, end: place + 10 } }, { kind: 'name', name: 'e' }],
    };
    expect(module.items).toMatchObject([
      {
        kind: 'head',
        effect: 'deny',
        id: { text: 'a-1' },
        message,
        hint: { parts: [] },
        because: { text: 'f' },
        that: null,
      },
    ]);
    expect(text.slice(place, place + 10)).toBe('b[\\"c\\"].d');
  });

  it('has requirements', () => {
    const { module, diagnostics } = parseModule({ file: 'a.rgs', text: 'require "a" for { b; c } that { d }' });
    expect(diagnostics).toEqual([]);
    expect(module.items).toMatchObject([{ effect: 'require', when: { literals: [{}, {}] }, that: { literals: [{}] } }]);
  });

  it('has tests', () => {
    const text =
      'test "t" { given { "a": 1 } expect allow expect deny expect deny "b" expect no warn "c" expect message "d{" }';
    const { module, diagnostics } = parseModule({ file: 'a_test.rgs', text });
    expect(diagnostics).toEqual([]);
    expect(module.items).toMatchObject([
      {
        kind: 'test',
        name: { text: 't' },
        given: { kind: 'record' },
        expects: [
          { kind: 'allow' },
          { kind: 'fires', effect: 'deny', no: false, id: null },
          { kind: 'fires', effect: 'deny', no: false, id: { text: 'b' } },
          { kind: 'fires', effect: 'warn', no: true, id: { text: 'c' } },
          { kind: 'message', text: 'd{' },
        ],
      },
    ]);
  });
});

describe('the nearest word', () => {
  it.each([
    ['rul', 'rule'],
    ['dney', 'deny'],
    ['requires', 'require'],
    ['xyzzy', null],
    ['', null],
    ['a'.repeat(10_000), null],
  ])('to %s', (word, want) => {
    expect(nearest(word, ['rule', 'deny', 'require', 'warn'])).toBe(want);
  });

  it('is no word that has nothing in common with it', () => {
    expect(nearest('ab', ['x', 'yz'])).toBeNull();
    expect(nearest('refs', ['ref', 'name'])).toBe('ref');
  });
});
