import { expect, it } from 'vitest';
import { memoryBackend } from '../git/memory-backend.js';
import { nobleEngine, nobleSigner } from '../identity/index.js';
import { emit, JOURNAL_RULES, memoryKeyIndex, UlidSource, readOrdered, journalHeads } from '../journal/index.js';
import { found } from '../trust/index.js';
import { verifyChain } from './index.js';

it('smoke', async () => {
  const backend = memoryBackend();
  let t = 1_700_000_000_000_000;
  const clock = { now: () => t++, sleep: async () => undefined };
  let n = 0;
  const random = { bytes: (length: number) => Uint8Array.from({ length }, () => n++ & 255) };
  const engine = nobleEngine();
  const signer = nobleSigner({ seed: new Uint8Array(32).fill(7), source: 'test' });
  const ports = { backend, clock, random, engine, keys: memoryKeyIndex(), ulids: new UlidSource({ clock, random }) };
  const trust = await found(ports, { profile: 'default', actor: 'user:alice', signer });
  const base = { ns: 'default', actor: 'user:alice', signer, trust, policy: null };
  const a = await emit(ports, { ...base, events: [{ type: 'add', payload: { n: 1 }, key: 'k' }, { type: 'add', payload: { n: 2 } }] });
  const b = await emit(ports, { ...base, events: [{ type: 'add', payload: { n: 1 }, key: 'k' }] });
  expect(b.events[0]?.status).toBe('exists');
  expect(String(b.events[0]?.cid)).toBe(String(a.events[0]?.cid));
  await expect(emit(ports, { ...base, events: [{ type: 'add', payload: { n: 3 }, key: 'k' }] })).rejects.toThrow(/already used/);
  await emit(ports, { ...base, perEnvelope: 3, events: Array.from({ length: 10 }, (_, i) => ({ type: 'x', payload: i })) });
  const [head] = await journalHeads(backend, 'default');
  const verdict = await verifyChain(
    { backend, engine, repo: trust.repo, authorize: trust.authorize },
    { chain: head!.chain, rule: JOURNAL_RULES[0]!, head: head!.oid },
  );
  console.log(JSON.stringify(verdict.checks, null, 1), verdict.fault);
  expect(verdict.records).toBe(12);
  let count = 0;
  for await (const batch of readOrdered(backend, { heads: await journalHeads(backend, 'default') })) for (const e of batch) count += e.envelope.count;
  expect(count).toBe(12);
});
