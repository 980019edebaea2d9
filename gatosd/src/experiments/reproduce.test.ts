/** Running again with runners of the test's own: what each job is given, and what is refused before the first one runs. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cid, createExperiment, type ProgramKind } from 'gatos-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ran, type Runner, runnerError, type Task } from '../runners/index.js';
import { ScratchWorld } from '../scratch-world.js';
import { runHere } from '../work/index.js';
import { type ReproduceRequest, reproduceExperiment } from './reproduce.js';

const world = new ScratchWorld();
const repo = world.at('repo');
beforeAll(async () => {
  await world.init(repo);
});
afterAll(() => world.dispose());

type Files = Readonly<Record<string, string>>;
const TOOLS = [{ name: 'tool', version: '1', digest: new Uint8Array(32) }];

function ran(files: Files, more: Partial<Ran> = {}): Ran {
  const outputs = Object.entries(files).map(([path, text]) => {
    const bytes = Buffer.from(text);
    return { path, size: bytes.length, read: async () => bytes };
  });
  const empty = new Uint8Array();
  const environment: Ran['environment'] = {
    ...{ runner: 'test/1', engine: null, os: 'linux', arch: 'x64', tools: TOOLS, libraries: [], variables: {} },
    ...{ sandbox: { kind: 'none', network: 'host', files: 'open' }, passed: [] },
  };
  const facts = { status: 'succeeded', exit: 0, signal: null, failure: null, started: 1, finished: 2 } as const;
  const printed = { stdout: empty, stderr: empty, dropped: 0 };
  return { ...facts, environment, outputs, ...printed, dispose: async () => undefined, ...more };
}

type Run = (task: Task) => Promise<Ran>;
const runner = (run: Run, kind: ProgramKind = 'process'): Runner => ({ kind, refusal: async () => null, run });

let number = 0;
/** Records a job with these outputs; inputs are taken from the folder. */
async function record(outputs: Files, inputs: readonly string[] = [], more: Partial<Ran> = {}): Promise<Cid> {
  number += 1;
  const { job } = await world.within(repo, (workspace) =>
    runHere(workspace, {
      ...{ cwd: repo, env: world.env(), kind: 'process', argv: ['tool', String(number)], program: [], libraries: [] },
      ...{ inputs, outputs: Object.keys(outputs), variables: {}, pass: [], network: false },
      limits: { time_ms: 1000, memory_bytes: 2 ** 30, output_bytes: 2 ** 30 },
      runners: { process: runner(async () => ran(outputs, { started: number, finished: number, ...more })) },
    }),
  );
  return job;
}

function experimentOf(jobs: readonly Cid[]): Promise<string> {
  return world.within(repo, async ({ repository }) => {
    const parts = { title: 'x', notes: '', states: [], allowDirty: true, policyCodeRoot: null };
    return (await createExperiment(repository.ports, { ...(await repository.writer()), ...parts, jobs })).id;
  });
}

function reproduce(id: string, run: Run | null, more: Partial<ReproduceRequest> = {}) {
  const runners = run === null ? {} : { process: runner(run) };
  return world.within(repo, (workspace) => reproduceExperiment(workspace, { id, runners, libraries: repo, ...more }));
}

const leftovers = () => readdirSync(tmpdir()).filter((name) => name.startsWith('gatos-reproduce-'));

describe('before the first job runs', () => {
  it('a kind of program without a runner, and a runner that refuses one, are told', async () => {
    const id = await experimentOf([await record({ a: '1' }), await record({ b: '2' })]);
    const before = leftovers();
    await expect(reproduce(id, null)).rejects.toMatchObject({ code: 'work/no-runner', exit: 30 });
    let runs = 0;
    const refusal = async ({ program }: Task['manifest']) =>
      program.args[0] === String(number) ? runnerError('no-container-engine', { why: 'there is none' }) : null;
    const counting = runner(async () => {
      runs += 1;
      return ran({});
    });
    const refusing = { runners: { process: { ...counting, refusal } } };
    await expect(reproduce(id, null, refusing)).rejects.toMatchObject({ code: 'runner/no-container-engine', exit: 30 });
    expect([runs, leftovers()]).toEqual([0, before]);
  });

  it('a folder that holds something is refused', async () => {
    const id = await experimentOf([await record({ a: '1' })]);
    const keep = mkdtempSync(join(world.at('.'), 'full-'));
    writeFileSync(join(keep, 'x'), '');
    await expect(reproduce(id, async () => ran({}), { keep })).rejects.toMatchObject({
      code: 'experiment-files/not-empty',
    });
    await expect(reproduce(id, async () => ran({}), { keep: join(keep, 'x', 'y') })).rejects.toMatchObject({
      code: 'experiment-files/not-written',
      exit: 75,
    });
  });
});

describe('a job that reads what an earlier one gave', () => {
  /** The second job reads `b`, whose bytes are those of `a`. */
  async function pair(): Promise<string> {
    const first = await record({ a: 'same', b: 'same' });
    return experimentOf([first, await record({ c: '3' }, ['b'])]);
  }
  const readBy = async ({ inputs }: Task): Promise<string> => Buffer.from((await inputs[0]?.read()) ?? []).toString();

  it('is given the file of that name, though another one had the same bytes', async () => {
    const id = await pair();
    const seen: string[] = [];
    const again = async (task: Task) => {
      if (task.inputs.length === 0) return ran({ a: 'other', b: 'same' });
      seen.push(await readBy(task));
      return ran({ c: '3' });
    };
    const keep = world.at('kept');
    const { differences, reproduction } = await reproduce(id, again, { keep });
    expect(seen).toEqual(['same']);
    expect(differences.map(({ where, name }) => `${where} ${name}`)).toEqual(['output a']);
    expect(reproduction.verdict).toBe('drifted');
    expect(readFileSync(join(keep, '1', 'a'), 'utf8')).toBe('other');
  });

  it('is given what came out now, under a manifest that names it', async () => {
    const id = await pair();
    const again = async (task: Task) => {
      if (task.inputs.length === 0) return ran({ a: 'same', b: 'drifted' });
      expect(task.manifest.inputs[0]?.size).toBe('drifted'.length);
      return ran({ c: await readBy(task) });
    };
    const { differences, kept } = await reproduce(id, again, { keep: world.at('kept-too') });
    expect(differences.map(({ where, name }) => `${where} ${name}`)).toEqual(['output b', 'input b', 'output c']);
    expect(readFileSync(join(kept ?? '', '2', 'c'), 'utf8')).toBe('drifted');
  });

  it('goes on with what is recorded when nothing came out', async () => {
    const id = await pair();
    const failed = { status: 'failed', exit: 1, failure: 'it threw' } as const;
    const again = async (task: Task) => (task.inputs.length === 0 ? ran({}, failed) : ran({ c: await readBy(task) }));
    const { reproduction, jobs, kept } = await reproduce(id, again, { keep: world.at('kept-last') });
    expect(reproduction.verdict).toBe('failed');
    expect(jobs.map(({ status, failure, same }) => [status, failure, same])).toEqual([
      ['failed', 'it threw', false],
      ['succeeded', null, false],
    ]);
    expect(readFileSync(join(kept ?? '', '2', 'c'), 'utf8')).toBe('same');
  });
});

describe('what is left behind', () => {
  it('is nothing when it was identical, when nothing came out, or when it broke off', async () => {
    const id = await experimentOf([await record({ a: '1' })]);
    const before = leftovers();
    expect(await reproduce(id, async () => ran({ a: '1' }))).toMatchObject({ kept: null, differences: [] });
    const nothing = await reproduce(id, async () => ran({}, { status: 'no-output', failure: 'no `a`' }));
    expect(nothing).toMatchObject({ kept: null, reproduction: { verdict: 'failed' } });
    await expect(reproduce(id, () => Promise.reject(new Error('the machine is on fire')))).rejects.toThrow('on fire');
    const abort = AbortSignal.abort(new Error('enough'));
    await expect(reproduce(id, async () => ran({ a: '1' }), { signal: abort })).rejects.toThrow('enough');
    expect(leftovers()).toEqual(before);
  });

  it('is the scratch folder of no job, whatever comes of it', async () => {
    const id = await experimentOf([await record({ a: '1' })]);
    let disposed = 0;
    const dispose = async () => {
      disposed += 1;
    };
    const unreadable = { path: 'a', size: 1, read: () => Promise.reject(new Error('gone')) };
    await expect(reproduce(id, async () => ran({}, { outputs: [unreadable], dispose }))).rejects.toThrow('gone');
    const absent = ran({}, { status: 'failed', exit: 127, dispose });
    const environment = { ...absent.environment, tools: [] };
    await expect(reproduce(id, async () => ({ ...absent, environment }))).rejects.toMatchObject({
      code: 'reproduce/no-interpreter',
      exit: 20,
      data: { command: 'tool', version: '1' },
    });
    expect(disposed).toBe(2);
  });
});

describe('variables that are handed on', () => {
  it('reach only the jobs that were handed them', async () => {
    const environment = { ...ran({}).environment, passed: ['TOKEN'] };
    const id = await experimentOf([await record({ a: '1' }, [], { environment }), await record({ b: '2' })]);
    const seen: unknown[] = [];
    const again = async ({ passed, manifest }: Task) => {
      seen.push(passed);
      return manifest.outputs[0] === 'a' ? ran({ a: '1' }, { environment }) : ran({ b: '2' });
    };
    const { reproduction } = await reproduce(id, again, { passed: { TOKEN: 'x', OTHER: 'y' } });
    expect(seen).toEqual([{ TOKEN: 'x' }, {}]);
    expect(JSON.stringify(reproduction, (_, value) => (typeof value === 'bigint' ? 0 : value))).not.toContain('"x"');
  });
});
