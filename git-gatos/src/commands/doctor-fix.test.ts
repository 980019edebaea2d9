import { chmodSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { abandonSocket } from '../../testing/doctor/clone-cases.js';
import { DoctorWorld } from '../../testing/doctor/world.js';

const source = new DoctorWorld();
beforeAll(() => source.fill());
afterAll(() => source.dispose());

async function inWorld(body: (world: DoctorWorld) => Promise<void>): Promise<void> {
  const world = source.copy();
  try {
    await body(world);
  } finally {
    world.dispose();
  }
}

const codesOf = (list: readonly { readonly code: string }[]): string[] =>
  list.map(({ code }) => code.slice('doctor/'.length));
const modeOf = (path: string): number => statSync(path).mode & 0o777;
const refsOf = (world: DoctorWorld, cwd: string): string => world.git(cwd, 'for-each-ref');

/** A person's hook that was chained, and ours deleted. */
async function loseHook(world: DoctorWorld): Promise<string> {
  const hook = join(world.server, 'hooks/pre-receive');
  world.write(hook, '#!/bin/sh\n# a hook of their own\ncat >/dev/null\n');
  chmodSync(hook, 0o755);
  await world.gatos(world.server, 'hooks', 'install', '--server');
  rmSync(hook);
  return hook;
}

describe('doctor --fix', () => {
  it('mends all that is safe, says what it did, lists what is left, and does nothing the next time', () =>
    inWorld(async (world) => {
      const { work } = world;
      const key = world.at('home/.config/gatos/keys/default.json');
      world.git(work, 'config', '--unset-all', 'remote.origin.fetch');
      chmodSync(key, 0o644);
      world.git(work, 'update-ref', 'refs/gatos/odd', 'HEAD');
      const refs = refsOf(world, work);
      const config = world.git(work, 'config', '--list');

      const before = await world.doctor(work);
      expect(codesOf(before.findings.filter(({ fixable }) => fixable))).toEqual(['exposed-file', 'no-fetch-refspec']);
      expect(before.mended).toEqual([]);
      expect(world.git(work, 'config', '--list')).toBe(config);
      expect(modeOf(key)).toBe(0o644);

      const { exit, findings, mended, failed } = await world.doctor(work, '--fix');
      expect(mended).toEqual([
        { code: 'doctor/exposed-file', subject: key, did: `only you can reach ${key} (mode 600)` },
        {
          code: 'doctor/no-fetch-refspec',
          subject: 'origin',
          did: '`git fetch origin` brings refs/gatos/* from now on',
        },
      ]);
      expect(failed).toEqual([]);
      expect(modeOf(key)).toBe(0o600);
      expect(world.git(work, 'config', 'remote.origin.fetch')).toBe('+refs/gatos/*:refs/gatos-remote/origin/*');
      // A ref is not deleted without asking.
      expect(codesOf(findings)).toEqual(['foreign-ref', 'no-policy', 'no-client-hook']);
      expect(exit).toBe(1);
      expect(refsOf(world, work)).toBe(refs);
      expect((await world.doctor(work, '--fix')).mended).toEqual([]);
    }));

  it('puts our hook back at a server, with the one that it calls, and removes a socket that nobody answers', () =>
    inWorld(async (world) => {
      const hook = await loseHook(world);
      const socket = join(world.server, 'gatos/gate.sock');
      abandonSocket(socket);
      const { findings, mended } = await world.doctor(world.server, '--fix');
      expect(codesOf(mended)).toEqual(['hook-gone', 'stale-socket']);
      expect(codesOf(findings)).not.toEqual(expect.arrayContaining([expect.stringMatching(/^hook|^stale/)]));
      expect(world.read(hook)).toMatch(/^#!\/bin\/sh\n# gatos-hook /);
      expect(world.read(`${hook}.gatos-chained`)).toContain('a hook of their own');
      expect(world.has(socket)).toBe(false);
    }));

  it('does not install a gate where somebody took it away, or never wanted one', () =>
    inWorld(async (world) => {
      const hook = join(world.server, 'hooks/pre-receive');
      expect((await world.doctor(world.server, '--fix')).mended).toEqual([]);
      await world.gatos(world.server, 'hooks', 'install', '--server');
      await world.gatos(world.server, 'hooks', 'uninstall', '--server');
      expect((await world.doctor(world.server, '--fix')).mended).toEqual([]);
      expect(world.has(hook)).toBe(false);
    }));

  it('leaves a socket alone on which a gate answers', () =>
    inWorld(async (world) => {
      const path = join(world.server, 'gatos/gate.sock');
      mkdirSync(join(world.server, 'gatos'), { recursive: true });
      const server = createServer((connection) => connection.end());
      await new Promise<void>((resolve) => server.listen(path, resolve));
      try {
        chmodSync(path, 0o600);
        expect(codesOf((await world.doctor(world.server)).findings)).not.toContain('stale-socket');
        chmodSync(path, 0o666);
        expect(codesOf((await world.doctor(world.server, '--fix')).mended)).toEqual(['exposed-file']);
        expect([world.has(path), modeOf(path)]).toEqual([true, 0o600]);
      } finally {
        server.close();
      }
    }));

  it('tells what it could not mend, and why', () =>
    inWorld(async (world) => {
      await loseHook(world);
      world.git(world.server, 'config', '--global', 'core.hooksPath', join(world.server, 'hooks'));
      const { exit, findings, mended, failed } = await world.doctor(world.server, '--fix');
      expect([codesOf(mended), codesOf(failed), exit]).toEqual([[], ['hook-gone'], 1]);
      expect(failed[0]?.why).toContain('which the global configuration of git sets for every repository');
      expect(codesOf(findings)).toContain('hook-gone');
      const { out } = await world.try(world.server, 'doctor', '--fix');
      expect(out).toContain('✗ not mended (doctor/hook-gone): hooks are taken from');
    }));
});

describe('what doctor prints', () => {
  it('is what is wrong, why it matters and what mends it, the worst first', () =>
    inWorld(async (world) => {
      world.git(world.work, 'config', '--unset-all', 'remote.origin.fetch');
      world.git(world.work, 'update-ref', 'refs/gatos/odd', 'HEAD');
      const head = world.git(world.work, 'rev-parse', 'HEAD');
      const { exit, out, err } = await world.try(world.work, 'doctor');
      expect(out.split('\n').slice(0, 6)).toEqual([
        '✗ error: no rule knows `refs/gatos/odd` (doctor/foreign-ref)',
        '    nobody verifies it, and gates refuse it; a newer git-gatos may know it',
        `    mend: git update-ref -d refs/gatos/odd ${head}`,
        '! warning: `git fetch origin` does not bring `refs/gatos/*` (doctor/no-fetch-refspec)',
        '    a plain clone knows branches and tags only',
        "    mend: git config --add remote.origin.fetch '+refs/gatos/*:refs/gatos-remote/origin/*'",
      ]);
      expect(out).toMatch(/\n1 error, 1 warning, 2 notes\n$/);
      expect(err).toBe('next: mend what is safe to mend: git gatos doctor --fix\n');
      expect(exit).toBe(1);
    }));

  it('cannot drive a terminal, whatever a ref is called', () =>
    inWorld(async (world) => {
      world.git(world.work, 'update-ref', 'refs/gatos/\u202egnp', 'HEAD');
      const { out } = await world.try(world.work, 'doctor');
      expect(out).toContain('`refs/gatos/\\u202egnp`');
      expect(out).not.toContain('\u202e');
    }));

  it('is that nothing is wrong where nothing is', () =>
    inWorld(async (world) => {
      const { work } = world;
      await world.gatos(work, 'hooks', 'install', '--client');
      await world.gatos(work, 'policy', 'new', 'house');
      await world.gatos(work, 'policy', 'adopt');
      expect(await world.try(work, 'doctor')).toEqual({ exit: 0, out: 'nothing is wrong here\n', err: '' });
      expect(await world.doctor(work)).toEqual({ exit: 0, findings: [], mended: [], failed: [] });
    }));

  it('is the same in a linked worktree and in a SHA-256 repository', () =>
    inWorld(async (world) => {
      world.git(world.work, 'worktree', 'add', '-q', world.at('linked'));
      const linked = await world.doctor(world.at('linked'));
      expect(linked).toEqual(await world.doctor(world.work));
      world.git(world.root, 'init', '-q', '--object-format=sha256', world.at('sha256'));
      await world.gatos(world.at('sha256'), 'init');
      expect(codesOf((await world.doctor(world.at('sha256'))).findings)).toEqual(['no-policy', 'no-remote']);
    }));

  it('is one line for one thing, whatever is in it', () =>
    inWorld(async (world) => {
      world.git(world.work, 'config', '--add', 'remote.origin.fetch', 'refs/x:refs/gatos/x\n! warning:\tforged');
      const { out } = await world.try(world.work, 'doctor');
      expect(out).not.toMatch(/^! warning/m);
      expect(out.split('\n')[0]).toContain('(`refs/x:refs/gatos/x\\n! warning:\\tforged`)');
    }));

  it('is a fault where there is no repository', () =>
    inWorld(async (world) => {
      mkdirSync(world.at('nothing'));
      const { exit, out } = await world.try(world.at('nothing'), '--json', 'doctor');
      expect([exit, JSON.parse(out)]).toEqual([
        20,
        { error: expect.objectContaining({ code: 'git/not-a-repository' }) },
      ]);
    }));
});
