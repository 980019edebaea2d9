/** What is wrong with what a repository holds: refs, chains, objects. */
import { readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { initRepository } from 'gatosd';
import type { Case } from './case.js';
import type { DoctorWorld } from './world.js';

const JOURNAL = 'refs/gatos/journal/default/user-alice';

const head = ({ git, work }: Pick<DoctorWorld, 'git' | 'work'>, ref: string): string => git(work, 'rev-parse', ref);

/** A commit of git on top of a chain; with another tree than an empty one, what is in that. */
function graft(world: DoctorWorld, ref: string, tree = world.git(world.work, 'mktree')): void {
  const tip = world.git(world.work, 'rev-parse', ref);
  const forged = world.git(world.work, 'commit-tree', '-p', tip, '-m', 'forged', tree);
  world.git(world.work, 'update-ref', ref, forged);
}

/** Removes one object, wherever it is kept. */
function lose(world: DoctorWorld, oid: string): void {
  const packs = join(world.work, '.git/objects/pack');
  for (const name of readdirSync(packs).filter((each) => each.endsWith('.pack'))) {
    const aside = world.at(name);
    renameSync(join(packs, name), aside);
    rmSync(join(packs, name.replace(/pack$/, 'idx')));
    world.feed(world.work, readFileSync(aside), 'unpack-objects', '-q');
  }
  rmSync(join(world.work, '.git/objects', oid.slice(0, 2), oid.slice(2)));
}

export const REPOSITORY_CASES: readonly Case[] = [
  {
    code: 'not-started',
    where: (world) => world.at('new'),
    provoke: (world) => {
      world.git(world.root, 'init', '-q', world.at('new'));
    },
  },
  {
    code: 'trust-lost',
    provoke: ({ git, work }) => {
      git(work, 'update-ref', '-d', 'refs/gatos/trust');
    },
  },
  {
    code: 'other-genesis',
    provoke: async (world) => {
      const other = 'bafyreigdmqpykrgxyaxtlafqpqhzrb7qy2rh75nldvfd4tucqmqqme5yje';
      await world.gatos(world.work, 'config', 'set', 'genesis', other);
    },
    mend: null,
  },
  {
    code: 'foreign-ref',
    provoke: ({ git, work }) => {
      git(work, 'update-ref', "refs/gatos/no'where/at all".replace(' ', '-'), 'HEAD');
    },
  },
  {
    code: 'damaged-ref',
    provoke: (world) => world.write(join(world.work, '.git', JOURNAL), 'no id\n'),
  },
  {
    code: 'damaged-ref',
    note: 'of the trust chain',
    provoke: (world) => world.write(join(world.work, '.git/refs/gatos/trust'), 'no id\n'),
  },
  { code: 'broken-chain', note: 'no envelope', provoke: (world) => graft(world, JOURNAL) },
  {
    code: 'broken-chain',
    note: 'an envelope once more',
    provoke: (world) => graft(world, JOURNAL, head(world, `${JOURNAL}^{tree}`)),
  },
  { code: 'broken-chain', note: 'of trust', provoke: (world) => graft(world, 'refs/gatos/trust') },
  {
    code: 'broken-chain',
    note: 'written by somebody who may not',
    provoke: async (world) => {
      await world.gatos(world.work, 'key', 'new', 'other');
      await world.gatos(world.work, 'trust', 'add', 'user:alice', 'other');
      await world.gatos(world.work, 'config', 'set', 'key', 'other');
      const before = head(world, 'refs/gatos/trust');
      await world.emit(world.work, 6);
      world.git(world.work, 'update-ref', 'refs/gatos/trust', `${before}^`);
      await world.gatos(world.work, 'config', 'set', 'key', 'default');
    },
  },
  {
    code: 'broken-whole',
    note: 'a chain of somebody else',
    provoke: ({ git, work }) => {
      git(work, 'update-ref', 'refs/gatos/journal/default/user-eve', JOURNAL);
    },
  },
  {
    code: 'broken-promise',
    note: 'no trust to tell how far it is good',
    provoke: (world) => {
      world.git(world.work, 'update-ref', '-d', 'refs/gatos/trust');
      graft(world, JOURNAL);
    },
    mend: null,
  },
  {
    code: 'missing-objects',
    provoke: (world) => lose(world, head(world, `${JOURNAL}~2`)),
  },
  {
    code: 'unchecked',
    note: 'history that is cut off',
    provoke: (world) => {
      lose(world, head(world, `${JOURNAL}~2`));
      world.write(join(world.work, '.git/shallow'), `${head(world, `${JOURNAL}~1`)}\n`);
    },
    mend: null,
  },
  {
    code: 'unknown-profile',
    where: (world) => world.at('exotic'),
    provoke: async (world) => {
      const cwd = world.at('exotic');
      await initRepository({ cwd, env: world.env, passphrase: async () => null, profile: 'exotic' });
    },
    mend: null,
  },
];
