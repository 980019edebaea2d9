import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Oid } from 'gatos-core';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { ScratchWorld } from '../scratch-world.js';
import { ALICE, chainsOf as chains, type Trio, Trios } from './scratch-trio.js';

const world = new ScratchWorld();
const trios = new Trios(world);
afterAll(() => world.dispose());

let { hub, alice, bob }: Omit<Trio, 'genesis'> = { hub: '', alice: '', bob: '' };
beforeEach(async () => {
  ({ hub, alice, bob } = await trios.next());
});

const UP_TO_DATE = { taken: [], pushed: [], reEmitted: [], rolledBack: [], pruned: [], refused: [] };

/** A commit on `head` in the hub with the same tree and another author. */
function tamper(head: Oid, ...parents: readonly Oid[]): Oid {
  const options = [head, ...parents].flatMap((parent) => ['-p', parent]);
  return world.git(hub, 'commit-tree', `${head}^{tree}`, ...options, '-m', 'tampered').trim();
}

it('a tampered trust chain stops everything', async () => {
  const head = world.heads(hub).get('trust') as Oid;
  world.git(hub, 'update-ref', 'refs/gatos/trust', tamper(head));
  const before = world.heads(bob);
  await expect(world.sync(bob, { person: 'bob' })).rejects.toMatchObject({ kind: 'integrity' });
  expect(world.heads(bob)).toEqual(before);
});

describe('chains that do not verify', () => {
  const refusedAs = async (chain: string) => {
    const before = world.heads(bob);
    const { refused, taken } = await world.sync(bob, { person: 'bob' });
    expect(taken).toEqual([]);
    expect(world.heads(bob)).toEqual(before);
    const found = refused.find((each) => each.chain === chain);
    return { code: found?.error.code, stage: found?.error.data.stage, exit: found?.error.exit };
  };

  it.each<[string, (head: Oid) => Oid, string]>([
    ['a commit that no envelope makes', (head) => tamper(head), 'sequence'],
    ['a merge', (head) => tamper(head, world.heads(hub).get('trust') as Oid), 'history'],
    [
      'a commit without an envelope',
      (head) => {
        const empty = world.gitWith({ cwd: hub }, 'mktree').trim();
        return world.git(hub, 'commit-tree', empty, '-p', head, '-m', 'x').trim();
      },
      'envelope',
    ],
    [
      'a symbolic link for an envelope',
      (head) => {
        const blob = world.gitWith({ cwd: hub, input: '/etc/passwd' }, 'hash-object', '-w', '--stdin').trim();
        const tree = world.gitWith({ cwd: hub, input: `120000 blob ${blob}\tenvelope\n` }, 'mktree').trim();
        return world.git(hub, 'commit-tree', tree, '-p', head, '-m', 'x').trim();
      },
      'envelope',
    ],
    [
      'an envelope that is a folder',
      (head) => {
        const inner = world.git(hub, 'rev-parse', `${head}^{tree}`).trim();
        const tree = world.gitWith({ cwd: hub, input: `040000 tree ${inner}\tenvelope\n` }, 'mktree').trim();
        return world.git(hub, 'commit-tree', tree, '-p', head, '-m', 'x').trim();
      },
      'envelope',
    ],
    [
      'an enormous envelope',
      (head) => {
        const blob = world
          .gitWith({ cwd: hub, input: Buffer.alloc(80_000_000) }, 'hash-object', '-w', '--stdin')
          .trim();
        const tree = world.gitWith({ cwd: hub, input: `100644 blob ${blob}\tenvelope\n` }, 'mktree').trim();
        return world.git(hub, 'commit-tree', tree, '-p', head, '-m', 'x').trim();
      },
      'envelope',
    ],
    [
      "another chain's envelope",
      (head) => {
        const tree = world.git(hub, 'rev-parse', 'refs/gatos/trust^{tree}').trim();
        return world.git(hub, 'commit-tree', tree, '-p', head, '-m', 'x').trim();
      },
      'envelope',
    ],
  ])('%s is refused with its stage', async (_what, make, stage) => {
    const head = world.heads(hub).get(ALICE) as Oid;
    world.git(hub, 'update-ref', `refs/gatos/${ALICE}`, make(head));
    expect(await refusedAs(ALICE)).toEqual({ code: 'transport/not-verified', stage, exit: 13 });
    // The next sync looks at it again, and comes to the same end.
    expect(await refusedAs(ALICE)).toMatchObject({ code: 'transport/not-verified', stage });
  });

  it('a chain by someone who is not trusted is refused', async () => {
    const MALLORY = 'journal/default/user-mallory';
    const trusted = world.heads(alice).get('trust') as Oid;
    await world.addPerson(alice, 'mallory');
    await world.become(alice, 'mallory');
    await world.emit(alice, ['not trusted everywhere'], { person: 'mallory' });
    world.git(alice, 'update-ref', 'refs/gatos/trust', trusted);
    const own = await world.sync(alice);
    expect(own.pushed).toEqual([]);
    const bySigner = { error: { code: 'transport/not-verified', data: { stage: 'signer', where: 'here' } } };
    expect(own.refused).toMatchObject([{ chain: MALLORY, ...bySigner }]);
    expect(world.heads(hub).has(MALLORY)).toBe(false);
    world.git(alice, 'push', '-q', 'origin', 'refs/gatos/journal/*:refs/gatos/journal/*');
    const { refused } = await world.sync(bob, { person: 'bob' });
    expect(refused).toMatchObject([
      { chain: MALLORY, error: { ...bySigner.error, data: { stage: 'signer', where: 'from `origin`' } } },
    ]);
  });

  it('one bad chain does not stop the others', async () => {
    await world.emit(alice, [3], { ns: 'other' });
    await world.sync(alice);
    world.git(hub, 'update-ref', `refs/gatos/${ALICE}`, tamper(world.heads(hub).get(ALICE) as Oid));
    const { taken, refused } = await world.sync(bob, { person: 'bob' });
    expect(chains(taken)).toEqual(['journal/other/user-alice']);
    expect(chains(refused)).toEqual([ALICE]);
  });

  it('a chain of ours that does not verify is not passed on', async () => {
    await world.emit(alice, [3]);
    const head = world.heads(alice).get(ALICE) as Oid;
    const bad = world.git(alice, 'commit-tree', `${head}^{tree}`, '-p', head, '-m', 'tampered').trim();
    world.git(alice, 'update-ref', `refs/gatos/${ALICE}`, bad);
    const result = await world.sync(alice);
    expect(result.pushed).toEqual([]);
    expect(result.refused).toMatchObject([
      { chain: ALICE, error: { code: 'transport/not-verified', data: { where: 'here' } } },
    ]);
  });

  it('a rewritten chain is refused and named', async () => {
    const head = world.heads(hub).get(ALICE) as Oid;
    await world.emit(alice, [3]);
    await world.sync(alice);
    await world.sync(bob, { person: 'bob' });
    world.git(hub, 'update-ref', `refs/gatos/${ALICE}`, tamper(head));
    const { refused } = await world.sync(bob, { person: 'bob' });
    expect(refused).toMatchObject([
      { chain: ALICE, error: { code: 'transport/diverged', exit: 14, hint: expect.not.stringContaining('--re-emit') } },
    ]);
  });

  it('a chain whose objects are lost cannot be checked', async () => {
    await world.emit(alice, [3]);
    const head = world.heads(alice).get(ALICE) as Oid;
    const blob = world.git(alice, 'rev-parse', `${head}:envelope`).trim();
    rmSync(join(alice, '.git', 'objects', blob.slice(0, 2), blob.slice(2)));
    const result = await world.sync(alice);
    expect(result.refused).toMatchObject([{ chain: ALICE, error: { code: 'transport/not-checked', exit: 30 } }]);
  });
});

describe('foreign refs', () => {
  it('are not fetched, and named once', async () => {
    const blob = world.gitWith({ cwd: hub, input: 'foreign' }, 'hash-object', '-w', '--stdin').trim();
    const names = [
      'evil',
      'journal/default',
      'journal/default/user-x/y',
      'state/a/b',
      'audit/x',
      'cache/index',
      'journal/a b'.replace(' ', '_'),
      'journal/Ünï/user-x',
      'journal/%2e%2e/user-x',
    ];
    // A name cannot be a folder at the same time.
    const free = names.filter((name) => name !== 'journal/default');
    for (const name of free) world.git(hub, 'update-ref', `refs/gatos/${name}`, blob);
    const { refused } = await world.sync(bob, { person: 'bob' });
    const unknown = refused.filter(({ error }) => error.code === 'transport/unknown-ref');
    expect(unknown).toHaveLength(1);
    expect(unknown[0]?.error).toMatchObject({ kind: 'unsupported', exit: 30, data: { others: expect.any(Number) } });
    expect(() => world.git(bob, 'cat-file', '-e', blob)).toThrow();
    expect([...world.heads(bob, 'refs/gatos-remote/origin/').keys()].sort()).toEqual([ALICE, 'trust']);
    expect(world.heads(bob).has('cache/index')).toBe(false);
  });

  it('here are not passed on', async () => {
    world.git(alice, 'update-ref', 'refs/gatos/evil', 'refs/gatos/trust');
    world.git(alice, 'update-ref', 'refs/gatos/cache/x', 'refs/gatos/trust');
    expect(await world.sync(alice)).toMatchObject(UP_TO_DATE);
    expect([...world.heads(hub).keys()].sort()).toEqual([ALICE, 'trust']);
  });

  it('in great numbers do not hold it up', async () => {
    const head = world.heads(hub).get(ALICE) as Oid;
    const foreign = Array.from({ length: 10_000 }, (_, i) => `spam/${i}/x`);
    const likeOurs = Array.from({ length: 300 }, (_, i) => `journal/default/user-spam${i}`);
    const lines = [...foreign, ...likeOurs].sort().map((name) => `${head} refs/gatos/${name}\n`);
    writeFileSync(join(hub, 'packed-refs'), `# pack-refs with: sorted\n${lines.join('')}`);
    await world.emit(alice, [3]);
    const result = await world.sync(alice);
    expect(chains(result.pushed)).toEqual([ALICE]);
    expect(result.refused.filter(({ error }) => error.code === 'transport/not-verified')).toHaveLength(300);
    expect(result.refused).toContainEqual({
      chain: expect.stringMatching(/^spam/),
      error: expect.objectContaining({
        code: 'transport/unknown-ref',
        data: { chain: expect.any(String), remote: 'origin', others: 9999 },
      }),
    });
    expect(world.heads(alice).size).toBe(2);
  }, 90_000);
});
