import { execFileSync } from 'node:child_process';
import * as nodeFs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type GitSubject, gitContract } from '../../../testing/index.js';
import { utf8 } from '../../kernel/index.js';
import { memoryFileSystem } from '../memory/index.js';
import type { GitBackend } from '../ports.js';
import { isomorphicBackend } from './backend.js';
import type { FileSystem } from './fs.js';
import { initIsomorphicRepository } from './init.js';

const clock = { sleep: async (milliseconds: number) => void (await sleep(milliseconds)) };

/** What can be done on any file system. */
async function commonParts(fs: FileSystem, gitdir: string) {
  const opened: GitBackend[] = [];
  const open = async () => {
    const backend = await isomorphicBackend({ fs, gitdir, clock });
    opened.push(backend);
    return backend;
  };
  const place = async (name: string, content: string) => {
    const made: string[] = [];
    for (let path = dirname(`${gitdir}/${name}`); path.length > gitdir.length; path = dirname(path)) made.unshift(path);
    for (const path of made) if ((await fs.stat(path).catch(() => null)) === null) await fs.mkdir(path);
    await fs.writeFile(`${gitdir}/${name}`, utf8(content), { flag: 'w' });
  };
  return {
    backend: await open(),
    reopen: open,
    plantRef: place,
    lockRef: async (name: string) => {
      await place(`${name}.lock`, '');
      return { release: () => fs.unlink(`${gitdir}/${name}.lock`) };
    },
    dispose: async () => {
      for (const backend of opened) await backend.objects.close();
    },
  };
}

async function inMemory(): Promise<GitSubject> {
  const fs = memoryFileSystem();
  await initIsomorphicRepository({ fs, gitdir: '/repo.git' });
  return commonParts(fs, '/repo.git');
}

async function onDisk(): Promise<GitSubject> {
  const root = await nodeFs.mkdtemp(join(tmpdir(), 'gatos-contract-'));
  const gitdir = join(root, 'repo.git');
  const env = { ...process.env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };
  const git = (input: Uint8Array | '', ...args: string[]) =>
    execFileSync('git', ['-C', root, ...args], { env, input, stdio: ['pipe', 'pipe', 'pipe'] });
  git('', 'init', '-q', '--bare', gitdir);
  const common = await commonParts(nodeFs, gitdir);
  const packs = join(gitdir, 'objects/pack');
  /** Every object in a file of its own. */
  const unpack = async () => {
    for (const name of await nodeFs.readdir(packs)) {
      const bytes = await nodeFs.readFile(join(packs, name));
      await nodeFs.rm(join(packs, name));
      if (name.endsWith('.pack')) git(bytes, '-C', gitdir, 'unpack-objects', '-q');
    }
  };
  const loose = async (oid: string) => {
    await unpack();
    return join(gitdir, 'objects', oid.slice(0, 2), oid.slice(2));
  };
  return {
    ...common,
    damage: async (oid) => {
      const path = await loose(oid);
      const bytes = Uint8Array.from(await nodeFs.readFile(path));
      const middle = bytes.length >> 1;
      bytes[middle] = (bytes[middle] as number) ^ 0x55;
      await nodeFs.chmod(path, 0o644);
      await nodeFs.writeFile(path, bytes);
    },
    remove: async (oid) => nodeFs.rm(await loose(oid)),
    cutHistory: (oid) => nodeFs.writeFile(join(gitdir, 'shallow'), `${oid}\n`),
    pack: async () => {
      git('', '-C', gitdir, 'gc', '-q', '--prune=now');
      git('', '-C', gitdir, 'pack-refs', '--all');
    },
    dispose: async () => {
      await common.dispose();
      const complaints = execFileSync('git', ['-C', gitdir, 'count-objects', '-v'], { env, encoding: 'utf8' });
      await nodeFs.rm(root, { recursive: true });
      expect(complaints).toMatch(/\ngarbage: 0\n/);
    },
  };
}

gitContract('isomorphic, in memory', inMemory, { describe, it, expect });
gitContract('isomorphic, in a repository of git', onDisk, { describe, it, expect });
