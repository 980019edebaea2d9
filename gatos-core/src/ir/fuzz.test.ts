/** Bundles and traces come from whoever sends them. */
import { describe, expect, it } from 'vitest';
import { fuzzDecoder } from '../../testing/fuzz-decoder.js';
import { firstBuild, irBundle, irWorld } from '../../testing/ir-world.js';
import { formatHex } from '../codec/index.js';
import { decodeStruct, encodeStruct, IR_BUNDLE, IR_BUNDLE_OF_PACK } from '../mythos/index.js';
import { checkBundle, decodeTrace, disassemble, encodeTrace, reg, runTask } from './index.js';

const SEED = Number(process.env.GATOS_SEED ?? 20261120);
const RUNS = Number(process.env.GATOS_FUZZ_RUNS ?? 1500);

const world = irWorld();
const small = irBundle((b) => {
  b.op('CONST', reg(0), b.text('hello')).op('RET', reg(0));
});
const corpus = [firstBuild(world.caps), small].map((bundle) => encodeStruct(IR_BUNDLE, bundle));

describe(`fuzz of bundles (seed ${SEED}, ${RUNS} runs each)`, () => {
  it.each([
    ['of the specification', IR_BUNDLE, corpus],
    ['of the pack', IR_BUNDLE_OF_PACK, [encodeStruct(IR_BUNDLE_OF_PACK, small)]],
  ])('%s: shown whatever it is; refused, or run to an end', async (_, struct, from) => {
    let ran = 0;
    const { values, faults } = await fuzzDecoder({ corpus: from, seed: SEED, runs: RUNS }, async (bytes) => {
      const bundle = decodeStruct(struct, bytes);
      expect(formatHex(encodeStruct(struct, bundle))).toBe(formatHex(bytes));
      expect(disassemble(bundle).length).toBe(bundle.ops.ops.length);
      const { program, faults: refused } = checkBundle(bundle, { fields: struct === IR_BUNDLE ? 'spec' : 'pack' });
      const [first] = refused;
      if (program === undefined) throw first;
      if (program.tasks.length !== 1) return;
      const { outcome, trace } = await runTask({ program, ports: irWorld().ports });
      expect(decodeTrace(encodeTrace(trace))).toEqual(trace);
      expect(['returned', 'halted', 'failed']).toContain(outcome.kind);
      ran += 1;
    });
    expect(faults).toBeGreaterThan(RUNS / 2);
    expect(values).toBeGreaterThan(0);
    expect(ran).toBeGreaterThan(0);
  });

  it('traces', async () => {
    const { program } = checkBundle(corpus.map((bytes) => decodeStruct(IR_BUNDLE, bytes))[0] as never);
    if (program === undefined) throw new Error('the corpus passes');
    const { trace } = await runTask({ program, ports: world.ports });
    const { faults } = await fuzzDecoder({ corpus: [encodeTrace(trace)], seed: SEED, runs: RUNS }, (bytes) => {
      expect(formatHex(encodeTrace(decodeTrace(bytes)))).toBe(formatHex(bytes));
    });
    expect(faults).toBeGreaterThan(RUNS / 2);
  });
});
