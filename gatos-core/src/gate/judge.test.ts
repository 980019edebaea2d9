/** The rules that hold everywhere, each refused with its name. */
import { describe, expect, it } from 'vitest';
import { loadEngine, nativeEngine } from '../../node/index.js';
import { type GateWorld, gateWorlds, told } from '../../testing/gate-world.js';
import { formatRefusals, GateState, judgePush } from './index.js';

const worlds = gateWorlds({ sandbox: await loadEngine(), engine: nativeEngine() });

const ALICE = 'refs/gatos/journal/default/user-alice';
const BOB = 'refs/gatos/journal/default/user-bob';
const EVENT = { payload: { n: 1 } };

describe('what is allowed', () => {
  it('a first push of everything into an empty repository', async () => {
    const world = await worlds.open();
    await world.folds.emit('user:alice', [EVENT, EVENT]);
    await world.folds.emit('user:bob', [EVENT]);
    await world.folds.fold(world.folds.bundle('export const fold = (s, e) => ({ n: (s.n ?? 0) + 1 })'));
    const judgement = await world.send();
    expect(told(judgement)).toEqual([]);
    expect(judgement.verdict).toBe('allow');
  });

  it('what extends an accepted chain', async () => {
    const world = await worlds.founded();
    for (let i = 0; i < 3; i++) {
      await world.folds.emit('user:alice', [EVENT]);
      expect(told(await world.send())).toEqual([]);
    }
  });

  it('branches without a policy, whatever they hold, without reading an object', async () => {
    const world = await worlds.founded();
    const reads: string[] = [];
    const objects = new Proxy(world.server.objects, {
      get: (target, name) => {
        reads.push(String(name));
        return Reflect.get(target, name);
      },
    });
    const ports = { ...world.ports, backend: { ...world.server, objects } };
    const updates = [{ name: 'refs/heads/main', old: null, next: '1'.repeat(40) }];
    const judgement = await judgePush(ports, { updates, pusher: null, options: [], received: 1 });
    expect(judgement.verdict).toBe('allow');
    expect(reads).toEqual([]);
  });
});

describe('movements', () => {
  it.each([
    ['a rewrite', 'refs/gatos/journal/default/user-alice'],
    ['a rewrite of trust', 'refs/gatos/trust'],
  ])('%s', async (_, ref) => {
    const world = await worlds.founded();
    await world.folds.emit('user:alice', [EVENT]);
    await world.folds.emit('user:alice', [EVENT]);
    expect(told(await world.send())).toEqual([]);
    const parent = await world.parent(ref);
    const judgement = await world.judge([{ name: ref, old: await world.head(ref), next: parent }]);
    expect(told(judgement)).toEqual([`${ref} gate/append-only`]);
  });

  it('another history in the place of an accepted one', async () => {
    const world = await worlds.founded();
    await world.folds.emit('user:alice', [EVENT]);
    expect(told(await world.send())).toEqual([]);
    const old = await world.head(ALICE);
    await world.point(ALICE, null);
    await world.folds.emit('user:alice', [{ payload: 'other' }]);
    const judgement = await world.judge([{ name: ALICE, old, next: await world.head(ALICE) }]);
    expect(told(judgement)).toEqual([`${ALICE} gate/append-only`]);
  });

  it.each(['refs/gatos/trust', ALICE])('the deletion of %s', async (ref) => {
    const world = await worlds.founded();
    await world.folds.emit('user:alice', [EVENT]);
    await world.send();
    const judgement = await world.judge([{ name: ref, old: await world.head(ref), next: null }]);
    expect(told(judgement)).toEqual([`${ref} gate/no-deletion`]);
  });

  it('foreign refs, refs that stay local, refs that look like ours', async () => {
    const world = await worlds.founded();
    const next = await world.head('refs/gatos/trust');
    const names = [
      'refs/gatos/nothing/here',
      'refs/gatos/cache/x',
      'refs/gatos',
      'refs/Gatos/trust',
      'refs/gatos/journal/default/a/b',
      'refs/gatos/journal/default/user~alice',
    ];
    const judgement = await world.judge(names.map((name) => ({ name, old: null, next })));
    expect(told(judgement)).toEqual([
      'refs/Gatos/trust gate/foreign-ref',
      'refs/gatos gate/foreign-ref',
      'refs/gatos/cache/x gate/local-ref',
      'refs/gatos/journal/default/a/b gate/foreign-ref',
      'refs/gatos/journal/default/user~alice gate/foreign-ref',
      'refs/gatos/nothing/here gate/foreign-ref',
    ]);
  });

  it('a ref that moved meanwhile', async () => {
    const world = await worlds.founded();
    await world.folds.emit('user:alice', [EVENT]);
    const updates = await world.updates();
    await world.accept(updates);
    expect(told(await world.judge(updates))).toEqual([`${ALICE} gate/moved`]);
  });
});

describe('envelopes', () => {
  it('of another chain', async () => {
    const world = await worlds.founded();
    await world.folds.emit('user:alice', [EVENT]);
    const judgement = await world.judge([{ name: BOB, old: null, next: await world.head(ALICE) }]);
    expect(told(judgement)).toEqual([`${BOB} gate/replay`]);
  });

  it('of another repository', async () => {
    const [world, other] = [await worlds.founded(), await worlds.open({ profile: 'local' })];
    await other.folds.emit('user:alice', [EVENT]);
    const { objects } = other.client;
    const seen = new Set<string>();
    const copy = async (oid: string): Promise<void> => {
      if (seen.has(oid)) return;
      seen.add(oid);
      const { type, content } = await objects.read(oid);
      if (type !== 'tag') await world.client.objects.write([{ type, content }]);
      const { decodeCommit, decodeTree } = await import('../git/index.js');
      if (type === 'commit') {
        const { tree, parents } = decodeCommit(content, 'sha1');
        for (const next of [tree, ...parents]) await copy(next);
      } else if (type === 'tree') for (const entry of decodeTree(content, 'sha1')) await copy(entry.oid);
    };
    const next = await other.head(ALICE);
    await copy(next);
    expect(told(await world.judge([{ name: ALICE, old: null, next }]))).toEqual([`${ALICE} gate/replay`]);
  });

  it('by an actor whose key nobody trusts', async () => {
    const world = await worlds.founded({ actors: ['user:alice'] });
    const eve = await worlds.open({ actors: ['user:alice', 'user:bob'] });
    const signers = new Map([...world.folds.signers, ['user:bob', eve.folds.signer('user:bob')]]);
    Object.assign(world.folds, { signers });
    await world.folds.emit('user:bob', [EVENT]);
    const judgement = await world.send();
    expect(told(judgement)).toEqual([`${BOB} gate/trust`]);
    expect(formatRefusals(judgement, { audit: null }).join('\n')).toMatch(
      /is not in the trust chain.*\n {2}pass: a root can add it/,
    );
  });

  it('that claim a place too far ahead', async () => {
    const world = await worlds.founded();
    await world.folds.emit('user:alice', [EVENT], { clock: 1000 });
    expect(told(await world.judge(await world.updates()))).toEqual([`${ALICE} gate/clock`]);
  });

  it('that are signed for a time to come', async () => {
    const world = await worlds.founded();
    await world.folds.emit('user:alice', [EVENT]);
    const late = await world.judge(await world.updates(), { push: { received: 1_600_000_000_000_000 } });
    expect(told(late)).toEqual([`${ALICE} gate/time`]);
  });
});

describe('cost', () => {
  /** Objects that judging reads. */
  async function reads(world: GateWorld, state?: GateState): Promise<number> {
    let count = 0;
    const { objects } = world.server;
    const counted = new Proxy(objects, {
      get: (target, name) => {
        const found: unknown = Reflect.get(target, name);
        if (typeof found !== 'function') return found;
        if (name === 'read') count += 1;
        if (name !== 'readMany' && name !== 'history') return found.bind(target);
        return async function* (...args: unknown[]) {
          for await (const object of found.apply(target, args)) {
            count += 1;
            yield object;
          }
        };
      },
    });
    const ports = { ...world.ports, backend: { objects: counted, refs: world.server.refs } };
    const push = { updates: await world.updates(), pusher: null, options: [], received: world.folds.clock.now() };
    const judgement = await judgePush(ports, push, { state });
    expect(told(judgement)).toEqual([]);
    await world.accept(push.updates);
    return count;
  }

  it('follows the push, not the history', async () => {
    const world = await worlds.founded({ profile: 'research' });
    const bundle = world.folds.bundle('export const fold = (s, e) => ({ n: (s.n ?? 0) + e.payload })', { name: 'sum' });
    const window = Array.from({ length: 100 }, () => ({ payload: 1 }));
    const state = new GateState();
    const grow = async (): Promise<void> => {
      // The sandbox is rebuilt every 1,000 records, and a proof goes on from there.
      for (let i = 0; i < 10; i++) await world.emit('user:alice', window);
      await world.folds.fold(bundle);
      expect(told(await world.send())).toEqual([]);
    };
    const step = async (): Promise<readonly [cold: number, warm: number]> => {
      const counts: number[] = [];
      for (const each of [undefined, state]) {
        await world.emit('user:alice', [{ payload: 1 }]);
        await world.folds.fold(bundle);
        counts.push(await reads(world, each));
      }
      const [cold = 0, warm = 0] = counts;
      return [cold, warm];
    };
    await grow();
    const [cold, warm] = await step();
    for (let i = 0; i < 4; i++) await grow();
    const [later, warmLater] = await step();
    expect(later).toBeLessThanOrEqual(cold * 1.3);
    expect(warmLater).toBeLessThanOrEqual(warm * 1.3);
  });
});
