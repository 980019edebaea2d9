/** Puts and gets in processes of their own: killed at any moment, side by side with others and with a sweep, without room, without permission. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chunkPath } from './chunk-files.js';
import { type ChunkDescriptor, hexOf } from './chunk-store.js';
import { getStream } from './get-stream.js';
import { putStream } from './put-stream.js';
import { noise, ScratchFolder } from './scratch-bytes.js';
import { DirectoryChunkStore } from './stores/index.js';
import { sweepChunks } from './sweep.js';

const SIZE = 256 * 1024;
const CHUNKS = 60;

/** The build, as others use it. Prints what was done, and how far it is after every chunk. */
const PROGRAM = `
const { DirectoryChunkStore, getStream, hashOf, putStream } = await import(process.argv[1]);
const { verb, root, path, threads = 2, chunks = [], codec = 'raw', again = 1 } = JSON.parse(process.argv[2]);
const store = new DirectoryChunkStore({ root });
const progress = ({ done }) => process.stdout.write(done + '\\n');
const chunkSize = ${SIZE};
try {
  let result;
  for (let i = 0; i < again; i++) {
    if (verb === 'put') result = await putStream({ source: path, store, chunkSize, threads, codec, progress });
    else result = await getStream({
      chunks: chunks.map(({ hex, len }) => ({ hash: hashOf(hex), len })),
      size: chunks.reduce((sum, { len }) => sum + len, 0), chunkSize, codec, store, sink: { path }, progress, threads,
    });
  }
  const { written, present } = result;
  process.stdout.write('done ' + JSON.stringify({ written, present }) + '\\n');
} catch (error) {
  process.stdout.write('failed ' + (error.code ?? error.stack) + '\\n');
}
`;
const BUILD = new URL('../../dist/chunks/index.js', import.meta.url).href;

interface Request {
  readonly verb: 'put' | 'get';
  readonly root: string;
  readonly path: string;
  readonly threads?: number;
  readonly chunks?: readonly { readonly hex: string; readonly len: number }[];
  readonly again?: number;
}

const args = (request: Request): readonly string[] => [
  '--input-type=module',
  '-e',
  PROGRAM,
  BUILD,
  JSON.stringify(request),
];

/** Runs it to its end, or kills it at that line. Resolves with its last line. */
function run(request: Request, killAtLine = Number.POSITIVE_INFINITY): Promise<string> {
  const child: ChildProcess = spawn(process.execPath, args(request), { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    let said = '';
    if (killAtLine === 0) setTimeout(() => child.kill('SIGKILL'), 120);
    child.stdout?.on('data', (part: Buffer) => {
      said += part.toString();
      if (said.split('\n').length > killAtLine) child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('close', () => resolve(said.trim().split('\n').at(-1) ?? ''));
  });
}

let folder: ScratchFolder;
let root: string;
let source: string;
const bytes = noise(1, CHUNKS * SIZE - 1000);
beforeEach(() => {
  folder = new ScratchFolder();
  root = folder.at('chunks');
  source = folder.at('source');
  writeFileSync(source, bytes);
});
afterEach(() => folder.dispose());

const isWhole = (name: string): boolean => {
  const hash = createHash('sha256')
    .update(readFileSync(chunkPath(root, name)))
    .digest('hex');
  return hash === name;
};
const stored = (): readonly string[] => {
  try {
    return folder.files('chunks');
  } catch {
    return [];
  }
};
const named = (chunks: readonly ChunkDescriptor[]) => chunks.map(({ hash, len }) => ({ hex: hexOf(hash), len }));

describe('a put that is killed', () => {
  it.each([0, 1, 2, 7, 23, 41, 58, 60])('after %i chunks leaves whole chunks, and is taken up again', async (line) => {
    await run({ verb: 'put', root, path: source }, line);
    const left = stored();
    const whole = left.filter((name) => /^[0-9a-f]{64}$/.test(name));
    expect(whole.filter((name) => !isWhole(name))).toEqual([]);
    // What is no chunk is a temporary file of the process that died.
    expect(left.filter((name) => !/^([0-9a-f]{64}|tmp-.*)$/.test(name))).toEqual([]);
    expect(whole.length).toBeGreaterThanOrEqual(Math.min(line, CHUNKS));
    const result = await run({ verb: 'put', root, path: source });
    expect(result).toBe(`done ${JSON.stringify({ written: CHUNKS - whole.length, present: whole.length })}`);
    const store = new DirectoryChunkStore({ root });
    const swept = await sweepChunks({ store, isLive: () => false });
    expect(swept).toMatchObject({ young: CHUNKS, removed: 0, leftovers: { removed: left.length - whole.length } });
    const { chunks } = await putStream({ source, store, chunkSize: SIZE });
    expect(stored()).toEqual([...new Set(chunks.map(({ hash }) => hexOf(hash)))].sort());
    const form = { size: bytes.length, chunkSize: SIZE, codec: 'raw', store, chunks } as const;
    await getStream({ ...form, sink: { path: folder.at('out') } });
    expect(readFileSync(folder.at('out')).equals(bytes)).toBe(true);
  });
});

describe('a get that is killed', () => {
  it.each([0, 1, 5, 30, 59])('after %i chunks leaves nothing under the name of the file', async (line) => {
    const { chunks } = await putStream({ source, store: new DirectoryChunkStore({ root }), chunkSize: SIZE });
    const request = { verb: 'get', root, path: folder.at('out'), chunks: named(chunks) } as const;
    await run(request, line);
    // It may have come to its end before it was killed.
    const there = folder.files().includes('out');
    if (there) expect(readFileSync(folder.at('out')).equals(bytes)).toBe(true);
    expect(await run(request)).toMatch(/^done /);
    expect(readFileSync(folder.at('out')).equals(bytes)).toBe(true);
  });
});

describe('side by side', () => {
  it('processes that put the same bytes all succeed, and one copy is left', async () => {
    const results = await Promise.all([2, 1, 0, 2].map((threads) => run({ verb: 'put', root, path: source, threads })));
    for (const each of results) expect(each).toMatch(/^done /);
    expect(stored()).toHaveLength(CHUNKS);
    expect(stored().filter((name) => !isWhole(name))).toEqual([]);
  });

  it('a sweep that takes everything old leaves what puts rely on', async () => {
    const store = new DirectoryChunkStore({ root });
    const { chunks } = await putStream({ source, store, chunkSize: SIZE });
    for (let round = 0; round < 6; round++) {
      // All that is there is old, and nothing of it is live: a put that finds a chunk must not lose it.
      const aged = stored().map((name) => chunkPath(root, name));
      execFileSync('touch', ['-d', '2 days ago', ...aged]);
      const putting = run({ verb: 'put', root, path: source, threads: round % 3 });
      let going = true;
      const sweeping = (async () => {
        while (going) await sweepChunks({ store, isLive: () => false });
      })();
      const result = await putting.finally(() => {
        going = false;
      });
      await sweeping;
      expect(result).toMatch(/^done /);
      const form = { size: bytes.length, chunkSize: SIZE, codec: 'raw', store, chunks } as const;
      expect(await getStream({ ...form, sink: null })).toBe(bytes.length);
    }
  });

  it('sweeps do not stand in the way of one another', async () => {
    const store = new DirectoryChunkStore({ root });
    await putStream({ source, store, chunkSize: SIZE });
    const all = stored();
    const live = new Set(all.slice(0, 20));
    execFileSync('touch', ['-d', '2 days ago', ...all.map((name) => chunkPath(root, name))]);
    const isLive = (hash: Uint8Array): boolean => live.has(hexOf(hash));
    const swept = await Promise.all([1, 2, 3].map(() => sweepChunks({ store, isLive })));
    expect(swept.reduce((sum, { removed }) => sum + removed, 0)).toBe(CHUNKS - 20);
    expect(stored()).toEqual([...live].sort());
  });
});

/** A shell in which file systems can be mounted that nobody else sees. */
const mounts = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs none /mnt']).status === 0;

const quoted = (words: readonly string[]): string =>
  words.map((each) => `'${each.replaceAll("'", `'\\''`)}'`).join(' ');
const command = (request: Request): string => quoted([process.execPath, ...args(request)]);

/** What the commands print, line by line. */
function inMounts(...commands: readonly string[]): readonly string[] {
  const { stdout, stderr } = spawnSync('unshare', ['-rm', 'sh', '-ec', commands.join('\n')], { encoding: 'utf8' });
  return `${stdout}${stderr}`
    .trim()
    .split('\n')
    .filter((line) => !/^[0-9]+$/.test(line));
}

describe('where it does not go', () => {
  it('a limit on the size of files is told as no room, and leaves no temporary file', () => {
    const script = `trap '' XFSZ; ulimit -f 100; exec "$0" "$@"`;
    const { stdout } = spawnSync(
      'bash',
      ['-c', script, process.execPath, ...args({ verb: 'put', root, path: source })],
      {
        encoding: 'utf8',
      },
    );
    expect(stdout.trim()).toBe('failed chunks/no-space');
    expect(stored()).toEqual([]);
  });

  it.skipIf(!mounts)('a full disk ends a put; with more room it goes on where it was (needs unshare)', () => {
    mkdirSync(root);
    const put = command({ verb: 'put', root, path: source });
    const mount = `mount -t tmpfs -o size=6m none '${root}'`;
    const more = `mount -o remount,size=64m '${root}'`;
    const [first, ...files] = inMounts(mount, put, `find '${root}' -type f`, more, put);
    expect(first).toBe('failed chunks/no-space');
    const second = files.pop();
    expect(files.filter((path) => path.includes('tmp-'))).toEqual([]);
    expect(files.length).toBeGreaterThan(15);
    expect(second).toBe(`done ${JSON.stringify({ written: CHUNKS - files.length, present: files.length })}`);
  });

  it.skipIf(!mounts)('a get to a full disk leaves nothing (needs unshare)', async () => {
    const { chunks } = await putStream({ source, store: new DirectoryChunkStore({ root }), chunkSize: SIZE });
    const small = folder.at('small');
    mkdirSync(small);
    const get = command({ verb: 'get', root, path: folder.at('small', 'out'), chunks: named(chunks) });
    const said = inMounts(`mount -t tmpfs -o size=6m none '${small}'`, get, `ls -A '${small}'`);
    expect(said).toEqual(['failed chunks/no-space']);
  });

  it.skipIf(!mounts)(
    'a read-only store gives, takes what it has, and says that it takes no more (needs unshare)',
    async () => {
      const { chunks } = await putStream({ source, store: new DirectoryChunkStore({ root }), chunkSize: SIZE });
      const out = folder.at('out');
      const other = folder.at('other');
      writeFileSync(other, noise(2, 10 * SIZE));
      const said = inMounts(
        `mount --bind '${root}' '${root}'; mount -o remount,ro,bind '${root}'`,
        command({ verb: 'get', root, path: out, chunks: named(chunks) }),
        command({ verb: 'put', root, path: source }),
        command({ verb: 'put', root, path: other }),
      );
      expect(said).toEqual([
        'done {}',
        `done ${JSON.stringify({ written: 0, present: CHUNKS })}`,
        'failed chunks/no-access',
      ]);
      expect(readFileSync(out).equals(bytes)).toBe(true);
    },
  );

  it('the build is what these tests ran', () => {
    expect(statSync(fileURLToPath(BUILD)).isFile()).toBe(true);
  });
});
