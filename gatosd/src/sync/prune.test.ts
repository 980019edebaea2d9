/** Pruning travels: a summary that arrives takes its segments with it, and ours takes them away at the remote. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type Compacted,
  compactTopic,
  listSegments,
  openBus,
  openTrust,
  publishMessages,
  readMessages,
  refOfChain,
  summaryChain,
} from 'gatos-core';
import { systemClock, systemRandom } from 'gatos-core/node';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { ScratchWorld } from '../scratch-world.js';
import type { Workspace } from '../workspace.js';
import { chainsOf, type Trio, Trios, verifyAt } from './scratch-trio.js';

const TOPIC = 'jobs';
const SUMMARIES = summaryChain(TOPIC);

const world = new ScratchWorld();
const trios = new Trios(world);
let trio: Trio;
afterAll(() => world.dispose());

const busOf = ({ backend }: Workspace) => openBus({ backend, clock: systemClock, random: systemRandom });

async function writerOf({ backend, engine, author }: Workspace) {
  return { ...(await author()), trust: await openTrust({ backend, engine }), policyRoot: null };
}

async function publish(cwd: string, count: number, person = 'alice'): Promise<void> {
  await world.within(
    cwd,
    async (workspace) => {
      const messages = Array.from({ length: count }, (_, i) => ({ payload: i }));
      const request = { ...(await writerOf(workspace)), topic: TOPIC, messages, limits: { maxMessages: 2 } };
      await publishMessages(busOf(workspace), request);
    },
    person,
  );
}

function compact(cwd: string, person = 'alice'): Promise<Compacted> {
  return world.within(
    cwd,
    async (workspace) => compactTopic(busOf(workspace), { ...(await writerOf(workspace)), topic: TOPIC, olderThan: 0 }),
    person,
  );
}

function segmentsAt(cwd: string): Promise<string[]> {
  return world.within(cwd, async ({ backend }) => (await listSegments(backend, TOPIC)).map(({ chain }) => chain));
}

const atHub = (): string[] => [...world.heads(trio.hub).keys()].filter((chain) => chain.startsWith('mbus/')).sort();

/** Both clones and the remote have three segments, of which two have ended. */
beforeEach(async () => {
  trio = await trios.next();
  await publish(trio.alice, 5);
  await world.sync(trio.alice);
  await world.sync(trio.bob, { person: 'bob' });
});

describe('a topic that is pruned in one clone', () => {
  it('is pruned at the remote and in the other clone, and stays so', async () => {
    const [first = '', second = '', third = ''] = await segmentsAt(trio.alice);
    expect(atHub()).toEqual([first, second, third]);
    await compact(trio.alice);
    const sent = await world.sync(trio.alice);
    expect(sent.refused).toEqual([]);
    expect(chainsOf(sent.pushed)).toEqual([SUMMARIES]);
    expect(sent.pruned.map(({ chain, where }) => [chain, where])).toEqual([
      [first, 'remote'],
      [second, 'remote'],
    ]);
    expect(atHub()).toEqual([third]);
    const taken = await world.sync(trio.bob, { person: 'bob' });
    expect(taken.refused).toEqual([]);
    expect(taken.pruned.map(({ chain, where }) => [chain, where])).toEqual([
      [first, 'here'],
      [second, 'here'],
    ]);
    expect(await segmentsAt(trio.bob)).toEqual([third]);
    for (const [cwd, person] of [
      [trio.alice, 'alice'],
      [trio.bob, 'bob'],
    ] as const) {
      expect(await world.sync(cwd, { person })).toMatchObject({ taken: [], pushed: [], pruned: [], refused: [] });
      expect((await verifyAt(world, cwd)).outcome).toBe('pass');
    }
    await publish(trio.bob, 1, 'bob');
    expect((await world.sync(trio.bob, { person: 'bob' })).refused).toEqual([]);
    expect((await world.sync(trio.alice)).refused).toEqual([]);
    const seen = await world.within(trio.alice, async ({ backend }) => {
      const payloads: unknown[] = [];
      for await (const { messages } of readMessages(backend, { topic: TOPIC, from: 'start' }))
        payloads.push(...messages.map(({ payload }) => payload));
      return payloads;
    });
    expect(seen).toEqual([4, 0]);
  });

  it('is pushed by whoever has the summary, when the one who wrote it could not', async () => {
    const [, , third = ''] = await segmentsAt(trio.alice);
    await compact(trio.alice);
    world.git(trio.alice, 'push', '-q', 'origin', refOfChain(SUMMARIES));
    const { pruned, refused } = await world.sync(trio.bob, { person: 'bob' });
    expect(refused).toEqual([]);
    expect(pruned.map(({ where }) => where).sort()).toEqual(['here', 'here', 'remote', 'remote']);
    expect(atHub()).toEqual([third]);
  });

  it('deletes nothing at the remote without pushing', async () => {
    await compact(trio.alice);
    const before = atHub();
    const { pruned, pushed } = await world.sync(trio.alice, { push: false });
    expect([pruned, pushed]).toEqual([[], []]);
    expect(atHub()).toEqual(before);
    expect(await segmentsAt(trio.alice)).toHaveLength(1);
  });

  it('keeps segments at the remote that refuses the summary', async () => {
    await compact(trio.alice);
    world.git(trio.hub, 'config', 'transfer.hideRefs', refOfChain(SUMMARIES));
    const before = atHub();
    const { pruned, refused } = await world.sync(trio.alice);
    expect(pruned).toEqual([]);
    expect(refused.map(({ chain }) => chain)).toContain(SUMMARIES);
    expect(atHub()).toEqual(before);
  });

  it('says so where the remote refuses deletions', async () => {
    await compact(trio.alice);
    const hook = join(trio.hub, 'hooks', 'update');
    mkdirSync(dirname(hook), { recursive: true });
    writeFileSync(hook, '#!/bin/sh\ncase "$3" in *[!0]*) exit 0;; esac\necho "nothing goes" >&2\nexit 1\n');
    chmodSync(hook, 0o755);
    const before = atHub();
    const { pruned, refused } = await world.sync(trio.alice);
    expect(pruned).toEqual([]);
    expect(refused.map(({ chain, error }) => [chain, error.code])).toEqual(
      before.slice(0, 2).map((chain) => [chain, 'transport/push-refused']),
    );
    expect(atHub()).toEqual(before);
  });

  it('keeps a segment that is not what the summary says, on both sides', async () => {
    const [first = '', second = ''] = await segmentsAt(trio.bob);
    // Bob's clone goes on where it had ended.
    const name = refOfChain(first);
    const head = world.git(trio.bob, 'rev-parse', name).trim();
    const forged = world.git(trio.bob, 'commit-tree', '-p', head, '-m', 'more', `${head}^{tree}`).trim();
    world.git(trio.bob, 'update-ref', name, forged);
    await compact(trio.alice);
    await world.sync(trio.alice);
    const { pruned, refused } = await world.sync(trio.bob, { person: 'bob' });
    expect(pruned.map(({ chain }) => chain)).toEqual([second]);
    expect(refused.map(({ chain, error }) => [chain, error.code])).toEqual([[first, 'bus/after-end']]);
    expect(await segmentsAt(trio.bob)).toContain(first);
    expect(atHub()).not.toContain(first);
  });
});
