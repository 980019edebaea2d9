import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { readProcess } from './process-table.js';
import { removeTree } from './remove-tree.js';
import { findLeftovers, removeLeftovers, Scratch } from './scratch.js';

const root = mkdtempSync(join(tmpdir(), 'gatos-scratch-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** As a process that has ended would have left it. */
function leave(scratch: Scratch): string {
  const { pid } = spawnSync('true');
  const name = basename(scratch.folder).replace(/-\d+-\d+-/, `-${pid}-1-`);
  renameSync(scratch.folder, join(root, name));
  return name;
}

describe('scratch folders', () => {
  it('are for their user alone', async () => {
    const scratch = await Scratch.make(root);
    const modes = execFileSync('stat', ['-c', '%a', scratch.folder, scratch.work, scratch.temporary], {
      encoding: 'utf8',
    });
    expect(modes).toBe('700\n700\n700\n');
    const file = (path: string, executable: boolean) => ({
      path,
      executable,
      size: 1,
      read: async () => Buffer.from('x'),
    });
    await scratch.place([file('a/b', false), file('a/c', true)]);
    expect(execFileSync('stat', ['-c', '%a', 'a/b', 'a/c'], { cwd: scratch.work, encoding: 'utf8' })).toBe(
      '444\n555\n',
    );
    await scratch.dispose();
    await scratch.dispose();
    expect(readdirSync(root)).toEqual([]);
  });

  it('cannot be made where there is no room for them', async () => {
    await expect(Scratch.make(join(root, 'missing'))).rejects.toThrow('cannot be used: ENOENT');
  });

  it('are removed later when their process was killed, with what runs in them', async () => {
    const [mine, theirs] = [await Scratch.make(root), await Scratch.make(root)];
    writeFileSync(join(theirs.work, 'x'), '');
    const name = leave(theirs);
    const folder = join(root, name);
    const orphan = spawn('sleep', ['1000'], { cwd: join(folder, 'work'), detached: true, stdio: 'ignore' });
    const ended = new Promise((resolve) => orphan.once('exit', (_status, signal) => resolve(signal)));
    symlinkSync(mine.folder, join(root, name.replace(/.$/, '0').replace('job', 'job')));
    expect(await findLeftovers(root)).toEqual([realpathSync(folder)]);
    expect(existsSync(folder)).toBe(true);
    expect(await removeLeftovers(root)).toEqual([name]);
    expect(await findLeftovers(root)).toEqual([]);
    expect(await ended).toBe('SIGKILL');
    expect(existsSync(mine.work)).toBe(true);
    await mine.dispose();
  });

  it('are left alone when they are of other machines, other programs, or still in use', async () => {
    const mine = await Scratch.make(root);
    const foreign = basename(mine.folder).replace(/^gatos-job-\w+-\d+/, 'gatos-job-00000000-1');
    mkdirSync(join(root, foreign));
    mkdirSync(join(root, 'gatos-job-'));
    mkdirSync(join(root, 'other'));
    expect(await removeLeftovers(root)).toEqual([]);
    for (const name of [foreign, 'gatos-job-', 'other', basename(mine.folder)])
      expect(existsSync(join(root, name))).toBe(true);
    await mine.dispose();
    expect(await removeLeftovers(join(root, 'missing'))).toEqual([]);
  });
});

describe('removing a tree', () => {
  it('takes folders without rights, odd names, many entries and deep nesting, and follows nothing', async () => {
    const [tree, kept] = [join(root, 'tree'), join(root, 'kept')];
    mkdirSync(join(tree, 'a/b/c'), { recursive: true });
    mkdirSync(kept);
    writeFileSync(join(kept, 'file'), '');
    symlinkSync(kept, join(tree, 'a/link'));
    symlinkSync('/no/such', join(tree, 'dangling'));
    writeFileSync(Buffer.concat([Buffer.from(`${tree}/a/`), Buffer.from([0xff, 0xfe])]), '');
    mkdirSync(join(tree, '.gatos-removed-0'));
    for (let i = 0; i < 5000; i++) writeFileSync(join(tree, 'a/b', String(i)), '');
    for (let i = 0; i < 300; i++) mkdirSync(join(tree, String(i), 'x'), { recursive: true });
    const nest = `perl -e 'for (1 .. 400) { mkdir "d" x 20; chdir "d" x 20 }'`;
    execFileSync('sh', ['-c', nest], { cwd: join(tree, 'a') });
    chmodSync(join(tree, 'a/b'), 0);
    chmodSync(join(tree, 'a'), 0o500);
    await removeTree(tree);
    expect(existsSync(tree)).toBe(false);
    expect(readdirSync(kept)).toEqual(['file']);
    await removeTree(tree);
  });

  it.skipIf(process.getuid?.() !== 0)('also for a user who is not root', async () => {
    const tree = join(root, 'tree2');
    mkdirSync(join(tree, 'a/b'), { recursive: true });
    writeFileSync(join(tree, 'a/b/c'), '');
    execFileSync('chown', ['-R', '65534:65534', tree]);
    chmodSync(join(tree, 'a/b'), 0);
    chmodSync(join(tree, 'a'), 0);
    await removeTree(tree);
    expect(existsSync(tree)).toBe(false);
  });
});

describe('processes', () => {
  it('are read from their table, whatever their name is', async () => {
    const child = spawn('sh', ['-c', "printf 'x) R 1 1' > /proc/self/comm; exec cat"], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    await sleep(50);
    expect(readProcess(child.pid ?? 0)).toMatchObject({ pid: child.pid, parent: process.pid, zombie: false });
    child.kill();
    expect(readProcess(2 ** 30)).toBeNull();
  });
});
