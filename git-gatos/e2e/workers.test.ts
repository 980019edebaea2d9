/** Workers as processes: races, deaths at every step, late results, and clones that share a queue. */
import { renameSync, rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Child, isRunning, until } from './child.js';
import { submitMany } from './queue.js';
import { openStage, type Stage } from './stage.js';
import { buildWorker, type Death, type WorkerOrder } from './worker-program.js';

// Each of these starts dozens of processes.
vi.setConfig({ testTimeout: 120_000 });

interface Listed {
  readonly job: string;
  readonly state: string;
  readonly attempt: number;
}

let stage: Stage;
let repo: string;
let program: ReturnType<typeof buildWorker>;
beforeAll(() => {
  program = buildWorker();
});
afterAll(() => rmSync(program.folder, { recursive: true, force: true }));
beforeEach(() => {
  stage = openStage();
  repo = stage.at('repo');
  stage.gatos(['init', repo, '--actor', 'user:alice']);
});
afterEach(() => stage.close());

const list = (cwd = repo) => stage.json(['job', 'list'], { cwd }) as readonly Listed[];
const work = (...args: string[]) => new Child(stage, ['job', 'work', ...args], { cwd: repo });
const submit = (...args: string[]) => stage.gatos(['job', 'submit', ...args], { cwd: repo });
const verified = (cwd = repo) => stage.run(['git', 'gatos', 'verify', '--all'], { cwd });
const refsLike = (pattern: RegExp, cwd: string) =>
  stage
    .git(['for-each-ref', '--format=%(refname)', 'refs/gatos/'], { cwd })
    .split('\n')
    .filter((name) => pattern.test(name));

/** A worker of the tests' own; it ends when the queue is empty. */
const worker = (order: Partial<WorkerOrder>) =>
  new Child(stage, [JSON.stringify({ cwd: repo, leaseMs: 2000, ...order })], { program: program.file });
const proofs = () => refsLike(/audit\/jobs\//, repo);
const results = () => refsLike(/\/result$/, repo);

function become(cwd: string): void {
  stage.gatos(['config', 'set', 'actor', 'user:alice'], { cwd });
  stage.gatos(['config', 'set', 'key', 'default'], { cwd });
}

/** Lines of all workers about jobs that were done. */
function done(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => [...text.matchAll(/^(bafy\w+): (?:succeeded|failed)/gm)].map(([, job]) => job ?? ''));
}

const WORKERS = 8;
const JOBS = 200;

describe('a race', () => {
  it(`of ${WORKERS} workers for ${JOBS} jobs gives every job one result`, { timeout: 300_000 }, async () => {
    const jobs = await submitMany(stage, { cwd: repo, count: JOBS });
    const workers = Array.from({ length: WORKERS }, () => work('--drain', '-j', '2', '--lease', '60s'));
    const ended = await Promise.all(workers.map((worker) => worker.ended));
    expect(ended.map(({ code }) => code)).toEqual(ended.map(() => 0));
    expect([...done(ended.map(({ err }) => err))].sort()).toEqual([...jobs].sort());
    const states = list();
    expect(states.filter(({ state, attempt }) => state !== 'succeeded' || attempt !== 1)).toEqual([]);
    expect(states).toHaveLength(JOBS);
    for (const { err } of ended) expect(err).not.toMatch(/fault|refused|blind|lost/);
    const { status, stdout, stderr } = verified();
    expect(status, stdout.slice(-2000) + stderr).toBe(0);
  });
});

describe('clones that share the queue of a server', () => {
  it('give every job one result, at the server and everywhere', { timeout: 300_000 }, async () => {
    const server = stage.at('server.git');
    stage.git(['init', '-q', '--bare', server]);
    stage.git(['remote', 'add', 'origin', server], { cwd: repo });
    stage.gatos(['sync'], { cwd: repo });
    become(server);
    stage.gatos(['hooks', 'install', '--server', '--trust'], { cwd: server });
    stage.gatos(['sync'], { cwd: repo });
    const clones = ['one', 'two', 'three'].map((name) => stage.at(name));
    for (const clone of clones) {
      stage.git(['init', '-q', clone]);
      stage.git(['remote', 'add', 'origin', server], { cwd: clone });
      stage.gatos(['sync'], { cwd: clone });
      become(clone);
    }
    const jobs = await submitMany(stage, { cwd: repo, count: 20, remote: 'origin' });
    const ended = await Promise.all(
      clones.map((cwd) => new Child(stage, ['job', 'work', '--remote', 'origin', '--drain', '-j', '2'], { cwd }).ended),
    );
    expect(ended.map(({ code, err }) => [code, /fault|blind|refused/.exec(err)?.[0]])).toEqual(
      ended.map(() => [0, undefined]),
    );
    expect([...done(ended.map(({ err }) => err))].sort()).toEqual([...jobs].sort());
    for (const cwd of [server, ...clones]) {
      if (cwd !== server) stage.gatos(['sync'], { cwd });
      expect(refsLike(/jobs\/\w+\/result$/, cwd)).toHaveLength(20);
      expect(refsLike(/audit\/jobs\//, cwd)).toHaveLength(20);
      expect(verified(cwd).status, cwd).toBe(0);
    }
    for (const cwd of clones)
      expect(stage.git(['for-each-ref', 'refs/gatos/jobs', 'refs/gatos/audit'], { cwd })).toBe(
        stage.git(['for-each-ref', 'refs/gatos/jobs', 'refs/gatos/audit'], { cwd: server }),
      );
  });
});

describe('a remote that does not answer', () => {
  it('for a while is told once and survived; from the start it is an error', { timeout: 120_000 }, async () => {
    const server = stage.at('server.git');
    stage.git(['init', '-q', '--bare', server]);
    stage.git(['remote', 'add', 'origin', server], { cwd: repo });
    stage.gatos(['sync'], { cwd: repo });
    const child = work('--remote', 'origin', '-j', '1');
    const [first] = await submitMany(stage, { cwd: repo, count: 1, remote: 'origin', prefix: 'before' });
    await child.says(`${first}: succeeded`);
    renameSync(server, `${server}.away`);
    await child.says('the queue cannot be looked at, which is tried again: `origin` cannot be reached');
    const refused = stage.run(['git', 'gatos', 'job', 'work', '--remote', 'origin', '--drain'], { cwd: repo });
    expect([refused.status, refused.stderr]).toEqual([75, expect.stringContaining('`origin` cannot be reached')]);
    renameSync(`${server}.away`, server);
    const [second] = await submitMany(stage, { cwd: repo, count: 1, remote: 'origin', prefix: 'after' });
    await child.says(`${second}: succeeded`);
    child.kill('SIGTERM');
    const { code, err } = await child.ended;
    expect([code, err.match(/cannot be looked at/g)?.length]).toEqual([0, 1]);
    expect(refsLike(/\/result$/, server)).toHaveLength(2);
  });
});

const NAP = ['-o', 'o.txt', '--', 'sh', '-c', 'sleep 1.5; echo 1 > o.txt'];

/** One result of one job, by this attempt, and all of it verifies. */
function expectOneResult(attempt: number): void {
  expect(list()).toMatchObject([{ state: 'succeeded', attempt }]);
  expect([proofs().length, results().length]).toEqual([1, 1]);
  const { status, stdout } = verified();
  expect(status, stdout.slice(-2000)).toBe(0);
}

describe('a worker that is killed', () => {
  it.each([
    ['claimed', 2],
    ['ran', 2],
    ['staged', 2],
    ['written', 2],
    ['moved', 1],
    ['recorded', 1],
  ] as const)(
    'at the step `%s` leaves a job that ends with attempt %i',
    { timeout: 60_000 },
    async (dieAt: Death, attempt) => {
      submit('-o', 'o.txt', '--', 'sh', '-c', 'echo 1 > o.txt');
      expect(await worker({ dieAt }).ended).toMatchObject({ signal: 'SIGKILL' });
      expect(results()).toHaveLength(attempt === 1 ? 1 : 0);
      const { code, out, err } = await worker({}).ended;
      expect(code, err).toBe(0);
      expect(JSON.parse(out)).toMatchObject({ finished: attempt - 1, left: 0, lost: 0 });
      expectOneResult(attempt);
      expect(stage.run(['git', 'fsck', '--strict', '--no-dangling'], { cwd: repo }).status).toBe(0);
    },
  );

  it('while its job runs takes the job with it, and another one takes over', { timeout: 60_000 }, async () => {
    const nap = `${100_000 + process.pid}.7`;
    submit('-o', 'o.txt', '--', 'sh', '-c', `test -e /nowhere || echo 1 > o.txt; exec sleep ${nap}`);
    const first = work('--lease', '2s');
    const sleeps = () => stage.run(['pgrep', '-f', `^sleep ${nap}`]).stdout.trim();
    await until(
      () => sleeps() !== '',
      () => first.err,
    );
    first.kill('SIGKILL');
    await first.ended;
    const second = worker({ drain: false });
    await second.says('claimed 2');
    await until(
      () => sleeps().split('\n').filter(Boolean).length === 1,
      () => sleeps(),
    );
    second.kill('SIGKILL');
    await second.ended;
  });
});

describe('a worker that was held up past its lease', () => {
  it('cannot record its late result, and says so', { timeout: 60_000 }, async () => {
    submit(...NAP);
    const first = worker({});
    await first.says('claimed 1');
    first.kill('SIGSTOP');
    const second = await worker({}).ended;
    expect(JSON.parse(second.out)).toMatchObject({ finished: 1, events: ['claimed 2', 'finished'] });
    first.kill('SIGCONT');
    const { code, out } = await first.ended;
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      finished: 0,
      lost: 1,
      events: ['claimed 1', expect.stringMatching(/^lost jobs\/(lost-lease|done)$/)],
    });
    expectOneResult(2);
  });

  it('goes on when nobody took over', { timeout: 60_000 }, async () => {
    submit(...NAP);
    const first = worker({ leaseMs: 1000 });
    await first.says('claimed 1');
    first.kill('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    first.kill('SIGCONT');
    expect(JSON.parse((await first.ended).out)).toMatchObject({ finished: 1, lost: 0 });
    expectOneResult(1);
  });
});

describe('clocks that differ', () => {
  it('by less than the tolerance: nobody takes over from a worker that lives', { timeout: 60_000 }, async () => {
    submit(...NAP);
    const first = worker({ leaseMs: 3000 });
    await first.says('claimed 1');
    const second = worker({ skewMs: 1500 });
    const [one, two] = await Promise.all([first.ended, second.ended]);
    expect(JSON.parse(one.out)).toMatchObject({ finished: 1, lost: 0 });
    expect(JSON.parse(two.out)).toMatchObject({ finished: 0, lost: 0, events: [] });
    expectOneResult(1);
  });

  it.each([
    ['fast', 3_600_000],
    ['slow', -3_600_000],
  ])(
    'by an hour, one of them %s: work may be done twice, and there is one result',
    { timeout: 60_000 },
    async (_, skewMs) => {
      submit(...NAP);
      const right = worker({ leaseMs: 3000, skewMs: Math.min(skewMs, 0) });
      await right.says('claimed 1');
      const wrong = worker({ leaseMs: 3000, skewMs: Math.max(skewMs, 0) });
      const taken = await wrong.ended;
      expect(JSON.parse(taken.out)).toMatchObject({ finished: 1, events: ['claimed 2', 'finished'] });
      const { code, out } = await right.ended;
      expect(code).toBe(0);
      expect(JSON.parse(out)).toMatchObject({ finished: 0, lost: 1 });
      expectOneResult(2);
    },
  );
});

describe('stopping a worker', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    '%s lets what runs come to its end, takes nothing new, and is 0',
    async (signal) => {
      submit(...NAP);
      submit('-o', 'o.txt', '--', 'sh', '-c', 'sleep 1.5; echo 2 > o.txt');
      const child = work('-j', '1');
      await child.says(': claimed');
      child.kill(signal);
      const { code, out, err } = await child.ended;
      expect([code, out], err).toEqual([0, '1 done, 1 of them with success; 1 left\n']);
      expect(
        list()
          .map(({ state }) => state)
          .sort(),
      ).toEqual(['open', 'succeeded']);
    },
  );

  it('an idle one ends at once', async () => {
    const child = work();
    await until(
      () => isRunning(child.process.pid ?? 0),
      () => child.err,
    );
    await new Promise((resolve) => setTimeout(resolve, 500));
    child.kill('SIGTERM');
    expect(await child.ended).toMatchObject({ code: 0, out: '0 done, 0 of them with success\n' });
  });

  it('a second signal kills what runs, gives it back, and is 130', async () => {
    const nap = `${100_000 + process.pid}.9`;
    submit('-o', 'o.txt', '--', 'sh', '-c', `sleep ${nap}`);
    const child = work();
    const sleeps = () => stage.run(['pgrep', '-f', `^sleep ${nap}`]).stdout;
    await until(
      () => sleeps() !== '',
      () => child.err,
    );
    child.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(child.process.exitCode).toBeNull();
    expect(sleeps()).not.toBe('');
    child.kill('SIGTERM');
    const { code, err } = await child.ended;
    expect([code, err]).toEqual([130, expect.stringContaining('error: interrupted by SIGTERM')]);
    expect(sleeps()).toBe('');
    expect(list()).toMatchObject([{ state: 'open', attempt: 1 }]);
    expect(verified().status).toBe(0);
  });
});

describe('a job that is cancelled while it runs', () => {
  it('is ended at the next sign of life of its worker, without a proof', async () => {
    const nap = `${100_000 + process.pid}.11`;
    const job = submit('-o', 'o.txt', '--', 'sh', '-c', `sleep ${nap}`);
    const child = work('--drain', '--lease', '1s');
    await child.says(': claimed');
    stage.gatos(['job', 'cancel', job, '--reason', 'wrong data'], { cwd: repo });
    const { code, err } = await child.ended;
    expect(code).toBe(0);
    expect(err).toContain(`${job}: lost, job \`${job}\` is done already: cancelled`);
    expect(stage.run(['pgrep', '-f', `^sleep ${nap}`]).stdout).toBe('');
    expect(list()).toMatchObject([{ state: 'cancelled' }]);
    expect(proofs()).toEqual([]);
    expect(verified().status).toBe(0);
  });
});
