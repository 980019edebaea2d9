/** What is wrong with one clone: remotes, keys, files, settings of git. */
import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { atServer, type Case } from './case.js';
import type { DoctorWorld } from './world.js';

const set =
  (...settings: readonly (readonly [string, string])[]) =>
  ({ git, work }: Pick<DoctorWorld, 'git' | 'work'>): void => {
    for (const setting of settings) git(work, 'config', '--add', ...setting);
  };

export const CLONE_CASES: readonly Case[] = [
  {
    code: 'no-remote',
    provoke: ({ git, work }) => {
      git(work, 'remote', 'remove', 'origin');
    },
    mend: async (world, line) => {
      world.git(world.root, 'init', '-q', '--bare', world.at('empty.git'));
      await world.shell(world.work, line.replace('URL', world.at('empty.git')));
    },
  },
  {
    code: 'no-fetch-refspec',
    provoke: ({ git, work }) => {
      git(work, 'config', '--replace-all', 'remote.origin.fetch', '+refs/heads/*:refs/remotes/origin/*');
    },
  },
  {
    code: 'no-fetch-refspec',
    note: 'of a remote with an odd name',
    provoke: set(['remote.a b;c.url', '/nowhere']),
  },
  { code: 'overwriting-refspec', provoke: set(['remote.origin.fetch', '+refs/gatos/*:refs/gatos/*']) },
  { code: 'overwriting-refspec', note: 'of everything', provoke: set(['remote.origin.fetch', 'refs/*:refs/*']) },
  { code: 'hidden-refs', provoke: set(['transfer.hideRefs', '!refs/gatos'], ['transfer.hideRefs', 'refs/gatos']) },
  { code: 'hidden-refs', note: 'with all others', provoke: set(['receive.hideRefs', 'refs']) },
  {
    code: 'exposed-file',
    note: 'a key',
    provoke: (world) => chmodSync(world.at('home/.config/gatos/keys/default.json'), 0o640),
  },
  {
    code: 'exposed-file',
    note: 'a key of OpenSSH that is set',
    provoke: async (world) => {
      world.write(world.at('id_ed25519'), '-----BEGIN OPENSSH PRIVATE KEY-----\n');
      chmodSync(world.at('id_ed25519'), 0o604);
      await world.gatos(world.work, 'config', 'set', 'key', world.at('id_ed25519'));
    },
  },
  {
    code: 'exposed-file',
    note: 'the folder of keys',
    provoke: (world) => chmodSync(world.at('home/.config/gatos/keys'), 0o777),
  },
  {
    code: 'no-author',
    where: (world) => world.at('fresh'),
    provoke: async (world) => {
      await world.gatos(world.root, 'clone', world.server, world.at('fresh'));
    },
  },
  {
    code: 'key-gone',
    provoke: async (world) => {
      await world.gatos(world.work, 'config', 'set', 'key', 'lost');
    },
  },
  {
    code: 'key-unreadable',
    provoke: async (world) => {
      world.write(world.at('no key'), 'hello\n');
      await world.gatos(world.work, 'config', 'set', 'key', world.at('no key'));
    },
    mend: null,
  },
  {
    code: 'key-untrusted',
    provoke: async (world) => {
      await world.gatos(world.work, 'key', 'new', 'other');
      await world.gatos(world.work, 'config', 'set', 'key', 'other');
    },
    // By a root.
    mend: async (world, line) => {
      await world.gatos(world.work, 'config', 'set', 'key', 'default');
      await world.shell(world.work, line);
      await world.gatos(world.work, 'config', 'set', 'key', 'other');
    },
  },
  {
    code: 'key-revoked',
    provoke: async (world) => {
      await world.gatos(world.work, 'key', 'new', 'other');
      await world.gatos(world.work, 'trust', 'add', 'user:alice', 'other');
      await world.gatos(world.work, 'trust', 'revoke', 'other', '--reason', 'lost');
      await world.gatos(world.work, 'config', 'set', 'key', 'other');
    },
  },
  {
    code: 'not-pinned',
    provoke: (world) => {
      const path = join(world.work, '.git/gatos/settings.json');
      const { genesis: _, ...others } = JSON.parse(world.read(path)) as Record<string, string>;
      world.write(path, JSON.stringify(others));
    },
  },
  {
    code: 'shallow',
    provoke: ({ git, root, work }) => {
      git(work, 'fetch', '-q', '--depth', '1', `file://${root}/origin.git`, 'main');
    },
  },
  {
    code: 'replaced-object',
    provoke: ({ git, work }) => {
      git(work, 'replace', 'HEAD', 'HEAD~1');
    },
  },
  {
    code: 'grafts',
    provoke: (world) => {
      const tip = world.git(world.work, 'rev-parse', 'HEAD');
      world.write(join(world.work, '.git/info/grafts'), `${tip}\n`);
    },
  },
  {
    code: 'not-examined',
    note: 'a folder in the place of a hook',
    provoke: (world) => {
      world.write(join(world.work, '.git/hooks/pre-push/x'), '');
    },
    mend: null,
  },
  { code: 'receives-shallow', provoke: set(['receive.shallowUpdate', 'true']) },
  { code: 'unchecked-objects', where: atServer, provoke: () => undefined },
  { code: 'prunes-at-once', provoke: set(['gc.pruneExpire', 'now']) },
  {
    code: 'many-packs',
    provoke: (world) => {
      for (let i = 0; i <= 50; i++) {
        const oid = world.feed(world.work, `blob ${i}`, 'hash-object', '-w', '--stdin');
        world.feed(world.work, oid, 'pack-objects', '-q', '.git/objects/pack/pack');
      }
    },
  },
  {
    code: 'many-loose-objects',
    provoke: (world) => {
      const blobs = Array.from({ length: 6800 }, (_, i) => `blob\nmark :${i + 1}\ndata <<E\nblob ${i}\nE\n`);
      const files = Array.from({ length: 6800 }, (_, i) => `M 100644 :${i + 1} ${i}\n`);
      const who = 'committer A <a@example.com> 0 +0000\ndata 0\n';
      const stream = `${blobs.join('')}commit refs/heads/many\n${who}${files.join('')}\ndone\n`;
      world.feed(world.work, stream, '-c', 'fastimport.unpackLimit=100000', 'fast-import', '--quiet', '--done');
    },
  },
  {
    code: 'stale-lock',
    provoke: (world) => {
      const path = join(world.work, '.git/refs/heads/main.lock');
      world.write(path, '');
      utimesSync(path, 0, 0);
    },
  },
  {
    code: 'audit-unpublished',
    from: 'research',
    provoke: async (world) => {
      const what = ['--action', 'deploy', '--target', 'lab', '--quorum', '1 of user:alice'];
      const id = String((await world.json(world.work, 'propose', ...what)).id);
      await world.gatos(world.work, 'approve', id);
      await world.gatos(world.work, 'grant', id);
    },
  },
];

const install = (world: DoctorWorld): Promise<string> => world.gatos(world.server, 'hooks', 'install', '--server');
const hook = (world: DoctorWorld): string => join(world.server, 'hooks/pre-receive');
const OTHER = '#!/bin/sh\ncat >/dev/null\n';

function putHook(path: string, world: DoctorWorld): void {
  rmSync(path, { force: true });
  world.write(path, OTHER);
  chmodSync(path, 0o755);
}

/** A socket whose owner was killed. */
export function abandonSocket(path: string): void {
  const listen = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', listen]);
}

export const GATE_CASES: readonly Case[] = [
  { code: 'no-server-hook', where: atServer, provoke: () => undefined },
  {
    code: 'no-server-hook',
    note: 'uninstalled on purpose',
    where: atServer,
    provoke: async (world) => {
      await install(world);
      await world.gatos(world.server, 'hooks', 'uninstall', '--server');
    },
  },
  {
    code: 'no-server-hook',
    note: 'where there is another hook',
    where: atServer,
    provoke: (world) => putHook(hook(world), world),
  },
  { code: 'no-client-hook', provoke: () => undefined },
  {
    code: 'hook-gone',
    where: atServer,
    provoke: async (world) => {
      putHook(hook(world), world);
      await install(world);
      rmSync(hook(world));
    },
  },
  {
    code: 'hook-overridden',
    where: atServer,
    provoke: async (world) => {
      await install(world);
      putHook(hook(world), world);
    },
  },
  {
    code: 'hook-overridden-twice',
    note: 'of a clone',
    provoke: async (world) => {
      const path = join(world.work, '.git/hooks/pre-push');
      putHook(path, world);
      await world.gatos(world.work, 'hooks', 'install', '--client');
      rmSync(path);
      world.write(path, `${OTHER}exit 0\n`);
    },
  },
  {
    code: 'hook-broken',
    note: 'not executable',
    where: atServer,
    provoke: async (world) => {
      await install(world);
      chmodSync(hook(world), 0o644);
    },
  },
  {
    code: 'hook-broken',
    note: 'its program is gone',
    where: atServer,
    provoke: async (world) => {
      await install(world);
      const text = world.read(hook(world)).replace(/^gatos_program=.*$/m, "gatos_program='/it'\\''s/gone.cjs'");
      world.write(hook(world), text);
    },
  },
  {
    code: 'hooks-elsewhere',
    provoke: async (world) => {
      await world.gatos(world.work, 'hooks', 'install', '--client');
      world.git(world.work, 'config', 'core.hooksPath', world.at('other hooks'));
    },
  },
  {
    code: 'gate-key-gone',
    where: atServer,
    provoke: async (world) => {
      await install(world);
      rmSync(join(world.server, 'gatos/keys/gate.json'));
    },
  },
  {
    code: 'gate-key-untrusted',
    where: atServer,
    provoke: async (world) => {
      await install(world);
      await world.gatos(world.server, 'config', 'set', 'actor', 'user:alice');
      await world.gatos(world.server, 'config', 'set', 'key', 'default');
    },
  },
  {
    code: 'exposed-file',
    note: 'the key of a gate',
    where: atServer,
    provoke: async (world) => {
      await install(world);
      chmodSync(join(world.server, 'gatos/keys/gate.json'), 0o644);
    },
  },
  {
    code: 'stale-socket',
    where: atServer,
    provoke: async (world) => {
      await install(world);
      abandonSocket(join(world.server, 'gatos/gate.sock'));
    },
  },
];
