/** Records of effects come from whoever pushes them: each is refused, or it is the record that its bytes are and the state machine takes it. */
import { describe, expect, it } from 'vitest';
import { ALICE, BOB, EffectsWorld } from '../../testing/effects-world.js';
import { fuzzDecoder } from '../../testing/fuzz-decoder.js';
import { readChain, recordBytes, recordCid, refOfChain } from '../chain/index.js';
import { decode, encode, formatHex, type Value } from '../codec/index.js';
import { LIMITS, utf8 } from '../kernel/index.js';
import {
  decideCall,
  decideOutcome,
  type EntryKindName,
  endCall,
  entryKindOf,
  followFault,
  openEntry,
  parseEffectId,
  SHARDS,
  shardOf,
} from './index.js';

const SEED = Number(process.env.GATOS_SEED ?? 20261120);
const RUNS = Number(process.env.GATOS_FUZZ_RUNS ?? 1000);

/** Bodies of honest records, by kind. */
async function corpus(): Promise<ReadonlyMap<EntryKindName, readonly Uint8Array[]>> {
  const world = await EffectsWorld.open();
  await world.done(ALICE, { key: 'a' });
  await world.open(BOB, { key: 'a', body: 'other' }).catch(() => undefined);
  const held = await world.hold(ALICE, { key: 'b' });
  await endCall(world.ports, { ...(await world.as(ALICE)), held, acted: 'unknown', why: 'it hung' });
  const bodies = new Map<EntryKindName, Uint8Array[]>();
  for (const chain of SHARDS) {
    const head = await world.backend.refs.read(refOfChain(chain));
    if (head === null) continue;
    for await (const batch of readChain(world.backend, { head }))
      for (const { envelope } of batch) {
        const kind = envelope.kind as EntryKindName;
        bodies.set(kind, [...(bodies.get(kind) ?? []), recordBytes(envelope, 0)]);
      }
  }
  return bodies;
}

const KINDS: readonly EntryKindName[] = ['effect.register', 'effect.ended', 'effect.commit', 'effect.divergence'];

describe(`fuzz of records of effects (seed ${SEED}, ${RUNS} runs each)`, () => {
  it.each(KINDS)('%s: refused, or decided on', async (name) => {
    const known = await corpus();
    const kind = entryKindOf(name);
    const own = known.get(name) ?? [];
    expect(own.length).toBeGreaterThan(0);
    const before = (known.get('effect.register') ?? []).map((bytes) =>
      openEntry(
        recordCid('effect.register', bytes),
        'effect.register',
        entryKindOf('effect.register')?.schema.read(decode(bytes)) as never,
      ),
    );
    const { faults } = await fuzzDecoder({ corpus: [...own, encode({})], seed: SEED, runs: RUNS }, (bytes) => {
      const body = kind?.schema.read(decode(bytes), 'body') as never;
      expect(formatHex(encode(body as Value))).toBe(formatHex(bytes));
      const effect = openEntry(recordCid(name, bytes), name, body);
      const { request, lease, attempt } = effect.body;
      for (const now of [0, Number.MAX_SAFE_INTEGER]) {
        expect(decideCall(effect, { request, now }).do).toMatch(/^(?:register|wait|replay|mark|refuse)$/);
        expect(decideOutcome(effect, { request, lease, attempt, response: request }).do).toMatch(
          /^(?:commit|exists|mark|keep)$/,
        );
        for (const each of [null, ...before])
          expect(typeof followFault(each, effect, now)).toMatch(/^(?:string|object)$/);
      }
      const { title, trailers = [] } = kind?.describe(effect.body, 1) ?? { title: '' };
      for (const text of [title, ...trailers.flat()]) expect(text).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      for (const { size } of kind?.attachments?.(effect.body) ?? [])
        expect(size).toBeLessThanOrEqual(LIMITS.toolResponseBytesMax);
    });
    expect(faults).toBeGreaterThan(RUNS / 2);
  });

  it('ids: 32 bytes, or `effects/bad-id`', async () => {
    const isFault = (error: unknown): boolean => (error as { code?: unknown }).code === 'effects/bad-id';
    const ids = [utf8('0123456789abcdef'.repeat(4))];
    const { faults } = await fuzzDecoder({ corpus: ids, seed: SEED, runs: RUNS, isFault }, (bytes) => {
      const text = new TextDecoder().decode(bytes);
      expect(shardOf(parseEffectId(text))).toBe(`effects/${text.charAt(0)}`);
    });
    expect(faults).toBeGreaterThan(RUNS / 2);
  });
});
