import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stateChain } from 'gatos-core';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { readFoldFiles, scaffoldFold } from '../fold-files.js';
import { ScratchWorld } from '../scratch-world.js';
import { ALICE, chainsOf, type Trio, Trios, verifyAt } from './scratch-trio.js';

const world = new ScratchWorld();
const trios = new Trios(world);
afterAll(() => world.dispose());

const FOLD = world.at('fold');
scaffoldFold(FOLD, { name: 'sum', ns: 'default' });
const STATE = stateChain('sum');

let { hub, alice }: Omit<Trio, 'genesis' | 'bob'> = { hub: '', alice: '' };
let laptop: string;
beforeEach(async () => {
  ({ hub, alice } = await trios.next());
  laptop = `${alice} laptop`;
  await world.clone(hub, { directory: laptop });
  await world.become(laptop, 'alice');
});

async function fold(cwd: string, directory = FOLD): Promise<number> {
  const bundle = readFoldFiles(directory);
  if (bundle === null) throw new Error('the fold was not written');
  return world.within(cwd, async ({ repository }) => (await repository.fold(bundle)).body.events);
}

describe('states and a remote', () => {
  it('are exchanged after what they are made of', async () => {
    expect(await fold(alice)).toBe(2);
    const { pushed } = await world.sync(alice);
    expect(chainsOf(pushed)).toEqual(['folds/sum', STATE]);
    expect(chainsOf((await world.sync(laptop)).taken)).toEqual(['folds/sum', STATE]);
    await world.emit(laptop, [3]);
    expect(await fold(laptop)).toBe(3);
    expect(chainsOf((await world.sync(laptop)).pushed)).toEqual([ALICE, STATE]);
    expect((await verifyAt(world, hub)).outcome).toBe('pass');
  });

  it('are held back while a journal that they fold cannot be pushed', async () => {
    await world.emit(alice, ['a']);
    await world.sync(alice);
    await world.emit(laptop, ['b']);
    await fold(laptop);
    const { pushed, refused } = await world.sync(laptop);
    expect(chainsOf(pushed)).toEqual(['folds/sum']);
    expect(refused.map(({ chain, error }) => [chain, error.code])).toEqual([
      [ALICE, 'transport/diverged'],
      [STATE, 'transport/held-back'],
    ]);
    expect(world.heads(hub).has(STATE)).toBe(false);
  });

  it('of replaced envelopes are rolled back, and can be made again', async () => {
    await fold(laptop);
    await world.sync(laptop);
    const published = world.heads(hub).get(STATE);
    await world.emit(alice, ['a']);
    await world.sync(alice);
    await world.emit(laptop, ['b']);
    await fold(laptop);
    await world.emit(laptop, ['c']);
    await fold(laptop);
    const before = world.heads(laptop).get(STATE);
    const result = await world.sync(laptop, { reEmit: true });
    expect(result).toMatchObject({ refused: [], reEmitted: [{ chain: ALICE, records: 2 }] });
    expect(result.rolledBack).toEqual([{ chain: STATE, from: before, to: published }]);
    expect((await verifyAt(world, laptop)).outcome).toBe('pass');
    expect(await fold(laptop)).toBe(5);
    expect(chainsOf((await world.sync(laptop)).pushed)).toEqual([STATE]);
    expect((await verifyAt(world, hub)).outcome).toBe('pass');
  });

  it('that nobody has seen vanish with the envelopes they folded', async () => {
    await world.emit(alice, ['a']);
    await world.sync(alice);
    await world.emit(laptop, ['b']);
    await fold(laptop);
    const before = world.heads(laptop).get(STATE);
    const result = await world.sync(laptop, { reEmit: true });
    expect(result.rolledBack).toEqual([{ chain: STATE, from: before, to: null }]);
    expect(world.heads(laptop).has(STATE)).toBe(false);
    expect((await verifyAt(world, laptop)).outcome).toBe('pass');
    expect(await fold(laptop)).toBe(4);
  });

  it('and definitions made in two clones give way to those that were published', async () => {
    await world.emit(alice, ['a'], { ns: 'other' });
    await fold(alice);
    await world.sync(alice);
    await world.emit(laptop, ['b'], { ns: 'third' });
    await fold(laptop);
    const before = world.heads(laptop);
    const told = await world.sync(laptop);
    for (const chain of ['folds/sum', STATE]) {
      const error = expect.objectContaining({ code: 'transport/diverged', hint: expect.stringContaining('--re-emit') });
      expect(told.refused).toContainEqual({ chain, error });
    }
    const result = await world.sync(laptop, { reEmit: true });
    expect(result.refused).toEqual([]);
    expect(result.rolledBack).toEqual(
      ['folds/sum', STATE].map((chain) => ({ chain, from: before.get(chain), to: world.heads(hub).get(chain) })),
    );
    expect((await verifyAt(world, laptop)).outcome).toBe('pass');
    expect(await fold(laptop)).toBe(2);
  });

  it('a definition that only we have does not give way', async () => {
    await fold(alice);
    await world.sync(alice);
    const other = world.at('other fold');
    if (!existsSync(other)) scaffoldFold(other, { name: 'sum', ns: 'default' });
    writeFileSync(join(other, 'fold.mjs'), 'export function fold(state) { return state; }\n');
    await fold(laptop, other);
    const before = world.heads(laptop);
    const { refused } = await world.sync(laptop, { reEmit: true });
    expect(refused).toContainEqual({
      chain: 'folds/sum',
      error: expect.objectContaining({ code: 'transport/diverged', hint: expect.not.stringContaining('--re-emit') }),
    });
    expect(world.heads(laptop).get('folds/sum')).toBe(before.get('folds/sum'));
  });
});
