/** What is newer here goes in one push where the remote takes it: a gate judges places in history by what it has accepted. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { ScratchWorld } from '../scratch-world.js';
import { ALICE, chainsOf, type Trio, Trios } from './scratch-trio.js';

const TRUST = 'refs/gatos/trust';

const world = new ScratchWorld();
const trios = new Trios(world);
let trio: Trio;
afterAll(() => world.dispose());

beforeEach(async () => {
  trio = await trios.next();
  await world.emit(trio.alice, [3]);
  // Its place is after that event.
  await world.addPerson(trio.alice, 'carol');
});

/** A hook that notes the refs of each push on a line; `body` decides. */
function hook(body: string): () => string[][] {
  const log = join(trio.hub, 'pushes');
  const path = join(trio.hub, 'hooks', 'pre-receive');
  mkdirSync(join(trio.hub, 'hooks'), { recursive: true });
  writeFileSync(path, `#!/bin/sh\nrefs=$(cut -d' ' -f3 | sort | tr '\\n' ' ')\necho "$refs" >>'${log}'\n${body}\n`);
  chmodSync(path, 0o755);
  const lines = () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []);
  return () => lines().map((line) => line.trim().split(' '));
}

describe('pushing chains of several stages', () => {
  it('is one push where it is accepted', async () => {
    const pushes = hook('exit 0');
    const { pushed, refused } = await world.sync(trio.alice);
    expect(refused).toEqual([]);
    expect(chainsOf(pushed)).toEqual(['trust', ALICE]);
    expect(pushes()).toEqual([[`refs/gatos/${ALICE}`, TRUST]]);
  });

  it('is tried stage by stage where it is not, and says what is refused', async () => {
    const pushes = hook(`case "$refs" in *journal*) echo "no journals" >&2; exit 1;; esac`);
    const { pushed, refused } = await world.sync(trio.alice);
    expect(chainsOf(pushed)).toEqual(['trust']);
    expect(refused.map(({ chain, error }) => [chain, error.code])).toEqual([[ALICE, 'transport/push-refused']]);
    expect(pushes()).toEqual([[`refs/gatos/${ALICE}`, TRUST], [TRUST], [`refs/gatos/${ALICE}`]]);
  });

  it('is tried stage by stage where the remote knows no atomic push', async () => {
    world.git(trio.hub, 'config', 'receive.advertiseAtomic', 'false');
    const pushes = hook('exit 0');
    const { pushed, refused } = await world.sync(trio.alice);
    expect(refused).toEqual([]);
    expect(chainsOf(pushed)).toEqual(['trust', ALICE]);
    expect(pushes()).toEqual([[TRUST], [`refs/gatos/${ALICE}`]]);
  });

  it('leaves nothing half done when it is refused as a whole', async () => {
    hook('exit 1');
    const before = world.heads(trio.hub);
    const { pushed, refused } = await world.sync(trio.alice);
    expect(pushed).toEqual([]);
    expect(refused.map(({ chain, error }) => [chain, error.code])).toEqual([
      ['trust', 'transport/push-refused'],
      [ALICE, 'transport/held-back'],
    ]);
    expect(world.heads(trio.hub)).toEqual(before);
  });
});
