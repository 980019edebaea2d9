/** Proof-of-Fold at the gate: recomputed on top of what was accepted, whatever the push claims. */
import { describe, expect, it } from 'vitest';
import { loadEngine, nativeEngine } from '../../node/index.js';
import type { Forgery } from '../../testing/fold-world.js';
import { gateWorlds, told } from '../../testing/gate-world.js';
import { refOfChain } from '../chain/index.js';
import { Cid } from '../codec/index.js';
import type { Checkpoint } from '../fold/index.js';

const worlds = gateWorlds({ sandbox: await loadEngine(), engine: nativeEngine() });

const STATE = 'refs/gatos/state/sum';
const FOLD = 'export const fold = (state, { payload }) => ({ sum: (state.sum ?? 0) + payload.n })';
const event = (n: number) => ({ payload: { n } });

async function research(profile = 'research') {
  const world = await worlds.founded({ profile });
  const { folds } = world;
  const bundle = folds.bundle(FOLD, { name: 'sum' });
  await world.emit('user:alice', [event(1), event(2)]);
  await folds.fold(bundle);
  expect(told(await world.send())).toEqual([]);
  const step = async (n: number) => {
    await world.emit('user:alice', [event(n)]);
    await world.emit('user:bob', [event(n)]);
    return folds.fold(bundle);
  };
  return { world, folds, bundle, step };
}

describe('proofs', () => {
  it('that hold are accepted, several in one push, one after the other', async () => {
    const { world, step } = await research();
    for (let round = 0; round < 3; round++) {
      await step(round);
      await step(round + 10);
      expect(told(await world.send())).toEqual([]);
    }
  });

  const other = Cid.hash('dag-cbor', new Uint8Array([1]));
  const body = (change: Partial<Checkpoint>): Forgery => ({ body: (it) => ({ ...it, ...change }) });
  it.each<[string, Forgery, string]>([
    ['a wrong root', body({ state_root: other }), 'gate/proof-of-fold'],
    ['a wrong number of events', body({ events: 7 }), 'gate/proof-of-fold'],
    ['a wrong history', body({ history_root: new Uint8Array(32) }), 'gate/proof-of-fold'],
    ['another state before it', body({ prev_state: other }), 'gate/proof-of-fold'],
    [
      'the right root over another window',
      {
        body: (it) => ({ ...it, windows: it.windows.map((window) => ({ ...window, last_seq: window.last_seq + 1 })) }),
      },
      'gate/proof-of-fold',
    ],
    ['another engine', body({ engine: `${'quickjs@0.0.0'}+x` }), 'gate/could-not-check'],
    ['a fold that is not there', body({ fold_root: other }), 'gate/could-not-check'],
  ])('with %s are refused', async (_, forgery, rule) => {
    const { world, folds, step } = await research();
    await step(5);
    await folds.forge('sum', forgery);
    expect(told(await world.send())).toEqual([`${STATE} ${rule}`]);
  });

  it.each(['default', 'local'])('that are false are refused under profile %s as well', async (profile) => {
    const { world, folds, step } = await research(profile);
    await step(5);
    await folds.forge('sum', body({ events: 7 }));
    expect(told(await world.send())).toEqual([`${STATE} gate/proof-of-fold`]);
  });

  it.each(['default', 'local'])(
    'of another engine pass under profile %s, and what follows them is judged',
    async (profile) => {
      const { world, folds, step } = await research(profile);
      await step(5);
      await folds.forge('sum', body({ engine: `${'quickjs@0.0.0'}+x` }));
      expect(told(await world.send())).toEqual([]);
      await step(6);
      await folds.forge('sum', body({ events: 7 }));
      expect(told(await world.send())).toEqual([`${STATE} gate/proof-of-fold`]);
    },
  );

  it('rest on the journals of the push: without them they cannot be checked', async () => {
    const { world, step } = await research();
    await step(5);
    const updates = (await world.updates()).filter(({ name }) => !name.endsWith('user-bob'));
    const judgement = await world.judge(updates);
    expect(judgement.verdict).toBe('deny');
    expect(judgement.refusals.every(({ ref }) => ref === STATE)).toBe(true);
  });
});

describe('seals', () => {
  const BOB = 'refs/gatos/journal/default/user-bob';

  it('refuse what comes late, and say what to do', async () => {
    const { world, folds } = await research();
    // Bob did not see what Alice did, and chose the same place.
    await folds.emit('user:bob', [event(9)], { clock: folds.founded + 1 });
    const judgement = await world.send();
    expect(told(judgement)).toEqual([`${BOB} gate/sealed`]);
    expect(judgement.refusals[0]?.pass).toEqual([expect.stringContaining('emit again')]);
  });

  it('let it in where the profile does not seal', async () => {
    const { world, folds } = await research('default');
    await folds.emit('user:bob', [event(9)], { clock: folds.founded + 1 });
    expect(told(await world.send())).toEqual([]);
  });

  it('are not made over what was accepted and not folded', async () => {
    const { world, folds, bundle } = await research();
    const alice = refOfChain('journal/default/user-alice');
    await world.emit('user:bob', [event(9)]);
    expect(told(await world.send())).toEqual([]);
    // Alice goes on without Bob's.
    const bob = await world.head(BOB);
    await world.point(BOB, null);
    await world.emit('user:alice', [event(3)]);
    await folds.fold(bundle);
    await world.point(BOB, bob);
    const judgement = await world.judge(await world.updates());
    expect(told(judgement)).toEqual([`${STATE} gate/sealed`]);
    expect(await world.head(alice)).not.toBe(await world.server.refs.read(alice));
  });
});

describe('definitions', () => {
  it('that are not what their files make are refused', async () => {
    const { world, folds, bundle } = await research('default');
    const { filesOfBundle } = await import('../fold/index.js');
    const { DEFINITION_KIND } = await import('../fold/index.js');
    const { readHead, recordBody } = await import('../chain/index.js');
    const head = await readHead(world.client, 'folds/sum');
    if (head === null) throw new Error('the fold was published');
    const honest = recordBody(head.envelope, 0, DEFINITION_KIND);
    await folds.define(
      'sum',
      { ...honest, fold_root: Cid.hash('dag-cbor', new Uint8Array([2])) } as never,
      filesOfBundle(bundle),
    );
    expect(told(await world.send())).toEqual(['refs/gatos/folds/sum gate/definition']);
  });
});
