/**
 * The promise of the plane: whatever the order in which journals came and the checkpoints on the way, the same envelopes fold to
 * the same state, history and gas. On every store: `node/fold/stores.test.ts`.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadEngine, nativeEngine } from '../../node/index.js';
import { arrivals, fetchInto, foldAll, foldHistories, toldOf, writeHistory } from '../../testing/fold-histories.js';
import type { FoldWorld } from '../../testing/fold-world.js';
import { readChain } from '../chain/index.js';
import { memoryBackend, type Oid } from '../git/index.js';
import { readCheckpoint, verifyProof } from './index.js';

const SEED = 20261120;
const sandbox = await loadEngine();
const engines = { sandbox, engine: nativeEngine() };

/** Every checkpoint of the chain, recomputed from the first record. */
async function verifyEachAlone({ backend }: FoldWorld, name: string): Promise<number> {
  let count = 0;
  let prevState = null;
  const head = (await backend.refs.read(`refs/gatos/state/${name}`)) as Oid;
  for await (const batch of readChain(backend, { head })) {
    for (const { oid } of batch) {
      const checkpoint = await readCheckpoint(backend, oid);
      await verifyProof({ backend, sandbox: async () => sandbox }, { checkpoint, previous: null, prevState });
      prevState = checkpoint.body.state_root;
      count += 1;
    }
  }
  return count;
}

describe(`any history (seed ${SEED})`, () => {
  it('folds to the same bytes in one go and by checkpoints, late envelopes included', {
    timeout: 120_000,
  }, async () => {
    let refolded = 0;
    await fc.assert(
      fc.asyncProperty(foldHistories, async (history) => {
        const { world, bundle } = await writeHistory(history, engines);
        const whole = await foldAll(world.backend, { bundle, sandbox });
        const last = await world.fold(bundle);
        expect(last.appended).toBeNull();
        expect(toldOf(last.outcome)).toEqual(whole);
        if (last.startedAt > 0) refolded += 1;
        const { report } = await world.verify();
        expect(report.checks.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
        const proofs = report.checks.find(({ name }) => name === 'proof-of-fold');
        expect(proofs?.evidence).toEqual({ checkpoints: await verifyEachAlone(world, 'test'), events: whole.events });
      }),
      { seed: SEED, numRuns: 30 },
    );
    // Otherwise no history of these went on from a base.
    expect(refolded).toBeGreaterThan(5);
  });

  it('folds to the same bytes in whatever order its journals are fetched', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(foldHistories, arrivals, arrivals, async (history, one, other) => {
        const written = await writeHistory(history, engines);
        const whole = await foldAll(written.world.backend, { bundle: written.bundle, sandbox });
        expect(await fetchInto(memoryBackend(), written, one)).toEqual(whole);
        expect(await fetchInto(memoryBackend(), written, other)).toEqual(whole);
      }),
      { seed: SEED, numRuns: 16 },
    );
  });
});
