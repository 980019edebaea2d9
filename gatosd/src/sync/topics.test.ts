import { listSegments, openBus, publishMessages, readMessages } from 'gatos-core';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { ScratchWorld } from '../scratch-world.js';
import { type Trio, Trios, verifyAt } from './scratch-trio.js';

const world = new ScratchWorld();
const trios = new Trios(world);
afterAll(() => world.dispose());

let { hub, alice, bob }: Omit<Trio, 'genesis'> = { hub: '', alice: '', bob: '' };
beforeEach(async () => {
  ({ hub, alice, bob } = await trios.next());
});

function publish(cwd: string, payloads: readonly string[], { person = 'alice', keyed = false } = {}): Promise<void> {
  return world.within(
    cwd,
    async ({ repository }) => {
      const messages = payloads.map((payload) => (keyed ? { payload, key: payload.slice(0, 1) } : { payload }));
      await publishMessages(openBus(repository.ports), { ...(await repository.writer()), topic: 't', messages });
    },
    person,
  );
}

function read(cwd: string): Promise<readonly unknown[]> {
  return world.within(cwd, async ({ backend }) => {
    const found: unknown[] = [];
    for await (const { messages } of readMessages(backend, { topic: 't', from: 'start' }))
      found.push(...messages.map(({ payload, actor }) => `${payload} ${actor}`));
    return found;
  });
}

describe('a topic that two people published on without knowing of each other', () => {
  beforeEach(async () => {
    await publish(alice, ['start']);
    await world.sync(alice);
    await world.sync(bob, { person: 'bob' });
  });

  it('is named, and nothing of it moves, until somebody signs again', async () => {
    await publish(alice, ['a']);
    await publish(bob, ['b'], { person: 'bob' });
    await world.sync(alice);
    const before = [world.heads(hub), world.heads(bob)];
    const { refused, taken, pushed } = await world.sync(bob, { person: 'bob' });
    expect(refused).toMatchObject([
      { error: { code: 'transport/diverged', exit: 14, hint: expect.stringContaining('git gatos sync --re-emit') } },
    ]);
    expect([taken, pushed]).toEqual([[], []]);
    expect([world.heads(hub), world.heads(bob)]).toEqual(before);
  });

  it('is one line again: everybody signs their own', async () => {
    await publish(alice, ['a']);
    await publish(bob, ['b', 'c'], { person: 'bob' });
    await world.sync(alice);
    const { refused, reEmitted } = await world.sync(bob, { person: 'bob', reEmit: true });
    expect([refused, reEmitted]).toMatchObject([[], [{ records: 2, dropped: 0 }]]);
    await world.sync(alice);
    expect(world.heads(alice)).toEqual(world.heads(hub));
    expect(await read(alice)).toEqual(['start user:alice', 'a user:alice', 'b user:bob', 'c user:bob']);
    expect((await verifyAt(world, alice)).outcome).toBe('pass');
  });

  it('takes what both published under one key once, and keeps what contradicts for consumers to tell', async () => {
    await publish(alice, ['k', 'm1'], { keyed: true });
    await publish(bob, ['k', 'm2'], { person: 'bob', keyed: true });
    await world.sync(alice);
    const { reEmitted } = await world.sync(bob, { person: 'bob', reEmit: true });
    expect(reEmitted).toMatchObject([{ records: 1, dropped: 1 }]);
    expect(await read(bob)).toEqual(['start user:alice', 'k user:alice', 'm1 user:alice', 'm2 user:bob']);
    expect((await verifyAt(world, bob)).outcome).toBe('pass');
  });

  it('is left alone when somebody else would have to sign', async () => {
    await publish(alice, ['a']);
    await publish(bob, ['b'], { person: 'bob' });
    await world.sync(alice);
    // Alice writes in the same clone, behind what Bob has not passed on.
    await world.become(bob, 'alice');
    await publish(bob, ['c']);
    const before = [world.heads(hub), world.heads(bob)];
    const { refused } = await world.sync(bob, { reEmit: true });
    expect(refused).toMatchObject([
      { error: { code: 'bus/not-ours', exit: 14, hint: expect.stringContaining('in the clone of `user:bob`') } },
    ]);
    expect([world.heads(hub), world.heads(bob)]).toEqual(before);
  });

  it('is not joined with a line that does not verify', async () => {
    await publish(alice, ['a']);
    await publish(bob, ['b'], { person: 'bob' });
    await world.sync(alice);
    const [segment] = await world.within(alice, ({ backend }) => listSegments(backend, 't'));
    const ref = `refs/gatos/${segment?.chain}`;
    const tree = world.git(hub, 'rev-parse', `${ref}^{tree}`).trim();
    const forged = world.git(hub, 'commit-tree', tree, '-p', ref, '-m', 'forged').trim();
    world.git(hub, 'update-ref', ref, forged);
    const before = world.heads(bob);
    const { refused } = await world.sync(bob, { person: 'bob', reEmit: true });
    expect(refused[0]).toMatchObject({ chain: segment?.chain, error: { code: 'transport/not-verified' } });
    expect(world.heads(bob)).toEqual(before);
  });
});
