/**
 * The same records in the same order give the same bytes, however they were cut into envelopes, in whatever order journals were
 * fetched, and whatever checkpoints were made on the way: the whole checkpoint, down to the base from which later runs go on.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadEngine, nativeEngine } from '../../node/index.js';
import { arrivals, FOLD_SOURCES, fetchInto, foldHistories, writeHistory } from '../../testing/fold-histories.js';
import { FoldWorld } from '../../testing/fold-world.js';
import { encode, formatHex, type Value } from '../codec/index.js';
import { type GitBackend, memoryBackend } from '../git/index.js';
import { type Checkpoint, newestCheckpoint, WINDOW } from './index.js';

const SEED = 424_242;
const sandbox = await loadEngine();
const engines = { sandbox, engine: nativeEngine() };

const bytesOf = (value: unknown): string => formatHex(encode(value as Value));

async function newestBody(backend: GitBackend): Promise<Checkpoint> {
  return (await newestCheckpoint(backend, 'test')).body;
}

/** All but what names the checkpoint before it. */
const told = (body: Checkpoint): string => bytesOf({ ...body, prev_state: null });

describe(`the same envelopes (seed ${SEED})`, () => {
  it('give the same checkpoint, base and files included, in whatever order they came', {
    timeout: 120_000,
  }, async () => {
    let folded = 0;
    await fc.assert(
      fc.asyncProperty(foldHistories, arrivals, arrivals, async (history, one, other) => {
        const written = await writeHistory(history, engines);
        const want = await newestBody(written.world.backend);
        for (const arrival of [one, other, []]) {
          const backend = memoryBackend();
          await fetchInto(backend, written, arrival);
          const body = await newestBody(backend);
          expect(bytesOf(body.base)).toBe(bytesOf(want.base));
          expect(told(body)).toBe(told(want));
          if (body.prev_state !== null) folded += 1;
        }
      }),
      { seed: SEED, numRuns: 12 },
    );
    // Otherwise no run of these had a checkpoint on the way.
    expect(folded).toBeGreaterThan(5);
  });
});

/** How the events of one writer are cut into envelopes, and after which of them somebody folds. */
const cuts = fc.array(
  fc.record({
    size: fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: 1, max: 60 }) },
      { weight: 2, arbitrary: fc.integer({ min: 200, max: 1100 }) },
      { weight: 1, arbitrary: fc.constantFrom(WINDOW - 1, WINDOW, WINDOW + 1) },
    ),
    fold: fc.boolean(),
  }),
  { minLength: 1, maxLength: 10 },
);
type Cut = ReturnType<typeof cuts.generate>['value'];

async function writeCut(source: string, total: number, cut: Cut): Promise<Checkpoint> {
  const world = await FoldWorld.open(engines);
  const bundle = world.bundle(source);
  const payloads = Array.from({ length: total }, (_, n) => ({ payload: { n, text: 'x'.repeat(n % 13) } }));
  for (let from = 0, i = 0; from < total; i++) {
    const { size, fold } = cut[i % cut.length] as Cut[number];
    await world.emit('user:alice', payloads.slice(from, from + size));
    from += size;
    // With envelopes of a few events each there would be hundreds of checkpoints.
    if (fold && i < 2 * cut.length) await world.fold(bundle);
  }
  await world.fold(bundle);
  expect((await world.verify()).report.outcome).toBe('pass');
  return newestBody(world.backend);
}

describe(`the same records, cut into envelopes in other ways (seed ${SEED})`, () => {
  it.each(Object.entries(FOLD_SOURCES))(
    'give the same state, history, gas and base: %s',
    { timeout: 120_000 },
    async (_name, source) => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 2 * WINDOW + 200 }), cuts, cuts, async (total, one, other) => {
          const whole = await writeCut(source, total, [{ size: total, fold: false }]);
          for (const cut of [one, other]) {
            const body = await writeCut(source, total, cut);
            // Which envelopes they are in differs, and nothing else does.
            const { heads: _heads, skip: _skip, ...base } = body.base;
            const { heads: _theirHeads, skip: _theirSkip, ...wholeBase } = whole.base;
            expect(bytesOf(base)).toBe(bytesOf(wholeBase));
            const rest = { windows: [], prev_state: null, base: null };
            expect(bytesOf({ ...body, ...rest })).toBe(bytesOf({ ...whole, ...rest }));
            expect(body.windows.map(({ last_seq }) => last_seq)).toEqual([total - 1]);
          }
        }),
        { seed: SEED, numRuns: 5 },
      );
    },
  );
});
