/** Instrumented code does what the code does: compared with the engine that runs the tests, and line by line with the source. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import type { VectorFile } from '../../../testing/vector.js';
import { createEngine } from './engine.js';
import { instrument } from './instrument.js';
import { lint } from './lint.js';
import type { Parsed } from './syntax.js';
import { parseModule } from './syntax.js';

const wasm = readFileSync(createRequire(import.meta.url).resolve('@jitl/quickjs-wasmfile-release-sync/wasm'));
const engine = await createEngine({ wasm });

function parsed(source: string): Parsed {
  const module = parseModule(source);
  if ('why' in module) throw new Error(module.why);
  return module;
}

const text = (source: string): string => instrument(parsed(source)).text;

describe('instrumentation', () => {
  const TICK = 'if(--__gatos_g<0)__gatos_x();';

  it.each([
    ['export function fold(s, e) { return s; }', `       function fold(s, e) {${TICK} return s; }`],
    ['export const fold = (s, e) => s;', '       const fold = (s, e) => (--__gatos_g<0&&__gatos_x(),s);'],
    ['export const fold = (s, e) => ({ s });', '       const fold = (s, e) => ((--__gatos_g<0&&__gatos_x(),{ s }));'],
    ['const fold = 1; export { fold };', `const fold = 1;${' '.repeat(17)}`],
    ['while (a) b();', `while (a) {${TICK}b();}`],
    ['do b(); while (a)', `do {${TICK}b();} while (a)`],
    ['for (;;) ;', `for (;;) {${TICK};}`],
    ['for (const x of y) { x; }', `for (const x of y) {${TICK} x; }`],
    ['for (const x in y) x;', `for (const x in __gatos_k((y))) {${TICK}x;}`],
    ['a: for (;;) for (;;) continue a;', `a: for (;;) {${TICK}for (;;) {${TICK}continue a;}}`],
    ['f(...x, [...y], { ...z });', 'f(...__gatos_s((x)), [...__gatos_s((y))], { ...z });'],
    ['f(...(a, b));', 'f(...(__gatos_s((a, b))));'],
    ['x => y => z;', 'x => (--__gatos_g<0&&__gatos_x(),y => (--__gatos_g<0&&__gatos_x(),z));'],
    ['([a, ...b]) => b;', '([a, ...b]) => (--__gatos_g<0&&__gatos_x(),__gatos_r(b),b);'],
    ['const [a, ...b] = c, d = 1;', 'const [a, ...b] = c,__gatos_r1=__gatos_r(b), d = 1;'],
    ['for (const [a, ...b] of c) ;', `for (const [a, ...b] of c) {${TICK}__gatos_r(b);;}`],
    ['let a, b; [a, ...b] = c;', 'let a, b; [a, ...b] = __gatos_s((c));'],
    ['try {} catch ([a, ...b]) { }', 'try {} catch ([a, ...b]) {__gatos_r(b); }'],
    [
      'class A { x = 1; m() {} static { ; } get y() { return 1; } }',
      `class A {#__gatos_g=(--__gatos_g<0&&__gatos_x()); x = 1; m() {${TICK}} static {${TICK} ; } get y() {${TICK} return 1; } }`,
    ],
    ['class A { static x = 1; }', 'class A { static x = 1; }'],
    ['a; /* {\n */ b // c\n; d', 'a;     \n    b     \n; d'],
    ['class A { static /* { */ { ; } }', `class A { static         {${TICK} ; } }`],
  ])('%s', (source, want) => {
    expect(text(source)).toBe(want);
  });

  it('moves no line', () => {
    const template = ['`x\n$', '{[1]\n.map((x) =>\n x)}`'].join('');
    const source = `export const a = ${template};\r\n/* one\u2028two */ export function fold(\n state,\n event\n) { for (\n;;\n)\n break;\n return { a, s: '\\\n' }; }\n`;
    const lines = (code: string): number => code.split(/\r\n|[\n\r\u2028\u2029]/).length;
    expect(lines(text(source))).toBe(lines(source));
  });

  it('gives text that parses again, as the body of a function', () => {
    const source =
      'let x = 1\nexport let y = x\n++y\nexport function fold(a, b) { return a }\nif (x) for (;;) break\nelse do ; while (0) y\n';
    const { text: out, fold } = instrument(parsed(source));
    expect(parseModule(`(function(){"use strict";${out}\nreturn ${fold}})`)).toHaveProperty('program');
  });
});

describe('folds give what ECMAScript gives', () => {
  const file = JSON.parse(
    readFileSync(new URL('../../../../conformance/vectors/fold/fold-run.json', import.meta.url), 'utf8'),
  ) as VectorFile;
  const PLAIN = [
    'counts-by-type',
    'event-fields',
    'export-list',
    'class-and-private',
    'generators',
    'labels-and-continue',
    'destructuring',
    'tagged-templates',
    'override-mistake',
    'switch-and-closures',
    'arrays',
    'strings',
    'numbers-as-text',
    'date-arithmetic',
    'arguments-object',
    'kept-events',
    'sloppy-this',
    'symbol-iterator-tampering',
    'symbol-to-primitive',
    'spread-object-exact',
    'optional-chaining',
    'iterators-by-hand',
    'errors-and-cause',
    'sort-is-stable',
    'math',
    'state-keys',
    'state-shared',
    'gas-exact',
    'recursion-is-fine',
    'initial-state-sorted',
    'proto-key-is-data',
  ];
  const cases = file.vectors.filter(({ id }) => PLAIN.includes(id.replace('fold-run/', '')));

  it('has the cases', () => {
    expect(cases.length).toBe(PLAIN.length);
  });

  it.each(cases)('$id', ({ input, want }) => {
    const {
      source,
      rows,
      initial = {},
    } = input as { source: string; rows: [string, string, string | null, unknown][]; initial?: object };
    const local = /export \{ (\w+) as fold \}/.exec(source)?.[1] ?? 'fold';
    const body = `'use strict'; ${source.replace(/^export \{.*\};?$/m, '').replace(/^export /gm, '')}\nreturn ${local};`;
    const fold = Function(body)() as (state: unknown, event: unknown) => unknown;
    let state: unknown = Object.fromEntries(Object.entries(initial).sort(([a], [b]) => (a < b ? -1 : 1)));
    for (const [ulid, type, key, payload] of rows) {
      state = fold(state, { ulid, type, payload, key: key ?? ulid, actor: 'user:alice', time: 1_700_000_000_000_000 });
    }
    expect(JSON.parse(JSON.stringify(state))).toEqual((want as { state: unknown }).state);
  });
});

describe('what lints can start, and what does not lint cannot', () => {
  it.each([
    'export const fold = (s, e) => s;',
    'export function fold(s, e) { return s }\nexport const π = 3.14, ünï = "é", 漢 = { 字: 1 };\nconst { 字 } = 漢;',
    'export { f as fold };\nfunction f(s, e) { "use strict"; return s; }',
    '"use strict"; export let fold = function (s, e) { return new.target === undefined ? s : {}; };',
    'export const fold = (s, e) => s;;;\n;export const a = 1, [b] = [2], { c } = { c: 3 };export class D {}',
    'export function fold(s, e) { let async = 1, of = 2, get = 3, static_ = 4, let_ = 5, from = 6, as = 7; async: for (of of [async]) break async; return { async, of, get }; }',
    'export function fold(s, e) { return { x: s\n/1/2 === 0 } }',
    'export function fold(s, e) { var { a = (() => { for (;;) break; return 1 })() } = {}; return { a } }',
    'label: { break label; } export const fold = (s, e) => s',
    'export const fold = (s, e) => { if (e) { function inner() { return s } return inner() } return s }',
  ])('%s', async (source) => {
    expect(lint(source).filter(({ severity }) => severity === 'error')).toEqual([]);
    const sandbox = await engine.instantiate({ source, gas: 1000, memory: 8 * 1024 * 1024 });
    sandbox.reset({ n: 1 });
    sandbox.run({ rows: '[["u","t",null,{}]]', groups: [{ actor: 'a', time: 0, count: 1 }], count: 1 });
    expect(sandbox.snapshot()).toBeTypeOf('object');
  });
});
