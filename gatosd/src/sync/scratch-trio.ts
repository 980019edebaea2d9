/** For tests: a remote with a history, the clone that started it, and another person's clone. Not exported. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from 'gatos-core';
import type { ScratchWorld } from '../scratch-world.js';

export const ALICE = 'journal/default/user-alice';
export const BOB = 'journal/default/user-bob';

export interface Trio {
  readonly hub: string;
  /** Alice's clone: she is a root, and has emitted 1 and 2. */
  readonly alice: string;
  /** Bob's clone; he may write and has not yet. */
  readonly bob: string;
  readonly genesis: string;
}

/** Makes trios: the first at the price of a dozen git processes, the others as copies of it. */
export class Trios {
  #made: Promise<Trio> | undefined;
  #count = 0;

  constructor(private readonly world: ScratchWorld) {}

  async next(): Promise<Trio> {
    this.#made ??= this.#make(this.world.folder('trio 0'));
    const { hub, alice, bob, genesis } = await this.#made;
    const root = this.world.folder(`trio ${++this.#count}`);
    const copy = { hub: join(root, 'hub.git'), alice: join(root, 'alice'), bob: join(root, 'bob'), genesis };
    for (const [from, to] of [
      [hub, copy.hub],
      [alice, copy.alice],
      [bob, copy.bob],
    ] as const)
      cpSync(from, to, { recursive: true });
    for (const clone of [copy.alice, copy.bob]) this.world.git(clone, 'remote', 'set-url', 'origin', copy.hub);
    return copy;
  }

  async #make(root: string): Promise<Trio> {
    const { world } = this;
    const [hub, alice, bob] = [join(root, 'hub.git'), join(root, 'alice'), join(root, 'bob')];
    world.git(root, 'init', '-q', '--bare', '-b', 'main', hub);
    world.git(root, 'init', '-q', '-b', 'main', alice);
    world.git(alice, 'remote', 'add', 'origin', hub);
    const { genesis } = await world.init(alice, { actor: 'user:alice' });
    await world.emit(alice, [1, 2]);
    await world.addPerson(alice, 'bob');
    await world.sync(alice);
    await world.clone(hub, { directory: bob, env: world.env('bob') });
    await world.become(bob, 'bob');
    return { hub, alice, bob, genesis };
  }
}

export function chainsOf(movements: readonly { readonly chain: string }[]): string[] {
  return movements.map(({ chain }) => chain);
}

export async function verifyAt(world: ScratchWorld, cwd: string): Promise<Report> {
  return world.within(cwd, async ({ repository }) => (await repository.verify()).report);
}
