import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ScratchWorld } from './scratch-world.js';
import { checkSetting, keptKey, readSettings, userSettingsPath, writeSettings } from './settings.js';

const world = new ScratchWorld();
afterAll(() => world.dispose());
const GENESIS = 'bafyreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy';

describe('settings in a file', () => {
  it('are what was written, and nothing when there is no file', () => {
    const path = world.at('a', 'settings.json');
    expect(readSettings(path)).toEqual({});
    writeSettings(path, { actor: 'user:alice', genesis: GENESIS });
    expect(readSettings(path)).toEqual({ actor: 'user:alice', genesis: GENESIS });
    writeSettings(path, { actor: 'user:bob' });
    expect(readSettings(path)).toEqual({ actor: 'user:bob' });
    expect(readdirSync(dirname(path))).toEqual(['settings.json']);
  });

  it('leave what a newer version has written', () => {
    const path = world.at('newer.json');
    writeFileSync(path, '{"future": {"x": [1]}, "key": "laptop", "__proto__": "data"}');
    expect(readSettings(path)).toEqual({ key: 'laptop' });
    writeSettings(path, { key: 'desk' });
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ future: { x: [1] }, key: 'desk' });
    expect(readFileSync(path, 'utf8')).toContain('"__proto__": "data"');
  });

  it.each([
    ['no JSON', 'actor = user:alice'],
    ['an array', '[]'],
    ['null', 'null'],
    ['an empty file, as a crash may leave one', ''],
    ['a value that is no text', '{"actor": 1}'],
    ['a bad value', '{"actor": "alice"}'],
    ['a bad genesis', '{"genesis": "bafy"}'],
    ['a key twice', '{"key": "a", "key": "b"}'],
  ])('are refused when they hold %s', (_what, content) => {
    const path = world.at('bad.json');
    writeFileSync(path, content);
    expect(() => readSettings(path)).toThrow(
      expect.objectContaining({ code: 'settings/malformed', data: expect.objectContaining({ path }) }),
    );
  });

  it('that cannot be written are a fault, and the file stays as it was', () => {
    const path = world.at('blocked', 'settings.json');
    writeSettings(path, { actor: 'user:alice' });
    writeFileSync(world.at('file'), '');
    expect(() => writeSettings(join(world.at('file'), 'settings.json'), {})).toThrow(
      expect.objectContaining({ code: 'settings/unwritable', exit: 75 }),
    );
    mkdirSync(world.at('folder', 'settings.json'), { recursive: true });
    expect(() => readSettings(world.at('folder', 'settings.json'))).toThrow(
      expect.objectContaining({ code: 'settings/malformed' }),
    );
    chmodSync(path, 0o444);
    writeSettings(path, { actor: 'user:bob' });
    expect(readSettings(path)).toEqual({ actor: 'user:bob' });
  });
});

describe('one setting', () => {
  it.each([
    ['actor', 'alice'],
    ['actor', 'user:Alice'],
    ['actor', ''],
    ['key', ''],
    ['key', 'a\nb'],
    ['genesis', 'sha256:00'],
    ['genesis', ''],
    ['namespace', 'a b'],
    ['namespace', '..'],
    ['namespace', 'x.lock'],
    ['namespace', 'a'.repeat(65)],
  ] as const)('%s cannot be %j', (name, value) => {
    expect(() => checkSetting(name, value)).toThrow(
      expect.objectContaining({ code: 'settings/bad-value', data: expect.objectContaining({ name, value }) }),
    );
  });

  it.each([
    ['actor', 'agent:bot-1'],
    ['key', '~/.ssh/id_ed25519'],
    ['genesis', GENESIS],
    ['namespace', 'sensors.v2'],
  ] as const)('%s can be %j', (name, value) => {
    expect(() => checkSetting(name, value)).not.toThrow();
  });

  it.each([
    ['laptop', 'laptop'],
    ['keys/id', '/here/keys/id'],
    ['./id.pub', '/here/id.pub'],
    ['id.json', '/here/id.json'],
    ['/abs/id', '/abs/id'],
    ['~/.ssh/id', '~/.ssh/id'],
    ['agent:SHA256:a/b', 'agent:SHA256:a/b'],
    ['key::ssh-ed25519 AA/B', 'key::ssh-ed25519 AA/B'],
    ['ssh-ed25519 AAAA/B comment', 'ssh-ed25519 AAAA/B comment'],
  ])('a key %s is kept as %s', (source, want) => {
    expect(keptKey(source, '/here')).toBe(want);
  });
});

describe("the person's settings", () => {
  it('are where the XDG specification has them', () => {
    expect(userSettingsPath({ HOME: '/h' })).toBe('/h/.config/gatos/settings.json');
    expect(userSettingsPath({ HOME: '/h', XDG_CONFIG_HOME: '/x' })).toBe('/x/gatos/settings.json');
    expect(userSettingsPath({ HOME: '/h', XDG_CONFIG_HOME: 'x' })).toBe('/h/.config/gatos/settings.json');
    expect(userSettingsPath({ HOME: '/h', XDG_CONFIG_HOME: '' })).toBe('/h/.config/gatos/settings.json');
  });

  it('count where the clone says nothing, but never pin its genesis', async () => {
    const cwd = world.folder('personal');
    await world.init(cwd);
    writeSettings(userSettingsPath(world.env()), { actor: 'user:personal', namespace: 'mine', genesis: GENESIS });
    await world.within(cwd, async ({ settings, namespace }) => {
      expect(namespace).toBe('mine');
      expect(settings.actor).not.toBe('user:personal');
      expect(settings.genesis).not.toBe(GENESIS);
    });
    const other = world.folder('unpinned');
    world.git(other, 'init', '-q');
    await world.within(other, async ({ settings }) => {
      expect(settings).toEqual({ actor: 'user:personal', namespace: 'mine' });
    });
  });
});
