import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cid } from 'gatos-core';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { ScratchWorld } from '../scratch-world.js';
import { ALICE, BOB, chainsOf as chains, type Trio, Trios, verifyAt } from './scratch-trio.js';

const world = new ScratchWorld();
const trios = new Trios(world);
afterAll(() => world.dispose());

let count = 0;
let { hub, alice, bob, genesis }: Trio = { hub: '', alice: '', bob: '', genesis: '' };
beforeEach(async () => {
  ({ hub, alice, bob, genesis } = await trios.next());
  count += 1;
});

const verify = (cwd: string) => verifyAt(world, cwd);
const UP_TO_DATE = { taken: [], pushed: [], reEmitted: [], rolledBack: [], pruned: [], refused: [] };

describe('two clones and a remote', () => {
  it('exchange what is new, and only that', async () => {
    await world.emit(bob, ['from bob'], { person: 'bob' });
    await world.emit(alice, [3]);
    expect(await world.sync(alice)).toMatchObject({
      ...UP_TO_DATE,
      genesis,
      pinned: false,
      pushed: [{ chain: ALICE }],
    });
    const result = await world.sync(bob, { person: 'bob' });
    expect(chains(result.taken)).toEqual([ALICE]);
    expect(chains(result.pushed)).toEqual([BOB]);
    expect(chains((await world.sync(alice)).taken)).toEqual([BOB]);
    expect(await world.sync(alice)).toMatchObject(UP_TO_DATE);
    expect(await world.sync(bob, { person: 'bob' })).toMatchObject(UP_TO_DATE);
    expect(world.heads(alice)).toEqual(world.heads(hub));
    expect(world.heads(bob)).toEqual(world.heads(hub));
    for (const cwd of [alice, bob, hub]) expect((await verify(cwd)).outcome).toBe('pass');
    expect(world.git(hub, 'fsck', '--strict')).toBe('');
  });

  it('a movement says from where to where', async () => {
    const before = world.heads(hub).get(ALICE);
    await world.emit(alice, [3]);
    const { pushed } = await world.sync(alice);
    expect(pushed).toEqual([{ chain: ALICE, from: before, to: world.heads(hub).get(ALICE) }]);
    const { taken } = await world.sync(bob, { person: 'bob' });
    expect(taken).toEqual(pushed);
  });

  it('can only bring', async () => {
    await world.emit(bob, ['kept'], { person: 'bob' });
    await world.emit(alice, [3]);
    await world.sync(alice);
    expect(await world.sync(bob, { person: 'bob', push: false })).toMatchObject({
      taken: [{ chain: ALICE }],
      pushed: [],
    });
    expect(world.heads(hub).has(BOB)).toBe(false);
  });

  it('meet whatever the order of their turns (seeds 1 to 6)', async () => {
    for (let seed = 1; seed <= 6; seed++) {
      let state = seed * 7919;
      const next = (bound: number): number => {
        state = (state * 1103515245 + 12345) % 2 ** 31;
        return Math.floor((state / 2 ** 31) * bound);
      };
      for (let turn = 0; turn < 5; turn++) {
        const [cwd, person] = next(2) === 0 ? [alice, 'alice'] : [bob, 'bob'];
        if (next(3) > 0)
          await world.emit(cwd, [`${seed}.${turn}`], { person, ns: next(3) === 0 ? 'other' : 'default' });
        if (next(2) > 0) expect(await world.sync(cwd, { person }), `seed ${seed}`).toMatchObject({ refused: [] });
      }
      for (const [cwd, person] of [
        [alice, 'alice'],
        [bob, 'bob'],
        [alice, 'alice'],
      ] as const)
        await world.sync(cwd, { person });
      expect(world.heads(alice), `seed ${seed}`).toEqual(world.heads(hub));
      expect(world.heads(bob), `seed ${seed}`).toEqual(world.heads(hub));
    }
    expect((await verify(hub)).outcome).toBe('pass');
  }, 120_000);

  it('push what the remote has lost', async () => {
    world.git(hub, 'update-ref', '-d', `refs/gatos/${ALICE}`);
    expect(await world.sync(bob, { person: 'bob' })).toMatchObject({
      pushed: [{ chain: ALICE, from: null }],
      refused: [],
    });
    expect(world.heads(hub)).toEqual(world.heads(bob));
  });

  it('overtake each other without harm', async () => {
    // Two roots' clones write different chains at the same time.
    await world.emit(alice, [3]);
    await world.emit(bob, [4], { person: 'bob' });
    const results = await Promise.all([world.sync(alice), world.sync(bob, { person: 'bob' })]);
    for (const { refused } of results) expect(refused).toEqual([]);
    await world.sync(alice);
    await world.sync(bob, { person: 'bob' });
    expect(world.heads(alice)).toEqual(world.heads(hub));
    expect(world.heads(bob)).toEqual(world.heads(hub));
  });

  it("need nobody's key to bring and to pass on", async () => {
    const carrier = world.at(`carrier-${count}`);
    await world.clone(hub, { directory: carrier, env: world.env('carol') });
    const second = world.bareRepository(`second-${count}.git`);
    world.git(carrier, 'remote', 'add', 'backup', second);
    const result = await world.sync(carrier, { person: 'carol', remote: 'backup' });
    expect(chains(result.pushed)).toEqual(['trust', ALICE]);
    expect(world.heads(second)).toEqual(world.heads(hub));
  });
});

describe('remotes that cannot be', () => {
  it.each(['nowhere', '', '-x', '--upload-pack=x', 'origin/x'])('there is no remote `%s`', async (remote) => {
    await expect(world.sync(alice, { remote })).rejects.toMatchObject({
      code: 'transport/no-remote',
      data: { known: ['origin'] },
    });
  });

  it('a remote that starts with a hyphen is no option', async () => {
    writeFileSync(
      join(alice, '.git', 'config'),
      `[remote "--upload-pack=touch pwned"]\n\turl = ${hub}\n[remote "-q"]\n\turl = ${hub}\n`,
      { flag: 'a' },
    );
    await world.emit(alice, [3]);
    expect(await world.sync(alice, { remote: '-q' })).toMatchObject({ refused: [], pushed: [{ chain: ALICE }] });
    const outcome = await world.sync(alice, { remote: '--upload-pack=touch pwned' }).catch((fault) => fault);
    expect(outcome.code ?? 'synced').toMatch(/^(synced|git\/)/);
    expect(world.git(alice, 'status', '--porcelain')).toBe('');
  });

  it('a remote that is gone is a temporary fault, and nothing is lost', async () => {
    world.git(alice, 'remote', 'set-url', 'origin', world.at('gone'));
    const before = world.heads(alice);
    await expect(world.sync(alice)).rejects.toMatchObject({ code: 'git/git-failed', exit: 75 });
    expect(world.heads(alice)).toEqual(before);
  });

  it('a remote without a history, and a clone without one', async () => {
    const empty = world.bareRepository(`empty-${count}.git`);
    const plain = world.folder(`plain-${count}`);
    world.git(plain, 'init', '-q');
    world.git(plain, 'remote', 'add', 'origin', empty);
    await expect(world.sync(plain)).rejects.toMatchObject({ code: 'transport/no-trust', exit: 20 });
  });

  it('a remote of the other object format', async () => {
    const other = world.bareRepository(`sha256-${count}.git`, '--object-format=sha256');
    await world.init(other);
    world.git(alice, 'remote', 'add', 'other', other);
    await expect(world.sync(alice, { remote: 'other' })).rejects.toMatchObject({
      code: 'transport/other-format',
      exit: 30,
    });
  });

  it('a remote that takes no pushes', async () => {
    writeFileSync(join(hub, 'hooks', 'pre-receive'), '#!/bin/sh\necho no entry >&2\nexit 1\n', { mode: 0o755 });
    await world.emit(alice, [3]);
    const result = await world.sync(alice);
    expect(result.pushed).toEqual([]);
    expect(result.refused).toMatchObject([
      {
        chain: ALICE,
        error: {
          code: 'transport/push-refused',
          exit: 12,
          message: expect.stringContaining('pre-receive hook declined'),
        },
      },
    ]);
  });

  it('a remote that takes some pushes', async () => {
    writeFileSync(join(hub, 'hooks', 'update'), '#!/bin/sh\ncase "$1" in *other*) exit 1;; esac\n', { mode: 0o755 });
    await world.emit(alice, [3]);
    await world.emit(alice, [4], { ns: 'other' });
    const result = await world.sync(alice);
    expect(chains(result.pushed)).toEqual([ALICE]);
    expect(result.refused).toMatchObject([
      { chain: 'journal/other/user-alice', error: { code: 'transport/push-refused' } },
    ]);
    // What was refused is tried again the next time.
    writeFileSync(join(hub, 'hooks', 'update'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    expect(chains((await world.sync(alice)).pushed)).toEqual(['journal/other/user-alice']);
  });

  it('a refused trust chain holds back what it judges', async () => {
    writeFileSync(join(hub, 'hooks', 'update'), '#!/bin/sh\ncase "$1" in */trust) exit 1;; esac\n', { mode: 0o755 });
    await world.addPerson(alice, 'carol');
    await world.emit(alice, [3]);
    const result = await world.sync(alice);
    expect(result.pushed).toEqual([]);
    expect(result.refused.map(({ chain, error }) => [chain, error.code])).toEqual([
      ['trust', 'transport/push-refused'],
      [ALICE, 'transport/held-back'],
    ]);
  });
});

describe('in between', () => {
  /** A hook of the hub that runs a script the first time somebody pushes, and refuses that push. */
  function atFirstPush(script: string): void {
    const marker = join(hub, 'done');
    const body = `#!/bin/sh\n[ -e '${marker}' ] && exit 0\ntouch '${marker}'\n${script}\nexit 1\n`;
    writeFileSync(join(hub, 'hooks', 'pre-receive'), body, { mode: 0o755 });
  }

  it('someone else pushes to the same chain: both histories are found', async () => {
    const laptop = `${alice} laptop`;
    await world.clone(hub, { directory: laptop });
    await world.become(laptop, 'alice');
    await world.emit(alice, ['a']);
    await world.emit(laptop, ['b']);
    atFirstPush(`env -i PATH="$PATH" HOME=/ git -C '${alice}' push -q origin 'refs/gatos/*:refs/gatos/*'`);
    const { refused, pushed } = await world.sync(laptop);
    expect(pushed).toEqual([]);
    expect(refused).toMatchObject([{ chain: ALICE, error: { code: 'transport/diverged' } }]);
  });

  it('someone else pushes what we push: there is nothing to do', async () => {
    await world.emit(alice, ['a']);
    atFirstPush(`env -i PATH="$PATH" HOME=/ git -C '${alice}' push -q origin 'refs/gatos/*:refs/gatos/*'`);
    expect(await world.sync(alice)).toMatchObject({ refused: [], pushed: [] });
    expect(world.heads(hub)).toEqual(world.heads(alice));
  });

  it('a remote that always refuses is not asked for ever', async () => {
    await world.emit(alice, ['a']);
    const log = join(hub, 'log');
    writeFileSync(join(hub, 'hooks', 'pre-receive'), `#!/bin/sh\necho x >> '${log}'\nexit 1\n`, { mode: 0o755 });
    expect((await world.sync(alice)).refused).toHaveLength(1);
    expect(readFileSync(log, 'utf8')).toBe('x\n');
  });

  it('it is aborted: nothing is half taken', async () => {
    await world.emit(alice, [3]);
    await world.sync(alice);
    const before = world.heads(bob);
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    await expect(world.sync(bob, { person: 'bob', signal: controller.signal })).rejects.toThrow('enough');
    expect(world.heads(bob)).toEqual(before);
  });

  it('a chain turns into a folder of chains, there and in our picture of it', async () => {
    world.git(hub, 'update-ref', 'refs/gatos/folds/x', `refs/gatos/${ALICE}`);
    expect((await world.sync(bob, { person: 'bob' })).refused).toMatchObject([{ chain: 'folds/x' }]);
    world.git(bob, 'update-ref', 'refs/gatos-remote/origin/journal/new', `refs/gatos/${ALICE}`);
    await world.emit(alice, [3], { ns: 'new' });
    await world.sync(alice);
    const { taken } = await world.sync(bob, { person: 'bob' });
    expect(chains(taken)).toEqual(['journal/new/user-alice']);
  });
});

describe('trust', () => {
  async function strangerHub(): Promise<{ other: string; otherGenesis: string }> {
    const other = world.bareRepository(`stranger-${count}.git`);
    const { genesis: otherGenesis } = await world.init(other, { env: world.env('mallory'), actor: 'user:alice' });
    await world.emit(other, ['evil'], { person: 'mallory' });
    return { other, otherGenesis };
  }

  it('another genesis later is an integrity error, and nothing is taken', async () => {
    const { other, otherGenesis } = await strangerHub();
    const before = world.heads(bob);
    world.git(bob, 'remote', 'set-url', 'origin', other);
    const fault = await world.sync(bob, { person: 'bob' }).catch((error) => error);
    expect(fault).toMatchObject({
      code: 'trust/other-genesis',
      kind: 'integrity',
      exit: 13,
      data: { pinned: genesis, found: otherGenesis },
    });
    expect(world.heads(bob)).toEqual(before);
  });

  it('also when the pin was lost', async () => {
    const { other } = await strangerHub();
    await world.within(bob, async ({ save }) => save({ genesis: undefined } as never), 'bob');
    world.git(bob, 'remote', 'set-url', 'origin', other);
    await expect(world.sync(bob, { person: 'bob' })).rejects.toMatchObject({ code: 'trust/other-genesis' });
  });

  it('a genesis that is insisted on must be this one', async () => {
    const root = Cid.hash('dag-cbor', new Uint8Array([1]));
    await expect(world.sync(bob, { person: 'bob', root })).rejects.toMatchObject({ code: 'trust/other-genesis' });
    expect(await world.sync(bob, { person: 'bob', root: Cid.parse(genesis) })).toMatchObject(UP_TO_DATE);
  });

  it('grows before what it judges is looked at', async () => {
    await world.addPerson(alice, 'carol');
    await world.sync(alice);
    const carol = world.at(`carol-${count}`);
    await world.clone(hub, { directory: carol, env: world.env('carol') });
    await world.become(carol, 'carol');
    await world.emit(carol, ['hello'], { person: 'carol' });
    await world.sync(carol, { person: 'carol' });
    const result = await world.sync(bob, { person: 'bob' });
    expect(result.refused).toEqual([]);
    expect(chains(result.taken)).toEqual(['trust', 'journal/default/user-carol']);
  });

  it('two changes at the same time are two histories', async () => {
    const second = world.at(`second-${count}`);
    await world.clone(hub, { directory: second });
    await world.become(second, 'alice');
    await world.addPerson(alice, 'carol');
    await world.addPerson(second, 'dave');
    await world.sync(alice);
    const before = world.heads(second);
    await expect(world.sync(second)).rejects.toMatchObject({
      code: 'transport/diverged',
      exit: 14,
      data: { chain: 'trust' },
    });
    expect(world.heads(second)).toEqual(before);
  });

  it('a rolled back trust chain takes nothing back', async () => {
    const before = world.heads(bob);
    world.git(hub, 'update-ref', 'refs/gatos/trust', `${before.get('trust')}^`);
    expect(await world.sync(bob, { person: 'bob' })).toMatchObject({
      taken: [],
      pushed: [{ chain: 'trust' }],
      refused: [],
    });
    expect(world.heads(bob)).toEqual(before);
    expect(world.heads(hub)).toEqual(before);
  });
});

describe('the environment of a hook', () => {
  it('is followed: GIT_DIR names the repository', async () => {
    await world.emit(alice, [3]);
    const env = world.env('alice', { GIT_DIR: join(alice, '.git') });
    const elsewhere = world.folder(`hook-${count}`);
    const { openWorkspace } = await import('../workspace.js');
    const { syncWith } = await import('./sync.js');
    const workspace = await openWorkspace({ cwd: elsewhere, env, passphrase: async () => null });
    const result = await syncWith(workspace, { cwd: elsewhere, env, remote: 'origin', push: true });
    await workspace.close();
    expect(chains(result.pushed)).toEqual([ALICE]);
  });
});
