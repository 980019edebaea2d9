/** The npm package: installs without the registry, brings its manual, runs. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TABLE } from '../src/commands/table.js';
import { manPages } from '../src/man/index.js';
import { VERSION } from '../src/version.js';
import { environment, has, ROOT, start } from '../testing/bundle.js';

const manifest = JSON.parse(readFileSync(join(ROOT, 'git-gatos/package.json'), 'utf8'));
let folder = '';
let tarball = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatos-package-'));
  // Without scripts: prepack would build, and what is built is what is tested here.
  const packed = start('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
    cwd: join(ROOT, 'git-gatos'),
  });
  expect(packed.status, packed.stderr).toBe(0);
  tarball = join(folder, `git-gatos-${VERSION}.tgz`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('needs no other package', () => {
  expect(manifest.dependencies ?? {}).toEqual({});
  expect(manifest.peerDependencies ?? {}).toEqual({});
});

it('lists the man pages of the present commands', async () => {
  const pages = await manPages(TABLE);
  expect(manifest.man).toEqual(pages.map(({ file }) => `./man/man1/${file}`));
  for (const { file, text } of pages)
    expect(readFileSync(join(ROOT, 'git-gatos/man/man1', file), 'utf8'), file).toBe(text);
});

it('holds the bundle, the wasm and the licences, and no sources, maps or stamps', () => {
  const files = start('tar', ['tzf', tarball])
    .stdout.split('\n')
    .filter((line) => line !== '');
  expect(files).toEqual(
    expect.arrayContaining([
      'package/bin/git-gatos.cjs',
      'package/dist/main.cjs',
      'package/dist/emscripten-module.wasm',
      'package/dist/LICENSES.txt',
      'package/man/man1/git-gatos.1',
    ]),
  );
  expect(
    files.filter(
      (file) =>
        !/^package\/(package\.json|bin\/(git-gatos|chunks)\.cjs|dist\/[\w-]+\.(cjs|wasm|txt)|man\/man1\/git-gatos[\w-]*\.1)$/.test(
          file,
        ),
    ),
  ).toEqual([]);
});

describe('installed globally, offline', () => {
  let prefix = '';
  let path = '';
  beforeAll(() => {
    prefix = join(folder, 'prefix');
    path = `${join(prefix, 'bin')}:${process.env.PATH}`;
    const { status, stderr } = start('npm', ['install', '--global', '--offline', '--prefix', prefix, tarball], {
      cwd: folder,
    });
    expect(status, stderr).toBe(0);
  });

  it('runs as git gatos', () => {
    expect(start('git', ['gatos', 'version'], { cwd: folder, env: environment({ PATH: path }) })).toMatchObject({
      status: 0,
      stdout: `git-gatos ${VERSION}\n`,
    });
    expect(readdirSync(join(prefix, 'lib/node_modules'))).toEqual(['git-gatos']);
  });

  it('does all its work without any other package', () => {
    const home = join(folder, 'home');
    mkdirSync(home);
    const env = environment({ PATH: path, HOME: home, XDG_CONFIG_HOME: join(home, 'config') });
    const gatos = (...args: string[]) => start('git', ['gatos', ...args], { cwd: home, env });
    expect(gatos('init')).toMatchObject({ status: 0 });
    for (const n of [1, 2, 3]) {
      expect(gatos('emit', '--type', 'add', '--payload', `{"n":${n}}`).stdout).toMatch(/^bafy[a-z2-7]{55}\n$/);
    }
    expect(gatos('fold', 'new', 'sum')).toMatchObject({ status: 0 });
    expect(gatos('fold', 'run', 'sum')).toMatchObject({ status: 0 });
    expect(JSON.parse(gatos('state', 'show', 'sum', '--json').stdout)).toMatchObject({ sum: 6 });
    expect(gatos('verify')).toMatchObject({ status: 0, stdout: expect.stringContaining('verified') });
  });

  it.skipIf(!has('man'))('brings the manual', () => {
    const { stdout } = start('man', ['-w', 'git-gatos'], { env: environment({ PATH: path }) });
    expect(stdout).toMatch(/git-gatos\.1\n$/);
    expect(stdout.startsWith(prefix)).toBe(true);
  });
});
