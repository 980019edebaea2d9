/** Collecting chunks beside puts: what a put relies on stays whatever the grace, until it is recorded or its process is dead. */
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { chunkRoot, temporaryChunkName } from '../chunks/index.js';
import { ScratchWorld } from '../scratch-world.js';
import type { Workspace } from '../workspace.js';
import { collectChunks, putBlob, verifyBlob } from './index.js';

const CHUNK = 256 * 1024;
const DAY_S = 86_400;

const world = new ScratchWorld();
let workspace: Workspace;
let turn = 0;
beforeEach(async () => {
  const cwd = world.folder(`clone${turn++}`);
  world.git(cwd, 'init', '-q');
  await world.init(cwd, { actor: 'user:alice' });
  workspace = await world.open(cwd);
  return () => workspace.close();
});
afterAll(() => world.dispose());

const puts = (): string => join(workspace.backend.commonDir, 'gatos', 'blobs', 'puts');
const collect = (dryRun = false) => collectChunks(workspace, { graceMs: 0, dryRun });

function chunkFiles(): readonly string[] {
  const entries = readdirSync(chunkRoot(workspace.backend.commonDir), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** As if nothing had been touched for a while. */
function age(seconds: number): void {
  const at = Date.now() / 1000 - seconds;
  for (const path of chunkFiles()) utimesSync(path, at, at);
}

describe('a collection with no grace', () => {
  it('leaves the chunks of a put that is under way, and takes older ones that nobody needs', async () => {
    const stray = async function* () {
      yield Buffer.alloc(CHUNK, 1);
      yield Buffer.alloc(CHUNK, 2);
      throw new Error('cut off');
    };
    await expect(putBlob(workspace, { source: stray(), chunkSize: CHUNK })).rejects.toThrow('cut off');
    age(60);
    let swept: Awaited<ReturnType<typeof collect>> | undefined;
    const slow = async function* () {
      for (let i = 3; i < 9; i++) yield Buffer.alloc(CHUNK, i);
      // All but the last are stored by now, and none is recorded.
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(chunkFiles().length).toBeGreaterThan(4);
      swept = await collect();
      yield Buffer.alloc(10, 9);
    };
    const { blob } = await putBlob(workspace, { source: slow(), chunkSize: CHUNK });
    expect(swept).toMatchObject({ removed: 2, live: 0 });
    expect((await verifyBlob(workspace, { blob })).report.outcome).toBe('pass');
    expect(readdirSync(puts())).toEqual([]);
  });

  it('is not held up by puts that are over, dead, or of another machine long ago', async () => {
    const broken = async function* () {
      yield Buffer.alloc(2 * CHUNK, 1);
      throw new Error('cut off');
    };
    await expect(putBlob(workspace, { source: broken(), chunkSize: CHUNK })).rejects.toThrow('cut off');
    age(60);
    mkdirSync(puts(), { recursive: true });
    const own = temporaryChunkName();
    const dead = own.replace(/-\d+-/, '-4194303-');
    const far = own.replace(/^tmp-[0-9a-f]{8}/, 'tmp-00000000');
    for (const name of [dead, far, 'notes.txt']) writeFileSync(join(puts(), name), '');
    const long = Date.now() / 1000 - 30 * DAY_S;
    utimesSync(join(puts(), far), long, long);
    expect(await collect(true)).toMatchObject({ removed: 1 });
    expect(readdirSync(puts()).length).toBe(3);
    expect(await collect()).toMatchObject({ removed: 1 });
    expect(readdirSync(puts())).toEqual(['notes.txt']);
    // One of another machine that may still be at it counts.
    await expect(putBlob(workspace, { source: broken(), chunkSize: CHUNK })).rejects.toThrow('cut off');
    age(60);
    writeFileSync(join(puts(), far), '');
    const hour = Date.now() / 1000 - 3600;
    utimesSync(join(puts(), far), hour, hour);
    expect(await collect()).toMatchObject({ removed: 0, young: 1 });
  });
});

describe('core.fsync', () => {
  it.each([
    [undefined, true],
    ['none', false],
    ['committed', true],
    ['loose-object', true],
    ['all,-loose-object', false],
    ['pack', true],
    ['none,pack', false],
  ])('%s: chunks are flushed: %s', async (value, flush) => {
    const { chunkStoreOf } = await import('../chunks/index.js');
    const cwd = world.folder(`fsync${turn++}`);
    world.git(cwd, 'init', '-q');
    if (value !== undefined) world.git(cwd, 'config', 'core.fsync', value);
    await world.init(cwd, { actor: 'user:alice' });
    await world.within(cwd, async ({ backend, ...rest }) => {
      expect(chunkStoreOf({ backend }).folder.flush).toBe(flush);
      const { blob } = await putBlob(
        { backend, ...rest },
        {
          source: (async function* () {
            yield Buffer.alloc(CHUNK + 1, 5);
          })(),
          chunkSize: CHUNK,
        },
      );
      expect((await verifyBlob({ backend }, { blob })).report.outcome).toBe('pass');
    });
  });
});
