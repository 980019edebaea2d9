import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cid, encode, LIMITS, namedRoot, utf8 } from 'gatos-core';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { describeLibraries } from './libraries.js';
import { locate, shebangOf } from './locate.js';
import { describeMachine } from './machine.js';
import { ToolCache } from './tool-cache.js';
import { describeTools, fitting, interpretersOf, UNKNOWN_VERSION } from './tools.js';

const folder = mkdtempSync(join(tmpdir(), 'gatos-facts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');

function tool(name: string, script: string): { readonly name: string; readonly path: string; readonly real: string } {
  const path = join(folder, name);
  rmSync(path, { force: true });
  writeFileSync(path, script, { mode: 0o755 });
  return { name, path, real: path };
}

describe('the first line of a script', () => {
  it.each([
    ['#!/bin/sh\n', '/bin/sh'],
    ['#! /bin/sh -eu\n', '/bin/sh'],
    ['#!/usr/bin/env python3\n', 'python3'],
    ['#!/usr/bin/env -S python3 -u\n', 'python3'],
    ['#!/usr/bin/env LC_ALL=C perl\n', 'perl'],
    ['#!/bin/sh', '/bin/sh'],
    ['#!\n', null],
    ['#!/usr/bin/env\n', null],
    ['\x7fELF', null],
    ['', null],
    [' #!/bin/sh\n', null],
  ])('%j names %j', (text, wanted) => expect(shebangOf(utf8(text))).toBe(wanted));

  it('is followed, and a circle ends', async () => {
    const search = { path: folder, env: {}, cwd: '/' };
    tool('first', `#!${join(folder, 'second')}\n`);
    tool('second', `#!${join(folder, 'first')}\n`);
    const found = await interpretersOf(join(folder, 'first'), search);
    expect(found.map(({ name }) => name)).toEqual(['first', 'second', 'first', 'second', 'first']);
  });
});

describe('commands', () => {
  it('are found in order, and only what can be run', async () => {
    const [a, b] = [join(folder, 'a'), join(folder, 'b')];
    for (const each of [a, b]) mkdirSync(each);
    writeFileSync(join(a, 'x'), '', { mode: 0o644 });
    mkdirSync(join(a, 'y'));
    for (const name of ['x', 'y']) writeFileSync(join(b, name), '', { mode: 0o755 });
    symlinkSync(join(b, 'x'), join(b, 'z'));
    const search = { path: `${a}:${b}`, env: {}, cwd: '/' };
    expect(await locate('x', search)).toEqual({ name: 'x', path: join(b, 'x'), real: join(b, 'x') });
    expect((await locate('y', search))?.path).toBe(join(b, 'y'));
    expect(await locate('z', search)).toEqual({ name: 'z', path: join(b, 'z'), real: join(b, 'x') });
    expect(await locate('w', search)).toBeNull();
    expect((await locate(join(b, 'x'), { ...search, path: '' }))?.real).toBe(join(b, 'x'));
  });
});

describe('facts of tools', () => {
  const cacheFile = join(folder, 'cache', 'tools.json');
  beforeEach(() => rmSync(cacheFile, { force: true }));

  it('are kept between runs: the program is not asked again', async () => {
    const counter = join(folder, 'asked');
    const node = tool('node', `#!/bin/sh\necho x >> ${counter}\necho v1.2.3; echo more\n`);
    const first = await describeTools([node], new ToolCache(cacheFile));
    expect(first).toMatchObject([{ name: 'node', version: 'v1.2.3' }]);
    expect(await describeTools([node], new ToolCache(cacheFile))).toEqual(first);
    expect(readFileSync(counter, 'utf8')).toBe('x\n');
    expect(statSync(cacheFile).mode & 0o777).toBe(0o600);
  });

  it('are found anew when the cache is damaged, in whatever way', async () => {
    const node = tool('node', '#!/bin/sh\necho v1\n');
    const right = await describeTools([node], new ToolCache(cacheFile));
    const whole = readFileSync(cacheFile, 'utf8');
    const digest = hex(right[0]?.digest);
    expect(whole).toContain(digest);
    const wrong = whole.replace(digest, 'ab'.repeat(32));
    for (const text of [
      wrong,
      whole.slice(0, -10),
      '',
      '[]',
      'null',
      '{"v":1,"tools":{}}',
      whole.replace('"v1"', '7'),
      '\0'.repeat(100),
    ]) {
      writeFileSync(cacheFile, text);
      expect(await describeTools([node], new ToolCache(cacheFile))).toEqual(right);
    }
  });

  it('are found without a place to keep them', async () => {
    const node = tool('node', '#!/bin/sh\necho v1\n');
    writeFileSync(join(folder, 'file'), '');
    for (const path of [null, join(folder, 'file', 'tools.json')]) {
      expect(await describeTools([node], new ToolCache(path))).toMatchObject([{ version: 'v1' }]);
    }
    expect(existsSync(join(folder, 'file', 'tools.json'))).toBe(false);
  });

  it('have no version when it is not known how to ask, or there is no answer', async () => {
    const strange = tool('strange', `#!/bin/sh\ntouch ${join(folder, 'was-run')}\n`);
    const hanging = tool('ruby', '#!/bin/sh\nexec sleep 60\n');
    const silent = tool('perl', '#!/bin/sh\nexit 0\n');
    const failing = tool('julia', '#!/bin/sh\necho 1.0; exit 1\n');
    const facts = await describeTools([strange, hanging, silent, failing], new ToolCache(null));
    expect(facts.map(({ name, version }) => [name, version])).toEqual([
      ['julia', UNKNOWN_VERSION],
      ['perl', UNKNOWN_VERSION],
      ['ruby', UNKNOWN_VERSION],
      ['strange', UNKNOWN_VERSION],
    ]);
    expect(existsSync(join(folder, 'was-run'))).toBe(false);
  });

  it('fit into a line', () => {
    expect(fitting('  a\n\tb\u2028c ', 100)).toBe('a b c');
    expect(fitting('x'.repeat(300), LIMITS.jobFactBytes)).toHaveLength(254);
    expect(utf8(fitting('😀'.repeat(300), 256)).length).toBeLessThanOrEqual(256);
    expect(fitting('\ud800', 10)).toBe('\ufffd');
  });
});

describe('facts of libraries', () => {
  it('are a root over all files, by path and bytes, and symlinks by their target', async () => {
    const root = mkdtempSync(join(folder, 'root-'));
    const library = join(root, 'lib');
    mkdirSync(join(library, 'sub/empty'), { recursive: true });
    writeFileSync(join(library, 'sub/a'), 'A');
    writeFileSync(join(library, '.b'), 'B'.repeat(2 * 1024 * 1024));
    symlinkSync('sub/a', join(library, 'c'));
    const [found] = await describeLibraries(['lib'], root);
    const files = [
      { path: '.b', cid: Cid.hash('raw', utf8('B'.repeat(2 * 1024 * 1024))) },
      { path: 'c', cid: Cid.hash('dag-cbor', encode({ link: 'sub/a' })) },
      { path: 'sub/a', cid: Cid.hash('raw', utf8('A')) },
    ];
    expect(found).toMatchObject({ path: 'lib', real: library, fact: { path: 'lib', version: null } });
    expect(hex(found?.fact.digest)).toBe(hex(namedRoot(files)));
    chmodSync(join(library, 'sub/a'), 0o600);
    expect((await describeLibraries(['lib'], root))[0]?.fact).toEqual(found?.fact);
  });

  it.each([
    ['package.json', '{"version":"1.2.3"}', '1.2.3'],
    ['package.json', '{"version":7}', null],
    ['package.json', 'no json', null],
    ['METADATA', 'Metadata-Version: 2.1\nName: x\nVersion: 0.4\n', '0.4'],
    ['pyproject.toml', '[project]\nname = "x"\nversion = "3.1"\n', '3.1'],
    ['../lib-2.0.dist-info/METADATA', 'Version: 2.0\n', '2.0'],
    ['other', 'Version: 1', null],
  ])('have the version of %s %s', async (name, content, version) => {
    const root = mkdtempSync(join(folder, 'root-'));
    for (const each of ['lib', 'lib-2.0.dist-info']) mkdirSync(join(root, each));
    writeFileSync(join(root, 'lib', name), content);
    expect((await describeLibraries(['lib'], root))[0]?.fact.version).toBe(version);
  });

  it('are refused when there are none', async () => {
    writeFileSync(join(folder, 'no-folder'), '');
    await expect(describeLibraries(['missing'], folder)).rejects.toThrow('there is no `missing`');
    await expect(describeLibraries(['no-folder'], folder)).rejects.toThrow('it is no folder');
    await expect(describeLibraries(['x'], null)).rejects.toThrow('no folder to find it in');
    expect(await describeLibraries([], null)).toEqual([]);
  });
});

describe('the machine', () => {
  it('is described without its name', () => {
    const { os, arch } = describeMachine();
    expect(os.startsWith(process.platform)).toBe(true);
    expect(arch).toBe(process.arch);
  });
});
