import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GatosError, LIMITS } from '../../src/kernel/index.js';
import {
  createOwnKey,
  type IdentityEnvironment,
  keyDirectory,
  listOwnKeys,
  loadSigner,
  nativeEngine,
  ownKeyPath,
} from './index.js';

const COST = { N: 1024, r: 8, p: 1 };
let home: string;
let env: IdentityEnvironment;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'gatos-keys-'));
  env = { HOME: home };
});
afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

async function codeOf(body: () => Promise<unknown>): Promise<string> {
  try {
    return `no error: ${JSON.stringify(await body())}`;
  } catch (error) {
    return error instanceof GatosError ? error.code : `not typed: ${String(error)}`;
  }
}

const nobody = async (): Promise<null> => null;
const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

describe('where keys live', () => {
  it('follows the XDG specification', () => {
    expect(keyDirectory({ HOME: '/home/a' })).toBe('/home/a/.config/gatos/keys');
    expect(keyDirectory({ HOME: '/home/a', XDG_CONFIG_HOME: '/x' })).toBe('/x/gatos/keys');
    expect(keyDirectory({ HOME: '/home/a', XDG_CONFIG_HOME: 'relative' })).toBe('/home/a/.config/gatos/keys');
    expect(keyDirectory({ HOME: '/home/a', XDG_CONFIG_HOME: '' })).toBe('/home/a/.config/gatos/keys');
  });

  it.each(['', '../x', 'a/b', 'A', '.hidden', 'a..b', 'x'.repeat(65), 'a\u0000'])(
    'refuses the name %j',
    async (name) => {
      expect(await codeOf(async () => ownKeyPath(name, env))).toBe('identity/key-name');
      expect(await codeOf(() => createOwnKey({ name, passphrase: null, env }))).toBe('identity/key-name');
    },
  );
});

describe('creating a key', () => {
  it('makes a private file in a private folder, which signs', async () => {
    const made = await createOwnKey({ name: 'laptop', passphrase: null, env });
    expect(made).toMatchObject({ name: 'laptop', path: ownKeyPath('laptop', env), sealed: false });
    expect(await modeOf(made.path)).toBe(0o600);
    expect(await modeOf(keyDirectory(env))).toBe(0o700);
    expect(await readdir(keyDirectory(env))).toEqual(['laptop.json']);
    const signer = await loadSigner({ source: 'laptop', passphrase: nobody, env });
    const message = new Uint8Array([1, 2, 3]);
    expect(nativeEngine().verify({ key: made.key, message, signature: await signer.sign(message) })).toBe(true);
    expect(nativeEngine().isRegistrable(made.key)).toBe(true);
    expect(signer.source).toBe(made.path);
  });

  it('is private whatever the umask', async () => {
    const before = process.umask(0o777);
    try {
      // The folders first: a umask of 777 would leave them closed to ourselves.
      process.umask(0);
      await mkdir(join(home, '.config'), { mode: 0o777 });
      const open = await createOwnKey({ name: 'open', passphrase: null, env });
      expect(await modeOf(open.path)).toBe(0o600);
      expect(await modeOf(keyDirectory(env))).toBe(0o700);
      process.umask(0o777);
      const closed = await createOwnKey({ name: 'closed', passphrase: null, env });
      expect(await modeOf(closed.path)).toBe(0o600);
    } finally {
      process.umask(before);
    }
  });

  it('never overwrites, not even when 20 try at once', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, () => createOwnKey({ name: 'raced', passphrase: null, env })),
    );
    const winners = results.filter((result) => result.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'identity/key-exists' });
    const before = await readFile(ownKeyPath('raced', env));
    expect(await codeOf(() => createOwnKey({ name: 'raced', passphrase: null, env }))).toBe('identity/key-exists');
    expect(await readFile(ownKeyPath('raced', env))).toEqual(before);
    expect(await readdir(keyDirectory(env))).toEqual(['raced.json']);
  });

  it('does not write through a symbolic link', async () => {
    await mkdir(keyDirectory(env), { recursive: true, mode: 0o700 });
    await symlink(join(home, 'elsewhere'), ownKeyPath('linked', env));
    expect(await codeOf(() => createOwnKey({ name: 'linked', passphrase: null, env }))).toBe('identity/key-exists');
    expect(await readdir(home)).toEqual(['.config']);
  });

  it('refuses a folder that others can write', async () => {
    await mkdir(keyDirectory(env), { recursive: true });
    await chmod(keyDirectory(env), 0o777);
    expect(await codeOf(() => createOwnKey({ name: 'laptop', passphrase: null, env }))).toBe('identity/key-exposed');
    expect(await readdir(keyDirectory(env))).toEqual([]);
  });

  it('says so when a file stands where the folder should', async () => {
    await writeFile(join(home, '.config'), '');
    expect(await codeOf(() => createOwnKey({ name: 'laptop', passphrase: null, env }))).toBe('identity/key-io');
  });

  it('seals with a passphrase', async () => {
    const made = await createOwnKey({ name: 'sealed', passphrase: 'open sesame', cost: COST, env });
    expect(made.sealed).toBe(true);
    const text = await readFile(made.path, 'utf8');
    expect(JSON.parse(text)).not.toHaveProperty('secret');
    let asked = 0;
    const ask = async (): Promise<string> => {
      asked++;
      return 'open sesame';
    };
    const signer = await loadSigner({ source: 'sealed', passphrase: ask, env });
    await signer.sign(new Uint8Array(1));
    await signer.sign(new Uint8Array(2));
    expect(asked).toBe(1);
    expect(await codeOf(() => loadSigner({ source: 'sealed', passphrase: nobody, env }))).toBe(
      'identity/passphrase-required',
    );
    expect(await codeOf(() => loadSigner({ source: 'sealed', passphrase: async () => '', env }))).toBe(
      'identity/passphrase-required',
    );
    expect(await codeOf(() => loadSigner({ source: 'sealed', passphrase: async () => 'no', env }))).toBe(
      'identity/passphrase-wrong',
    );
  });
});

describe('reading a key', () => {
  it.each([0o640, 0o604, 0o660, 0o644, 0o610, 0o601])(
    'refuses mode %o, with the command that mends it',
    async (mode) => {
      const { path } = await createOwnKey({ name: 'laptop', passphrase: null, env });
      await chmod(path, mode);
      const fault = await loadSigner({ source: 'laptop', passphrase: nobody, env }).catch(
        (error: unknown) => error as GatosError,
      );
      expect(fault).toMatchObject({ code: 'identity/key-exposed', data: { path, mode: mode.toString(8) } });
      expect((fault as GatosError).hint).toContain(`chmod 600 ${path}`);
      await chmod(path, 0o400);
      await loadSigner({ source: 'laptop', passphrase: nobody, env });
    },
  );

  it('refuses what is not a file, or too large, and says when there is none', async () => {
    await mkdir(join(home, 'folder.json'));
    const load = (source: string): Promise<string> => codeOf(() => loadSigner({ source, passphrase: nobody, env }));
    expect(await load(join(home, 'folder.json'))).toBe('identity/key-file');
    await writeFile(join(home, 'big.json'), '{'.repeat(LIMITS.keyFileBytes + 1), { mode: 0o600 });
    expect(await load(join(home, 'big.json'))).toBe('identity/key-file');
    expect(await load(join(home, 'none.json'))).toBe('identity/no-key');
    expect(await load('none')).toBe('identity/no-key');
    expect(await load(join(home, 'big.json', 'below'))).toBe('identity/key-io');
  });

  it('does not wait at a named pipe', async () => {
    const { execFileSync } = await import('node:child_process');
    execFileSync('mkfifo', ['-m', '600', join(home, 'pipe.json')]);
    expect(await codeOf(() => loadSigner({ source: join(home, 'pipe.json'), passphrase: nobody, env }))).toBe(
      'identity/key-file',
    );
  });

  it('follows a symbolic link, and judges the file behind it', async () => {
    const { path } = await createOwnKey({ name: 'laptop', passphrase: null, env });
    await symlink(path, join(home, 'link.json'));
    await loadSigner({ source: join(home, 'link.json'), passphrase: nobody, env });
    await loadSigner({ source: '~/link.json', passphrase: nobody, env });
    await chmod(path, 0o644);
    expect(await codeOf(() => loadSigner({ source: join(home, 'link.json'), passphrase: nobody, env }))).toBe(
      'identity/key-exposed',
    );
  });
});

describe('listing keys', () => {
  it('is empty where there is no folder', async () => {
    expect(await listOwnKeys(env)).toEqual({ keys: [], unreadable: [] });
  });

  it('lists by name, and one bad file does not hide the others', async () => {
    const b = await createOwnKey({ name: 'b', passphrase: 'x', cost: COST, env });
    const a = await createOwnKey({ name: 'a', passphrase: null, env });
    await writeFile(ownKeyPath('broken', env), '{}', { mode: 0o600 });
    await createOwnKey({ name: 'exposed', passphrase: null, env });
    await chmod(ownKeyPath('exposed', env), 0o644);
    await writeFile(join(keyDirectory(env), 'README.md'), '');
    const { keys, unreadable } = await listOwnKeys(env);
    expect(keys).toEqual([a, b]);
    expect(unreadable.map(({ path, fault }) => [path, (fault as GatosError).code])).toEqual([
      [ownKeyPath('broken', env), 'identity/key-file'],
      [ownKeyPath('exposed', env), 'identity/key-exposed'],
    ]);
  });
});
