/** `git gatos run` as a person types it: what it relays, what it records, and what it leaves alone. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Child, until } from './child.js';
import { openStage, type Run, type Stage } from './stage.js';

// Each of these starts dozens of processes.
vi.setConfig({ testTimeout: 120_000 });

interface Document {
  readonly job: string;
  readonly status: string;
  readonly exit: number | null;
  readonly failure: string | null;
  readonly poe: string;
  readonly outputs: readonly { readonly path: string; readonly size: number }[];
  readonly same_as: string | null;
}
interface Shown {
  readonly inputs: readonly {
    readonly name: string;
    readonly source: { readonly state: string; readonly path: string };
  }[];
  readonly program: { readonly files: readonly { readonly path: string; readonly executable: boolean }[] };
  readonly execution: {
    readonly environment: {
      readonly checkout: { readonly head: string | null; readonly modified: number } | null;
      readonly variables: Record<string, string>;
      readonly passed: readonly string[];
      readonly libraries: readonly { readonly path: string }[];
      readonly lockfiles: readonly { readonly path: string }[];
    };
  };
}

let stage: Stage;
let repo: string;

function write(path: string, text: string | Uint8Array, folder = repo): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}
const read = (path: string, folder = repo) => readFileSync(join(folder, path), 'utf8');
const run = (...args: string[]): Run => stage.run(['git', 'gatos', 'run', ...args], { cwd: repo });
const document = (cwd: string, ...args: string[]): Document => {
  const ran = stage.run(['git', 'gatos', 'run', '--json', ...args], { cwd });
  if (ran.status !== 0) throw new Error(`it ended with ${ran.status}: ${ran.stdout}${ran.stderr}`);
  return JSON.parse(ran.stdout) as Document;
};
const shown = (job: string, cwd = repo) => stage.json(['job', 'show', job], { cwd }) as Shown;
const refs = (cwd = repo) => stage.git(['for-each-ref', 'refs/gatos/'], { cwd });
const person = (cwd: string) => {
  stage.git(['config', 'user.name', 'Alice'], { cwd });
  stage.git(['config', 'user.email', 'alice@example.org'], { cwd });
};
function commit(cwd = repo): string {
  stage.git(['add', '-A'], { cwd });
  stage.git(['commit', '-qm', 'x'], { cwd });
  return stage.git(['rev-parse', 'HEAD'], { cwd });
}

beforeAll(() => {
  stage = openStage();
  repo = stage.at('repo');
  stage.git(['init', '-q', '-b', 'main', repo]);
  person(repo);
  stage.gatos(['init', '--actor', 'user:alice'], { cwd: repo });
  write('in.txt', 'in\n');
  commit();
});
afterAll(() => stage.close());

describe('what a run relays', () => {
  it.each([
    ['success', ['true'], 0, 'succeeded'],
    ['failure', ['sh', '-c', 'exit 3'], 3, 'failed'],
    ['the highest status', ['sh', '-c', 'exit 255'], 255, 'failed'],
    ['a signal', ['sh', '-c', 'kill -9 $$'], 137, 'killed'],
    ['another one', ['sh', '-c', 'kill -TERM $$'], 143, 'killed'],
    ['a command that is not there', ['no-such-command-at-all'], 127, 'failed'],
  ] as const)('%s', (_, command, status, word) => {
    const ran = run('--', ...command);
    expect(ran.status, ran.stderr).toBe(status);
    expect(ran.stderr).toMatch(new RegExp(`^job bafy\\w+: ${word} in `, 'm'));
  });

  it('124 when its time is over, and what it had printed', () => {
    const ran = run('--time', '1s', '--', 'sh', '-c', 'echo early; exec sleep 100');
    expect(ran).toMatchObject({ status: 124, stdout: 'early\n' });
    expect(ran.stderr).toContain('timed-out');
  });

  it('1 when it ends well and an output is not there', () => {
    const ran = run('-o', 'nothing.txt', '--', 'true');
    expect(ran.status).toBe(1);
    expect(ran.stderr).toContain('there is no output `nothing.txt`');
  });

  it('both streams as they come, each by itself', async () => {
    const child = new Child(stage, ['run', '--', 'sh', '-c', 'echo out; echo err >&2; exec sleep 100'], { cwd: repo });
    await until(
      () => child.out === 'out\n' && child.err === 'err\n',
      () => `${child.out} ${child.err}`,
    );
    child.kill('SIGINT');
    expect(await child.ended).toMatchObject({ code: 130, out: 'out\n' });
  });

  it('bytes that are no text', () => {
    const { stdout } = spawnSync('git-gatos', ['run', '--quiet', '--', 'printf', '\\377\\000\\001'], {
      cwd: repo,
      env: stage.env as NodeJS.ProcessEnv,
    });
    expect([...stdout]).toEqual([255, 0, 1]);
  });

  it('with --json one document, and all that it prints on standard error', () => {
    const ran = stage.run(
      ['git', 'gatos', 'run', '--json', '-o', 'o.txt', '--', 'sh', '-c', 'echo hi; echo 1 > o.txt; exit 4'],
      {
        cwd: repo,
      },
    );
    expect(ran.status).toBe(4);
    const value = JSON.parse(ran.stdout) as Document;
    expect(value).toMatchObject({ status: 'failed', exit: 4, failure: 'it ended with exit status 4', same_as: null });
    expect(value.outputs).toMatchObject([{ path: 'o.txt', size: 2 }]);
    expect(ran.stderr).toContain('hi\n');
  });
});

describe('outputs', () => {
  it('are put here when it succeeds, by patterns and folders, with any name', () => {
    const names = ['out/a b.txt', 'out/ünï/日本.txt', 'out/sub/deep/x', "out/it's"];
    const script = `const fs = require('fs'), p = require('path');
      for (const f of ${JSON.stringify(names)}) { fs.mkdirSync(p.dirname(f), { recursive: true }); fs.writeFileSync(f, f); }
      fs.writeFileSync('one.csv', '1'); fs.writeFileSync('two.csv', '2'); fs.writeFileSync('left.txt', 'x');`;
    const { outputs } = document(repo, '-o', 'out/', '-o', '*.csv', '--', 'node', '-e', script);
    expect(outputs.map(({ path }) => path)).toEqual([...names, 'one.csv', 'two.csv'].sort());
    for (const name of names) expect(read(name)).toBe(name);
    expect([read('one.csv'), read('two.csv'), existsSync(join(repo, 'left.txt'))]).toEqual(['1', '2', false]);
    expect(readdirSync(repo).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('are left as they were when it fails', () => {
    write('keep.txt', 'before');
    expect(run('-o', 'keep.txt', '--', 'sh', '-c', 'echo after > keep.txt; exit 1').status).toBe(1);
    expect(read('keep.txt')).toBe('before');
    expect(run('-o', 'keep.txt', '--', 'sh', '-c', 'echo after > keep.txt').status).toBe(0);
    expect(read('keep.txt')).toBe('after\n');
  });

  it('replace a link, and do not go through one', () => {
    write('elsewhere/secret', 'mine', stage.folder);
    symlinkSync(stage.at('elsewhere/secret'), join(repo, 'link.txt'));
    symlinkSync(stage.at('elsewhere'), join(repo, 'linked'));
    expect(run('-o', 'link.txt', '--', 'sh', '-c', 'echo new > link.txt').status).toBe(0);
    expect(read('link.txt')).toBe('new\n');
    const through = run('-o', 'linked/secret', '--', 'sh', '-c', 'mkdir -p linked; echo evil > linked/secret');
    expect(through.status).toBe(30);
    expect(through.stderr).toContain('`linked` is a symbolic link');
    expect(read('elsewhere/secret', stage.folder)).toBe('mine');
  });

  it('of a folder that a file has here are said to be recorded and not restored', () => {
    write('blocked', 'a file');
    const ran = run('-o', 'blocked/x', '--', 'sh', '-c', 'mkdir -p blocked; echo 1 > blocked/x');
    expect(ran.status).toBe(30);
    expect(ran.stderr).toContain('`blocked/x` could not be written here');
    expect(ran.stderr).toContain('the job is recorded');
    expect(read('blocked')).toBe('a file');
  });
});

describe('inputs and program', () => {
  it('are named, found by pattern, and in sub-folders; the program is what its arguments name', () => {
    write('lab/data/a.csv', 'a');
    write('lab/data/b.csv', 'b');
    write('lab/data/c.txt', 'c');
    write('lab/src/main.sh', '#!/bin/sh\ncat data/*.csv > sum.txt\n');
    chmodSync(join(repo, 'lab/src/main.sh'), 0o755);
    const lab = join(repo, 'lab');
    const { job } = document(lab, '-i', './data/*.csv', '-o', 'sum.txt', '--', './src/main.sh');
    const { inputs, program } = shown(job);
    expect(inputs.map(({ name, source }) => [name, source.path, source.state])).toEqual([
      ['data/a.csv', 'lab/data/a.csv', 'untracked'],
      ['data/b.csv', 'lab/data/b.csv', 'untracked'],
    ]);
    expect(program.files).toMatchObject([{ path: 'src/main.sh', executable: true }]);
    expect(read('lab/sum.txt')).toBe('ab');
  });

  it('a file whose name looks like a pattern is that file; `.` is the folder', () => {
    write('odd/data[1].csv', 'odd');
    const odd = join(repo, 'odd');
    const one = document(odd, '-i', 'data[1].csv', '--', 'cat', 'data[1].csv');
    expect(shown(one.job).inputs.map(({ name }) => name)).toEqual(['data[1].csv']);
    const all = document(odd, '-i', '.', '--', 'true');
    expect(shown(all.job).inputs.map(({ name }) => name)).toEqual(['data[1].csv']);
    const absolute = document(odd, '-i', join(odd, 'data*.csv'), '--', 'true');
    expect(shown(absolute.job).inputs.map(({ name }) => name)).toEqual(['data[1].csv']);
  });

  it.each([
    ['a file that is not there', ['-i', 'no.csv'], 1, 'there is no file `no.csv` to take as an input'],
    ['a pattern that matches nothing', ['-i', '*.nothing'], 1, 'a pattern has to match at least one file'],
    ['a file outside', ['-i', '../x'], 1, 'lies outside of the folder of the job'],
    ['a pattern outside', ['-i', '../*'], 1, 'lies outside of the folder of the job'],
    ['a file of git', ['-i', '.git/config'], 1, 'goes through `.git`'],
    ['an output outside', ['-o', '../x'], 1, 'has the component `..`'],
    ['a program that is not there', ['-p', 'lib/'], 1, 'to take as a file of the program'],
    ['a variable that is none', ['--env', '1=2'], 129, 'it takes a variable with its value'],
    ['a variable that is not set', ['--pass', 'NO_SUCH_VARIABLE'], 1, 'there is no variable `NO_SUCH_VARIABLE`'],
  ] as const)('%s is refused, and nothing is recorded', (_, options, status, words) => {
    const before = refs();
    const ran = run(...options, '--', 'true');
    expect(ran.stderr).toContain(words);
    expect(ran.status).toBe(status);
    expect(refs()).toBe(before);
  });

  it('a file that cannot be read is refused', ({ skip }) => {
    write('locked.txt', 'x');
    chmodSync(join(repo, 'locked.txt'), 0);
    if (process.getuid?.() === 0) skip('root reads everything');
    expect(run('-i', 'locked.txt', '--', 'true')).toMatchObject({ status: 30 });
  });

  it('an input that the program writes to is a status of its own', () => {
    write('w.txt', '1');
    const ran = run('-i', 'w.txt', '--', 'sh', '-c', 'chmod u+w w.txt; echo 2 > w.txt');
    expect(ran.stderr).toContain('changed-input');
    expect(ran.status).toBe(1);
    expect(read('w.txt')).toBe('1');
  });
});

describe('where inputs come from', () => {
  const stateOf = (name: string, cwd = repo): [string | undefined, number | undefined] => {
    const { job } = document(cwd, '-i', name, '--', 'true');
    const { inputs, execution } = shown(job, cwd);
    return [inputs[0]?.source.state, execution.environment.checkout?.modified];
  };

  it('as committed, modified, untracked, and with line ends of a filter', () => {
    const folder = stage.at('states');
    stage.git(['init', '-q', folder]);
    person(folder);
    stage.gatos(['init', '--actor', 'user:alice', '--key', 'default'], { cwd: folder });
    write('.gitattributes', '*.crlf text eol=crlf\n', folder);
    write('as.txt', '1\n', folder);
    write('dos.crlf', 'a\r\nb\r\n', folder);
    // Before the first commit.
    expect(stateOf('as.txt', folder)).toEqual(['untracked', 0]);
    const head = commit(folder);
    expect(stage.git(['cat-file', 'blob', 'HEAD:dos.crlf'], { cwd: folder })).toBe('a\nb');
    expect(stateOf('as.txt', folder)).toEqual(['committed', 0]);
    expect(stateOf('dos.crlf', folder)).toEqual(['committed', 0]);
    write('as.txt', '2\n', folder);
    write('new.txt', 'new\n', folder);
    expect(stateOf('as.txt', folder)).toEqual(['modified', 1]);
    expect(stateOf('new.txt', folder)).toEqual(['untracked', 1]);
    stage.git(['checkout', '-q', '--detach'], { cwd: folder });
    const { job } = document(folder, '-i', 'dos.crlf', '--', 'true');
    expect(shown(job, folder).execution.environment.checkout).toEqual({ head, modified: 1 });
    const tree = stage.at('states-tree');
    stage.git(['worktree', 'add', '-q', tree, 'HEAD'], { cwd: folder });
    expect(stateOf('as.txt', tree)).toEqual(['committed', 0]);
  });
});

describe('repositories of every kind', () => {
  it('with SHA-256', () => {
    const folder = stage.at('sha256');
    stage.git(['init', '-q', '--object-format=sha256', folder]);
    person(folder);
    stage.gatos(['init', '--actor', 'user:alice', '--key', 'default'], { cwd: folder });
    write('a.txt', 'a', folder);
    commit(folder);
    const { job } = document(folder, '-i', 'a.txt', '-o', 'b.txt', '--', 'cp', 'a.txt', 'b.txt');
    expect(shown(job, folder).inputs[0]?.source.state).toBe('committed');
    expect(stage.run(['git', 'gatos', 'verify', '--all'], { cwd: folder }).status).toBe(0);
  });

  it('bare', () => {
    const folder = stage.at('bare.git');
    stage.git(['init', '-q', '--bare', folder]);
    stage.gatos(['init', '--actor', 'user:alice', '--key', 'default'], { cwd: folder });
    const { job } = document(folder, '-o', 'made.txt', '--', 'sh', '-c', 'echo 1 > made.txt');
    expect(shown(job, folder).execution.environment.checkout).toBeNull();
    expect(read('made.txt', folder)).toBe('1\n');
  });

  it('without an author nothing is run', () => {
    const folder = stage.at('stranger');
    stage.git(['clone', '-q', repo, folder]);
    const mark = stage.at('was-run');
    const ran = stage.run(['git', 'gatos', 'run', '--', 'touch', mark], { cwd: folder });
    expect(ran.status).not.toBe(0);
    expect(ran.stderr).toMatch(/^error: /);
    expect(existsSync(mark)).toBe(false);
  });
});

describe('a repetition', () => {
  it('is a job of its own, and says whether it gave the same', () => {
    const args = ['-o', 'same.txt', '--', 'sh', '-c', 'echo same > same.txt'] as const;
    const first = document(repo, ...args);
    const second = document(repo, ...args);
    const third = document(repo, ...args);
    expect(new Set([first.job, second.job, third.job]).size).toBe(3);
    expect([first.same_as, second.same_as, third.same_as]).toEqual([null, first.job, first.job]);
    const chance = ['-o', 'n.txt', '--', 'sh', '-c', 'head -c 16 /dev/urandom | od > n.txt'];
    document(repo, ...chance);
    const ran = stage.run(['git', 'gatos', 'run', ...chance], { cwd: repo });
    expect(ran.stderr).toContain('with OTHER outputs');
    expect(stage.run(['git', 'gatos', 'verify', '--all'], { cwd: repo }).status).toBe(0);
  });
});

describe('variables, libraries, lock files', () => {
  it('are given as asked, and recorded as allowed', () => {
    write('package-lock.json', '{}');
    write('lib/dep/index.js', 'module.exports = 42');
    const env = { SECRET_TOKEN: 'hunter2-passed-on' };
    const ran = stage.run(
      [
        ...['git', 'gatos', 'run', '--json', '--env', 'SEED=4=2', '--pass', 'SECRET_TOKEN', '--library', 'lib/'],
        ...['--', 'node', '-e', 'console.log(process.env.SEED, process.env.SECRET_TOKEN.length, require("./lib/dep"))'],
      ],
      { cwd: repo, env },
    );
    expect(ran.status, ran.stderr).toBe(0);
    expect(ran.stderr).toContain('4=2 17 42\n');
    const { environment } = shown((JSON.parse(ran.stdout) as Document).job).execution;
    expect(environment.variables).toMatchObject({ SEED: '4=2' });
    expect(environment.passed).toEqual(['SECRET_TOKEN']);
    expect(environment.libraries.map(({ path }) => path)).toEqual(['lib']);
    expect(environment.lockfiles.map(({ path }) => path)).toEqual(['package-lock.json']);
  });

  it('secrets of the environment are in no object, ref, log or report', () => {
    const secret = 'correct-horse-battery-staple-73';
    const env = { AWS_SECRET_ACCESS_KEY: secret, SECRET_TOKEN: secret, [`N_${secret.replaceAll('-', '_')}`]: '1' };
    const options = { cwd: repo, env };
    const said = [
      stage.run(
        ['git', 'gatos', 'run', '--pass', 'SECRET_TOKEN', '--', 'sh', '-c', 'env >&2; test -n "$SECRET_TOKEN"; exit 3'],
        {
          ...options,
          env: { ...env, SECRET_TOKEN: 'passed' },
        },
      ),
      stage.run(
        ['git', 'gatos', 'run', '--pass', 'SECRET_TOKEN', '--', 'sh', '-c', 'test -n "$SECRET_TOKEN"'],
        options,
      ),
      stage.run(['git', 'gatos', 'run', '--', 'no-such-command'], options),
      stage.run(['git', 'gatos', 'job', 'submit', '-o', 'env.txt', '--', 'sh', '-c', 'env > env.txt'], options),
      stage.run(['git', 'gatos', 'job', 'work', '--drain'], options),
      stage.run(['git', 'gatos', 'job', 'list', '--json'], options),
      stage.run(['git', 'gatos', 'verify', '--all', '--json'], options),
    ];
    expect(said.map(({ status }) => status)).toEqual([3, 0, 127, 0, 0, 0, 0]);
    const needles = [secret, secret.replaceAll('-', '_')];
    for (const { stdout, stderr } of said) for (const needle of needles) expect(stdout + stderr).not.toContain(needle);
    const objects = stage.run(['git', 'cat-file', '--batch-all-objects', '--batch'], { cwd: repo }).stdout;
    expect(objects.length).toBeGreaterThan(10_000);
    for (const needle of needles) {
      expect(objects.includes(needle)).toBe(false);
      expect(refs()).not.toContain(needle);
    }
    const grep = stage.run(['grep', '-rl', secret, join(repo, '.git')]);
    expect(grep.stdout).toBe('');
  });
});

describe('an interruption', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('by %s records nothing, ends the program, and is 130', async (signal) => {
    const before = refs();
    const mark = `${100_000 + process.pid}.${signal === 'SIGINT' ? 1 : 2}`;
    const child = new Child(
      stage,
      ['run', '-o', 'never.txt', '--', 'sh', '-c', `echo 1 > never.txt; echo on; sleep ${mark}`],
      {
        cwd: repo,
      },
    );
    await child.says('on\n');
    child.kill(signal);
    const { code, err } = await child.ended;
    expect(code).toBe(130);
    expect(err).toContain(`error: interrupted by ${signal}`);
    expect(refs()).toBe(before);
    expect(existsSync(join(repo, 'never.txt'))).toBe(false);
    expect(stage.run(['pgrep', '-f', `^sleep ${mark}`]).stdout).toBe('');
  });
});

describe('what it makes', () => {
  it('is no program, whatever rights the job gave it', () => {
    expect(run('-o', 'tool', '--', 'sh', '-c', 'echo x > tool; chmod 755 tool').status).toBe(0);
    expect(statSync(join(repo, 'tool')).mode & 0o111).toBe(0);
  });
});
