import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NewObject, Oid } from '../../src/git/index.js';
import { utf8 } from '../../src/kernel/index.js';
import { writeLine } from '../../testing/git-contract-world.js';
import { faultOf } from './faults.js';
import { type NativeBackend, openNativeBackend } from './index.js';
import { ScratchProcesses } from './scratch-process.js';
import { CLEAN } from './scratch-repository.js';

/** A file system of its own, small enough to fill. Null where this process may not mount. */
function mount(directory: string, options: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'none', directory], { stdio: 'ignore' });
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

function git(path: string, ...args: string[]): string {
  return execFileSync('git', ['-C', path, ...args], { env: { ...CLEAN }, encoding: 'utf8', stdio: 'pipe' });
}

const root = mkdtempSync(join(tmpdir(), 'gatos-disk-'));
const disk = join(root, 'disk');
mkdirSync(disk);
const mounted = mount(disk, 'size=1200k,mode=755');

afterAll(() => {
  if (mounted) execFileSync('umount', [disk]);
  rmSync(root, { recursive: true, force: true });
});

const NAME = 'refs/gatos/x';
const noise = (size: number, seed: number): NewObject => ({
  type: 'blob',
  content: Uint8Array.from({ length: size }, (_, i) => (Math.imul(i + seed, 2654435761) >>> 11) & 255),
});

describe.skipIf(!mounted)('a full disk (skipped where nothing can be mounted)', () => {
  const path = join(disk, 'repo');
  const filler = join(disk, 'filler');
  let backend: NativeBackend;
  let line: Oid[];

  beforeAll(async () => {
    execFileSync('git', ['init', '-q', '--bare', path], { env: { ...CLEAN } });
    backend = await openNativeBackend({ path, env: CLEAN });
    line = await writeLine(backend, 3);
    await backend.refs.transaction([{ name: NAME, expected: null, next: line[0] as Oid }]);
  });

  function fill(): void {
    const file = openSync(filler, 'w');
    try {
      for (const size of [65_536, 4096, 1]) for (let i = 0; i < 100; i++) writeFileSync(file, Buffer.alloc(size));
    } catch (error) {
      expect(error).toMatchObject({ code: 'ENOSPC' });
    } finally {
      closeSync(file);
    }
  }
  const files = () => readdirSync(path, { recursive: true, encoding: 'utf8' }).sort();

  it.each<[string, () => NewObject[]]>([
    ['a few objects', () => [noise(20_000, 1), noise(20_000, 2), noise(20_000, 3)]],
    ['a pack', () => Array.from({ length: 100 }, (_, i) => noise(3000, i))],
    ['a pack larger than its buffer', () => Array.from({ length: 40 }, (_, i) => noise(60_000, i))],
    ['one large object', () => [noise(3_000_000, 9)]],
  ])('%s: a typed fault, nothing visible, nothing left behind, and all is well once there is room', async (_, make) => {
    const objects = make();
    fill();
    const before = files().filter((file) => !/^objects\/(?:[0-9a-f]{2}|pack)$/.test(file));
    await expect(backend.objects.write(objects)).rejects.toMatchObject({ code: 'git/no-space', exit: 75 });
    expect(files().filter((file) => !/^objects\/(?:[0-9a-f]{2}|pack)$/.test(file))).toEqual(before);
    rmSync(filler);
    expect(git(path, 'fsck', '--strict', '--no-dangling')).toBe('');
    const small = objects.slice(0, 1).map(({ type, content }) => ({ type, content: content.subarray(0, 100_000) }));
    const oids = await backend.objects.write(small);
    expect(await backend.objects.has(oids)).toEqual([true]);
  });

  it.each([1, 2])('%i refs: a typed fault, and they hold what they held', async (count) => {
    const before = await backend.refs.list('refs/');
    const held = before.find(({ name }) => name === NAME)?.oid as Oid;
    const edits = [
      { name: NAME, expected: held, next: line[1] as Oid },
      { name: 'refs/gatos/new/y', expected: null, next: line[1] as Oid },
    ].slice(0, count);
    fill();
    await expect(backend.refs.transaction(edits)).rejects.toMatchObject({ code: 'git/no-space' });
    expect(await backend.refs.list('refs/')).toEqual(before);
    expect(
      files().filter((file) => file.endsWith('.lock') || file.includes('gatos/locks/') || file.endsWith('.new')),
    ).toEqual([]);
    rmSync(filler);
    await backend.refs.transaction(edits);
    expect(await backend.refs.read(NAME)).toBe(line[1]);
    await backend.refs.transaction([{ name: NAME, expected: line[1] as Oid, next: held }]);
  });
});

describe.skipIf(!mounted)('a file system that cannot be written (skipped where nothing can be mounted)', () => {
  it('is refused with a typed fault, and can be read', async () => {
    const path = join(root, 'readonly');
    execFileSync('git', ['init', '-q', '--bare', path], { env: { ...CLEAN } });
    const writable = await openNativeBackend({ path, env: CLEAN });
    const line = await writeLine(writable, 2);
    await writable.refs.transaction([{ name: NAME, expected: null, next: line[0] as Oid }]);
    execFileSync('mount', ['--bind', path, path]);
    try {
      execFileSync('mount', ['-o', 'remount,bind,ro', path]);
      const backend = await openNativeBackend({ path, env: CLEAN });
      const refused = { code: 'git/no-access', kind: 'unavailable', exit: 75 };
      await expect(backend.objects.write([{ type: 'blob', content: utf8('new') }])).rejects.toMatchObject(refused);
      await expect(backend.objects.write(Array.from({ length: 100 }, (_, i) => noise(50, i)))).rejects.toMatchObject(
        refused,
      );
      await expect(
        backend.refs.transaction([{ name: NAME, expected: line[0] as Oid, next: line[1] as Oid }]),
      ).rejects.toMatchObject(refused);
      await expect(
        backend.refs.transaction([{ name: NAME, expected: line[0] as Oid, next: null }]),
      ).rejects.toMatchObject(refused);
      expect(await backend.refs.read(NAME)).toBe(line[0]);
      expect((await backend.objects.read(line[1] as Oid)).type).toBe('commit');
    } finally {
      execFileSync('umount', [path]);
    }
  });
});

describe('too many open files', () => {
  it('is a typed fault, and leaves nothing behind', async () => {
    const processes = new ScratchProcesses(buildSync);
    const path = join(root, 'files');
    execFileSync('git', ['init', '-q', '--bare', path], { env: { ...CLEAN } });
    try {
      const script = `
        import { openNativeBackend } from './adapter.mjs';
        import { closeSync, openSync, readdirSync } from 'node:fs';
        const { path } = JSON.parse(process.argv[2]);
        const backend = await openNativeBackend({ path });
        const [known] = await backend.objects.write([{ type: 'blob', content: new Uint8Array(9) }]);
        const blob = (text) => ({ type: 'blob', content: new TextEncoder().encode(text) });
        const words = [];
        for (const spare of [0, 1, 2]) {
          const files = [];
          try { for (;;) files.push(openSync('/dev/null')); } catch (error) { if (error.code !== 'EMFILE') throw error; }
          for (let i = 0; i < spare; i++) closeSync(files.pop());
          const tries = {
            write: () => backend.objects.write([blob('a' + spare), blob('b' + spare), blob('c' + spare)]),
            pack: () => backend.objects.write(Array.from({ length: 50 }, (_, i) => blob('p' + spare + i))),
            read: () => backend.objects.read(known),
            ref: () => backend.refs.transaction([{ name: 'refs/gatos/' + spare, expected: null, next: known }]),
          };
          for (const [name, run] of Object.entries(tries)) {
            try { await run(); words.push(name + spare + ' fine'); } catch (error) { words.push(name + spare + ' ' + error.code); }
          }
          for (const file of files) closeSync(file);
        }
        const left = readdirSync(path, { recursive: true }).filter((name) => /tmp_|\\.lock$|locks\\/./.test(name));
        console.log(JSON.stringify({ words, left }));
      `;
      const shell = `
        import { spawnSync } from 'node:child_process';
        const done = spawnSync('sh', ['-c', 'ulimit -n 64; exec "$0" "$@"', process.execPath, ...JSON.parse(process.argv[2])], { encoding: 'utf8' });
        process.stdout.write(done.stdout); process.stderr.write(done.stderr); process.exit(done.status ?? 1);
      `;
      const file = processes.write(script);
      const ended = await processes.run(shell, { argument: [file, JSON.stringify({ path })] });
      expect(ended.stderr).toBe('');
      const { words, left } = JSON.parse(ended.stdout);
      expect(left).toEqual([]);
      for (const word of words) expect(word).toMatch(/ (?:fine|git\/io)$/);
      expect(words.slice(0, 4)).toEqual(['write0 git/io', 'pack0 git/io', 'read0 git/io', 'ref0 git/io']);
      expect(git(path, 'fsck', '--strict', '--no-dangling')).toBe('');
    } finally {
      processes.dispose();
    }
  });
});

describe('system errors', () => {
  const error = (code: string) => Object.assign(new Error(code), { code, syscall: 'open' });
  it.each([
    ['ENOSPC', 'git/no-space'],
    ['EDQUOT', 'git/no-space'],
    ['EFBIG', 'git/no-space'],
    ['EACCES', 'git/no-access'],
    ['EPERM', 'git/no-access'],
    ['EROFS', 'git/no-access'],
    ['EMFILE', 'git/io'],
    ['EIO', 'git/io'],
    ['ENAMETOOLONG', 'git/io'],
  ])('%s is %s', (code, fault) => {
    expect(faultOf(error(code), { operation: 'write', path: '/x' })).toMatchObject({
      code: fault,
      data: { path: '/x' },
      cause: { code },
    });
  });

  it('what is no system error passes through', () => {
    const bug = new TypeError('a bug');
    expect(faultOf(bug, { operation: 'write', path: '/x' })).toBe(bug);
  });
});
