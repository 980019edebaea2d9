import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { HandMade } from '../../testing/hand-made.js';
import { seededRandom, steppingClock } from '../../testing/index.js';
import {
  type ChainEntry,
  readChain,
  recordBody,
  recordBytes,
  recordCid,
  refOfChain,
  verifyChain,
} from '../chain/index.js';
import { type GitBackend, memoryBackend, type Oid } from '../git/index.js';
import { nobleEngine, nobleSigner } from '../identity/index.js';
import { found, type TrustHistory } from '../trust/index.js';
import {
  EVENT_KIND,
  emit,
  JOURNAL_RULES,
  journalChain,
  memoryKeyIndex,
  type NewEvent,
  type ReEmitted,
  reEmit,
  UlidSource,
} from './index.js';

const actor = 'user:alice';
const signer = nobleSigner({ seed: new Uint8Array(32).fill(7), source: 'test' });
const engine = nobleEngine();
const CHAIN = journalChain('default', actor);
const REF = refOfChain(CHAIN);

const clock = steppingClock({ start: 1_700_000_000_000_000, step: 1_000 });
const random = seededRandom(11);
let backend: GitBackend;
let trust: TrustHistory;

beforeEach(async () => {
  backend = memoryBackend();
  trust = await found({ backend, engine, clock, random }, { profile: 'default', actor, signer });
});

/** Records events on top of `onto` and returns the new head; the ref is left there. */
async function record(onto: Oid | null, events: readonly NewEvent[], perEnvelope = 2): Promise<Oid | null> {
  const now = await backend.refs.read(REF);
  if (now !== onto) await backend.refs.transaction([{ name: REF, expected: now, next: onto }]);
  const ports = { backend, clock, random, keys: memoryKeyIndex(), ulids: new UlidSource({ clock, random }) };
  await emit(ports, { ns: 'default', actor, signer, trust, policy: null, events, perEnvelope });
  return backend.refs.read(REF);
}

async function entries(head: Oid): Promise<ChainEntry[]> {
  const all: ChainEntry[] = [];
  for await (const batch of readChain(backend, { head })) all.push(...batch);
  return all;
}

async function cids(head: Oid): Promise<string[]> {
  return (await entries(head)).flatMap(({ envelope }) =>
    Array.from({ length: envelope.count }, (_, i) => String(recordCid(EVENT_KIND.kind, recordBytes(envelope, i)))),
  );
}

async function names(head: Oid): Promise<unknown[]> {
  return (await entries(head)).flatMap(({ envelope }) =>
    Array.from({ length: envelope.count }, (_, i) => recordBody(envelope, i, EVENT_KIND).payload),
  );
}

function join(parts: { onto: Oid | null; ours: Oid | null; base: Oid | null }): Promise<ReEmitted> {
  const [onto, ours] = [parts.onto as Oid, parts.ours as Oid];
  return reEmit(backend, { ns: 'default', actor, signer, trust, onto, ours, base: parts.base });
}

const plain = (name: string): NewEvent => ({ type: 't', payload: name });
const keyed = (name: string, key = name): NewEvent => ({ type: 't', payload: name, key });

async function verified(head: Oid): Promise<boolean> {
  const [rule] = JOURNAL_RULES;
  if (rule === undefined) return false;
  const context = { backend, engine, repo: trust.repo, authorize: trust.authorize };
  return (await verifyChain(context, { chain: CHAIN, rule, head })).fault === null;
}

describe('re-emission', () => {
  it('puts our records on top of the others, with the CIDs they had, and moves no ref', async () => {
    const base = await record(null, [plain('base')]);
    const onto = await record(base, [plain('theirs'), keyed('k1')]);
    const ours = await record(base, [plain('ours'), keyed('k2'), plain('last')]);
    const result = await join({ onto, ours, base });
    expect(result).toMatchObject({ records: 3, dropped: 0 });
    expect(result.replaced.size).toBe(2);
    expect(await backend.refs.read(REF)).toBe(ours);
    expect(await names(result.tip)).toEqual(['base', 'theirs', 'k1', 'ours', 'k2', 'last']);
    expect((await cids(result.tip)).slice(3)).toEqual((await cids(ours as Oid)).slice(1));
    expect(await verified(result.tip)).toBe(true);
  });

  it('gives the same history again', async () => {
    const onto = await record(null, [plain('theirs')]);
    const ours = await record(null, [plain('ours')]);
    expect((await join({ onto, ours, base: null })).tip).toBe((await join({ onto, ours, base: null })).tip);
  });

  it('clocks exceed what was seen elsewhere, times never run backwards', async () => {
    const ours = await record(null, [plain('early')]);
    for (let i = 0; i < 3; i++) clock.advance(60_000_000);
    const onto = await record(null, [plain('late 1'), plain('late 2')], 1);
    const { tip } = await join({ onto, ours, base: null });
    const envelopes = (await entries(tip)).map(({ envelope }) => envelope);
    const times = envelopes.map(({ time }) => time);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(envelopes.at(-1)?.time).toBe(envelopes.at(-2)?.time);
    expect(Math.min(...envelopes.map((envelope) => envelope.clock))).toBeGreaterThan(trust.head.clock);
  });

  it('refuses one key for two events', async () => {
    const onto = await record(null, [keyed('theirs', 'k')]);
    const ours = await record(null, [keyed('ours', 'k')]);
    await expect(join({ onto, ours, base: null })).rejects.toMatchObject({
      code: 'journal/duplicate-key',
      data: { key: 'k' },
    });
  });

  it('drops what the other history has under a key that it uses twice', async () => {
    await record(null, [keyed('one', 'k')]);
    // A signer who does not ask whether the key was used.
    const blind = {
      ...memoryKeyIndex(),
      lookup: async (_: string, keys: readonly Uint8Array[]) => keys.map(() => undefined),
    };
    const ports = { backend, clock, random, keys: blind, ulids: new UlidSource({ clock, random }) };
    await emit(ports, { ns: 'default', actor, signer, trust, policy: null, events: [keyed('two', 'k')] });
    const onto = await backend.refs.read(REF);
    expect(await names(onto as Oid)).toEqual(['one', 'two']);
    for (const payload of ['one', 'two']) {
      const ours = await record(null, [keyed(payload, 'k'), plain('more')]);
      const result = await join({ onto, ours, base: null });
      expect(result).toMatchObject({ records: 1, dropped: 1 });
      expect(await names(result.tip)).toEqual(['one', 'two', 'more']);
    }
    const ours = await record(null, [keyed('three', 'k')]);
    await expect(join({ onto, ours, base: null })).rejects.toMatchObject({
      code: 'journal/duplicate-key',
      data: { key: 'k' },
    });
  });

  it('refuses where no place in history is left', async () => {
    const last = new HandMade({ chain: CHAIN, kind: EVENT_KIND, backend, repo: trust.repo, actor, signer });
    const ours = await record(null, [plain('ours')]);
    const bodies = [{ ulid: '0'.repeat(26), type: 't', payload: 'last' }];
    const onto = await last.add({ bodies, header: { clock: Number.MAX_SAFE_INTEGER } });
    await expect(join({ onto, ours, base: null })).rejects.toMatchObject({ code: 'chain/clock-exhausted' });
  });

  it('loses nothing and doubles nothing, whatever both wrote (seed 3)', async () => {
    const event = fc.oneof(
      fc.constantFrom('a', 'b', 'c', 'd', 'e').map((name) => keyed(name)),
      fc.uuid().map((name) => plain(name)),
    );
    const events = fc.uniqueArray(event, { minLength: 1, maxLength: 8, selector: ({ payload }) => payload });
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        events,
        events,
        fc.integer({ min: 1, max: 4 }),
        async (shared, a, b, perEnvelope) => {
          const base = shared ? await record(null, [plain('base')]) : null;
          const onto = await record(base, a, perEnvelope);
          const ours = await record(base, b, perEnvelope);
          const { tip, records, dropped } = await join({ onto, ours, base });
          expect(records + dropped).toBe(b.length);
          const all = await names(tip);
          expect(new Set(all).size).toBe(all.length);
          expect(new Set(all)).toEqual(
            new Set(
              [...(shared ? ['base'] : []), ...a, ...b].map((each) => (typeof each === 'string' ? each : each.payload)),
            ),
          );
          expect(await verified(tip)).toBe(true);
        },
      ),
      { seed: 3, numRuns: 40 },
    );
  });
});
