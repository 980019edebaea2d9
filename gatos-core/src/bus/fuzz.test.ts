/** Proofs of messages come from anywhere: whatever their bytes are, they prove nothing that is not so. */
import { beforeAll, describe, expect, it } from 'vitest';
import { BUS_AUTHOR, type BusWorld, busPorts, drain } from '../../testing/bus-world.js';
import { fuzzDecoder } from '../../testing/fuzz-decoder.js';
import { decode, encode, formatHex, type Value } from '../codec/index.js';
import { LIMITS } from '../kernel/index.js';
import { proveMessage, publishMessages, verifyMessageProof } from './index.js';

const SEED = Number(process.env.GATOS_SEED ?? 20261120);
const RUNS = Number(process.env.GATOS_FUZZ_RUNS ?? 1500);
const TOPIC = 'jobs';

let world: BusWorld;
const proofs: Uint8Array[] = [];
/** CIDs of the messages that stood there, and where. */
const stood = new Map<string, string>();

beforeAll(async () => {
  world = busPorts();
  const payloads = [0, 'text', { a: [1, null] }, 'x'.repeat(200), 4, 5, 6, 7, 8];
  for (const payload of payloads)
    await publishMessages(world, { ...BUS_AUTHOR, topic: TOPIC, messages: [{ payload }], limits: { maxMessages: 4 } });
  const all = await drain(world.backend, TOPIC);
  for (const { cid, segment, seq } of all) stood.set(String(cid), `${segment}:${seq}`);
  for (const { cid } of all.slice(0, 8)) proofs.push(await proveMessage(world.backend, { topic: TOPIC, cid }));
});

describe(`fuzz of proofs of messages (seed ${SEED}, ${RUNS} runs)`, () => {
  it('a canary: what is no fault does get out, with the run that repeats it', async () => {
    const decodeBadly = (bytes: Uint8Array) => (bytes.length > 100 ? (null as unknown as Value[]).length : 0);
    await expect(fuzzDecoder({ corpus: proofs, seed: SEED, runs: 200 }, decodeBadly)).rejects.toThrow(
      new RegExp(`^run \\d+ of seed ${SEED}`),
    );
  });

  it('is refused, fails, or proves what stood there', async () => {
    let [passed, failed] = [0, 0];
    const { faults } = await fuzzDecoder({ corpus: proofs, seed: SEED, runs: RUNS }, async (bytes) => {
      const { report, fact } = await verifyMessageProof(world.backend, bytes);
      if (report.outcome !== 'pass') {
        failed += 1;
        expect(fact.anchor).toBeNull();
        return;
      }
      passed += 1;
      expect(stood.get(fact.cid)).toBe(`${fact.segment}:${fact.seq}`);
      expect(formatHex(encode(decode(bytes)))).toBe(formatHex(bytes));
    });
    expect(faults).toBeGreaterThan(RUNS / 2);
    expect(failed).toBeGreaterThan(0);
    expect(passed + failed + faults).toBe(RUNS);
  });

  it('of endless size, depth or path is refused before any of it is looked at', async () => {
    const proof = decode(proofs[0] as Uint8Array) as Record<string, Value>;
    const long = { ...proof, path: Array.from({ length: LIMITS.merklePath + 1 }, () => new Uint8Array(32)) };
    const hostile = [
      encode(long),
      encode({ ...proof, message: new Uint8Array(3 * LIMITS.recordBytes) }),
      new Uint8Array(100_000).fill(0x81),
      new Uint8Array(100_000).fill(0xa1),
    ];
    for (const bytes of hostile)
      await expect(verifyMessageProof(world.backend, bytes)).rejects.toMatchObject({
        code: expect.stringMatching(/^codec\//),
      });
  });
});
