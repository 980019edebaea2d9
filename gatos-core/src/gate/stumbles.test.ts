/** What happens when the gate stumbles; and that what it says is a function of the repository and the push. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadEngine, nativeEngine } from '../../node/index.js';
import { gateWorlds, told } from '../../testing/gate-world.js';
import { chainError } from '../chain/index.js';
import { gitError } from '../git/index.js';
import { LIMITS } from '../kernel/index.js';
import { encodeJudgement, type GatePorts, GateState, judgePush, type Push } from './index.js';

const worlds = gateWorlds({ sandbox: await loadEngine(), engine: nativeEngine() });
const ALICE = 'refs/gatos/journal/default/user-alice';

describe('a gate that stumbles refuses', () => {
  async function pushed() {
    const world = await worlds.founded();
    await world.emit('user:alice', [{ payload: 1 }]);
    const push = { updates: await world.updates(), pusher: null, options: [], received: world.folds.clock.now() };
    return { world, push };
  }

  it.each<[string, (ports: GatePorts) => GatePorts]>([
    [
      'refs that cannot be listed',
      (ports) => ({
        ...ports,
        backend: {
          ...ports.backend,
          refs: {
            ...ports.backend.refs,
            read: async () => Promise.reject(gitError('io', { path: 'x', operation: 'read', why: 'y' })),
          },
        },
      }),
    ],
    [
      'a bug',
      (ports) => ({
        ...ports,
        engine: { ...ports.engine, verifyMany: async () => Promise.reject(new TypeError('a bug')) },
      }),
    ],
    [
      'something that is no error',
      (ports) => ({ ...ports, engine: { ...ports.engine, verifyMany: async () => Promise.reject('text') } }),
    ],
  ])('over %s', async (_, broken) => {
    const { world, push } = await pushed();
    const judgement = await judgePush(broken(world.ports), push);
    expect(judgement.verdict).toBe('deny');
    expect(told(judgement)).toEqual(['* gate/could-not-check']);
  });

  it('over an object that is missing', async () => {
    const { world, push } = await pushed();
    const updates = push.updates.map((update) => ({ ...update, next: 'a'.repeat(40) }));
    expect(told(await world.judge(updates))).toEqual([`${ALICE} gate/could-not-check`]);
  });

  it('when it is told to stop', async () => {
    const { world, push } = await pushed();
    const signal = {
      aborted: true,
      throwIfAborted: () => {
        throw chainError('contended', { chain: 'x', attempts: 1 });
      },
    };
    expect((await judgePush(world.ports, push, { signal })).verdict).toBe('deny');
  });

  it('over a push that is none', async () => {
    const { world, push } = await pushed();
    const [update] = push.updates;
    if (update === undefined) throw new Error('there is one');
    const rules = async (change: Partial<Push>) => told(await judgePush(world.ports, { ...push, ...change }));
    expect(await rules({ updates: [update, update] })).toEqual(['* gate/malformed']);
    expect(await rules({ updates: [{ ...update, next: '0'.repeat(40) }] })).toEqual(['* gate/malformed']);
    expect(await rules({ updates: [{ ...update, next: 'A'.repeat(40) }] })).toEqual(['* gate/malformed']);
    expect(await rules({ updates: [{ ...update, next: 'a'.repeat(64) }] })).toEqual(['* gate/malformed']);
    expect(await rules({ received: Number.NaN })).toEqual(['* gate/malformed']);
    expect(await rules({ options: Array<string>(LIMITS.gateOptions + 1).fill('') })).toEqual(['* gate/limits']);
    const many = Array.from({ length: LIMITS.gateUpdates }, (_, i) => ({ ...update, name: `refs/heads/${i}` }));
    expect(await rules({ updates: [...many, update] })).toEqual(['* gate/limits']);
  });
});

describe('what the gate says', () => {
  it('does not depend on the order of updates, nor on what it remembers (seed 7)', async () => {
    const world = await worlds.founded({ profile: 'research' });
    for (const actor of ['user:alice', 'user:bob']) await world.emit(actor, [{ payload: 1 }]);
    await world.folds.fold(world.folds.bundle('export const fold = (s) => s', { name: 'same' }));
    await world.adopt({ 'a.rgs': 'deny "x" message "{u.ref}" when { u in input.updates; u.space == "tag" }\n' });
    await world.point('refs/tags/v1', await world.commit({ files: { a: '1' } }));
    const honest = await world.updates();
    const trust = await world.head('refs/gatos/trust');
    const all = [
      ...honest,
      { name: 'refs/gatos/trust', old: trust, next: null },
      { name: 'refs/gatos/nowhere', old: null, next: trust },
      { name: 'refs/gatos/journal/lab/user-bob', old: null, next: await world.head(ALICE) },
    ];
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(all, { minLength: 1 }), async (updates) => {
        const one = await world.judge(updates, { push: { received: 1_800_000_000_000_000 } });
        const other = await world.judge(updates.toReversed(), { push: { received: 1_800_000_000_000_000 } });
        expect(encodeJudgement(other)).toEqual(encodeJudgement(one));
        const push = { updates, pusher: null, options: [], received: 1_800_000_000_000_000 };
        const several = [updates, honest].flatMap((each) => [
          { ...push, updates: each },
          { ...push, updates: each },
        ]);
        const state = new GateState();
        const [first, second] = await Promise.all(several.map((each) => judgePush(world.ports, each, { state })));
        if (first === undefined || second === undefined) throw new Error('there are four');
        for (const each of [first, second]) expect(encodeJudgement(each)).toEqual(encodeJudgement(one));
      }),
      { seed: 7, numRuns: 25 },
    );
  });
});
