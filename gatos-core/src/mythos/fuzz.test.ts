/** MYTHOS objects come from whoever sends them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyStructValue } from '../../testing/arbitrary-can.js';
import { fuzzDecoder } from '../../testing/fuzz-decoder.js';
import { sampleAttestation, sampleBundle, sampleCapability, sampleReceipt } from '../../testing/mythos-samples.js';
import { decodeCan, encodeCan, formatHex } from '../codec/index.js';
import {
  ATTESTATION,
  CAPABILITY,
  decodeStruct,
  encodeStruct,
  IR_BUNDLE,
  RECEIPT,
  STRUCTS,
  structJson,
} from './index.js';

const SEED = Number(process.env.GATOS_SEED ?? 20260404);
const RUNS = Number(process.env.GATOS_FUZZ_RUNS ?? 300);
const byName = new Map(STRUCTS.map((each) => [each.name, each] as const));

describe(`fuzz of MYTHOS structs (seed ${SEED}, ${RUNS} runs each)`, () => {
  it.each(STRUCTS.map((each) => [each.name, each] as const))(
    '%s: refused, or the object that these bytes are',
    async (_, struct) => {
      const sampled = fc.sample(anyStructValue(struct, byName), { seed: SEED, numRuns: 20 });
      const corpus = sampled.map((value) => encodeStruct(struct, value)).filter((bytes) => bytes.length < 4000);
      await fuzzDecoder({ corpus, seed: SEED, runs: RUNS }, (bytes) => {
        const value = decodeStruct(struct, bytes);
        expect(formatHex(encodeStruct(struct, value))).toBe(formatHex(bytes));
        // What a struct takes is a value of MYTHOS-CAN.
        expect(formatHex(encodeCan(decodeCan(bytes)))).toBe(formatHex(bytes));
        structJson(struct, value);
      });
    },
  );

  it('objects as they are sent: most changes are found by the form alone', async () => {
    const corpus = {
      receipt: [RECEIPT, encodeStruct(RECEIPT, await sampleReceipt())],
      attestation: [ATTESTATION, encodeStruct(ATTESTATION, await sampleAttestation())],
      capability: [CAPABILITY, encodeStruct(CAPABILITY, await sampleCapability())],
      bundle: [IR_BUNDLE, encodeStruct(IR_BUNDLE, sampleBundle())],
    } as const;
    for (const [struct, bytes] of Object.values(corpus)) {
      const { values, faults } = await fuzzDecoder({ corpus: [bytes], seed: SEED, runs: 10 * RUNS }, (changed) => {
        const value = decodeStruct(struct as typeof RECEIPT, changed);
        expect(formatHex(encodeStruct(struct as typeof RECEIPT, value))).toBe(formatHex(changed));
      });
      expect(values).toBeGreaterThan(0);
      expect(faults).toBeGreaterThan(RUNS);
    }
  });
});
