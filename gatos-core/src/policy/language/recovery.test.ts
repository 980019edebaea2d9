import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../kernel/index.js';
import { DIAGNOSTICS } from './diagnostics.js';
import { parseExpression, parseModule } from './index.js';

const found = (text: string): readonly string[] =>
  parseModule({ file: 'a.rgs', text }).diagnostics.map(
    (d) => `${d.line}:${d.column} ${d.code.slice('policy/'.length)}`,
  );

const inBody = (text: string): readonly string[] => found(`rule r() if {\n${text}\n}`);

/** Each row: what is written, what is found of it. Together they provoke the whole table, which the last test checks. */
const BODIES: readonly (readonly [text: string, ...found: string[]])[] = [
  ['a == 1.5', '2:6 float'],
  ['a == 1e9', '2:6 float'],
  ['a == 9007199254740992', '2:6 integer'],
  ['a == 9007199254740991; b == -9007199254740991'],
  ['a == 100000000000w', '2:6 integer'],
  ['a == 5x', '2:6 number'],
  ['a == 5_', '2:6 number'],
  ['a == 1__0', '2:6 number'],
  ['a == 007', '2:6 number'],
  ['a == 2026-11-20', '2:6 time'],
  ['a == 2026-02-30T00:00:00Z', '2:6 time'],
  ['a == 2026-11-20T09:00:00+01:00', '2:6 time'],
  ['a == 2026-11-20T09:00:00.000001Z + 30s'],
  ['a == "b', '2:6 text-unclosed'],
  ['a == "b\\q"; c == "d\\', '2:8 text-escape', '2:18 text-unclosed', '2:20 text-escape'],
  ['a == "\\u{110000}\\u{d800}\\u{}\\u{1F600}"', '2:7 text-code-point', '2:17 text-code-point', '2:25 text-escape'],
  ["a == 'b'", '2:6 quotes'],
  ['a == “b”', '2:6 quotes', '2:8 quotes'],
  ['a == b // c', '2:8 comment'],
  ['a == \u{a0}b', '2:6 invisible'],
  ['a == "b\u{202e}c"', '2:8 invisible'],
  ['a == b # \u{202e}', '2:10 invisible'],
  ['a\u{200b}b', '2:2 invisible', '2:3 expected'],
  ['a == \u{d800}', '2:6 invisible', '3:1 expected'],
  ['a == €1', '2:6 character'],
  ['userName = 1', '2:1 name'],
  ['имя = 1', '2:1 name'],
  ['pаth = 1', '2:1 name'],
  ['__a = 1', '2:1 name'],
  ['_a = 1; _ in b'],
  ['a.b = "c"', '2:5 assignment'],
  ['a = b = c', '2:7 assignment'],
  ['a(b = c)', '2:5 assignment'],
  ['1 < a < 3', '2:7 chain'],
  ['(1 < a) == (a < 3)'],
  ['a && b && c', '2:3 operator', '2:8 operator'],
  ['a and b', '2:3 operator'],
  ['a, b', '2:2 operator'],
  ['a || b', '2:3 operator'],
  ['a or b', '2:3 operator'],
  ['a\nor b\nand not c', '3:1 operator', '4:1 operator'],
  ['a\nor == b\nand not in c\nor'],
  ['!a', '2:1 operator'],
  ['b == !a', '2:6 operator'],
  [
    'a === b; a !== b; a <> b; a => b; a := b',
    '2:3 operator',
    '2:12 operator',
    '2:21 operator',
    '2:29 operator',
    '2:37 operator',
  ],
  ['a / b == 1; a % b == 1', '2:3 operator', '2:15 operator'],
  ['some x in xs', '2:1 operator'],
  ['let x = 1', '2:1 operator'],
  ['some in xs; let = 3; exists'],
  ['a b', '2:3 expected'],
  ['a ? b : c', '2:3 expected'],
  ['a == -b', '2:6 minus'],
  ['a[0](b)', '2:1 call'],
  ['input(b)', '2:1 call'],
  ['a == if', '2:6 reserved'],
  ['not = 1', '2:5 expected'],
  ['a == not b', '2:6 expected'],
  ['f(a\nb', '2:2 unclosed'],
  ['f(a, [1, 2)\nb c', '2:6 unclosed', '3:3 expected'],
  ['a == (b + c\nd', '2:6 unclosed'],
  ['f(\n  a\n  b\n)\nc d', '4:3 expected', '6:3 expected'],
  ['x in [1 2, 3 4]', '2:9 expected', '2:14 expected'],
  ['x == { "a": 1, "a": 2, b: 3, "c" = 4 }', '2:16 same-key', '2:24 expected', '2:34 expected'],
  ['a)\nb]\n(c', '2:2 unopened', '3:2 unopened', '4:1 unclosed'],
  ['n = count { a b | c }', '2:15 expected'],
  ['n = count { a }', '2:15 expected'],
  ['every x xs { a }\nb c', '2:9 expected', '3:3 expected'],
  ['every x in xs\nb c', '3:1 expected', '3:3 expected'],
  ['a ==\n', '4:1 expected'],
];

const MODULES: readonly (readonly [text: string, ...found: string[]])[] = [
  ['rul a() if { b c }', '1:1 word', '1:16 expected'],
  ['def a() if { b }', '1:1 word'],
  ['function a() {\n b c\n}', '1:1 word', '1:14 expected', '2:4 expected'],
  ['package a', '1:1 word'],
  ['zebra "a"\nconst b = ', '1:1 word', '2:10 expected'],
  ['allow if { a }\ndefault allow = false', '1:1 default', '2:1 default'],
  ['const a = 1\nmodule b\nimport c\nmodule d', '2:1 order', '3:1 order', '4:1 twice'],
  ['import "a"\nimport b as', '1:8 expected', '2:12 expected'],
  ['const a 1\nconst rule = 2\nconst b = 2 3', '1:9 expected', '2:7 reserved', '3:13 expected'],
  ['rule a if { b c }', '1:8 expected', '1:15 expected'],
  ['rule a-b() if { b c }', '1:7 expected', '1:19 expected'],
  ['rule a()'],
  ['rule a() when { b c }', '1:10 expected', '1:19 expected'],
  ['rule a() if {\n b\n\nrule c() if {\n d\n', '1:13 unclosed', '4:13 unclosed'],
  ['rule a() if { b }\n}', '2:1 unopened'],
  ['rule a() if { b } }', '1:19 unopened'],
  ['deny a when { b }', '1:6 expected'],
  ['deny "A b" when { c }', '1:6 id'],
  ['deny "a" if { b c }', '1:10 word', '1:17 expected'],
  ['deny "a" { b c }', '1:10 expected', '1:14 expected'],
  ['deny "a" mesage "{b" when { c }', '1:10 word', '1:18 template-unclosed'],
  ['deny "a" message "{}" when { b }', '1:19 template'],
  ['deny "a" message "b }" hint "{b c}" when { d }', '1:21 template', '1:33 expected'],
  ['deny "a" message "\\u{41}{b + }" when { c }', '1:29 expected'],
  ['deny "a" message "{b[\\"c\\"]} {{}}" when { d }'],
  ['deny "a" message b when { c }', '1:18 expected'],
  ['deny "a" message "b" message "c" when { d }', '1:22 twice'],
  ['deny "a" message "b"\nwarn "c" when { d }', '1:6 missing'],
  ['require "a" for { b }', '1:9 missing'],
  ['require "a" when { b } that { c }', '1:13 word'],
  ['require "a" that { c }', '1:9 missing'],
  ['test "a" { given { } }', '1:6 missing'],
  ['test "a" { expect allow }', '1:6 missing'],
  ['test "a" { gven { } expct alow }', '1:12 word', '1:21 word', '1:27 word'],
  ['test "a" { given { "b" 1 } expect no alow expect deny }', '1:24 expected', '1:38 word'],
  ['test "a" { given { } given { } 3 expect allow }', '1:22 twice', '1:32 expected'],
  ['test "a" { given { }\ntest "b" {', '1:6 missing', '1:10 unclosed', '2:6 missing', '2:10 unclosed'],
  ['\u{feff}const a = 1\r\n\tconst b = 2\r\n'],
  ['const a = 1\rconst b = 2', '1:12 invisible', '1:13 expected'],
  [
    `const a = ${'('.repeat(LIMITS.policyNesting + 5)}1${')'.repeat(LIMITS.policyNesting + 5)}`,
    `1:${11 + LIMITS.policyNesting} too-deep`,
  ],
  [`const a = 1${' + 1'.repeat(LIMITS.policyNesting + 5)}`, '1:11 too-deep'],
  [`const a = b${'.c'.repeat(LIMITS.policyNesting + 5)}`, '1:11 too-deep'],
  [`const a = "${'b'.repeat(LIMITS.policySourceBytes)}"`, '1:1 too-large'],
];

describe('what is wrong with a body', () => {
  it.each(BODIES)('%j', (text, ...want) => {
    expect(inBody(text)).toEqual(want);
  });
});

describe('what is wrong with a module', () => {
  it.each(MODULES.map(([text, ...want]) => [text.slice(0, 60), text, want] as const))('%j', (_name, text, want) => {
    expect(found(text)).toEqual(want);
  });
});

describe('findings', () => {
  it('are bounded in number and say how many are left', () => {
    const diagnostics = parseModule({
      file: 'a.rgs',
      text: 'const a\n'.repeat(LIMITS.policyDiagnostics + 7),
    }).diagnostics;
    expect(diagnostics).toHaveLength(LIMITS.policyDiagnostics + 1);
    expect(diagnostics.at(-1)).toMatchObject({ code: 'policy/more', message: 'and 7 more' });
  });

  it('are bounded in tokens', () => {
    const { diagnostics } = parseModule({
      file: 'a.rgs',
      text: `const a = [${'1,'.repeat(LIMITS.policyTokens / 2)}1]`,
    });
    expect(diagnostics.map((d) => d.code)).toContain('policy/too-large');
  });

  it('are provoked by the tables above, each of them', () => {
    const all = [...BODIES.flatMap(([text]) => inBody(text)), ...MODULES.flatMap(([text]) => found(text))];
    const seen = new Set([...all.map((each) => each.split(' ')[1]), 'more']);
    expect(Object.keys(DIAGNOSTICS).filter((code) => !seen.has(code))).toEqual([]);
  });

  it('are written in the style of the house', () => {
    const texts = [...BODIES, ...MODULES].flatMap(([text]) =>
      [text, `rule r() if {\n${text}\n}`].flatMap((each) => parseModule({ file: 'a.rgs', text: each }).diagnostics),
    );
    expect(texts.length).toBeGreaterThan(100);
    for (const { message, hint } of texts) {
      for (const each of [message, ...(hint === null ? [] : [hint])]) {
        expect(each).not.toMatch(/^[A-Z][a-z]+ |\.$|\n|^$/);
        expect((each.match(/`/g) ?? []).length % 2, each).toBe(0);
      }
    }
  });

  it('leave the sound items of a file as they are', () => {
    const text =
      'const a = 1\nrule b( if { x }\nconst c = [1\ndeny "d" when { e }\nrule f() if { g && }\nconst h = 2\n';
    const { module, diagnostics } = parseModule({ file: 'a.rgs', text });
    const names = module.items.map((item) => (item.kind === 'head' ? item.id.text : item.name.text));
    expect(names).toEqual(expect.arrayContaining(['a', 'd', 'f', 'h']));
    expect(diagnostics.map((d) => d.line)).toEqual([2, 3, 5]);
  });

  it.each([
    ['a.b = 1', 'to compare, write `==`'],
    ['a == 1.5', 'fractions are not the same on every machine'],
    ['glob.match(a', '`)`'],
    ['a or b', 'second `rule`'],
    ['userName == 1', '`user_name`'],
    ['a == 5y', '`1h + 30m`'],
  ])('hint at what to write: %s', (text, hint) => {
    const [first] = parseModule({ file: 'a.rgs', text: `rule r() if {\n${text}\n}` }).diagnostics;
    expect(first?.hint).toContain(hint);
  });

  it('of a single expression', () => {
    expect(parseExpression({ file: '-', text: 'a.b +\n c' })).toMatchObject({
      expr: { kind: 'binary' },
      diagnostics: [],
    });
    const broken = parseExpression({ file: '-', text: 'a.b c' });
    expect(broken.expr).toBeNull();
    expect(broken.diagnostics).toMatchObject([{ line: 1, column: 5, message: 'expected nothing more, found `c`' }]);
    expect(parseExpression({ file: '-', text: '' }).diagnostics).toHaveLength(1);
  });
});
