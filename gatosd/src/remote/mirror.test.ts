/** What a clone takes over from the remote whose word counts, and what it leaves. */
import { isGatosError } from 'gatos-core';
import { afterAll, describe, expect, it } from 'vitest';
import { ScratchClones } from '../scratch-clones.js';
import { ScratchWorld } from '../scratch-world.js';

const world = new ScratchWorld();
const scratch = new ScratchClones(world);
afterAll(() => scratch.dispose());

const X = 'journal/x/user-alice';
const chainsOf = (listed: readonly { readonly chain: string }[]) => listed.map(({ chain }) => chain);

async function two() {
  const { hub, clones } = await scratch.hub(2);
  const [cwd = '', elsewhere = ''] = clones;
  return { hub, here: await scratch.enter(cwd), there: await scratch.enter(elsewhere) };
}

/** A commit in the remote that is no entry of any chain. */
function plant(hub: string, ref: string, parent?: string): string {
  const tree = world.git(hub, 'hash-object', '-t', 'tree', '-w', '--stdin').trim();
  const oid = world.git(hub, 'commit-tree', '-m', 'x', ...(parent === undefined ? [] : ['-p', parent]), tree).trim();
  world.git(hub, 'update-ref', ref, oid);
  return oid;
}

describe('refreshing', () => {
  it('takes trust first, and then what only the new trust allows', async () => {
    const { here, there } = await two();
    const person = 'carol';
    await world.addPerson(there.cwd, person);
    await world.become(there.cwd, person);
    await world.emit(there.cwd, ['by carol'], { person });
    await world.sync(there.cwd, { person });
    const { taken, refused } = await here.backend.refresh();
    expect([chainsOf(taken), refused]).toEqual([['trust', 'journal/default/user-carol'], []]);
    expect(world.heads(here.cwd)).toEqual(world.heads(there.cwd));
    expect(await here.backend.refresh()).toEqual({ taken: [], refused: [] });
  });

  it('looks only where it is told to, and at trust', async () => {
    const { here, there } = await two();
    for (const ns of ['x', 'y']) await there.repository.emit([{ type: 'test', payload: 1 }], { ns });
    await world.addPerson(there.cwd, 'dave');
    await world.sync(there.cwd);
    const { taken } = await here.backend.refresh({ prefixes: ['refs/gatos/journal/y/'] });
    expect(chainsOf(taken)).toEqual(['trust', 'journal/y/user-alice']);
    expect(chainsOf((await here.backend.refresh({ prefixes: [`refs/gatos/${X}`] })).taken)).toEqual([X]);
  });

  it('does not take what does not verify, says so every time, and takes all else', async () => {
    const { hub, here, there } = await two();
    await there.repository.emit([{ type: 'test', payload: 1 }], { ns: 'x' });
    await here.backend.refresh();
    const [good, bad] = [world.heads(hub).get(X), plant(hub, `refs/gatos/${X}`, world.heads(hub).get(X))];
    plant(hub, 'refs/gatos/nobody/knows');
    await there.repository.emit([{ type: 'test', payload: 1 }], { ns: 'y' });
    for (const expected of [['journal/y/user-alice'], [], []]) {
      const { taken, refused } = await here.backend.refresh();
      expect(chainsOf(taken)).toEqual(expected);
      expect(refused.map(({ chain, error }) => [chain, error.code])).toEqual([
        ['nobody/knows', 'transport/unknown-ref'],
        [X, 'transport/not-verified'],
      ]);
    }
    expect(world.heads(here.cwd).get(X)).toBe(good);
    // Whoever would write there is not made to try for ever.
    const append = here.repository.emit([{ type: 'test', payload: 2 }], { ns: 'x' });
    await expect(append).rejects.toSatisfy((error) => isGatosError(error, 'transport/not-verified'));
    expect([world.heads(here.cwd).get(X), world.heads(hub).get(X)]).toEqual([good, bad]);
    // What is mended is taken.
    world.git(hub, 'update-ref', `refs/gatos/${X}`, good ?? '');
    await here.repository.emit([{ type: 'test', payload: 3 }], { ns: 'x' });
    expect((await here.backend.refresh()).refused.map(({ chain }) => chain)).toEqual(['nobody/knows']);
    expect(world.heads(here.cwd).get(X)).toBe(world.heads(hub).get(X));
  });

  it('does not go back, nor delete, where the remote does', async () => {
    const { hub, here, there } = await two();
    const emit = (payload: number) => there.repository.emit([{ type: 'test', payload }], { ns: 'x' });
    await emit(1);
    const old = world.heads(hub).get(X) ?? '';
    await emit(2);
    await here.backend.refresh();
    const now = world.heads(here.cwd);
    world.git(hub, 'update-ref', `refs/gatos/${X}`, old);
    expect(await here.backend.refresh()).toEqual({ taken: [], refused: [] });
    expect(await here.backend.refresh()).toEqual({ taken: [], refused: [] });
    world.git(hub, 'update-ref', '-d', `refs/gatos/${X}`);
    expect(await here.backend.refresh()).toEqual({ taken: [], refused: [] });
    expect(world.heads(here.cwd)).toEqual(now);
  });

  it('refuses another genesis than the one that was pinned', async () => {
    const { here } = await two();
    const other = await scratch.hub(1);
    world.git(here.cwd, 'remote', 'set-url', 'origin', other.hub);
    const before = world.heads(here.cwd);
    await expect(here.backend.refresh()).rejects.toSatisfy((error) => isGatosError(error) && /trust/.test(error.code));
    expect(world.heads(here.cwd)).toEqual(before);
  });

  it('follows what was packed, here and there', async () => {
    const { hub, here, there } = await two();
    for (let round = 0; round < 3; round++) {
      await there.repository.emit([{ type: 'test', payload: round }], { ns: 'x' });
      for (const cwd of [hub, here.cwd, there.cwd]) world.git(cwd, 'gc', '-q');
      await here.backend.refresh();
      await here.repository.emit([{ type: 'test', payload: `back ${round}` }], { ns: 'x' });
      await there.backend.refresh();
    }
    expect(world.git(hub, 'rev-list', '--count', `refs/gatos/${X}`).trim()).toBe('6');
    expect(world.heads(here.cwd)).toEqual(world.heads(hub));
  });
});
