import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type GitObject, isGatosError, type Oid } from 'gatos-core';
import { type NativeBackend, openNativeBackend } from 'gatos-core/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ScratchWorld } from '../scratch-world.js';
import { LayeredObjects } from './layered-objects.js';

const world = new ScratchWorld();
let own: NativeBackend;
let incoming: NativeBackend;
let layered: LayeredObjects;
/** Ten commits in the repository, then ten in the quarantine. */
const line: Oid[] = [];
let path: string;

const missing = (error: unknown) => isGatosError(error, 'git/missing-object');

beforeAll(async () => {
  path = world.bareRepository('layers.git');
  const quarantine = join(path, 'objects', 'tmp_objdir-incoming-x');
  mkdirSync(join(quarantine, 'pack'), { recursive: true });
  const objects = join(path, 'objects');
  for (let i = 0; i < 20; i++) {
    const env = i < 10 ? {} : { GIT_OBJECT_DIRECTORY: quarantine, GIT_ALTERNATE_OBJECT_DIRECTORIES: objects };
    line.push(commit(env, line.at(-1), `commit ${i}`));
  }
  const env = world.env('server', { GIT_DIR: path });
  own = await openNativeBackend({ path, env });
  incoming = await openNativeBackend({ path, env: { ...env, GIT_OBJECT_DIRECTORY: quarantine } });
  layered = new LayeredObjects({ incoming: incoming.objects, own: own.objects });
});
afterAll(async () => {
  await layered.close();
  await own.close();
  world.dispose();
});

function commit(more: Readonly<Record<string, string>>, parent: Oid | undefined, message: string): Oid {
  const env = world.env('server', more) as NodeJS.ProcessEnv;
  const git = (args: readonly string[]) =>
    execFileSync('git', args, { cwd: path, env, input: '', encoding: 'utf8' }).trim();
  return git(['commit-tree', git(['mktree']), ...(parent === undefined ? [] : ['-p', parent]), '-m', message]);
}

async function all(objects: AsyncIterable<GitObject>): Promise<Oid[]> {
  const oids: Oid[] = [];
  for await (const { oid } of objects) oids.push(oid);
  return oids;
}

const at = (index: number): Oid => line[index] as Oid;

describe('objects of a push before those of a repository', () => {
  it('are read from wherever they are, in the order asked', async () => {
    expect((await layered.read(at(3))).oid).toBe(at(3));
    expect((await layered.read(at(17))).oid).toBe(at(17));
    const mixed = [19, 0, 18, 17, 1, 2, 16, 5, 5].map(at);
    expect(await all(layered.readMany(mixed))).toEqual(mixed);
    const many = Array.from({ length: 900 }, (_, i) => at((i * 7) % 20));
    expect(await all(layered.readMany(many))).toEqual(many);
    const none = 'a'.repeat(40);
    expect(await layered.has([at(0), none, at(19), none])).toEqual([true, false, true, false]);
    await expect(layered.read(none)).rejects.toSatisfy(missing);
    await expect(all(layered.readMany([at(0), none]))).rejects.toSatisfy(missing);
    expect(await own.objects.has([at(0), at(19)])).toEqual([true, false]);
  });

  it('make one history, wherever it begins and ends', async () => {
    for (const [after, head] of [
      [-1, 19],
      [-1, 5],
      [4, 19],
      [9, 19],
      [10, 19],
      [14, 19],
      [18, 19],
      [19, 19],
      [2, 9],
    ] as const) {
      const range = { head: at(head), after: after < 0 ? undefined : at(after) };
      expect(await all(layered.history(range))).toEqual(line.slice(after + 1, head + 1));
    }
  });

  it('refuse what is no line', async () => {
    const linear = (error: unknown) => isGatosError(error, 'git/not-linear');
    await expect(all(layered.history({ head: at(9), after: at(19) }))).rejects.toSatisfy(linear);
    await expect(all(layered.history({ head: at(12), after: at(19) }))).rejects.toSatisfy(linear);
    const other = commit({}, undefined, 'another root');
    await expect(all(layered.history({ head: at(19), after: other }))).rejects.toSatisfy(linear);
    await expect(all(layered.history({ head: 'b'.repeat(40) }))).rejects.toSatisfy(missing);
  });

  it('are never written', async () => {
    const written = layered.write([{ type: 'blob', content: new Uint8Array(1) }]);
    await expect(written).rejects.toSatisfy((error) => isGatosError(error, 'git/no-access'));
  });
});
