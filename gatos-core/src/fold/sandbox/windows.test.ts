/** The result is a function of the module and the ordered events alone, however they are cut, and whatever the fold hides. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../codec/index.js';
import type { EventBatch } from './batch.js';
import { createEngine } from './engine.js';
import { foldRange } from './fold-range.js';
import { EventSink, encodeJsonRows } from './guest-events.js';
import { WINDOW } from './version.js';

const wasm = readFileSync(createRequire(import.meta.url).resolve('@jitl/quickjs-wasmfile-release-sync/wasm'));
const engine = await createEngine({ wasm });
const SEED = 1024;

/** Folds that remember what they should not. */
const SECRETIVE: readonly (readonly [string, string])[] = [
  [
    'module variables',
    'let n = 0; const seen = []; export function fold(state, { payload }) { n += 1; seen.push(payload.n); return { n, sum: seen.reduce((a, b) => a + b), last: payload.n }; }',
  ],
  [
    'aliases',
    'export function fold(state, { payload }) { const a = state.a ?? { n: 0 }; const b = state.b ?? a; a.n += payload.n; return { a, b, same: a === b }; }',
  ],
  [
    'key order',
    'export function fold(state, { payload }) { const o = state.o ?? {}; o["k" + ((payload.n * 7919) % 97)] = payload.n; return { o, order: Object.keys(o).join().length % 1000, first: Object.keys(o)[0] }; }',
  ],
  [
    'frozen and sealed parts',
    'export function fold(state, { payload }) { if (Object.isFrozen(state)) return { ...state, frozen: (state.frozen ?? 0) + 1, n: payload.n }; return Object.freeze({ ...state, n: payload.n, thawed: (state.thawed ?? 0) + 1 }); }',
  ],
  [
    'private stamps',
    'class Stamp extends class { constructor(o) { return o; } } { #mark = 1; static has(o) { return #mark in o; } } export function fold(state) { const known = Stamp.has(state); if (!known) new Stamp(state); state.known = (state.known ?? 0) + (known ? 1 : 0); state.n = (state.n ?? 0) + 1; return state; }',
  ],
  [
    'generators that go on',
    'function* tally() { let n = 0; for (;;) n += yield n; } const t = tally(); t.next(); export function fold(state, { payload }) { return { n: t.next(payload.n).value }; }',
  ],
  [
    'kept events',
    'const kept = new Map(); export function fold(state, event) { kept.set(event.key, event); for (const e of kept.values()) e.payload.n += 1; return { sum: [...kept.values()].reduce((s, e) => s + e.payload.n, 0) % 1e9 }; }',
  ],
  [
    'symbols of the registry',
    'export function fold(state) { const k = Symbol.for("n"); const f = fold; f[k] = (f[k] ?? 0) + 1; return { n: f[k], total: (state.total ?? 0) + 1 }; }',
  ],
  [
    'gas that depends on the past',
    'let cost = 0; export function fold(state, { payload }) { cost += payload.n % 3; for (let i = 0; i < cost; i++) ; return { cost, n: (state.n ?? 0) + 1 }; }',
  ],
  [
    'errors that are caught',
    'let errors = 0; export function fold(state, { payload }) { try { if (payload.n % 5 === 0) null.x; } catch (e) { errors += e.message.length; } return { errors, n: (state.n ?? 0) + 1 }; }',
  ],
];

function rowsOf(from: number, to: number): JsonValue[][] {
  return Array.from({ length: to - from }, (_, k) => {
    const i = from + k;
    return [`u${i}`, `t${i % 3}`, i % 4 === 0 ? `key-${i % 50}` : null, { n: (i * 31) % 101, note: 'ü'.repeat(i % 5) }];
  });
}

function batch(rows: readonly (readonly JsonValue[])[], binary: boolean): EventBatch {
  const groups = [
    { actor: 'user:a', time: 1, count: Math.floor(rows.length / 3) },
    { actor: 'user:a', time: 1, count: rows.length - Math.floor(rows.length / 3) },
  ];
  if (!binary) return { rows: JSON.stringify(rows), groups, count: rows.length };
  const sink = new EventSink();
  for (const row of rows) sink.addRow(row);
  return { rows: sink.take(), groups, count: rows.length };
}

async function fold(source: string, batches: readonly EventBatch[], startIndex = 0, state: JsonValue = {}) {
  const sandbox = await engine.instantiate({ source, gas: 100_000, memory: 32 * 1024 * 1024 });
  try {
    return foldRange({ sandbox, startIndex, state, batches });
  } finally {
    sandbox.dispose();
  }
}

const EVENTS = 2 * WINDOW + 150;

describe(`folding ${EVENTS} events (seed ${SEED})`, () => {
  it.each(SECRETIVE)('gives the same for every cut: %s', async (_name, source) => {
    const whole = await fold(source, [batch(rowsOf(0, EVENTS), false)]);
    expect(whole.index).toBe(EVENTS);
    expect(whole.base.index).toBe(2 * WINDOW);
    const cuts = fc.tuple(fc.array(fc.integer({ min: 0, max: EVENTS }), { maxLength: 12 }), fc.boolean());
    await fc.assert(
      fc.asyncProperty(cuts, async ([places, binary]) => {
        const ends = [...places, WINDOW, EVENTS].sort((a, b) => a - b);
        const parts = ends.map((end, i) => batch(rowsOf(ends[i - 1] ?? 0, end), binary));
        expect(await fold(source, parts)).toEqual(whole);
      }),
      { numRuns: 4, seed: SEED },
    );
  });

  it.each(SECRETIVE)('goes on from a base as if it had never stopped: %s', async (_name, source) => {
    const whole = await fold(source, [batch(rowsOf(0, EVENTS), true)]);
    for (const stop of [1, WINDOW - 1, WINDOW, WINDOW + 1, 2 * WINDOW, EVENTS - 1]) {
      const first = await fold(source, [batch(rowsOf(0, stop), true)]);
      const { index, state } = first.base;
      // What a checkpoint stores loses the order of keys.
      const stored = JSON.parse(JSON.stringify(state), (_key, value: unknown) =>
        typeof value === 'object' && value !== null && !Array.isArray(value)
          ? Object.fromEntries(Object.entries(value).reverse())
          : value,
      ) as JsonValue;
      const rest = await fold(source, [batch(rowsOf(index, EVENTS), false)], index, stored);
      expect(rest.state).toEqual(whole.state);
      expect(rest.base).toEqual(whole.base);
    }
  });

  it('forgets what the fold hides exactly at the ends of windows', async () => {
    const [, source] = SECRETIVE[0] as readonly [string, string];
    for (const count of [1, WINDOW, WINDOW + 1, 2 * WINDOW + 5]) {
      const { state } = await fold(source, [batch(rowsOf(0, count), true)]);
      expect(state).toMatchObject({ n: ((count - 1) % WINDOW) + 1 });
    }
  });

  it('starts only where a window starts', async () => {
    await expect(fold('export const fold = (state) => state;', [], 5)).rejects.toThrow(/window/);
  });
});

describe('rows', () => {
  it(`are the same from JSON text and from values (seed ${SEED})`, () => {
    const row = fc.tuple(fc.string(), fc.string({ unit: 'grapheme' }), fc.option(fc.string()), fc.jsonValue());
    fc.assert(
      fc.property(fc.array(row, { maxLength: 5 }), (rows) => {
        const text = JSON.stringify(rows).replaceAll('-0,', '0,').replaceAll('-0]', '0]').replaceAll('-0}', '0}');
        fc.pre(!text.includes('-0'));
        const sink = new EventSink();
        for (const one of JSON.parse(text) as JsonValue[][]) sink.addRow(one);
        expect(encodeJsonRows(text)).toEqual(sink.take());
      }),
      { seed: SEED, numRuns: 200 },
    );
  });
});
