/** A module that runs once, by the same rules as a fold. What the sandbox itself forbids is tested with folds. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { SharedEngine } from '../shared-engine.js';
import { createEngine, lint, runScript } from './index.js';

const wasm = new Uint8Array(
  readFileSync(createRequire(import.meta.url).resolve('@jitl/quickjs-wasmfile-release-sync/wasm')),
);
const engine = await createEngine({ wasm });
const LIMITS = { gas: 10_000_000, memory: 16 * 1024 * 1024 };
const run = (source: string, input = {}, using = engine) => runScript(using, { source, input, ...LIMITS });

describe('a script', () => {
  it('is called once with its input alone, and gives its result and gas', async () => {
    const source = 'let n = 0; export function run(...all) { n++; return { n, all }; }';
    const { value, gasUsed } = await run(source, { b: [1, null], a: { t: 'x' } });
    expect(value).toEqual({ n: 1, all: [{ a: { t: 'x' }, b: [1, null] }] });
    expect(gasUsed).toBeGreaterThan(0);
    expect(await run(source, { b: [1, null], a: { t: 'x' } })).toEqual({ value, gasUsed });
  });

  it('starts afresh on an engine that keeps its sandbox, also after a fault, and next to a fold of the same text', async () => {
    const shared = new SharedEngine(engine);
    const source = `let n = 0;
      export function run({ bad }) { n++; if (bad) throw new Error('bad'); return { n }; }
      export function fold(state, event) { return { fold: n }; }`;
    expect((await run(source, {}, shared)).value).toEqual({ n: 1 });
    await expect(run(source, { bad: true }, shared)).rejects.toMatchObject({ code: 'fold/threw' });
    const first = await run(source, {}, shared);
    expect(first).toEqual(await run(source));
    const fold = await shared.instantiate({ source, ...LIMITS });
    fold.reset({});
    fold.run({ rows: '[["u","t",null,null]]', groups: [{ actor: 'user:a', time: 0, count: 1 }], count: 1 });
    expect(fold.snapshot()).toEqual({ fold: 0 });
    shared.dispose();
  });

  it.each([
    ['export const other = 1;', 'fold/lint'],
    ['export function fold(state, event) { return state; }', 'fold/lint'],
    ['export const run = 7;', 'fold/start'],
    ['throw 1; export function run(i) {}', 'fold/start'],
    ['export function run(i) { throw 1; }', 'fold/threw'],
    ['export function run(i) { for (;;) {} }', 'fold/gas'],
    [
      'export function run(i) { const all = []; for (let k = 0; k < 60; k++) all.push("x".repeat(1e6) + k); return { all }; }',
      'fold/memory',
    ],
    ['export function run(i) { let t = "x"; for (;;) t += t + t; }', 'fold/engine-limit'],
    ['export function run(i) {}', 'fold/state-value'],
    ['export function run(i) { return { a: [() => 1] }; }', 'fold/state-value'],
  ])('%s ends with %s', async (source, code) => {
    await expect(run(source)).rejects.toMatchObject({ code });
  });

  it('is looked at as a script, and a fold as a fold', () => {
    const rules = (source: string, entry: 'fold' | 'run') => lint(source, entry).map(({ rule }) => rule);
    const both = 'let n = 0; export function* run(a, b) {} export function fold(s, e) { return s; }';
    expect(rules(both, 'run')).toEqual(['run-generator', 'run-parameters']);
    expect(rules(both, 'fold')).toEqual(['module-state']);
    expect(rules('export default 1;', 'run')).toEqual(['default-export', 'no-run']);
  });
});
