/** The lock protocol under every order of file system calls that a seed can make: simulated writers and a simulated git pack-refs. */
import { describe, expect, it } from 'vitest';
import { type ClientContext, type Simulation, type SimulationClient, simulateSeeds } from '../../../testing/index.js';
import { fromUtf8, isGatosError, utf8 } from '../../kernel/index.js';
import { memoryFileSystem } from '../memory/index.js';
import type { Oid } from '../ports.js';
import { isomorphicBackend } from './backend.js';
import type { FileSystem } from './fs.js';
import { initIsomorphicRepository } from './init.js';

const GITDIR = '/r';
const SEEDS = 400;

/** Every call is a point where another client may go on. */
function shared(fs: FileSystem, { point }: ClientContext): FileSystem {
  const call = async <T>(operation: string, path: string, effect: () => Promise<T>): Promise<T> => {
    await point(`fs.${operation}`, path);
    return effect();
  };
  return {
    readFile: (path) => call('readFile', path, () => fs.readFile(path)),
    writeFile: (path, data, options) => call('writeFile', path, () => fs.writeFile(path, data, options)),
    rename: (from, to) => call('rename', to, () => fs.rename(from, to)),
    unlink: (path) => call('unlink', path, () => fs.unlink(path)),
    mkdir: (path) => call('mkdir', path, () => fs.mkdir(path)),
    rmdir: (path) => call('rmdir', path, () => fs.rmdir(path)),
    readdir: (path) => call('readdir', path, () => fs.readdir(path)),
    stat: (path) => call('stat', path, () => fs.stat(path)),
  };
}

const absent = () => null;

/** What `git pack-refs --all` does, call by call: lock, read loose refs, rewrite, then remove each loose file that is unchanged. */
async function packRefs(fs: FileSystem, names: readonly string[]): Promise<void> {
  const packed = `${GITDIR}/packed-refs`;
  const lock = async (path: string) =>
    fs.writeFile(`${path}.lock`, utf8(''), { flag: 'wx' }).then(
      () => true,
      () => false,
    );
  const loose = async (name: string) => {
    const bytes = await fs.readFile(`${GITDIR}/${name}`).catch(absent);
    return bytes === null ? null : fromUtf8(bytes).trimEnd();
  };
  if (!(await lock(packed))) return;
  const lines = new Map<string, string>();
  const before = await fs.readFile(packed).catch(absent);
  for (const line of before === null ? [] : fromUtf8(before).split('\n'))
    if (/^[0-9a-f]/.test(line)) lines.set(line.slice(41), line.slice(0, 40));
  const values = new Map<string, string>();
  for (const name of names) {
    const value = await loose(name);
    if (value !== null) values.set(name, value);
  }
  const text = [...new Map([...lines, ...values])].sort().map(([name, oid]) => `${oid} ${name}\n`);
  await fs.writeFile(`${packed}.new`, utf8(`# pack-refs with: sorted \n${text.join('')}`), { flag: 'w' });
  await fs.rename(`${packed}.new`, packed);
  await fs.unlink(`${packed}.lock`);
  for (const [name, value] of values) {
    if (!(await lock(`${GITDIR}/${name}`))) continue;
    if ((await loose(name)) === value) await fs.unlink(`${GITDIR}/${name}`);
    await fs.unlink(`${GITDIR}/${name}.lock`);
  }
}

interface Scenario {
  readonly seed: number;
  /** Refs that move together; each holds the same step of the line of objects. */
  readonly names: readonly string[];
  readonly writers: number;
  readonly moves: number;
}

async function stage(length: number): Promise<{ fs: FileSystem; line: readonly Oid[] }> {
  const fs = memoryFileSystem();
  await initIsomorphicRepository({ fs, gitdir: GITDIR });
  const { objects } = await isomorphicBackend({ fs, gitdir: GITDIR });
  const blobs = Array.from({ length }, (_, i) => ({ type: 'blob' as const, content: utf8(`${i}`) }));
  return { fs, line: await objects.write(blobs) };
}

/** Writers move all refs one step on along the line, and now and then away and back; every step that is acknowledged counts. */
function scenario(
  { fs, line }: Awaited<ReturnType<typeof stage>>,
  { seed, names, writers, moves }: Scenario,
): Simulation {
  let acknowledged = 0;
  const writer = (name: string): SimulationClient => ({
    name,
    async run(context) {
      const { refs } = await isomorphicBackend({ fs: shared(fs, context), gitdir: GITDIR, clock: context.clock });
      for (let done = 0; done < moves; ) {
        const held = await refs.read(names[0] as string);
        const at = held === null ? -1 : line.indexOf(held);
        const next = line[at + 1] as Oid;
        try {
          await refs.transaction(names.map((ref) => ({ name: ref, expected: held, next })));
          acknowledged += 1;
          done += 1;
        } catch (error) {
          if (!isGatosError(error, 'git/ref-moved') && !isGatosError(error, 'git/ref-locked')) throw error;
        }
      }
    },
  });
  const reader: SimulationClient = {
    name: 'reader',
    async run(context) {
      const { refs } = await isomorphicBackend({ fs: shared(fs, context), gitdir: GITDIR });
      let last = -1;
      for (let i = 0; i < 40; i++) {
        const name = names[i % names.length] as string;
        const oid =
          i % 2 === 0 ? await refs.read(name) : (await refs.list('refs/')).find((ref) => ref.name === name)?.oid;
        const at = oid === undefined || oid === null ? -1 : line.indexOf(oid);
        // All refs move in one step, so this holds from one ref to the next as well
        if (at < last) throw new TypeError(`${name} went back from ${last} to ${at}`);
        last = at;
      }
    },
  };
  const packer: SimulationClient = {
    name: 'git',
    run: async (context) => {
      for (let i = 0; i < 10; i++) await packRefs(shared(fs, context), names);
    },
  };
  return {
    seed,
    clients: [...Array.from({ length: writers }, (_, i) => writer(`w${i}`)), packer, reader],
    faults: { delay: 0.15 },
    invariants: [
      {
        name: 'every acknowledged move counts once, in all refs',
        when: 'end',
        async check() {
          const { refs } = await isomorphicBackend({ fs, gitdir: GITDIR });
          const values = await Promise.all(names.map((name) => refs.read(name)));
          const steps = values.map((oid) => (oid === null ? 0 : line.indexOf(oid) + 1));
          const wanted = names.map(() => acknowledged);
          return steps.join() === wanted.join() ? null : `refs are at ${steps}, acknowledged were ${acknowledged}`;
        },
      },
      {
        name: 'no lock is left',
        when: 'end',
        async check() {
          const found = [...(await fs.readdir(GITDIR)), ...(await fs.readdir(`${GITDIR}/refs/gatos`))];
          const locks = found.filter((name) => name.endsWith('.lock'));
          return locks.length === 0 ? null : locks.join();
        },
      },
    ],
  };
}

describe('writers and git pack-refs, call by call', () => {
  it.each([
    ['one writer, one ref', 1, ['refs/gatos/a']],
    ['three writers, one ref', 3, ['refs/gatos/a']],
    ['three writers, three refs that move together', 3, ['refs/gatos/a', 'refs/gatos/b', 'refs/gatos/c']],
  ])(
    `lose nothing under ${SEEDS} seeds: %s`,
    async (_, writers, names) => {
      const options = { names, writers, moves: 9 / writers };
      let steps = 0;
      for (let seed = 1; seed <= SEEDS; seed++) {
        const world = await stage(10);
        const result = await simulateSeeds({
          first: seed,
          count: 1,
          scenario: (each) => scenario(world, { seed: each, ...options }),
        });
        expect(result.failures.map(({ violations, seed: failed }) => ({ failed, violations }))).toEqual([]);
        steps += result.steps;
      }
      expect(steps).toBeGreaterThan(100 * SEEDS);
    },
    120_000,
  );
});
