/**
 * What a fold must not find, looked for in ways that a static check cannot see, and limits that are the same wherever a run stands:
 * in a new sandbox, after an error, in the middle of a batch, deep in the stack of the host.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { GatosError } from '../../kernel/index.js';
import type { EventBatch } from './batch.js';
import { createEngine } from './engine.js';
import { lint } from './lint.js';
import type { Sandbox } from './sandbox.js';

const wasm = readFileSync(createRequire(import.meta.url).resolve('@jitl/quickjs-wasmfile-release-sync/wasm'));
const engine = await createEngine({ wasm });
const MEMORY = 16 * 1024 * 1024;

function batchOf(payloads: readonly unknown[]): EventBatch {
  const rows = payloads.map((payload, i) => [`u${i}`, 't', null, payload]);
  return { rows: JSON.stringify(rows), groups: [{ actor: 'user:a', time: 7, count: rows.length }], count: rows.length };
}

async function start(body: string, { gas = 1_000_000, memory = MEMORY, head = '' } = {}): Promise<Sandbox> {
  const source = `${head}\nexport function fold(state, event) { ${body} }`;
  const sandbox = await engine.instantiate({ source, gas, memory });
  sandbox.reset({});
  return sandbox;
}

/** What an expression gives inside of a fold, as text; or the name of the error that it throws. */
async function inFold(expression: string): Promise<unknown> {
  const sandbox = await start(
    `let out; try { out = ${expression}; } catch (error) { out = 'throws ' + error.name; } return { out: typeof out === 'string' ? out : String(out) };`,
    // Names are put together at run time, so that only the sandbox stands in the way.
    {
      head: 'const at = (value, ...parts) => value[parts.join("")]; const proto = (value) => Object.getPrototypeOf(value);',
    },
  );
  sandbox.run(batchOf([0]));
  const { out } = sandbox.snapshot() as { readonly out: unknown };
  sandbox.dispose();
  return out;
}

describe('is not there, whatever it is called', () => {
  it.each<[string, string]>([
    // Locale.
    ['at(1234.5, "toLocale", "String")', 'undefined'],
    ['at([1.5], "toLocale", "String")', 'undefined'],
    ['at({}, "toLocale", "String")', 'undefined'],
    ['at("a", "locale", "Compare")', 'undefined'],
    ['at("i", "toLocale", "UpperCase")', 'undefined'],
    ['at("I", "toLocale", "LowerCase")', 'undefined'],
    // Randomness and clocks.
    ['at(Math, "ran", "dom")', 'undefined'],
    ['Reflect.ownKeys(Math).filter((key) => typeof Math[key] === "function").length', '34'],
    // Patterns, which would bring the host of `match`, `search` and `replace` with them.
    ['["mat", "matchA", "sear"].map((name) => at("a", name, name === "matchA" ? "ll" : "ch")).join()', ',,'],
    // Code from text.
    ['at(() => 1, "con", "structor")("return 1")', 'throws TypeError'],
    ['new (at(() => 1, "con", "structor"))("return 1")', 'throws TypeError'],
    ['at(function* () {}, "con", "structor")("yield 1")', 'throws TypeError'],
    ['at(proto(function* () {}), "con", "structor")("yield 1")', 'throws TypeError'],
    ['at(proto(class {}), "con", "structor")("return 1")', 'throws TypeError'],
    ['at(Object, "con", "structor")("return 1")', 'throws TypeError'],
    ['at(proto({ get x() { return 1; } }), "con", "structor")("return 1") instanceof Object', 'true'],
    ['Reflect.construct(at(() => 1, "con", "structor"), ["return 1"], Array)', 'throws TypeError'],
    ['at(fold, "con", "structor")("return 1")', 'throws TypeError'],
    ['at(proto(proto(function* () {}).prototype), "con", "structor") === Object', 'true'],
    // Stacks and places.
    ['at(new Error("x"), "sta", "ck")', 'undefined'],
    ['at(Error, "capture", "StackTrace")', 'undefined'],
    ['at(Error, "stackTrace", "Limit")', 'undefined'],
    ['Reflect.ownKeys(new Error("x")).join()', 'message'],
    ['(() => { try { null.x; } catch (e) { return Reflect.ownKeys(e).join(); } })()', 'message'],
    ['(() => { try { JSON.parse("{"); } catch (e) { return Reflect.ownKeys(e).join(); } })()', 'message'],
    ['(() => { try { decodeURIComponent("%"); } catch (e) { return Reflect.ownKeys(e).join(); } })()', 'message'],
    ['at(function () {}, "call", "er")', 'undefined'],
    ['(function () { return at(arguments, "call", "ee"); })()', 'throws TypeError'],
    ['String(fold).length < 60', 'true'],
    // Weak references, shared memory, binary views: nothing leads from what is there to what is not.
    ['Reflect.ownKeys(proto(Map.prototype)).includes("at")', 'false'],
    ['at(Array, "from", "Async")', 'undefined'],
    ['at(Symbol, "async", "Iterator")', 'undefined'],
    ['at(Symbol, "spe", "cies")', 'undefined'],
    ['at({}, "__pro", "to__")', 'undefined'],
    ['at({}, "__define", "Getter__")', 'undefined'],
    ['at([], "to", "Sorted") === undefined || [2, 1].toSorted().join() === "1,2"', 'true'],
    // The host.
    ['(function () { return this; })()', 'undefined'],
    ['(0, function () { return typeof this; })()', 'undefined'],
  ])('%s', async (expression, want) => {
    expect(await inFold(expression)).toBe(want);
  });

  it('not even as the name of something that gives no answer twice', async () => {
    // Whatever is global is either a constant or a function: no object holds what changes.
    const sandbox = await start('return { first: probe(), second: probe() };', {
      head: `const names = () => [Array, Boolean, Error, JSON, Map, Math, Number, Object, Reflect, Set, String, Symbol];
        const probe = () => names().map((one) => Reflect.ownKeys(one).map((key) => String(key) + ':' + typeof one[key]).join()).join(';');`,
    });
    sandbox.run(batchOf([0]));
    const { first, second } = sandbox.snapshot() as { readonly first: string; readonly second: string };
    expect(first).toBe(second);
    expect(first).not.toMatch(/random|now|locale/i);
  });
});

describe('what a fold sees of NaN', () => {
  it.each<[string, string]>([
    ['Object.is(NaN, -NaN)', 'true'],
    ['Object.is(0 / 0, -(0 / 0))', 'true'],
    ['new Set([NaN, -NaN, 0 / 0, Math.sqrt(-1), Number("x"), Infinity - Infinity]).size', '1'],
    [
      '[NaN, -NaN].map((n) => String(n) + n.toString(7) + n.toFixed(2) + n.toPrecision(3)).join()',
      'NaNNaNNaNNaN,NaNNaNNaNNaN',
    ],
    ['[Math.sign(-NaN), Math.abs(-NaN), Math.min(-NaN), Math.fround(-NaN), 1 / -NaN].join()', 'NaN,NaN,NaN,NaN,NaN'],
    ['(-NaN | 0) + (NaN >>> 0) + (~NaN) + (NaN << 3)', '-1'],
    ['JSON.stringify([NaN, -NaN])', '[null,null]'],
    ['[3, NaN, 1, -NaN, 2].sort((a, b) => a - b).length', '5'],
    ['Object.keys({ [NaN]: 1, [-NaN]: 2 }).join()', 'NaN'],
  ])('%s', async (expression, want) => {
    expect(await inFold(expression)).toBe(want);
  });
});

describe('static refusal', () => {
  it.each([
    ['async function f() {}', 'async'],
    ['const f = async () => 1;', 'async'],
    ['class C { async m() {} }', 'async'],
    ['async function* g() {}', 'async'],
    ['for await (const x of []) ;', 'async'],
    ['await 1;', 'async'],
    ['new WeakRef({});', 'forbidden-global'],
    ['new FinalizationRegistry(() => 1);', 'forbidden-global'],
    ['new SharedArrayBuffer(8);', 'forbidden-global'],
    ['Atomics.add;', 'forbidden-global'],
    ['new Float64Array(1);', 'forbidden-global'],
    ['new DataView(1);', 'forbidden-global'],
    ['new Intl.NumberFormat();', 'forbidden-global'],
    ['setTimeout(() => 1);', 'forbidden-global'],
    ['queueMicrotask(() => 1);', 'forbidden-global'],
    ['new Promise(() => 1);', 'forbidden-global'],
    ['eval("1");', 'forbidden-global'],
    ['new Function("1");', 'forbidden-global'],
    ['Math.random();', 'forbidden-member'],
    ['(1).toLocaleString();', 'forbidden-member'],
    ['"a".localeCompare("b");', 'forbidden-member'],
  ])('%s', (code) => {
    const findings = lint(`${code}\nexport function fold(state) { return state; }`);
    expect(findings.filter(({ severity }) => severity === 'error').length).toBeGreaterThan(0);
    expect(findings[0]).toMatchObject({ line: 1 });
  });
});

/** The largest payload that passes. */
function largest(passes: (n: number) => boolean, limit: number): number {
  let good = 0;
  let bad = limit;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (passes(middle)) good = middle;
    else bad = middle;
  }
  return good;
}

function codeOf(sandbox: Sandbox, payloads: readonly unknown[]): string | undefined {
  try {
    sandbox.run(batchOf(payloads));
    return undefined;
  } catch (error) {
    sandbox.reset({});
    if (error instanceof GatosError) return error.code;
    throw error;
  }
}

/** Runs `body` below so many frames of the host. */
function below<T>(frames: number, body: () => T): T {
  return frames === 0 ? body() : below(frames - 1, body);
}

const DEEP: readonly [what: string, body: string][] = [
  ['calls', 'const f = (n) => (n === 0 ? 0 : 1 + f(n - 1)); return { n: f(event.payload) };'],
  [
    'methods with many arguments',
    'const o = { f(n, a, b, c, d, e) { return n === 0 ? 0 : 1 + o.f(n - 1, 1, 2, 3, 4, 5); } }; return { n: o.f(event.payload) };',
  ],
  [
    'getters',
    'const o = { get x() { left -= 1; return left < 0 ? 0 : o.x; } }; let left = event.payload; return { n: o.x };',
  ],
  [
    'native code in between',
    'const f = (n) => (n === 0 ? 0 : [n].map((m) => f(m - 1))[0]); return { n: f(event.payload) };',
  ],
  [
    'comparators',
    'const f = (n) => { if (n > 0) [1, 2].sort(() => f(n - 1) * 0); return n; }; return { n: f(event.payload) };',
  ],
  ['generators', 'function* g(n) { if (n > 0) yield* g(n - 1); yield n; } return { n: [...g(event.payload)].length };'],
  [
    'constructors',
    'class C { constructor(n) { this.n = n === 0 ? 0 : new C(n - 1).n + 1; } } return { n: new C(event.payload).n };',
  ],
];

describe('the depth of the stack', () => {
  it.each(DEEP)('is the same wherever a run stands: %s', async (_what, body) => {
    const gas = 50_000_000;
    const fresh = await start(body, { gas });
    const depth = largest((n) => codeOf(fresh, [n]) === undefined, 20_000);
    expect(depth).toBeGreaterThan(50);
    expect(codeOf(fresh, [depth + 1])).toBe('fold/stack');
    // After errors, in the middle of a batch, deep in the host, with a large state, in another sandbox.
    const places: readonly [string, (n: number) => string | undefined][] = [
      ['after an error', (n) => codeOf(fresh, [n])],
      ['in a batch', (n) => codeOf(fresh, [1, 2, 3, n])],
      ['deep in the host', (n) => below(2000, () => codeOf(fresh, [n]))],
    ];
    for (const [place, tried] of places) {
      expect([place, tried(depth)]).toEqual([place, undefined]);
      expect([place, tried(depth + 1)]).toEqual([place, 'fold/stack']);
    }
    const other = await start(body, { gas, memory: 2 * MEMORY });
    other.reset({ large: Array.from({ length: 10_000 }, (_, i) => ({ i })) });
    expect(codeOf(other, [depth])).toBeUndefined();
    expect(codeOf(other, [depth + 1])).toBe('fold/stack');
  });
});

describe('memory', () => {
  it.each<[string, string]>([
    ['lists', 'const l = []; for (let i = 0; i < event.payload; i++) l.push([i]); return { n: l.length };'],
    [
      'texts',
      'const l = []; for (let i = 0; i < event.payload; i++) l.push("x".repeat(100) + i); return { n: l.length };',
    ],
    ['maps', 'const m = new Map(); for (let i = 0; i < event.payload; i++) m.set(i, { i }); return { n: m.size };'],
    ['the state', 'state.l = []; for (let i = 0; i < event.payload; i++) state.l.push({ i }); return state;'],
  ])('ends at the same place in every run: %s', { timeout: 60_000 }, async (_what, body) => {
    const options = { gas: 100_000_000, memory: 4 * 1024 * 1024 };
    const one = await start(body, options);
    const most = largest((n) => {
      one.reset({});
      return codeOf(one, [n]) === undefined;
    }, 300_000);
    expect(most).toBeGreaterThan(1000);
    for (const sandbox of [one, await start(body, options)]) {
      for (let round = 0; round < 3; round++) {
        sandbox.reset({});
        expect(codeOf(sandbox, [most])).toBeUndefined();
        sandbox.reset({});
        expect(codeOf(sandbox, [most + 1])).toBe('fold/memory');
      }
    }
  });
});
