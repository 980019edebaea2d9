/** What a run refuses, with a runner of the test's own. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LIMITS } from 'gatos-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ran, Runner, Task } from '../runners/index.js';
import { ScratchWorld } from '../scratch-world.js';
import type { CommandRequest } from './gather.js';
import { runHere } from './local-run.js';

const world = new ScratchWorld();
const repo = world.at('repo');
beforeAll(async () => {
  await world.init(repo);
});
afterAll(() => world.dispose());

const ENVIRONMENT: Ran['environment'] = {
  ...{ runner: 'test/1', engine: null, os: 'linux', arch: 'x64', tools: [], libraries: [] },
  sandbox: { kind: 'none', network: 'host', files: 'open' },
  ...{ variables: {}, passed: [] },
};

function ran(more: Partial<Ran> = {}): Ran {
  const empty = new Uint8Array();
  const facts = { status: 'succeeded', exit: 0, signal: null, failure: null, started: 1, finished: 2 } as const;
  const printed = { stdout: empty, stderr: empty, dropped: 0 };
  return { ...facts, environment: ENVIRONMENT, outputs: [], ...printed, dispose: async () => undefined, ...more };
}

function runner(run: (task: Task) => Promise<Ran>): Runner {
  return { kind: 'process', refusal: async () => null, run };
}

const REQUEST: Omit<CommandRequest, 'env'> = {
  ...{ cwd: repo, kind: 'process', argv: ['true'], inputs: [], outputs: [], program: [], libraries: [], variables: {} },
  limits: { time_ms: 1000, memory_bytes: 2 ** 30, output_bytes: 2 ** 30 },
  network: false,
};

function runWith(run: (task: Task) => Promise<Ran>, request: Partial<CommandRequest> = {}, abort?: AbortSignal) {
  const options = { ...REQUEST, env: world.env(), pass: [], runners: { process: runner(run) }, abort, ...request };
  return world.within(repo, (workspace) => runHere(workspace, options));
}

const jobs = () => [...world.heads(repo).keys()].filter((chain) => chain.includes('jobs/'));

describe('an input that changes', () => {
  it.each([
    ['in its size', '12345'],
    ['in its bytes alone', '4321'],
  ])('%s between recording and running is not run with', async (_, now) => {
    writeFileSync(join(repo, 'moving.txt'), '1234');
    const before = jobs();
    const run = async ({ inputs }: Task) => {
      writeFileSync(join(repo, 'moving.txt'), now);
      await inputs[0]?.read();
      return ran();
    };
    await expect(runWith(run, { inputs: ['moving.txt'] })).rejects.toMatchObject({
      code: 'work/changed-meanwhile',
      data: { path: 'moving.txt' },
    });
    expect(jobs()).toEqual(before);
  });
});

describe('outputs', () => {
  const output = (path: string, text: string) => {
    const bytes = Buffer.from(text);
    return { path, size: bytes.length, read: async () => bytes };
  };

  it('that fill the disk while they are stored leave no record and no output', async () => {
    const before = jobs();
    let disposed = 0;
    const full = { path: 'o.txt', size: 1, read: () => Promise.reject(new Error('no space')) };
    const run = async () =>
      ran({
        outputs: [output('first.txt', 'x'), full],
        dispose: async () => {
          disposed += 1;
        },
      });
    await expect(runWith(run, { outputs: ['*'] })).rejects.toThrow('no space');
    expect([jobs(), disposed, existsSync(join(repo, 'first.txt'))]).toEqual([before, 1, false]);
  });

  it('with a name of the longest length are written', async () => {
    const name = '文'.repeat(85);
    await runWith(async () => ran({ outputs: [output(name, 'x')] }), { outputs: ['*'] });
    expect(existsSync(join(repo, name))).toBe(true);
  });
});

describe('a run that is aborted', () => {
  it('before anything is recorded records nothing', async () => {
    const before = jobs();
    const stop = new AbortController();
    const run = async ({ signal }: Task): Promise<Ran> => {
      stop.abort(new Error('enough'));
      signal?.throwIfAborted();
      return ran();
    };
    await expect(runWith(run, {}, stop.signal)).rejects.toThrow('enough');
    expect(jobs()).toEqual(before);
  });
});

describe('a writer whose records would not count', () => {
  it('is told before anything is run', async () => {
    let runs = 0;
    const run = async () => {
      runs += 1;
      return ran();
    };
    const other = world.at('other');
    await world.init(other);
    await world.become(other, 'mallory');
    await expect(
      world.within(
        other,
        (workspace) =>
          runHere(workspace, {
            ...REQUEST,
            cwd: other,
            env: world.env('mallory'),
            pass: [],
            runners: { process: runner(run) },
          }),
        'mallory',
      ),
    ).rejects.toMatchObject({ code: expect.stringMatching(/^(trust|settings|identity)\//) });
    expect(runs).toBe(0);
  });
});

describe('what it takes from the folder', () => {
  it('is no more files than a job may have', async () => {
    mkdirSync(join(repo, 'many'));
    for (let i = 0; i <= LIMITS.jobFiles; i++) writeFileSync(join(repo, 'many', `${i}`), '');
    await expect(runWith(async () => ran(), { inputs: ['many/'] })).rejects.toMatchObject({ code: 'work/bad-path' });
  });
});
