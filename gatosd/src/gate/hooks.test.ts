import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { isGatosError } from 'gatos-core';
import { afterAll, describe, expect, it } from 'vitest';
import { ScratchWorld } from '../scratch-world.js';
import { CHAINED, hookScript } from './hook-script.js';
import { inspectHooks, installHooks, type Side, uninstallHooks } from './hooks.js';

const world = new ScratchWorld();
afterAll(() => world.dispose());

let made = 0;
function repository({ bare = true, config = [] as readonly string[] } = {}): string {
  const path = world.at(`hooked ${made++}`);
  world.git(world.root, 'init', '-q', ...(bare ? ['--bare'] : []), '--template=', path);
  for (const setting of config) world.git(path, 'config', ...setting.split('='));
  return path;
}

const passphrase = async () => null;
const program = { node: process.execPath, script: '/nowhere/git-gatos.cjs' };
const install = (cwd: string, side: Side = 'server', env = world.env()) =>
  installHooks({ cwd, env, side, passphrase, program });
const uninstall = (cwd: string) => uninstallHooks({ cwd, env: world.env() });

/** Everything about a file that a person could tell. */
function portrait(path: string) {
  const { mode, mtimeMs, size } = lstatSync(path);
  const link = lstatSync(path).isSymbolicLink();
  return { mode, mtimeMs, size, content: link ? readlinkSync(path) : readFileSync(path, 'latin1') };
}

function plant(path: string, content: string, mode = 0o755): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  chmodSync(path, mode);
  utimesSync(path, 1_000_000_000, 1_000_000_000);
}

describe('installing a hook', () => {
  it('makes one that git can start, once', async () => {
    const cwd = repository();
    const first = await install(cwd);
    const path = join(cwd, 'hooks', 'pre-receive');
    expect(first.hooks).toEqual([{ hook: 'pre-receive', path, what: 'installed', chained: null }]);
    expect(statSync(path).mode & 0o777).toBe(0o755);
    const before = portrait(path);
    expect((await install(cwd)).hooks[0]).toMatchObject({ what: 'kept', chained: null });
    expect(portrait(path)).toEqual(before);
    expect(await uninstall(cwd)).toEqual([{ hook: 'pre-receive', path, what: 'removed' }]);
    expect(existsSync(path)).toBe(false);
    expect(await uninstall(cwd)).toEqual([{ hook: 'pre-receive', path, what: 'absent' }]);
  });

  it('is shell that shellcheck has nothing against', () => {
    if (spawnSync('shellcheck', ['--version']).error !== undefined) return;
    for (const hook of ['pre-receive', 'pre-push'] as const) {
      const input = hookScript({
        hook,
        program: { node: "/it's/node", script: '/a b/$x`y`.js' },
        perl: '/usr/bin/perl',
      });
      const { stdout, status } = spawnSync('shellcheck', ['--exclude=SC2016', '-'], { input, encoding: 'utf8' });
      expect({ hook, stdout, status }).toEqual({ hook, stdout: '', status: 0 });
    }
  });

  it('renews one of ours that differs, and one that lost its mode', async () => {
    const cwd = repository();
    await install(cwd);
    const path = join(cwd, 'hooks', 'pre-receive');
    const before = readFileSync(path, 'utf8');
    const other = { node: process.execPath, script: '/elsewhere.cjs' };
    const moved = await installHooks({ cwd, env: world.env(), side: 'server', passphrase, program: other });
    expect(moved.hooks[0]?.what).toBe('renewed');
    expect(readFileSync(path, 'utf8')).toBe(before.replace('/nowhere/git-gatos.cjs', '/elsewhere.cjs'));
    chmodSync(path, 0o644);
    await installHooks({ cwd, env: world.env(), side: 'server', passphrase, program: other });
    expect(statSync(path).mode & 0o777).toBe(0o755);
  });

  it.each([
    ['a script', 0o755],
    ['one that git ignores', 0o644],
    ['one with odd bits', 0o2750],
  ])('keeps %s beside it and puts it back to the byte', async (_, mode) => {
    const cwd = repository();
    const path = join(cwd, 'hooks', 'pre-receive');
    plant(path, '#!/bin/sh\n# caf\xe9 \0\nexit 0', mode);
    const before = portrait(path);
    const { hooks } = await install(cwd);
    expect(hooks[0]).toEqual({ hook: 'pre-receive', path, what: 'installed', chained: path + CHAINED });
    expect(portrait(path + CHAINED)).toEqual(before);
    expect((await install(cwd)).hooks[0]?.what).toBe('kept');
    expect(await uninstall(cwd)).toEqual([{ hook: 'pre-receive', path, what: 'restored' }]);
    expect(portrait(path)).toEqual(before);
    expect(existsSync(path + CHAINED)).toBe(false);
  });

  it('keeps a symbolic link as the link that it is, also a broken one', async () => {
    for (const target of ['../shared-hook', '/nowhere/at/all']) {
      const cwd = repository();
      const path = join(cwd, 'hooks', 'pre-receive');
      plant(join(cwd, 'shared-hook'), '#!/bin/sh\nexit 0\n');
      mkdirSync(dirname(path), { recursive: true });
      symlinkSync(target, path);
      await install(cwd);
      expect(lstatSync(path).isSymbolicLink()).toBe(false);
      expect(readlinkSync(path + CHAINED)).toBe(target);
      await uninstall(cwd);
      expect(readlinkSync(path)).toBe(target);
      expect(readFileSync(join(cwd, 'shared-hook'), 'utf8')).toBe('#!/bin/sh\nexit 0\n');
    }
  });

  it('goes on where it was cut off between keeping a hook and replacing it', async () => {
    const cwd = repository();
    const path = join(cwd, 'hooks', 'pre-receive');
    plant(path, '#!/bin/sh\nexit 0\n');
    plant(path + CHAINED, '#!/bin/sh\nexit 0\n');
    expect((await install(cwd)).hooks[0]).toMatchObject({ what: 'installed', chained: path + CHAINED });
    expect(readFileSync(path + CHAINED, 'utf8')).toBe('#!/bin/sh\nexit 0\n');
  });

  it('refuses to choose between two other hooks, and leaves both', async () => {
    const cwd = repository();
    const path = join(cwd, 'hooks', 'pre-receive');
    plant(path, 'one\n');
    plant(path + CHAINED, 'two\n');
    await expect(install(cwd)).rejects.toSatisfy((error) => isGatosError(error, 'hooks/taken'));
    expect([readFileSync(path, 'utf8'), readFileSync(path + CHAINED, 'utf8')]).toEqual(['one\n', 'two\n']);
  });

  it('leaves a hook alone that somebody put in the place of ours', async () => {
    const cwd = repository();
    await install(cwd);
    const path = join(cwd, 'hooks', 'pre-receive');
    plant(path, '#!/bin/sh\nexit 0\n');
    expect(await uninstall(cwd)).toEqual([{ hook: 'pre-receive', path, what: 'foreign' }]);
    expect(readFileSync(path, 'utf8')).toBe('#!/bin/sh\nexit 0\n');
    expect(await inspectHooks({ cwd, env: world.env() })).toEqual([
      { side: 'server', hook: 'pre-receive', path, state: 'foreign', chained: null },
    ]);
  });

  it('says so where no hook can be', async () => {
    const cwd = repository();
    mkdirSync(join(cwd, 'hooks', 'pre-receive'), { recursive: true });
    await expect(install(cwd)).rejects.toSatisfy((error) => isGatosError(error, 'hooks/no-hook-file'));
    const other = repository();
    writeFileSync(join(other, 'hooks'), '');
    await expect(install(other)).rejects.toSatisfy((error) => isGatosError(error, 'hooks/unwritable'));
  });
});

describe('core.hooksPath', () => {
  it('is followed as git does: from the git directory on a server, from the work tree on a client', async () => {
    const server = repository({ config: ['core.hooksPath=my hooks'] });
    expect((await install(server)).hooks[0]?.path).toBe(join(server, 'my hooks', 'pre-receive'));
    const client = repository({ bare: false, config: ['core.hooksPath=.githooks'] });
    expect((await install(client, 'client')).hooks[0]?.path).toBe(join(client, '.githooks', 'pre-push'));
    expect((await install(client, 'server')).hooks[0]?.path).toBe(join(client, '.git', '.githooks', 'pre-receive'));
    const removed = await uninstall(client);
    expect(removed.map(({ what }) => what)).toEqual(['removed', 'removed']);
    const absolute = repository({ config: [`core.hooksPath=${world.folder('all my hooks')}`] });
    expect((await install(absolute)).hooks[0]?.path).toBe(world.at('all my hooks', 'pre-receive'));
  });

  it('of every repository is nothing that one repository installs into', async () => {
    const cwd = repository();
    const env = world.env('globe');
    writeFileSync(join(String(env.HOME), '.gitconfig'), `[core]\n\thooksPath = ${world.folder('global')}\n`);
    await expect(install(cwd, 'server', env)).rejects.toSatisfy((error) => isGatosError(error, 'hooks/shared-path'));
    expect(existsSync(world.at('global', 'pre-receive'))).toBe(false);
    world.git(cwd, 'config', 'core.hooksPath', 'hooks');
    expect((await install(cwd, 'server', env)).hooks[0]?.path).toBe(join(cwd, 'hooks', 'pre-receive'));
  });

  it('is the common one for linked worktrees', async () => {
    const cwd = repository({ bare: false });
    world.git(cwd, 'commit', '-q', '--allow-empty', '-m', 'first');
    const linked = world.at(`linked ${made++}`);
    world.git(cwd, 'worktree', 'add', '-q', '-b', 'linked', linked);
    expect((await install(linked, 'client')).hooks[0]?.path).toBe(join(cwd, '.git', 'hooks', 'pre-push'));
  });

  it('takes no client hook in a bare repository', async () => {
    await expect(install(repository(), 'client')).rejects.toSatisfy((error) =>
      isGatosError(error, 'hooks/no-work-tree'),
    );
  });
});

describe('the key of the gate', () => {
  it('is made once, for its owner alone, and shown with the line that makes it count', async () => {
    const cwd = repository();
    const { gate } = await install(cwd);
    expect(gate).toMatchObject({ actor: 'service:gate', made: true, trusted: false, added: false });
    expect(gate?.path).toBe(join(cwd, 'gatos', 'keys', 'gate.json'));
    expect(statSync(String(gate?.path)).mode & 0o777).toBe(0o600);
    expect(gate?.command).toBe(`git gatos trust add service:gate ${gate?.key}`);
    expect((await install(cwd)).gate).toEqual({ ...gate, made: false });
  });

  it('keeps the actor that was chosen, which is a service', async () => {
    const cwd = repository();
    const chosen = { cwd, env: world.env(), side: 'server', passphrase, program, actor: 'service:front' } as const;
    expect((await installHooks(chosen)).gate?.actor).toBe('service:front');
    expect((await install(cwd)).gate?.actor).toBe('service:front');
    await expect(installHooks({ ...chosen, actor: 'user:alice' })).rejects.toSatisfy((error) =>
      isGatosError(error, 'hooks/cannot-trust'),
    );
  });

  it('is added to the trust chain where the person who installs may do that alone', async () => {
    const cwd = repository({ bare: false });
    await world.init(cwd, { actor: 'user:alice' });
    const { gate } = await installHooks({ cwd, env: world.env(), side: 'server', passphrase, program, trust: true });
    expect(gate).toMatchObject({ trusted: true, added: true, command: null });
    await world.within(cwd, async ({ repository: open }) => {
      expect((await open.trust()).state.keys.get(String(gate?.key))?.actor).toBe('service:gate');
    });
    const again = await installHooks({ cwd, env: world.env(), side: 'server', passphrase, program, trust: true });
    expect(again.gate).toMatchObject({ trusted: true, added: false });
  });

  it('is added in a bare repository too, by whoever has the key of its one root', async () => {
    const person = repository({ bare: false });
    await world.init(person, { actor: 'user:alice' });
    const server = repository();
    expect(spawnSync('git', ['push', '--quiet', server, 'refs/gatos/trust'], { cwd: person }).status).toBe(0);
    const request = { cwd: server, side: 'server', passphrase, program, trust: true } as const;
    await expect(installHooks({ ...request, env: world.env('mallory') })).rejects.toSatisfy((error) =>
      isGatosError(error, 'hooks/cannot-trust'),
    );
    expect((await installHooks({ ...request, env: world.env() })).gate).toMatchObject({ trusted: true, added: true });
  });

  it('is not, and says why, where nobody is there to sign', async () => {
    const cwd = repository();
    const asked = installHooks({ cwd, env: world.env('nobody'), side: 'server', passphrase, program, trust: true });
    await expect(asked).rejects.toSatisfy((error) => isGatosError(error, 'hooks/cannot-trust'));
    // What was asked for first is there, and a second run goes on.
    expect((await install(cwd)).gate).toMatchObject({ made: false, trusted: false });
  });
});

describe('a hook that runs', () => {
  /** A program in the place of ours, which tells how it was called. */
  function witness(body = 'exit 0'): { node: string; script: string } {
    const script = world.at(`witness ${made++}.sh`);
    writeFileSync(script, `printf '%s|' "$@" >&2; printf 'in:' >&2; cat >&2\n${body}\n`);
    return { node: '/bin/sh', script };
  }

  async function hooked(side: Side, chosen: { node: string; script: string }) {
    const cwd = repository({ bare: side === 'server' });
    const { hooks } = await installHooks({ cwd, env: world.env(), side, passphrase, program: chosen });
    return { cwd, path: String(hooks[0]?.path) };
  }

  const run = (path: string, args: readonly string[], input: string, env = world.env()) =>
    spawnSync(path, args, { input, encoding: 'utf8', cwd: dirname(dirname(path)), env: env as NodeJS.ProcessEnv });

  const INPUT = `${'0'.repeat(40)} ${'a'.repeat(40)} refs/heads/caf\u00e9 "%s\\n$x\n\n`;

  it('hands over its arguments and its input, to the byte', async () => {
    const receive = await hooked('server', witness());
    expect(run(receive.path, [], INPUT)).toMatchObject({ status: 0, stderr: `gate|pre-receive|in:${INPUT}` });
    const push = await hooked('client', witness());
    expect(run(push.path, ['origin', 'a b $(c)'], INPUT).stderr).toBe(`gate|pre-push|--|origin|a b $(c)|in:${INPUT}`);
  });

  it('refuses as its program does, also when that is killed', async () => {
    for (const [body, status] of [
      ['exit 7', 7],
      ['kill -9 $$', 137],
    ] as const) {
      const { path } = await hooked('server', witness(body));
      const ended = run(path, [], INPUT);
      expect(ended.status ?? 128 + 9).toBe(status);
    }
  });

  it('refuses when its program has gone, and takes one of the PATH where there is one', async () => {
    const { path } = await hooked('server', { node: process.execPath, script: world.at('gone.cjs') });
    const without = { ...world.env(), PATH: '/usr/bin:/bin' };
    const refused = run(path, [], INPUT, without);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/^refused: the push gate cannot be started: .*gone\.cjs/);
    const bin = world.folder('bin');
    plant(join(bin, 'git-gatos'), '#!/bin/sh\nprintf "%s|" "$@" >&2\n');
    expect(run(path, [], INPUT, { ...without, PATH: `${bin}:/usr/bin:/bin` }).stderr).toBe('gate|pre-receive|');
  });

  it('asks the hook that was there first, with the same input; both must pass', async () => {
    const { cwd, path } = await hooked('server', witness());
    await uninstall(cwd);
    const seen = world.at(`seen ${made++}`);
    plant(path, `#!/bin/sh\nprintf '%s|' "$@" > '${seen}'; cat >> '${seen}'\n`);
    const chosen = witness();
    await installHooks({ cwd, env: world.env(), side: 'server', passphrase, program: chosen });
    expect(run(path, [], INPUT)).toMatchObject({ status: 0, stderr: `gate|pre-receive|in:${INPUT}` });
    expect(readFileSync(seen, 'utf8')).toBe(`|${INPUT}`);
    plant(path + CHAINED, '#!/bin/sh\necho not me >&2\nexit 3\n');
    expect(run(path, [], INPUT)).toMatchObject({ status: 3, stderr: 'not me\n' });
    plant(path + CHAINED, '#!/bin/sh\nexit 3\n', 0o644);
    expect(run(path, [], INPUT).status).toBe(0);
  });

  it('does not stumble over a chained hook that reads nothing of a long input', async () => {
    const { cwd, path } = await hooked('server', { node: '/bin/sh', script: world.at('count.sh') });
    writeFileSync(world.at('count.sh'), 'wc -c\n');
    await uninstall(cwd);
    plant(path, '#!/bin/sh\nexit 0\n');
    const chosen = { node: '/bin/sh', script: world.at('count.sh') };
    await installHooks({ cwd, env: world.env(), side: 'server', passphrase, program: chosen });
    const input = INPUT.repeat(20_000);
    const { status, stdout, stderr } = run(path, [], input);
    expect({ status, stdout: stdout.trim(), stderr }).toEqual({
      status: 0,
      stdout: String(Buffer.byteLength(input)),
      stderr: '',
    });
  });

  it('runs under every shell that is here', async () => {
    const { path } = await hooked('server', witness());
    for (const shell of ['dash', 'bash', 'busybox']) {
      const args = shell === 'busybox' ? ['sh', path] : shell === 'bash' ? ['--posix', path] : [path];
      if (spawnSync(shell, ['-c', ':']).error !== undefined) continue;
      const { status, stderr } = spawnSync(shell, args, { input: INPUT, encoding: 'utf8' });
      expect({ shell, status, stderr }).toEqual({ shell, status: 0, stderr: `gate|pre-receive|in:${INPUT}` });
    }
    renameSync(path, `${path}.moved`);
    expect(run(`${path}.moved`, [], INPUT).status).toBe(0);
  });
});
