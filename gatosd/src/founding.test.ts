import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { InitResult } from './founding.js';
import { ScratchWorld } from './scratch-world.js';
import { userSettingsPath, writeSettings } from './settings.js';

const world = new ScratchWorld();
afterAll(() => world.dispose());

const made = ({ steps }: InitResult): string[] => steps.filter((step) => step.made).map(({ what }) => what);
const verify = (cwd: string, person?: string): Promise<string> =>
  world.within(cwd, async ({ repository }) => (await repository.verify()).report.outcome, person);

let people = 0;
/** Somebody who was never here before. */
const stranger = (): { person: string; env: Readonly<Record<string, string | undefined>> } => {
  const person = `person-${people++}`;
  return { person, env: world.env(person) };
};

describe('init', () => {
  it('makes everything in an empty folder, and says so', async () => {
    const { person, env } = stranger();
    const cwd = world.at('empty', 'new', 'folder');
    const result = await world.init(cwd, { env, actor: 'user:alice' });
    expect(made(result)).toEqual(['repository', 'key', 'trust', 'settings']);
    expect(result).toMatchObject({ actor: 'user:alice', key: 'default', trusted: true, gitDir: join(cwd, '.git') });
    await world.emit(cwd, [1, 2, 3], { person });
    expect(await verify(cwd, person)).toBe('pass');
    expect([...world.heads(cwd).keys()]).toEqual(['journal/default/user-alice', 'trust']);
  });

  it('changes nothing when it is repeated', async () => {
    const { env } = stranger();
    const cwd = world.at('repeated');
    const first = await world.init(cwd, { env });
    const files = readdirSync(cwd, { recursive: true, encoding: 'utf8' }).sort();
    const again = await world.init(cwd, { env });
    expect(made(again)).toEqual([]);
    expect({ ...again, steps: [] }).toEqual({ ...first, steps: [] });
    expect(readdirSync(cwd, { recursive: true, encoding: 'utf8' }).sort()).toEqual(files);
    const other = await world.init(cwd, { env, profile: 'research' });
    expect(other.genesis).toBe(first.genesis);
  });

  it.each([
    ['the pin and the chains', false],
    ['the chains alone', true],
  ])('starts no second history over what is left of one: %s', async (_, unpinned) => {
    const { person, env } = stranger();
    const cwd = world.at(`lost-${unpinned}`);
    const { genesis } = await world.init(cwd, { env, actor: 'user:alice' });
    await world.emit(cwd, [1], { person });
    world.git(cwd, 'update-ref', '-d', 'refs/gatos/trust');
    if (unpinned) rmSync(join(cwd, '.git', 'gatos'), { recursive: true });
    await expect(world.init(cwd, { env })).rejects.toMatchObject({
      code: 'transport/trust-lost',
      exit: 14,
      data: { genesis: unpinned ? null : genesis, chains: 1 },
    });
    expect([...world.heads(cwd).keys()]).toEqual(['journal/default/user-alice']);
  });

  it('leaves an existing repository as it is', async () => {
    const cwd = world.folder('existing');
    world.git(cwd, 'init', '-q', '-b', 'trunk');
    writeFileSync(join(cwd, 'file'), 'x');
    world.git(cwd, 'add', '.');
    world.git(cwd, 'commit', '-q', '-m', 'first');
    const head = world.git(cwd, 'rev-parse', 'HEAD');
    const config = world.git(cwd, 'config', '--local', '--list');
    expect(made(await world.init(cwd, stranger()))).toEqual(['key', 'trust', 'settings']);
    expect(world.git(cwd, 'rev-parse', 'HEAD')).toBe(head);
    expect(world.git(cwd, 'status', '--porcelain')).toBe('');
    expect(world.git(cwd, 'config', '--local', '--list')).toBe(config);
    expect(world.git(cwd, 'fsck', '--strict')).toBe('');
  });

  it('completes the repository around a subfolder', async () => {
    const { env } = stranger();
    const top = world.folder('around');
    world.git(top, 'init', '-q');
    const result = await world.init(world.folder('around', 'a', 'b'), { env });
    expect(result.gitDir).toBe(join(top, '.git'));
    expect(existsSync(join(top, 'a', 'b', '.git'))).toBe(false);
    expect(made(await world.init(top, { env }))).toEqual([]);
  });

  it('makes and completes bare repositories', async () => {
    const { person, env } = stranger();
    const cwd = world.at('new-bare.git');
    const result = await world.init(cwd, { env, bare: true });
    expect(result.gitDir).toBe(cwd);
    expect(world.git(cwd, 'rev-parse', '--is-bare-repository').trim()).toBe('true');
    const other = world.bareRepository('old-bare.git');
    expect(made(await world.init(other, { env }))).toEqual(['trust', 'settings']);
    await world.emit(other, [1], { person });
    expect(await verify(other, person)).toBe('pass');
  });

  it('serves every worktree of a repository', async () => {
    const { person, env } = stranger();
    const main = world.folder('main-tree');
    world.git(main, 'init', '-q');
    world.git(main, 'commit', '-q', '--allow-empty', '-m', 'x');
    world.git(main, 'worktree', 'add', '-q', '../linked-tree');
    const linked = world.at('linked-tree');
    const { genesis } = await world.init(linked, { env });
    expect(made(await world.init(main, { env }))).toEqual([]);
    await world.emit(linked, ['linked'], { person });
    await world.emit(main, ['main'], { person });
    await world.within(main, async ({ settings }) => expect(settings.genesis).toBe(genesis), person);
    expect(await verify(linked, person)).toBe('pass');
  });

  it('works in SHA-256 repositories', async () => {
    const { person, env } = stranger();
    const cwd = world.bareRepository('sha256.git', '--object-format=sha256');
    await world.init(cwd, { env });
    await world.emit(cwd, [1], { person });
    expect(world.heads(cwd).get('trust')).toHaveLength(64);
    expect(await verify(cwd, person)).toBe('pass');
  });

  it('follows GIT_DIR, as git does', async () => {
    const { person } = stranger();
    const gitDir = world.bareRepository('hooked.git');
    const env = world.env(person, { GIT_DIR: gitDir });
    const elsewhere = world.folder('somewhere-else');
    expect((await world.init(elsewhere, { env })).gitDir).toBe(gitDir);
    expect(world.heads(gitDir).has('trust')).toBe(true);
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  it('is not led elsewhere by the environment of this process', async () => {
    const other = world.bareRepository('of-this-process.git');
    process.env.GIT_DIR = other;
    try {
      const cwd = world.at('not-there');
      expect((await world.init(cwd, stranger())).gitDir).toBe(join(cwd, '.git'));
      expect(world.heads(other).size).toBe(0);
    } finally {
      delete process.env.GIT_DIR;
    }
  });

  it('says what it cannot do', async () => {
    const { env } = stranger();
    writeFileSync(world.at('a-file'), '');
    await expect(world.init(world.at('a-file', 'x'), { env })).rejects.toMatchObject({ code: 'settings/no-directory' });
    await expect(world.init(world.at('y'), { env, actor: 'Alice' })).rejects.toMatchObject({
      code: 'settings/bad-value',
    });
    await expect(world.init(world.at('z'), { env, key: 'nowhere' })).rejects.toMatchObject({ code: 'identity/no-key' });
  });
});

describe('who writes', () => {
  it.each([
    ['an address', ['user.email', 'Jane.Doe+x@example.com'], 'user:jane.doe-x'],
    ["a forge's address", ['user.email', '123+jane@users.noreply.example.com'], 'user:123-jane'],
    ['a name with accents', ['user.name', 'Žofie Müller'], 'user:zofie-muller'],
    ['a name that no actor may have', ['user.name', 'x.lock'], 'user:sysuser'],
    ['a name of dots', ['user.name', '...'], 'user:sysuser'],
    ['Chinese only', ['user.name', '张三'], 'user:sysuser'],
  ])('is called after %s', async (_what, [setting = '', value = ''], want) => {
    const { person } = stranger();
    const env = world.env(person, { USER: 'sysuser' });
    const cwd = world.folder(`called-${person}`);
    world.git(cwd, 'init', '-q');
    world.git(cwd, 'config', setting, value);
    expect((await world.init(cwd, { env })).actor).toBe(want);
  });

  it('is whom the settings name', async () => {
    const { person, env } = stranger();
    writeSettings(userSettingsPath(env), { actor: 'service:ci' });
    expect((await world.init(world.at(`named-${person}`), { env })).actor).toBe('service:ci');
  });
});

describe('the key', () => {
  function sshKey(name: string, ...options: string[]): string {
    const path = world.at(name);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path, ...options], { stdio: 'ignore' });
    return path;
  }

  async function initWith(
    settings: Readonly<Record<string, string>>,
  ): Promise<{ result: InitResult; cwd: string; person: string }> {
    const { person, env } = stranger();
    const cwd = world.folder(`key-of-${person}`);
    world.git(cwd, 'init', '-q');
    for (const [name, value] of Object.entries(settings)) world.git(cwd, 'config', name, value);
    return { result: await world.init(cwd, { env }), cwd, person };
  }

  it('is the SSH key that git signs with', async () => {
    const path = sshKey('id_signing');
    for (const value of [path, `${path}.pub`]) {
      const { result, cwd, person } = await initWith({ 'gpg.format': 'ssh', 'user.signingkey': value });
      expect(result).toMatchObject({ key: value, trusted: true });
      expect(made(result)).not.toContain('key');
      await world.emit(cwd, [1], { person });
      expect(await verify(cwd, person)).toBe('pass');
    }
  });

  it('is found from every folder, also when it was given by a relative path', async () => {
    const { person, env } = stranger();
    sshKey('relative-id');
    const cwd = world.folder('relative');
    const result = await world.init(cwd, { env, key: '../relative-id' });
    expect(result.key).toBe(world.at('relative-id'));
    await world.emit(world.folder('relative', 'deep', 'er'), [1], { person });
  });

  it.each([
    ['git signs with OpenPGP', { 'user.signingkey': '0xDEADBEEF' }],
    [
      'the key is of another kind',
      { 'gpg.format': 'ssh', 'user.signingkey': 'key::ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ== x' },
    ],
    ['the key is not there', { 'gpg.format': 'ssh', 'user.signingkey': '/no/such/key' }],
    ['no key is named', { 'gpg.format': 'ssh' }],
  ])('is an own one when %s', async (_what, settings) => {
    const { result } = await initWith(settings as Record<string, string>);
    expect(result).toMatchObject({ key: 'default', trusted: true });
  });

  it('that is not trusted is reported, and nothing is rewritten', async () => {
    const cwd = world.at('mine');
    const { genesis } = await world.init(cwd, stranger());
    const second = await world.init(cwd, { ...stranger(), actor: 'user:other', key: sshKey('not-trusted') });
    expect(second).toMatchObject({ genesis, trusted: false, actor: 'user:other' });
  });
});

describe('a remote', () => {
  it('gets the fetch refspec, once', async () => {
    const { env } = stranger();
    const cwd = world.folder('with-remotes');
    world.git(cwd, 'init', '-q');
    world.git(cwd, 'remote', 'add', 'origin', world.bareRepository('remote one.git'));
    world.git(cwd, 'remote', 'add', 'team/b', world.bareRepository('remote-two.git'));
    expect(made(await world.init(cwd, { env }))).toEqual(['key', 'trust', 'refspec', 'refspec', 'settings']);
    expect(made(await world.init(cwd, { env }))).toEqual([]);
    const refspecs = world.git(cwd, 'config', '--get-all', 'remote.team/b.fetch').trim().split('\n');
    expect(refspecs).toEqual(['+refs/heads/*:refs/remotes/team/b/*', '+refs/gatos/*:refs/gatos-remote/team/b/*']);
  });

  it('that has a history already is to be joined', async () => {
    const { person, env } = stranger();
    const source = world.at('has-history');
    await world.init(source, { env });
    const cwd = world.at('plain-clone');
    world.git(world.root, 'clone', '-q', source, cwd);
    await expect(world.init(cwd, { env })).rejects.toMatchObject({ code: 'transport/join-instead' });
    expect(world.heads(cwd).size).toBe(0);
    // Also when the remote is out of reach, once its refs were fetched.
    world.git(cwd, 'fetch', '-q', 'origin', '+refs/gatos/*:refs/gatos-remote/origin/*');
    world.git(cwd, 'remote', 'set-url', 'origin', world.at('gone'));
    await expect(world.init(cwd, { env, offline: true })).rejects.toMatchObject({ code: 'transport/join-instead' });
    world.git(cwd, 'remote', 'set-url', 'origin', source);
    await world.sync(cwd, { person });
    expect(await world.init(cwd, { env })).toMatchObject({ trusted: true });
  });

  it('that cannot be asked stops it, unless it is told to go on', async () => {
    const { env } = stranger();
    const cwd = world.folder('unreachable');
    world.git(cwd, 'init', '-q');
    world.git(cwd, 'remote', 'add', 'origin', world.at('nowhere'));
    await expect(world.init(cwd, { env })).rejects.toMatchObject({ code: 'transport/remote-unknown', exit: 30 });
    expect(world.heads(cwd).size).toBe(0);
    expect(made(await world.init(cwd, { env, offline: true }))).toContain('trust');
  });
});

describe('what an interrupted init has left is completed', () => {
  it.each([
    ['the repository', (cwd: string) => world.git(world.root, 'init', '-q', cwd)],
    [
      'all but the settings',
      async (cwd: string, env: Readonly<Record<string, string | undefined>>) => {
        await world.init(cwd, { env });
        rmSync(join(cwd, '.git', 'gatos', 'settings.json'));
      },
    ],
    [
      'all but the trust chain',
      async (cwd: string, env: Readonly<Record<string, string | undefined>>) => {
        await world.init(cwd, { env });
        world.git(cwd, 'update-ref', '-d', 'refs/gatos/trust');
      },
    ],
  ])('%s', async (what, before) => {
    const { person, env } = stranger();
    const cwd = world.at(`left-${what.replaceAll(' ', '-')}`);
    await before(cwd, env);
    // A pin of a trust chain that was never written would be a lie; here it was there once.
    if (what.includes('trust')) rmSync(join(cwd, '.git', 'gatos', 'settings.json'));
    expect(await world.init(cwd, { env })).toMatchObject({ trusted: true });
    await world.emit(cwd, [1], { person });
    expect(await verify(cwd, person)).toBe('pass');
    expect(made(await world.init(cwd, { env }))).toEqual([]);
  });

  it('and two at the same time make one history', async () => {
    const { person, env } = stranger();
    const cwd = world.folder('race');
    world.git(cwd, 'init', '-q');
    const results = await Promise.all([1, 2, 3, 4].map(() => world.init(cwd, { env })));
    expect(new Set(results.map(({ genesis }) => genesis)).size).toBe(1);
    expect(await world.init(cwd, { env })).toMatchObject({ trusted: true });
    expect(await verify(cwd, person)).toBe('pass');
  });
});
