/** The queue as a person uses it: submit, look, cancel, work off, and take what came of it. */
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { submitMany } from './queue.js';
import { openStage, type Run, type Stage } from './stage.js';

// Each of these starts dozens of processes.
vi.setConfig({ testTimeout: 120_000 });

let stage: Stage;
let repo: string;
beforeEach(() => {
  stage = openStage();
  repo = stage.at('repo');
  stage.gatos(['init', repo, '--actor', 'user:alice']);
});
afterEach(() => stage.close());

const job = (...args: string[]): Run => stage.run(['git', 'gatos', 'job', ...args], { cwd: repo });
const submit = (...args: string[]): string => stage.gatos(['job', 'submit', ...args], { cwd: repo });
const list = (...args: string[]) =>
  stage.json(['job', 'list', ...args], { cwd: repo }) as readonly { readonly job: string; readonly state: string }[];
const drain = (): Run => job('work', '--drain');
const messages = (): number =>
  (stage.json(['bus', 'topics'], { cwd: repo }) as readonly { topic: string; messages: number }[]).find(
    ({ topic }) => topic === 'jobs',
  )?.messages ?? 0;
const heads = (folder: string) => stage.git(['for-each-ref', '--format=%(refname)', folder], { cwd: repo }).split('\n');
const PRINT = ['-o', 'o.txt', '--', 'sh', '-c', 'echo out; echo err >&2; echo made > o.txt'] as const;

describe('submitting', () => {
  it('makes job and message visible in one step, in one transaction of refs', () => {
    const log = stage.at('moved');
    const hook = join(repo, '.git/hooks/reference-transaction');
    mkdirSync(join(repo, '.git/hooks'), { recursive: true });
    writeFileSync(hook, `#!/bin/sh\n[ "$1" = committed ] && { cut -d' ' -f3; echo; } >> '${log}'\nexit 0\n`, {
      mode: 0o755,
    });
    const id = submit(...PRINT);
    const together = readFileSync(log, 'utf8')
      .split('\n\n')
      .filter((each) => each.includes(`jobs/${id}/job`));
    expect(together).toHaveLength(1);
    expect(together[0]).toMatch(/refs\/gatos\/mbus\/jobs\//);
  });

  it('twice is one job and one message; done, it is once more only when it is asked for', () => {
    const id = submit(...PRINT);
    expect(submit(...PRINT)).toBe(id);
    expect([list().length, messages()]).toEqual([1, 1]);
    expect(drain().status).toBe(0);
    const third = job('submit', ...PRINT);
    expect([third.stdout, third.status]).toEqual([`${id}\n`, 0]);
    expect(third.stderr).toContain('--again runs it once more');
    const again = submit('--again', ...PRINT);
    expect(again).not.toBe(id);
    expect(list('--waiting').map((each) => each.job)).toEqual([again]);
    expect(drain().stdout).toBe('1 done, 1 of them with success\n');
    expect(stage.run(['git', 'gatos', 'verify', '--all'], { cwd: repo }).status).toBe(0);
  });

  it('says what it did, as data', () => {
    const first = JSON.parse(job('submit', '--json', ...PRINT).stdout);
    expect(first).toEqual({ job: expect.stringMatching(/^bafy/), status: 'recorded', kind: 'process' });
    expect(JSON.parse(job('submit', '--json', ...PRINT).stdout)).toEqual({ ...first, status: 'exists' });
    drain();
    expect(JSON.parse(job('submit', '--json', ...PRINT).stdout)).toEqual({ ...first, status: 'done' });
  });

  it('a job of which no message tells is found all the same', () => {
    const id = submit(...PRINT);
    for (const ref of [...heads('refs/gatos/mbus'), ...heads('refs/gatos/mbus-summary')])
      stage.git(['update-ref', '-d', ref], { cwd: repo });
    expect(messages()).toBe(0);
    expect(drain().stdout).toBe('1 done, 1 of them with success\n');
    expect(list()).toMatchObject([{ job: id, state: 'succeeded' }]);
  });

  it('the same by many at once is one job', async () => {
    const runs = await Promise.all(
      Array.from({ length: 8 }, () => stage.start(['job', 'submit', ...PRINT], { cwd: repo })),
    );
    expect(new Set(runs.map(({ status, stdout }) => `${status} ${stdout}`)).size).toBe(1);
    expect([list().length, messages()]).toEqual([1, 1]);
    expect(drain().status).toBe(0);
  });
});

describe('a message that tells of no job', () => {
  it('neither stops nor ends a worker', () => {
    const absent = 'bafyreigdhv32f423udpe7evqi5huw6csqnnygrtwfypkfwfru73h3xum3q';
    for (const payload of [{ job: absent }, { job: 'nonsense' }, { job: 7 }, 'text', null])
      stage.gatos(['bus', 'publish', 'jobs', '--payload', JSON.stringify(payload)], { cwd: repo });
    submit(...PRINT);
    expect(drain()).toMatchObject({ status: 0, stdout: '1 done, 1 of them with success\n' });
  });
});

describe('looking', () => {
  it('lists what waits and what is done, shows all, prints logs, writes outputs', () => {
    const done = submit(...PRINT);
    drain();
    const open = submit('--', 'true');
    expect(list().map(({ state }) => state)).toEqual(['succeeded', 'open']);
    expect(list('--waiting')).toMatchObject([{ job: open }]);
    expect(list('--state', 'succeeded')).toMatchObject([{ job: done }]);
    expect(job('show', done).stdout).toMatch(/succeeded[\s\S]*out {2}o\.txt {2}5 bytes[\s\S]*Proof-of-Execution bafy/);
    expect(job('logs', done).stdout).toBe('out\n');
    expect(job('logs', done, '--stderr').stdout).toBe('err\n');
    expect(job('output', done, '--into', 'results')).toMatchObject({ status: 0, stdout: 'o.txt\n' });
    expect(readFileSync(join(repo, 'results/o.txt'), 'utf8')).toBe('made\n');
    expect(job('output', done, 'p.txt')).toMatchObject({ status: 20 });
    expect(job('logs', open)).toMatchObject({ status: 20 });
    expect(job('show', 'x')).toMatchObject({ status: 1 });
    expect(
      job(
        'show',
        done.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')),
      ),
    ).toMatchObject({ status: 20 });
  });

  it('writes no output through a link that the repository has', () => {
    const id = submit('-o', 'd/o.txt', '--', 'sh', '-c', 'mkdir -p d; echo evil > d/o.txt');
    drain();
    mkdirSync(stage.at('private'));
    symlinkSync(stage.at('private'), join(repo, 'd'));
    const ran = job('output', id);
    expect([ran.status, ran.stderr]).toEqual([30, expect.stringContaining('`d` is a symbolic link')]);
    expect(existsSync(stage.at('private/o.txt'))).toBe(false);
  });
});

describe('cancelling', () => {
  it('ends a job before it is run, once, and says why', () => {
    const id = submit(...PRINT);
    expect(job('cancel', id, '--reason', 'wrong data').status).toBe(0);
    expect(job('show', id).stdout).toContain('cancelled: wrong data');
    expect(job('cancel', id)).toMatchObject({ status: 16, stderr: expect.stringContaining('done already: cancelled') });
    expect(drain().stdout).toBe('0 done, 0 of them with success\n');
    expect(list()).toMatchObject([{ state: 'cancelled' }]);
    expect(stage.run(['git', 'gatos', 'verify', '--all'], { cwd: repo }).status).toBe(0);
  });
});

describe('what a worker cannot run', () => {
  it('is left to others, and the rest is done', () => {
    const image = `docker.io/library/x@sha256:${'0'.repeat(64)}`;
    const there = stage.run(['sh', '-c', 'command -v podman || command -v docker']).status === 0;
    if (there) return;
    submit('--image', image, '--', 'true');
    submit(...PRINT);
    const ran = drain();
    expect(ran).toMatchObject({ status: 0, stdout: '1 done, 1 of them with success; 1 left\n' });
    expect(ran.stderr).toContain(': refused, ');
  });
});

describe('sending a queue elsewhere', () => {
  it('carries more chains than fit into one push past a gate that wants jobs whole', { timeout: 240_000 }, async () => {
    const server = stage.at('server.git');
    stage.git(['init', '-q', '--bare', server]);
    stage.git(['remote', 'add', 'origin', server], { cwd: repo });
    stage.gatos(['sync'], { cwd: repo });
    for (const [name, value] of [
      ['actor', 'user:alice'],
      ['key', 'default'],
    ] as const)
      stage.gatos(['config', 'set', name, value], { cwd: server });
    stage.gatos(['hooks', 'install', '--server', '--trust'], { cwd: server });
    stage.gatos(['sync'], { cwd: repo });
    await submitMany(stage, { cwd: repo, count: 140 });
    expect(job('work', '--drain', '-j', '2').stdout).toBe('140 done, 140 of them with success\n');
    const ran = stage.run(['git', 'gatos', 'sync'], { cwd: repo });
    expect(ran.status, ran.stdout.slice(-1000) + ran.stderr.slice(-1000)).toBe(0);
    const refsOf = (cwd: string) => stage.git(['for-each-ref', 'refs/gatos/jobs', 'refs/gatos/audit/jobs'], { cwd });
    expect(refsOf(server)).toBe(refsOf(repo));
    expect(refsOf(server).split('\n')).toHaveLength(560);
  });
});
