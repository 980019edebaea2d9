/// <reference path="../../kernel/platform.d.ts" />
/// <reference path="./wasm.d.ts" />
/** What the guest can reach, seen from inside, before any fold runs. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { beforeAll, describe, expect, it } from 'vitest';
import { EVAL_HOOK } from './engine-binary.js';
import { GLOBALS } from './lint-names.js';
import { PRELUDE } from './prelude/index.js';
import { GuestError } from './stop.js';
import { Vm } from './vm.js';
import { patchWasm } from './wasm-patch.js';

const wasm = readFileSync(createRequire(import.meta.url).resolve('@jitl/quickjs-wasmfile-release-sync/wasm'));
let vm: Vm;

beforeAll(async () => {
  const hooks = {
    call: () => {
      throw new Error('never');
    },
    interrupt: () => {},
    work: () => {},
  };
  vm = await Vm.create(new WebAssembly.Module(patchWasm(wasm)), { memory: 32 * 1024 * 1024, hooks });
  vm.evaluate('globalThis.real = { Object, Reflect, String, Set };', 'before.js');
  vm.evaluate('var before = real; delete globalThis.real;', 'before.js');
  vm.evaluate(
    `var tools = ${PRELUDE}`.replace('keep(world, GLOBALS);', "keep(world, [...GLOBALS, 'before', 'tools']);"),
    'prelude.js',
  );
});

const told = (code: string): unknown =>
  JSON.parse(vm.text(vm.evaluate(`JSON.stringify((() => { 'use strict'; ${code} })())`, 'test.js')));

/** Everything that can be reached from the globals and from values of every kind, with the path to it. */
const REACH = `
  const { Object, Reflect, String, Set } = before;
  const seen = new Set(); const out = [];
  const roots = { global: top, array: [][Symbol.iterator](), text: ''[Symbol.iterator](), map: new Map()[Symbol.iterator](), set: new Map().keys(), generator: function* () {}, generated: (function* () {})(), arrow: () => 1, klass: class {}, error: (() => { try { null.x; } catch (e) { return e; } })() };
  const walk = (value, path) => {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return;
    seen.add(value); out.push([path, value]);
    walk(Reflect.getPrototypeOf(value), path + '.[[Prototype]]');
    for (const key of Reflect.ownKeys(value)) {
      const d = Reflect.getOwnPropertyDescriptor(value, key);
      const step = path + '.' + String(key);
      walk(d.value, step); walk(d.get, step + '[get]'); walk(d.set, step + '[set]');
    }
  };
  for (const name of Reflect.ownKeys(roots)) walk(roots[name], name);
`;

/** What `code` makes of `out`, the list of paths and values. */
const reach = (code: string): unknown => {
  const top = GLOBALS.map((name) => `${name}: ${name}`).join(', ');
  return told(`const top = { ${top} }; return (() => { ${REACH} ${code} })();`);
};

describe('the prelude', () => {
  it('leaves the globals that lint knows', () => {
    const names = JSON.parse(
      vm.text(vm.evaluate('JSON.stringify(Object.getOwnPropertyNames(this))', 'test.js')),
    ) as string[];
    expect(names.filter((name) => !['before', 'tools'].includes(name)).sort()).toEqual([...GLOBALS].sort());
  });

  it('leaves no constructor of code, and no name that lint refuses, anywhere', () => {
    const paths = reach(`return out.map(([path]) => path);`) as string[];
    expect(paths.length).toBeGreaterThan(300);
    const words =
      /locale|random|Date|Promise|Proxy|RegExp|\beval\b|BigInt|Buffer|Weak|stack|caller|fileName|lineNumber|columnNumber|__|species|isConcat|unscopables|async|species|match|search|getOrInsert|Atomics|groupToMap|fromAsync|sumPrecise|isError|escape|anchor|bold/i;
    expect(paths.filter((path) => words.test(path))).toEqual([]);
  });

  it('freezes everything that can be reached', () => {
    const soft = reach(`return out.filter(([, value]) => !Object.isFrozen(value)).map(([path]) => path);`) as string[];
    // What this test made itself.
    const own =
      /^(global|array|text|map|set|generated|error|arrow|klass|klass\.prototype|generator|generator\.prototype|generated\.\[\[Prototype\]\])$/;
    expect(soft.filter((path) => !own.test(path))).toEqual([]);
  });

  it('leaves no function whose text is source', () => {
    const texts = reach(`return out.filter(([, v]) => typeof v === 'function').map(([, v]) => String(v));`) as string[];
    expect(texts.filter((text) => !/^function [^(]*\(\) \{ \[native code\] \}$/.test(text))).toEqual([]);
  });

  it('gives replaced built-ins the name and length of the native ones', () => {
    const native = (path: string) => Function(`return ${path}`)() as { name: string; length: number };
    const paths = [
      'Array.from',
      'Array.prototype.map',
      'Array.prototype.sort',
      'Array.prototype.indexOf',
      'Array.prototype.splice',
      'String.prototype.slice',
      'String.prototype.replaceAll',
      'String.raw',
      'Number.prototype.toString',
      'JSON.parse',
      'JSON.stringify',
      'Object.keys',
      'Object.defineProperty',
      'Object.fromEntries',
      'Reflect.apply',
      'Map',
      'Set',
      'Map.prototype.forEach',
      'Symbol',
      'Symbol.for',
      'encodeURIComponent',
      'Array.prototype.flat',
      'Array.prototype.reduce',
      'String.prototype.padStart',
    ];
    for (const path of paths)
      expect(told(`return [${path}.name, ${path}.length]`), path).toEqual([native(path).name, native(path).length]);
  });

  it('has no way to compile code once the hook is closed, whatever is reached', () => {
    expect(told('return (() => 1)()')).toBe(1);
    vm.pokeContext(EVAL_HOOK, 0);
    expect(() => vm.evaluate('1 + 1', 'test.js')).toThrow();
    try {
      vm.evaluate('1', 'test.js');
    } catch (error) {
      expect(error).toBeInstanceOf(GuestError);
      expect((error as GuestError).text).toMatch(/eval is not supported/);
    }
  });
});
