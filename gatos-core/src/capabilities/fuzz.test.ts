/** Capabilities and their records come from whoever pushes them, or hands them over. */
import { describe, expect, it } from 'vitest';
import {
  agent,
  CAP_START,
  digest32,
  MemoryLog,
  sealChain,
  TOOL_CALL,
  trustOf,
} from '../../testing/capability-world.js';
import { fuzzDecoder } from '../../testing/fuzz-decoder.js';
import { testSigner } from '../../testing/hand-made.js';
import { decode, encode, formatHex, type Value } from '../codec/index.js';
import { nobleEngine, type SignatureEngine } from '../identity/index.js';
import { bytesEqual } from '../kernel/index.js';
import { CAPABILITY, decodeStruct, encodeStruct, structId } from '../mythos/index.js';
import { capabilityError } from './errors.js';
import { checkCapability, ISSUED_KIND, issuedBody, REVOKED_KIND, readCapability, USED_KIND } from './index.js';

const SEED = Number(process.env.GATOS_SEED ?? 20_261_120);
const RUNS = Number(process.env.GATOS_FUZZ_RUNS ?? 400);

const engine = nobleEngine();
const chain = await sealChain(3);
const ids = chain.map((bytes) => readCapability(bytes).hex);
const refused = capabilityError('unchecked', { needs: 'it was refused' });

/** Throws `refused` unless it passes: what passes is told as a value. */
async function passes(source: MemoryLog, { by = engine, id = ids[2] ?? '' } = {}): Promise<void> {
  const given = { agent: agent(5), now: CAP_START + 1, trust: trustOf(), request: TOOL_CALL };
  const { report } = await checkCapability({ source, engine: by }, { capability: { id }, ...given });
  expect(report.checks).toHaveLength(14);
  if (report.outcome !== 'pass') throw refused;
}

/** The log with other bytes in the place of one. */
function logWith(level: number, bytes: Uint8Array): MemoryLog {
  const source = new MemoryLog();
  source.add(...chain);
  source.capabilities.set(ids[level] ?? '', bytes);
  return source;
}

/** The same object under its right id, signed by somebody else than the issuer that it names. Throws for what is no capability. */
async function usurped(bytes: Uint8Array): Promise<{ readonly id: string; readonly bytes: Uint8Array }> {
  const capability = decodeStruct(CAPABILITY, bytes);
  const cap_id = structId(CAPABILITY, capability);
  const signature = { alg: 1, sig_bytes: await testSigner(9).sign(cap_id) };
  return { id: formatHex(cap_id), bytes: encodeStruct(CAPABILITY, { ...capability, cap_id, signature }) };
}

async function passUsurped(bytes: Uint8Array, by: SignatureEngine): Promise<void> {
  const made = await usurped(bytes);
  const source = new MemoryLog();
  source.add(...chain.slice(0, 2));
  source.capabilities.set(made.id, made.bytes);
  await passes(source, { by, id: made.id });
}

describe(`fuzz of capabilities (seed ${SEED}, ${RUNS} runs each)`, () => {
  it('bytes: refused, or the capability that they are', async () => {
    const { values, faults } = await fuzzDecoder({ corpus: chain, seed: SEED, runs: 4 * RUNS }, (bytes) => {
      expect(formatHex(encodeStruct(CAPABILITY, readCapability(bytes).capability))).toBe(formatHex(bytes));
    });
    expect(faults).toBeGreaterThan(RUNS);
    expect(values).toBeGreaterThan(0);
  });

  it.each([0, 1, 2])('a chain that was changed at level %i: refused, unless nothing was', async (level) => {
    const corpus = [chain[level] as Uint8Array];
    const { faults } = await fuzzDecoder({ corpus, seed: SEED, runs: RUNS }, async (bytes) => {
      await passes(logWith(level, bytes));
      // A change that changes nothing comes up now and then.
      expect(bytesEqual(bytes, corpus[0] as Uint8Array)).toBe(true);
    });
    expect(faults).toBeGreaterThan(RUNS / 2);
  });

  it('under a right id, by another than the issuer: refused', async () => {
    const corpus = [chain[2] as Uint8Array];
    const request = { corpus, seed: SEED, runs: RUNS };
    expect(await fuzzDecoder(request, (bytes) => passUsurped(bytes, engine))).toEqual({ values: 0, faults: RUNS });
    // The canary: without signatures something gets through.
    const blind = { ...engine, verifyMany: async (items: readonly unknown[]) => items.map(() => true) };
    expect((await fuzzDecoder(request, (bytes) => passUsurped(bytes, blind))).values).toBeGreaterThan(0);
  });
});

const revoked = { cap: digest32(1), reason: 'over', by: 'user:alice', time: 5 };
const used = { cap: digest32(1), idem: digest32(2), amounts: { calls: 1 }, time: 5, replaces: null };
const asValue = (record: unknown): Value => record as Value;

const KINDS = [
  ['issued', ISSUED_KIND, chain.map(issuedBody)],
  ['revoked', REVOKED_KIND, [revoked]],
  ['used', USED_KIND, [used, { ...used, idem: null }]],
] as const;

describe(`fuzz of records of capabilities (seed ${SEED}, ${RUNS} runs each)`, () => {
  it.each(KINDS)('%s: refused, or the record that these bytes are', async (_, kind, records) => {
    const corpus = [...records.map((record) => encode(asValue(record))), encode({}), encode(null)];
    const { faults } = await fuzzDecoder({ corpus, seed: SEED, runs: RUNS }, (bytes) => {
      const record = kind.schema.read(decode(bytes), 'record') as never;
      expect(formatHex(encode(asValue(record)))).toBe(formatHex(bytes));
      const { title, trailers = [] } = kind.describe(record, 1);
      for (const text of [title, ...trailers.flat()]) expect(text).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      expect(kind.indexKey(record)).toMatch(/^[0-9a-f]{64}(\/[0-9a-f]{64})?$/);
    });
    expect(faults).toBeGreaterThan(RUNS / 4);
  });
});
