/** Blobs as a person uses them, with what happens to disks, processes and clones: cut off, flipped, swapped, moved, lost, fetched. */
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Child, until } from './child.js';
import { openStage, type Run, type Stage } from './stage.js';

// Each of these starts dozens of processes.
vi.setConfig({ testTimeout: 180_000 });

const KIB = 1024;
const CHUNK = 256 * KIB;

let stage: Stage;
let repo: string;
beforeEach(() => {
  stage = openStage();
  repo = stage.at('repo');
  stage.gatos(['init', repo, '--actor', 'user:alice']);
});
afterEach(() => stage.close());

const blob = (...args: string[]): Run => stage.run(['git', 'gatos', 'blob', ...args], { cwd: repo });
const chunkRoot = (of = repo): string => join(of, '.git/gatos/blobs/chunks');

/** Bytes that are not alike anywhere. */
function bytesOf(length: number): Buffer {
  return randomBytes(length);
}

function put(bytes: Buffer, ...options: string[]): string {
  writeFileSync(join(repo, 'file'), bytes);
  return stage.gatos(['blob', 'put', 'file', '--chunk-size', '256KiB', ...options], { cwd: repo });
}

const hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The file of chunk `index` of raw bytes. */
function chunkFile(bytes: Buffer, index: number, of = repo): string {
  const name = hex(bytes.subarray(index * CHUNK, (index + 1) * CHUNK));
  return join(chunkRoot(of), name.slice(0, 2), name.slice(2, 4), name);
}

function overwrite(path: string, bytes: Buffer): void {
  chmodSync(path, 0o644);
  writeFileSync(path, bytes);
}

/** Files of chunks, by name; with `all` also what is being written. */
function filesIn(folder: string, { all = false } = {}): ReadonlyMap<string, number> {
  if (!existsSync(folder)) return new Map();
  const found = new Map<string, number>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile() && (all || /^[0-9a-f]{64}$/.test(entry.name)))
      found.set(entry.name, statSync(join(entry.parentPath, entry.name)).ino);
  return found;
}

interface Verdict {
  readonly outcome: string;
  readonly missing: readonly number[];
  readonly bad: readonly { readonly index: number; readonly code: string }[];
}

const verdict = (cid: string, status: number): Verdict =>
  stage.json(['blob', 'verify', cid], { cwd: repo, status }) as Verdict;

describe('in and out', () => {
  it.each([
    ['nothing', 0],
    ['one byte', 1],
    ['what stands in a record', 8 * KIB],
    ['a byte more', 8 * KIB + 1],
    ['one chunk', CHUNK],
    ['a chunk and a byte', CHUNK + 1],
    ['five chunks', 5 * CHUNK - 7],
  ])('%s, in every codec, from a file and from standard input', (_, length) => {
    // Half of it can be compressed.
    const bytes = Buffer.concat([bytesOf(length >> 1), Buffer.alloc(length - (length >> 1), 'abc')]);
    for (const codec of ['raw', 'zstd', 'gzip']) {
      const options = codec === 'raw' ? ['--chunk-size', '256KiB'] : ['--chunk-size', '1M', '--codec', codec];
      writeFileSync(join(repo, 'file'), bytes);
      const cid = stage.gatos(['blob', 'put', 'file', ...options], { cwd: repo });
      const again = stage.gatos(['blob', 'put', '-', ...options], { cwd: repo, input: bytes });
      expect(again).toBe(cid);
      stage.gatos(['blob', 'get', cid, '-o', stage.at('out')], { cwd: repo });
      expect(readFileSync(stage.at('out')).equals(bytes)).toBe(true);
      if (length === 0) continue;
      const range = stage.gatos(['blob', 'get', cid, '--range', `${length - 1}..`, '-o', stage.at('end')], {
        cwd: repo,
      });
      expect(range).toContain('1 byte');
      expect(readFileSync(stage.at('end'))).toEqual(bytes.subarray(-1));
      expect(verdict(cid, 0)).toMatchObject({ outcome: 'pass', missing: [], bad: [] });
    }
    expect(stage.run(['git', 'gatos', 'verify', '--all'], { cwd: repo }).status).toBe(0);
  });

  it('the same bytes are one blob: nothing is recorded twice', () => {
    const bytes = bytesOf(3 * CHUNK);
    const cid = put(bytes);
    const heads = stage.git(['for-each-ref', 'refs/gatos/blobs'], { cwd: repo });
    const second = blob('put', 'file', '--chunk-size', '256KiB', '--media', 'text/plain');
    expect([second.status, second.stdout]).toEqual([0, `${cid}\n`]);
    expect(second.stderr).toContain('nothing was recorded');
    expect(stage.git(['for-each-ref', 'refs/gatos/blobs'], { cwd: repo })).toBe(heads);
    expect(JSON.parse(blob('put', 'file', '--chunk-size', '256KiB', '--json').stdout)).toMatchObject({
      status: 'exists',
      written: 0,
      present: 3,
    });
  });

  it('refuses what cannot be, and says why', () => {
    const cid = put(bytesOf(10));
    const cases: readonly (readonly [args: string[], status: number, said: string])[] = [
      [['put', 'nowhere'], 20, 'nowhere'],
      [['put', '.'], 20, 'a folder'],
      [['put', 'file', '--chunk-size', '1K'], 1, 'from 262144 to 16777216'],
      [['put', 'file', '--codec', 'jpeg'], 129, 'raw, zstd, gzip'],
      [['get', 'zz'], 1, 'no id of a blob'],
      [['get', 'f'.repeat(64)], 20, 'there is no blob'],
      [['get', cid, '--range', '5'], 129, 'a range such as'],
      [['get', cid, '--range', '8..4'], 129, 'not before the start'],
      [['get', cid, '--range', '4..11'], 1, 'no bytes 4 to 11'],
      [['get', cid, '-o', 'no/such/folder/x'], 1, 'no such folder'],
      [['get', cid, '-o', '.'], 1, 'a folder'],
      [['get', cid, '-o', '/dev/null'], 1, 'it is no file'],
      [['get', cid, '-o', '/dev/null', '--range', '0..1'], 1, 'it is no file'],
      [['get', cid, '--range', '10..11'], 1, 'no bytes 10 to 11'],
      [['get', cid, '--range', '18446744073709551615..'], 129, 'a range such as'],
      [['put', 'file', '--name', 'a\nb'], 1, 'control characters'],
      [['put', 'file', '--media', 'a\u001b[31m'], 1, 'printable ASCII'],
      [['proof', cid, '--chunk', '0', '-o', 'p'], 1, 'not cut into chunks'],
      [['proof', cid], 129, '--chunk'],
      [['verify', cid, '--chunk-bytes', 'file'], 129, '--proof'],
      [['sync', 'nobody'], 20, 'no remote `nobody`'],
      [['rm', cid], 129, '--reason'],
    ];
    for (const [args, status, said] of cases) {
      const run = blob(...args);
      expect([args.join(' '), run.status, run.stderr]).toEqual([args.join(' '), status, expect.stringContaining(said)]);
    }
  });
});

describe('where bytes come from and go to', () => {
  const bytes = bytesOf(2 * CHUNK + 9);
  let cid: string;
  beforeEach(() => {
    cid = put(bytes);
  });

  it('a file is replaced, a link is not written through, a pipe and a folder are left alone', () => {
    stage.run(
      ['sh', '-c', 'mkfifo pipe; mkdir folder; ln -s folder to-folder; ln -s ../target link; echo old > there'],
      {
        cwd: repo,
      },
    );
    for (const name of ['pipe', 'folder', 'to-folder']) {
      expect([name, blob('get', cid, '-o', name).status]).toEqual([name, 1]);
      expect([name, blob('get', cid, '-o', name, '--range', '0..1').status]).toEqual([name, 1]);
      expect([name, blob('proof', cid, '--chunk', '0', '-o', name).status]).toEqual([name, 75]);
    }
    for (const name of ['there', 'link', '漢'.repeat(85), 'n'.repeat(255)]) {
      expect(blob('get', cid, '-o', name).status).toBe(0);
      expect(lstatSync(join(repo, name)).isFile()).toBe(true);
      expect(readFileSync(join(repo, name)).equals(bytes)).toBe(true);
    }
    expect(existsSync(stage.at('target'))).toBe(false);
    expect(readdirSync(repo).filter((name) => name.startsWith('.gatos'))).toEqual([]);
  });

  it('a file whose name no record takes is put without one; one with a trick in it is shown as what it is', () => {
    writeFileSync(join(repo, 'a\nb'), bytesOf(9000));
    expect(blob('put', 'a\nb').status).toBe(0);
    expect(blob('put', 'file', '--chunk-size', '1M', '--name', 'a\u202egnp.exe').status).toBe(0);
    const { stdout } = blob('ls');
    expect(stdout).toContain('a\\u202egnp.exe');
    expect(stdout.trim().split('\n')).toHaveLength(3);
  });

  it('the least chunk size goes with every codec', () => {
    for (const codec of ['raw', 'zstd', 'gzip']) {
      const id = stage.gatos(['blob', 'put', 'file', '--chunk-size', '256KiB', '--codec', codec], { cwd: repo });
      expect(verdict(id, 0)).toMatchObject({ outcome: 'pass' });
    }
  });

  it('a frame that is put as a file is not taken for what is in it', () => {
    writeFileSync(join(repo, 'text'), 'abc'.repeat(200_000) + randomBytes(9000).toString('hex'));
    const packed = stage.gatos(['blob', 'put', 'text', '--codec', 'gzip'], { cwd: repo });
    const [name = ''] = [...filesIn(chunkRoot()).keys()].filter((each) => !readChunkNames().has(each));
    writeFileSync(join(repo, 'frame'), readFileSync(join(chunkRoot(), name.slice(0, 2), name.slice(2, 4), name)));
    const run = blob('put', 'frame');
    expect([run.status, run.stdout, run.stderr]).toEqual([16, '', expect.stringContaining(packed)]);
    const other = stage.gatos(['blob', 'put', 'frame', '--chunk-size', '1M'], { cwd: repo });
    stage.gatos(['blob', 'get', other, '-o', stage.at('out')], { cwd: repo });
    expect(readFileSync(stage.at('out')).equals(readFileSync(join(repo, 'frame')))).toBe(true);
  });

  /** The chunks of the raw blob. */
  const readChunkNames = (): ReadonlySet<string> =>
    new Set([0, 1, 2].map((i) => hex(bytes.subarray(i * CHUNK, (i + 1) * CHUNK))));

  it.each([10, 20 * 1024 * KIB])(
    'standard input that falls silent after %d bytes can be interrupted',
    async (length) => {
      const heads = stage.git(['for-each-ref'], { cwd: repo });
      const child = new Child(stage, ['blob', 'put', '-'], { cwd: repo, input: Buffer.alloc(length) });
      await new Promise((resolve) => setTimeout(resolve, 1500));
      child.kill('SIGINT');
      const { code, err } = await child.ended;
      expect([code, err]).toEqual([130, expect.stringContaining('interrupted by SIGINT')]);
      expect(err).not.toContain('a bug of ours');
      expect(stage.git(['for-each-ref'], { cwd: repo })).toBe(heads);
    },
  );

  it('puts and collections with no grace at once: no chunk of what is recorded is lost', async () => {
    const files = ['one', 'two'];
    for (const [i, name] of files.entries()) writeFileSync(join(repo, name), bytesOf(12 * CHUNK + i));
    let going = true;
    const collecting = (async () => {
      while (going) expect((await stage.start(['blob', 'gc', '--grace', '0'], { cwd: repo })).status).toBe(0);
    })();
    for (let round = 0; round < 8; round++) {
      const id = (
        await stage.start(['blob', 'put', files[round % 2] ?? '', '--chunk-size', '256KiB'], { cwd: repo })
      ).stdout.trim();
      const checked = await stage.start(['blob', 'verify', id], { cwd: repo });
      expect([round, checked.status, checked.stdout]).toEqual([round, 0, expect.anything()]);
      await stage.start(['blob', 'rm', id, '--reason', 'again'], { cwd: repo });
    }
    going = false;
    await collecting;
  });
});

describe('a put that is cut off', () => {
  const SIZE = 200 * 1024 * KIB;

  it.each(['SIGINT', 'SIGKILL'] as const)(
    'by %s is finished by the same command, and writes no chunk twice',
    async (how) => {
      const bytes = bytesOf(SIZE);
      writeFileSync(join(repo, 'big'), bytes);
      const args = ['blob', 'put', 'big', '--chunk-size', '256KiB', '--json'];
      const child = new Child(stage, args, { cwd: repo });
      await until(
        () => filesIn(chunkRoot()).size >= 20,
        () => `no chunks came: ${child.err}`,
      );
      child.kill(how);
      const { code, signal, out } = await child.ended;
      expect([code, signal, out]).toEqual(how === 'SIGINT' ? [130, null, expect.anything()] : [null, 'SIGKILL', '']);
      const before = filesIn(chunkRoot());
      expect(before.size).toBeLessThan(SIZE / CHUNK);
      // Nothing tells of it, and nothing that stands under its name is a part.
      expect(stage.git(['for-each-ref', 'refs/gatos/blobs'], { cwd: repo })).toBe('');
      for (const name of before.keys())
        expect(hex(readFileSync(join(chunkRoot(), name.slice(0, 2), name.slice(2, 4), name)))).toBe(name);
      const done = stage.json(args.slice(0, -1), { cwd: repo }) as { cid: string; written: number; present: number };
      expect(done.present).toBeGreaterThanOrEqual(before.size);
      expect(done.written + done.present).toBe(SIZE / CHUNK);
      const after = filesIn(chunkRoot());
      for (const [name, inode] of before) expect(after.get(name)).toBe(inode);
      expect(stage.run(['git', 'gatos', 'blob', 'verify', done.cid], { cwd: repo }).status).toBe(0);
      // What the killed one left is nobody's, and goes.
      stage.gatos(['blob', 'gc'], { cwd: repo });
      expect(filesIn(chunkRoot(), { all: true }).size).toBe(SIZE / CHUNK);
    },
  );
});

describe('damage', () => {
  const bytes = bytesOf(6 * CHUNK + 100);
  let cid: string;
  beforeEach(() => {
    cid = put(bytes);
  });

  it('a flipped bit in one chunk is named by its index, and nothing of it goes out', () => {
    const path = chunkFile(bytes, 4);
    const damaged = readFileSync(path);
    damaged[1000] = (damaged[1000] ?? 0) ^ 0x10;
    overwrite(path, damaged);
    expect(verdict(cid, 13)).toMatchObject({ missing: [], bad: [{ index: 4, code: 'chunks/altered' }] });
    expect(blob('verify', cid).stdout).toContain('chunk 4');
    const get = blob('get', cid, '-o', stage.at('out'));
    expect([get.status, get.stderr]).toEqual([13, expect.stringContaining('chunk 4')]);
    expect(existsSync(stage.at('out'))).toBe(false);
    expect(readdirSync(stage.folder).filter((name) => name.includes('out'))).toEqual([]);
    // Ranges beside it are as good as before; one that touches it gives nothing.
    expect(blob('get', cid, '--range', `0..${4 * CHUNK}`).status).toBe(0);
    expect(blob('get', cid, '--range', `${4 * CHUNK}..${4 * CHUNK + 1}`)).toMatchObject({ status: 13, stdout: '' });
    // Putting the file again mends it.
    put(bytes);
    expect(verdict(cid, 0).outcome).toBe('pass');
  });

  it('swapped, truncated, lengthened, emptied and moved chunks are named, all of them', () => {
    const [second, third] = [chunkFile(bytes, 1), chunkFile(bytes, 2)].map((path) => readFileSync(path));
    overwrite(chunkFile(bytes, 1), third as Buffer);
    overwrite(chunkFile(bytes, 2), second as Buffer);
    overwrite(chunkFile(bytes, 3), readFileSync(chunkFile(bytes, 3)).subarray(0, 1000));
    overwrite(chunkFile(bytes, 4), Buffer.concat([readFileSync(chunkFile(bytes, 4)), Buffer.from('x')]));
    overwrite(chunkFile(bytes, 5), Buffer.alloc(0));
    // Moved: the first chunk under the name of the last.
    rmSync(chunkFile(bytes, 6), { force: true });
    mkdirSync(dirname(chunkFile(bytes, 6)), { recursive: true });
    renameSync(chunkFile(bytes, 0), chunkFile(bytes, 6));
    const { missing, bad } = verdict(cid, 13);
    expect(missing).toEqual([0]);
    expect(bad.map(({ index, code }) => [index, code])).toEqual([
      [1, 'chunks/altered'],
      [2, 'chunks/altered'],
      [3, 'chunks/length'],
      [4, 'chunks/length'],
      [5, 'chunks/length'],
      [6, 'chunks/length'],
    ]);
  });

  it('chunks that are gone could not be checked: 21, and what to do', () => {
    rmSync(chunkFile(bytes, 2));
    rmSync(chunkFile(bytes, 6));
    expect(verdict(cid, 21)).toMatchObject({ outcome: 'unknown', missing: [2, 6], bad: [] });
    for (const args of [
      ['blob', 'verify', cid],
      ['blob', 'get', cid, '-o', 'x'],
      ['blob', 'proof', cid, '--chunk', '2', '-o', 'p', '--chunk-bytes', 'c'],
      ['verify', '--all'],
    ]) {
      const { status, stdout, stderr } = stage.run(['git', 'gatos', ...args], { cwd: repo });
      expect([args[0], status, stdout + stderr]).toEqual([args[0], 21, expect.stringContaining('git gatos blob sync')]);
    }
    expect(stage.gatos(['blob', 'stat', cid], { cwd: repo })).toContain('5 of 7 chunks');
  });

  it('a range of one byte needs one chunk: all the others may be gone', () => {
    for (let i = 0; i < 7; i++) if (i !== 3) rmSync(chunkFile(bytes, i));
    const at = 3 * CHUNK + 12_345;
    const { stdout, status } = stage.run(['sh', '-c', `git gatos blob get ${cid} --range ${at}..${at + 1} | xxd -p`], {
      cwd: repo,
    });
    expect([status, stdout.trim()]).toEqual([0, bytes.subarray(at, at + 1).toString('hex')]);
    expect(blob('get', cid, '--range', `${at}..${at + CHUNK}`).status).toBe(21);
  });
});

describe('proofs', () => {
  it('of a chunk hold by themselves, for that chunk, that place and that blob alone', () => {
    const bytes = bytesOf(5 * CHUNK);
    const cid = put(bytes);
    const other = put(bytesOf(2 * CHUNK));
    for (const i of [1, 2])
      stage.gatos(
        ['blob', 'proof', cid, '--chunk', `${i}`, '-o', stage.at(`p${i}`), '--chunk-bytes', stage.at(`c${i}`)],
        {
          cwd: repo,
        },
      );
    expect(readFileSync(stage.at('c1')).equals(bytes.subarray(CHUNK, 2 * CHUNK))).toBe(true);
    const check = (...args: string[]) => stage.run(['git', 'gatos', 'blob', 'verify', ...args]).status;
    expect(check(cid, '--proof', 'p1', '--chunk-bytes', 'c1')).toBe(0);
    expect(check(cid, '--proof', 'p1')).toBe(0);
    expect(check(cid, '--proof', 'p1', '--chunk-bytes', 'c2')).toBe(13);
    expect(check(cid, '--proof', 'p2', '--chunk-bytes', 'c1')).toBe(13);
    expect(check(other, '--proof', 'p1', '--chunk-bytes', 'c1')).toBe(13);
    expect(check(cid.slice(0, 12), '--proof', 'p1')).toBe(129);
    expect(stage.run(['git', 'gatos', 'verify', '--proof', 'p1']).status).toBe(0);
    // The same offset is in the same chunk.
    stage.gatos(['blob', 'proof', cid, '--offset', `${CHUNK + 5}`, '-o', stage.at('p')], { cwd: repo });
    expect(readFileSync(stage.at('p')).equals(readFileSync(stage.at('p1')))).toBe(true);
    for (const [at, value] of [
      [30, 1],
      [200, 1],
      [-1, 1],
    ] as const) {
      const altered = readFileSync(stage.at('p1'));
      const place = at < 0 ? altered.length + at : at;
      altered[place] = (altered[place] ?? 0) ^ value;
      writeFileSync(stage.at('altered'), altered);
      expect([1, 13]).toContain(check(cid, '--proof', 'altered', '--chunk-bytes', 'c1'));
    }
    writeFileSync(stage.at('noise'), 'noise');
    expect(check(cid, '--proof', 'noise')).toBe(1);
    expect(blob('proof', cid, '--chunk', '5', '-o', 'x').status).toBe(1);
  });
});

describe('two clones', () => {
  it('records travel with git, chunks with blob sync', () => {
    const bytes = bytesOf(4 * CHUNK);
    const cid = put(bytes, '--media', 'application/x-test');
    const small = stage.gatos(['blob', 'put', '-'], { cwd: repo, input: 'small' });
    const copy = stage.at('copy');
    stage.gatos(['clone', repo, copy]);
    const there = (...args: string[]): Run => stage.run(['git', 'gatos', ...args], { cwd: copy });
    expect(there('blob', 'get', small).stdout).toBe('small');
    expect(there('blob', 'stat', cid).stdout).toContain('application/x-test');
    expect([there('blob', 'get', cid, '-o', 'x').status, there('verify', '--all').status]).toEqual([21, 21]);
    const synced = there('blob', 'sync', 'origin', '--pull');
    expect([synced.status, synced.stdout]).toEqual([0, expect.stringContaining('brought 4 chunks')]);
    expect(there('verify', '--all').status).toBe(0);
    stage.run(['git', 'gatos', 'blob', 'get', cid, '-o', 'x'], { cwd: copy });
    expect(readFileSync(join(copy, 'x')).equals(bytes)).toBe(true);
    // Again: nothing to do.
    expect(there('blob', 'sync').stdout).toContain('brought 0 chunks (0 bytes), 4 were there');
    // What is damaged there is not taken, and what is lost here comes back.
    rmSync(chunkFile(bytes, 1, copy));
    overwrite(chunkFile(bytes, 1), Buffer.alloc(CHUNK));
    expect(there('blob', 'sync', 'origin', '--pull')).toMatchObject({ status: 13 });
    put(bytes);
    expect(there('blob', 'sync', 'origin', '--pull').status).toBe(0);
    expect(there('blob', 'verify', cid).status).toBe(0);
  });

  it('a bare repository keeps chunks for others; a folder can, too', () => {
    const hub = stage.at('hub.git');
    stage.git(['init', '-q', '--bare', hub]);
    stage.git(['remote', 'add', 'origin', hub], { cwd: repo });
    const bytes = bytesOf(3 * CHUNK);
    const cid = put(bytes);
    stage.gatos(['sync'], { cwd: repo });
    expect(stage.gatos(['blob', 'sync', '--push'], { cwd: repo })).toContain('gave    3 chunks');
    expect(filesIn(join(hub, 'gatos/blobs/chunks')).size).toBe(3);
    const copy = stage.at('copy');
    stage.gatos(['clone', hub, copy]);
    stage.git(['config', 'remote.origin.gatosBlobs', stage.at('elsewhere')], { cwd: copy });
    expect(stage.run(['git', 'gatos', 'blob', 'sync', '--pull'], { cwd: copy }).status).toBe(21);
    stage.git(['config', '--unset', 'remote.origin.gatosBlobs'], { cwd: copy });
    stage.gatos(['blob', 'sync', '--pull'], { cwd: copy });
    expect(stage.run(['git', 'gatos', 'blob', 'verify', cid], { cwd: copy }).status).toBe(0);
    // Where a path that is said begins does not depend on where in the worktree one stands.
    mkdirSync(join(copy, 'sub'));
    for (const setting of ['remote.origin.url', 'remote.origin.gatosBlobs']) {
      rmSync(chunkRoot(copy), { recursive: true });
      stage.git(['config', setting, setting.endsWith('url') ? '../hub.git' : '../hub.git/gatos/blobs/chunks'], {
        cwd: copy,
      });
      for (const cwd of [join(copy, 'sub'), copy])
        expect(stage.run(['git', 'gatos', 'blob', 'sync', '--pull'], { cwd }).status).toBe(0);
    }
    stage.git(['remote', 'add', 'far', 'ssh://nobody@example.invalid/x.git'], { cwd: copy });
    const far = stage.run(['git', 'gatos', 'blob', 'sync', 'far'], { cwd: copy });
    expect([far.status, far.stderr]).toEqual([1, expect.stringContaining('remote.far.gatosBlobs')]);
  });
});

describe('keeping and letting go', () => {
  it('a pinned blob stays; a removed one is gone after gc, and its records are not', () => {
    const bytes = bytesOf(3 * CHUNK);
    const cid = put(bytes);
    const kept = put(bytesOf(2 * CHUNK));
    stage.gatos(['blob', 'pin', cid, '--why', 'paper'], { cwd: repo });
    expect(blob('rm', cid, '--reason', 'old')).toMatchObject({ status: 12, stderr: expect.stringContaining('paper') });
    stage.gatos(['blob', 'unpin', cid.slice(0, 9)], { cwd: repo });
    expect(blob('unpin', cid).status).toBe(20);
    stage.gatos(['blob', 'rm', cid, '--reason', 'superseded'], { cwd: repo });
    expect(blob('get', cid)).toMatchObject({ status: 21, stderr: expect.stringContaining('superseded') });
    expect(stage.gatos(['blob', 'ls'], { cwd: repo })).not.toContain(cid.slice(0, 16));
    expect(stage.gatos(['blob', 'ls', '--all'], { cwd: repo })).toContain('removed');
    // Young chunks stay; a dry run takes nothing.
    stage.gatos(['blob', 'gc'], { cwd: repo });
    expect(stage.gatos(['blob', 'gc', '--grace', '0', '--dry-run'], { cwd: repo })).toContain('would remove 3 chunks');
    expect(filesIn(chunkRoot()).size).toBe(5);
    expect(stage.gatos(['blob', 'gc', '--grace', '0'], { cwd: repo })).toContain('removed 3 chunks');
    expect(filesIn(chunkRoot()).size).toBe(2);
    expect(blob('verify', kept).status).toBe(0);
    expect(stage.run(['git', 'gatos', 'verify', '--all'], { cwd: repo }).status).toBe(0);
    // Who has the bytes puts them again.
    expect(put(bytes)).toBe(cid);
    expect(blob('verify', cid).status).toBe(0);
  });

  it('gc removes nothing while the records cannot be read', () => {
    put(bytesOf(3 * CHUNK));
    rmSync(join(repo, '.git/objects'), { recursive: true });
    mkdirSync(join(repo, '.git/objects'));
    expect(blob('gc', '--grace', '0').status).not.toBe(0);
    expect(filesIn(chunkRoot()).size).toBe(3);
  });
});

describe('a repository of SHA-256, a worktree', () => {
  it('keep blobs the same way', () => {
    const other = stage.at('sha256');
    stage.git(['init', '-q', '--object-format=sha256', other]);
    stage.gatos(['init', other, '--actor', 'user:alice']);
    const bytes = bytesOf(2 * CHUNK);
    const cid = put(bytes);
    writeFileSync(join(other, 'file'), bytes);
    expect(stage.gatos(['blob', 'put', 'file', '--chunk-size', '256KiB'], { cwd: other })).toBe(cid);
    stage.git(['commit', '--allow-empty', '-q', '-m', 'x'], {
      cwd: repo,
      env: { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' },
    });
    stage.git(['worktree', 'add', '-q', stage.at('tree')], { cwd: repo });
    expect(stage.run(['git', 'gatos', 'blob', 'verify', cid], { cwd: stage.at('tree') }).status).toBe(0);
  });
});
