/** Indexes that two clones have extended: joined where no key was changed on both sides, and never a ledger. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  appendTogether,
  blobChain,
  type ChainHead,
  declareTool,
  draftIndexed,
  heldBlobs,
  listTools,
  livePins,
  openBlob,
  pinBlob,
  RULES,
  readBlobShard,
  removeBlob,
  requestBy,
  ruleFor,
  type ToolManifest,
  USED_CAPABILITY_KIND,
  unpinBlob,
} from 'gatos-core';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { getBlob, putBlob } from '../blobs/index.js';
import { chunkStoreOf } from '../chunks/index.js';
import { ScratchWorld } from '../scratch-world.js';
import { type Trio, Trios, verifyAt } from './scratch-trio.js';

type IndexedKind = Parameters<typeof draftIndexed>[2][number]['kind'];

const world = new ScratchWorld();
const trios = new Trios(world);
afterAll(() => world.dispose());

let { hub, alice, bob }: Omit<Trio, 'genesis'> = { hub: '', alice: '', bob: '' };
let laptop: string;
beforeEach(async () => {
  ({ hub, alice, bob } = await trios.next());
  laptop = `${alice} laptop`;
  await world.clone(hub, { directory: laptop });
  await world.become(laptop, 'alice');
});

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}

const put = (cwd: string, text: string, person?: string): Promise<string> =>
  world.within(cwd, async (workspace) => (await putBlob(workspace, { source: bytesOf(text) })).blob.cid, person);

/** Texts whose ids start with this digit. */
const TEXTS = new Map<string, string[]>();

/** A text that nobody has put yet, whose blob stands in the chain of this digit. */
async function textIn(digit: string): Promise<string> {
  const { createHash } = await import('node:crypto');
  const used = TEXTS.get(digit) ?? [];
  TEXTS.set(digit, used);
  for (let i = used.length * 1000; ; i++) {
    const text = `text ${i}`;
    if (used.includes(text) || !createHash('sha256').update(text).digest('hex').startsWith(digit)) continue;
    used.push(text);
    return text;
  }
}

const SHARD = 'blobs/7';

async function cidsIn(cwd: string): Promise<readonly string[]> {
  return world.within(cwd, async ({ repository }) => {
    const cids: string[] = [];
    for await (const { cid, removal } of heldBlobs(repository.backend)) if (removal === null) cids.push(cid);
    return cids;
  });
}

const live = async (cwd: string, cid: string): Promise<readonly string[]> =>
  world.within(cwd, async ({ repository }) => {
    const held = (await readBlobShard(repository.backend, { chain: blobChain(cid) })).blobs.get(cid);
    return held === undefined ? [] : livePins(held, repository.ports.clock.now()).map(({ who }) => who);
  });

describe('blobs in two clones of one actor', () => {
  it('is told what to do', async () => {
    await put(alice, await textIn('7'));
    await put(laptop, await textIn('7'));
    await world.sync(alice);
    const before = world.heads(laptop);
    const { refused } = await world.sync(laptop);
    expect(refused).toMatchObject([
      { chain: SHARD, error: { code: 'transport/diverged', hint: expect.stringContaining('--re-emit') } },
    ]);
    expect(world.heads(laptop)).toEqual(before);
  });

  it('are all there afterwards, once, and both clones hold the same', async () => {
    const [a, b, both] = [await textIn('7'), await textIn('7'), await textIn('7')];
    const ours = [await put(alice, a), await put(alice, both)];
    const theirs = [await put(laptop, both), await put(laptop, b)];
    await world.sync(alice);
    const result = await world.sync(laptop, { reEmit: true });
    expect(result).toMatchObject({ refused: [], reEmitted: [{ chain: SHARD, records: 1, dropped: 1 }] });
    expect(result.pushed).toMatchObject([{ chain: SHARD }]);
    expect(await cidsIn(laptop)).toEqual([...new Set([...ours, ...theirs])].sort());
    await world.sync(alice);
    expect(world.heads(alice)).toEqual(world.heads(hub));
    expect(world.heads(laptop)).toEqual(world.heads(hub));
    for (const cwd of [alice, laptop]) expect((await verifyAt(world, cwd)).outcome).toBe('pass');
    expect(world.git(laptop, 'fsck', '--strict', '--no-dangling')).toBe('');
  });

  it('with trees too: nodes and manifests go together', async () => {
    const bytes = (seed: number) => Buffer.alloc(600_000, seed);
    const cids: string[] = [];
    for (const cwd of [alice, laptop])
      for (let seed = 0; seed < 24; seed++) {
        const path = join(world.folder('files'), `${cwd === alice ? 'a' : 'l'}${seed}`);
        writeFileSync(path, Buffer.concat([bytes(seed), Buffer.from(cwd)]));
        cids.push(
          await world.within(cwd, async (workspace) => {
            const { blob } = await putBlob(workspace, { source: path, chunkSize: 256 * 1024 });
            return blob.cid;
          }),
        );
      }
    await world.sync(alice);
    const { refused, reEmitted } = await world.sync(laptop, { reEmit: true });
    expect(refused).toEqual([]);
    expect(reEmitted.length).toBeGreaterThan(3);
    expect(await cidsIn(laptop)).toEqual([...cids].sort());
    const own = cids.at(-1) ?? '';
    const size = await world.within(laptop, async (workspace) =>
      getBlob(workspace, { blob: await openBlob(workspace.backend, own), sink: null }),
    );
    expect(size).toBe(600_000 + laptop.length);
    expect(await world.within(laptop, async (workspace) => chunkStoreOf(workspace).name)).toContain('laptop');
  });

  it('a pin and what it is about, replaced here, on what stands there', async () => {
    const cid = await put(alice, await textIn('7'));
    await world.sync(alice);
    await world.sync(laptop);
    const ports = { cid, until: null };
    await world.within(laptop, async ({ repository }) => {
      await pinBlob(repository.ports, await repository.writer(), { ...ports, why: 'one' });
      await pinBlob(repository.ports, await repository.writer(), { ...ports, why: 'two' });
      await unpinBlob(repository.ports, await repository.writer(), { cid, why: '' });
      await pinBlob(repository.ports, await repository.writer(), { ...ports, why: 'three' });
    });
    await put(alice, await textIn('7'));
    await world.sync(alice);
    expect(await world.sync(laptop, { reEmit: true })).toMatchObject({ refused: [], reEmitted: [{ records: 4 }] });
    expect(await live(laptop, cid)).toEqual(['user:alice']);
    expect((await verifyAt(world, laptop)).outcome).toBe('pass');
  });

  it('of one file under two names are one blob: the name that was there first stays', async () => {
    const text = await textIn('7');
    const named = (cwd: string, name: string) =>
      world.within(cwd, async (workspace) => (await putBlob(workspace, { source: bytesOf(text), name })).blob.cid);
    const cid = await named(alice, 'one');
    expect(await named(laptop, 'two')).toBe(cid);
    const other = await put(laptop, await textIn('7'));
    await world.sync(alice);
    expect(await world.sync(laptop, { reEmit: true })).toMatchObject({
      refused: [],
      reEmitted: [{ chain: SHARD, records: 1, dropped: 1 }],
    });
    expect(await cidsIn(laptop)).toEqual([cid, other].sort());
    await world.within(laptop, async ({ repository }) => {
      expect((await openBlob(repository.backend, cid)).manifest.name).toBe('one');
    });
    expect((await verifyAt(world, laptop)).outcome).toBe('pass');
  });

  it('and what was done here with a name that does not stand is a conflict', async () => {
    const text = await textIn('7');
    const named = (cwd: string, name: string) =>
      world.within(cwd, async (workspace) => (await putBlob(workspace, { source: bytesOf(text), name })).blob.cid);
    const cid = await named(alice, 'one');
    await named(laptop, 'two');
    await world.within(laptop, async ({ repository }) => {
      await removeBlob(repository.ports, await repository.writer(), { cid, reason: 'old' });
    });
    await world.sync(alice);
    expect((await world.sync(laptop, { reEmit: true })).refused).toMatchObject([
      { chain: SHARD, error: { code: 'chain/rejoin-conflict', data: { keys: [cid] } } },
    ]);
  });

  it('is refused, key by key, where both changed the same one', async () => {
    const cid = await put(alice, await textIn('7'));
    await world.sync(alice);
    await world.sync(laptop);
    for (const [cwd, why] of [
      [alice, 'here'],
      [laptop, 'there'],
    ] as const)
      await world.within(cwd, async ({ repository }) => {
        await pinBlob(repository.ports, await repository.writer(), { cid, until: null, why });
      });
    await world.sync(alice);
    const before = world.heads(laptop);
    expect((await world.sync(laptop, { reEmit: true })).refused).toMatchObject([
      { chain: SHARD, error: { code: 'chain/rejoin-conflict', exit: 16, data: { keys: [`${cid}/pin/user:alice`] } } },
    ]);
    expect(world.heads(laptop)).toEqual(before);
  });

  it('is refused where the two do not go together: removed here, pinned there', async () => {
    const cid = await put(alice, await textIn('7'));
    await world.sync(alice);
    await world.sync(laptop);
    await world.within(alice, async ({ repository }) => {
      await pinBlob(repository.ports, await repository.writer(), { cid, until: null, why: 'needed' });
    });
    await world.within(laptop, async ({ repository }) => {
      await removeBlob(repository.ports, await repository.writer(), { cid, reason: 'old' });
    });
    await world.sync(alice);
    const before = world.heads(laptop);
    expect((await world.sync(laptop, { reEmit: true })).refused).toMatchObject([
      { chain: SHARD, error: { code: 'transport/not-joined', message: expect.stringContaining('had pinned') } },
    ]);
    expect(world.heads(laptop)).toEqual(before);
  });

  it('does not sign what others wrote', async () => {
    await put(bob, await textIn('7'), 'bob');
    await put(alice, await textIn('7'));
    await world.sync(alice);
    // Alice sits down at Bob's clone.
    await world.become(bob, 'alice');
    const before = world.heads(bob);
    expect((await world.sync(bob, { reEmit: true })).refused).toMatchObject([
      { chain: SHARD, error: { code: 'chain/rejoin-foreign', data: { actor: 'user:bob', self: 'user:alice' } } },
    ]);
    expect(world.heads(bob)).toEqual(before);
    await world.become(bob, 'bob');
    expect((await world.sync(bob, { reEmit: true, person: 'bob' })).refused).toEqual([]);
    expect((await verifyAt(world, bob)).outcome).toBe('pass');
  });

  it('takes over no history that does not verify', async () => {
    await put(alice, await textIn('7'));
    await put(laptop, await textIn('7'));
    await world.sync(alice);
    const head = world.heads(hub).get(SHARD) ?? '';
    const bad = world.git(hub, 'commit-tree', `${head}^{tree}`, '-p', head, '-m', 'tampered').trim();
    world.git(hub, 'update-ref', `refs/gatos/${SHARD}`, bad);
    const before = world.heads(laptop);
    expect((await world.sync(laptop, { reEmit: true })).refused).toMatchObject([
      { chain: SHARD, error: { code: 'transport/not-verified' } },
    ]);
    expect(world.heads(laptop)).toEqual(before);
  });
});

const ECHO = {
  does: 'gives back what it gets',
  request: { type: 'object' },
  response: { type: 'object' },
  effect: 'read',
  retry_safe: true,
  cacheable: true,
} as const;

async function declare(cwd: string, name: string, code = 'module.exports = 1;\n'): Promise<void> {
  await world.within(cwd, async ({ repository }) => {
    const run = { kind: 'process', argv: ['node', 'echo.mjs'], files: ['echo.mjs'] };
    const manifest = { name, ...ECHO, run } as unknown as ToolManifest;
    const files = [{ path: 'echo.mjs', bytes: new TextEncoder().encode(code) }];
    await declareTool(repository.ports, await repository.writer(), { manifest, files });
  });
}

describe('tools in two clones', () => {
  it('are all declared afterwards, with the files that they are run from', async () => {
    await declare(alice, 'one', 'first\n');
    await declare(laptop, 'two', 'second\n');
    await declare(laptop, 'two', 'third\n');
    await world.sync(alice);
    expect(await world.sync(laptop, { reEmit: true })).toMatchObject({
      refused: [],
      reEmitted: [{ chain: 'tools', records: 2, dropped: 0 }],
    });
    const names = await world.within(laptop, async ({ repository }) => {
      const tools = await listTools(repository.backend);
      return tools.map(({ name }) => name);
    });
    expect(names).toEqual(['one', 'two']);
    expect((await verifyAt(world, laptop)).outcome).toBe('pass');
    await world.sync(alice);
    expect(world.heads(alice)).toEqual(world.heads(laptop));
  });

  it('are refused where one name was declared on both sides', async () => {
    await declare(alice, 'one', 'first\n');
    await declare(laptop, 'one', 'second\n');
    await world.sync(alice);
    expect((await world.sync(laptop, { reEmit: true })).refused).toMatchObject([
      { chain: 'tools', error: { code: 'chain/rejoin-conflict', data: { keys: ['one'] } } },
    ]);
  });
});

describe('a ledger', () => {
  const USED = 'capabilities/used/7';

  /** The sum of a capability, as a gateway would have counted it. */
  async function count(cwd: string, cap: number): Promise<void> {
    await world.within(cwd, async ({ repository }) => {
      const rule = ruleFor(RULES, USED);
      if (rule === null) throw new Error('there is no rule');
      const id = new Uint8Array(32).fill(cap);
      const body = { cap: id, idem: null, amounts: { calls: 1 }, time: 1, replaces: null };
      const kind = USED_CAPABILITY_KIND as IndexedKind;
      const prepare = async (head: ChainHead | null) =>
        (await draftIndexed(repository.backend, { chain: USED, head }, [{ kind, records: [{ body, expected: null }] }]))
          .drafts;
      await appendTogether(repository.ports, [requestBy(await repository.writer(), { chain: USED, rule, prepare })]);
    });
  }

  it('is never put on top of another: what lost a race is told, with what to do', async () => {
    await count(alice, 0x70);
    await count(laptop, 0x70);
    await count(laptop, 0x71);
    await world.sync(alice);
    const before = world.heads(laptop);
    for (const reEmit of [false, true]) {
      const { refused, reEmitted } = await world.sync(laptop, { reEmit });
      expect(refused).toMatchObject([
        {
          chain: USED,
          error: {
            code: 'transport/ledger-diverged',
            exit: 14,
            data: { here: ['71'.repeat(32)], both: ['70'.repeat(32)], more: 0 },
            hint: expect.stringContaining(`git update-ref refs/gatos/${USED}`),
          },
        },
      ]);
      expect(reEmitted).toEqual([]);
    }
    expect(world.heads(laptop)).toEqual(before);
  });

  it('can be let go of as the hint says, and nothing is lost', async () => {
    await count(alice, 0x70);
    await count(laptop, 0x71);
    await world.sync(alice);
    const mine = world.heads(laptop).get(USED);
    const [refused] = (await world.sync(laptop)).refused;
    const commands = [...(refused?.error.hint ?? '').matchAll(/`git (update-ref [^`]+)`/g)].map(([, words = '']) =>
      words.split(' '),
    );
    expect(commands).toHaveLength(2);
    for (const words of commands) world.git(laptop, ...words);
    expect((await world.sync(laptop)).refused).toEqual([]);
    expect(world.heads(laptop)).toEqual(world.heads(hub));
    expect(world.heads(laptop, 'refs/gatos-kept/').get(USED)).toBe(mine);
  });
});
