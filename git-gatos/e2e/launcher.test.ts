/** The launchers and the manual, from a clone, as git and man find them. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERSION } from '../src/version.js';
import { BIN, has, LAUNCHER, MAN, ROOT, start } from '../testing/bundle.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatos-launcher-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const THIS = { status: 0, stdout: `git-gatos ${VERSION}\n`, stderr: '' };
const git = (args: readonly string[], cwd: string) => {
  const identity = {
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@b',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@b',
  };
  return start('git', args, { cwd, env: identity });
};

describe('git gatos', () => {
  it('runs in a repository, a subdirectory, a work tree, a bare one, and outside of any', () => {
    const main = join(folder, 'main');
    expect(git(['init', '-q', main], folder).status).toBe(0);
    expect(git(['commit', '-q', '--allow-empty', '-m', 'x'], main).status).toBe(0);
    expect(git(['worktree', 'add', '-q', join(folder, 'tree')], main).status).toBe(0);
    expect(git(['init', '-q', '--bare', join(folder, 'bare.git')], folder).status).toBe(0);
    mkdirSync(join(main, 'deep/er'), { recursive: true });
    for (const cwd of ['main', 'main/deep/er', 'tree', 'bare.git', '.']) {
      expect(start('git', ['gatos', 'version'], { cwd: join(folder, cwd) }), cwd).toMatchObject(THIS);
    }
  });

  it('takes -C from git and its own', () => {
    expect(start('git', ['-C', folder, 'gatos', 'version'], { cwd: '/' })).toMatchObject(THIS);
    expect(start('git', ['gatos', '-C', folder, 'version'], { cwd: '/' })).toMatchObject(THIS);
    expect(start('git', ['gatos', '-C', join(folder, 'nowhere'), 'version'], { cwd: '/' })).toMatchObject({
      status: 129,
    });
  });

  it('relays exit statuses', () => {
    expect(start('git', ['gatos', 'vesion'])).toMatchObject({
      status: 129,
      stdout: '',
      stderr: expect.stringContaining('did you mean `git gatos version`?'),
    });
    expect(start('git', ['gatos', '--json', 'vesion'])).toMatchObject({
      status: 129,
      stdout: expect.stringMatching(/^\{"error":\{"code":"cli\/unknown-command"/),
    });
  });

  it('writes to a closed pipe without a word', () => {
    const { stdout, stderr } = start('bash', ['-c', 'git gatos help | true; echo $PIPESTATUS']);
    expect(stderr).toBe('');
    expect(['0\n', '141\n']).toContain(stdout);
  });
});

describe('the launcher', () => {
  it('works through symbolic links to the file and to its directory', () => {
    symlinkSync(join(BIN, 'git-gatos'), join(folder, 'git-gatos'));
    symlinkSync(BIN, join(folder, 'link'));
    for (const program of [
      join(BIN, 'git-gatos'),
      LAUNCHER,
      join(folder, 'git-gatos'),
      join(folder, 'link/git-gatos'),
    ]) {
      expect(start(program, ['version'], { cwd: folder }), program).toMatchObject(THIS);
    }
  });

  it('says how to build what is not built', () => {
    const clone = join(folder, 'unbuilt');
    cpSync(dirname(LAUNCHER), join(clone, 'git-gatos/bin'), { recursive: true });
    expect(start(join(clone, 'git-gatos/bin/git-gatos.cjs'), ['version'])).toMatchObject({
      status: 1,
      stdout: '',
      stderr: `error: git-gatos is not built yet\nhint: run \`npm ci && npm run build\` in ${realpathSync(clone)}/\n`,
    });
  });
});

describe('the code cache', () => {
  const CHUNKS = join(dirname(LAUNCHER), 'chunks.cjs');
  const { CACHE } = createRequire(import.meta.url)(CHUNKS) as { CACHE: string };

  it('is what V8 takes for every chunk that has one', () => {
    const names = readdirSync(CACHE);
    expect(names.length).toBeGreaterThan(2);
    const program = `
      const { load, loaded } = require(process.argv[1]);
      for (const name of process.argv.slice(2)) load(name);
      console.log(process.argv.slice(2).filter((name) => loaded.get(name).script.cachedDataRejected !== false).join());`;
    expect(start(process.execPath, ['-e', program, CHUNKS, ...names])).toMatchObject({
      status: 0,
      stdout: '\n',
      stderr: '',
    });
  });

  it('can be missing, cut short, or of another Node', () => {
    const clone = join(folder, 'uncached');
    cpSync(dirname(LAUNCHER), join(clone, 'bin'), { recursive: true });
    cpSync(join(ROOT, 'git-gatos/dist'), join(clone, 'dist'), { recursive: true });
    const cache = join(clone, 'dist', basename(CACHE));
    const version = () => start(join(clone, 'bin/git-gatos.cjs'), ['version']);
    const damages: ((bytes: Buffer) => Uint8Array)[] = [
      (bytes) => bytes.map((byte, i) => (i < 16 ? byte ^ 0x55 : byte)),
      (bytes) => bytes.subarray(0, bytes.length >> 1),
      () => new Uint8Array(0),
    ];
    for (const damage of damages) {
      for (const name of readdirSync(CACHE)) {
        writeFileSync(join(cache, name), damage(readFileSync(join(CACHE, name))));
      }
      expect(version(), String(damage)).toMatchObject(THIS);
    }
    rmSync(cache, { recursive: true });
    expect(version()).toMatchObject(THIS);
  });
});

describe.skipIf(!has('man'))('the manual', () => {
  it('is found because bin is in PATH', () => {
    for (const page of ['git-gatos', 'git-gatos-version']) {
      expect(start('man', ['-w', page])).toMatchObject({ status: 0, stdout: `${join(BIN, 'man/man1', page)}.1\n` });
    }
  });

  it('is what `git gatos --help` and `git help gatos` open', () => {
    for (const args of [
      ['gatos', '--help'],
      ['help', 'gatos'],
    ]) {
      const { status, stdout } = start('git', args, { env: { MANWIDTH: '80', MANPAGER: 'cat', PAGER: 'cat' } });
      expect(status).toBe(0);
      expect(stdout.replaceAll(/.[\b]/g, '')).toMatch(
        /git-gatos\s+-\s+signed\s+events[\s\S]*EXIT STATUS[\s\S]*broken pipe/,
      );
    }
  });
});

it('the bin directory holds nothing else that could be run', () => {
  expect(
    start('sh', ['-c', `cd "$0" && for f in *; do if [ -f "$f" ] && [ -x "$f" ]; then echo "$f"; fi; done`, BIN])
      .stdout,
  ).toBe('git-gatos\n');
  expect(realpathSync(join(BIN, 'man'))).toBe(realpathSync(MAN));
  expect(ROOT).toBe(`${realpathSync(ROOT)}/`);
});
