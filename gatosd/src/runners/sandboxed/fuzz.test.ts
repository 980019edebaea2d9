/** Modules come from whoever submits a job: they are refused by name, or patched so that they are still what they were. */
import { concatBytes, formatHex } from 'gatos-core';
import { fuzzDecoder, seededRandom } from 'gatos-core/testing';
import { describe, expect, it } from 'vitest';
import wabt from 'wabt';
import { Ending } from './messages.js';
import { watTools } from './scratch-wat.js';
import { prepareModule } from './wasm-module.js';
import { ModuleReader, writeU32 } from './wasm-reader.js';

const SEED = Number(process.env.GATOS_SEED ?? 20261120);
const RUNS = Number(process.env.GATOS_FUZZ_RUNS ?? 4000);
const MEMORY = 10 * 65_536;

const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: { validate(bytes: Uint8Array): boolean };
};
const { assemble, command } = watTools(await wabt());
const START = '(func (export "_start"))';

const CORPUS = [
  command(['fd_write', 'proc_exit'], '(call $proc_exit (i32.const 0))', { data: { 8: 'x' }, memory: '1 5' }),
  assemble(`(module ${START})`),
  assemble(`(module (memory (export "memory") 1) (table 2 funcref) ${START})`),
  assemble(`(module (memory 3 4) (table 1 7 funcref) (table 1 externref) (global i32 (i32.const 1)) ${START})`),
  assemble(`(module (type (func (param i32 i64 f32 f64) (result i32))) (data "abc") ${START})`),
];

const isEnding = (error: unknown): boolean => error instanceof Ending;

/** The limits of all memories and tables of a module that was prepared. */
function limitsOf(bytes: Uint8Array): readonly (readonly [section: number, maximum: number | null])[] {
  const reader = new ModuleReader(bytes);
  const limits: (readonly [number, number | null])[] = [];
  reader.take(8);
  while (!reader.done) {
    const id = reader.byte();
    const content = reader.part();
    if (id !== 4 && id !== 5) continue;
    for (let left = content.count(); left > 0; left--) {
      if (id === 4) content.byte();
      const flags = content.byte();
      content.u32();
      limits.push([id, flags === 1 ? content.u32() : null]);
    }
  }
  return limits;
}

function check(bytes: Uint8Array): boolean {
  const prepared = prepareModule(bytes, MEMORY);
  expect(formatHex(prepareModule(prepared, MEMORY))).toBe(formatHex(prepared));
  for (const [section, maximum] of limitsOf(prepared)) {
    expect(maximum).not.toBeNull();
    expect(maximum).toBeLessThanOrEqual(section === 5 ? 10 : 1_000_000);
  }
  // At most the maxima of 16 tables and a memory are added.
  expect(prepared.length).toBeLessThanOrEqual(bytes.length + 17 * 12);
  const wasValid = WebAssembly.validate(bytes);
  if (wasValid) expect(WebAssembly.validate(prepared)).toBe(true);
  return wasValid;
}

describe(`fuzz of modules (seed ${SEED}, ${RUNS} runs)`, () => {
  it('takes what it is altered from', () => {
    expect(CORPUS.map(check)).toEqual(CORPUS.map(() => true));
  });

  it('refused by name, or prepared: bounded, valid if it was, and not changed a second time', async () => {
    let [prepared, valid] = [0, 0];
    const { faults } = await fuzzDecoder({ corpus: CORPUS, seed: SEED, runs: RUNS, isFault: isEnding }, (bytes) => {
      prepared += 1;
      if (check(bytes)) valid += 1;
    });
    expect(faults).toBeGreaterThan(RUNS / 4);
    // Where lengths stay as they are, more is left of a module.
    const random = seededRandom(SEED);
    const next = (below: number): number => random.below(below);
    for (let run = 0; run < RUNS; run++) {
      const bytes = Uint8Array.from(CORPUS[next(CORPUS.length)] as Uint8Array);
      for (let times = 1 + next(2); times > 0; times--)
        bytes[8 + next(bytes.length - 8)] = next(2) === 0 ? next(256) : next(8);
      try {
        if (check(bytes)) valid += 1;
        prepared += 1;
      } catch (cause) {
        if (!isEnding(cause)) throw new Error(`run ${run} of seed ${SEED}: ${formatHex(bytes)}`, { cause });
      }
    }
    expect(prepared).toBeGreaterThan(RUNS / 10);
    expect(valid).toBeGreaterThan(RUNS / 100);
  });

  it('what it says of a refused one is one line', async () => {
    const fault = (error: unknown): boolean => {
      if (!(error instanceof Ending)) return false;
      const { status, failure } = error.verdict;
      expect(['failed', 'over-limit']).toContain(status);
      expect(failure).toMatch(/^the (?:program|module) /);
      return true;
    };
    await fuzzDecoder({ corpus: CORPUS, seed: SEED + 1, runs: RUNS, isFault: fault }, (bytes) =>
      prepareModule(bytes, MEMORY),
    );
  });

  it('a module of millions of parts is read once, and one that only announces them not at all', () => {
    const head = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    const section = (id: number, content: Uint8Array): Uint8Array =>
      concatBytes([new Uint8Array([id, ...writeU32(content.length)]), content]);
    const count = 1_000_000;
    const types = concatBytes([
      new Uint8Array(writeU32(count)),
      new Uint8Array(3 * count).map((_, i) => (i % 3 === 0 ? 0x60 : 0)),
    ]);
    const functions = concatBytes([new Uint8Array(writeU32(count)), new Uint8Array(count)]);
    const whole = concatBytes([head, section(1, types), section(3, functions), section(7, new Uint8Array([0]))]);
    expect(() => prepareModule(whole, MEMORY)).toThrow(Ending);
    const customs = concatBytes([head, ...Array.from({ length: 200_000 }, () => section(0, new Uint8Array([0])))]);
    expect(() => prepareModule(customs, MEMORY)).toThrow(Ending);
    for (const id of [1, 2, 3, 4, 5, 7]) {
      const announced = concatBytes([head, section(id, new Uint8Array(writeU32(2 ** 32 - 1)))]);
      expect(() => prepareModule(announced, MEMORY)).toThrow(Ending);
    }
  });
});
