/** An experiment of two jobs, made from nothing: train a model, evaluate it. All facts of it are fixed. */
import { Cid, encode } from '../src/codec/index.js';
import {
  type Experiment,
  type ExportedExperiment,
  type ExportedJob,
  experimentRoots,
  type Reproduction,
  type Run,
} from '../src/experiments/index.js';
import {
  type Environment,
  type Execution,
  inputsRoot,
  type JobFile,
  type JobInput,
  jobId,
  type Manifest,
  namedRoot,
  programId,
} from '../src/jobs/index.js';
import { utf8 } from '../src/kernel/index.js';
import { testSigner } from './hand-made.js';

export const EXPERIMENT_ULID = '01HF7YAT00000000000000000A';
export const REPRODUCTION_ULID = '01HF7YAT00000000000000000B';
/** 2023-11-14T22:13:20Z in µs. */
const START = 1_700_000_000_000_000;

export const contentCid = (text: string): Cid => Cid.hash('raw', utf8(text));
const digest = (text: string): Uint8Array => contentCid(text).digest;

export function jobFile(path: string, text: string): JobFile {
  return { path, cid: contentCid(text), size: utf8(text).length };
}

export function jobInput(name: string, text: string, job?: Cid): JobInput {
  const source =
    job === undefined ? ({ path: name, state: 'committed' } as const) : ({ path: null, state: 'job', job } as const);
  return { name, cid: contentCid(text), size: utf8(text).length, source };
}

export function manifestOf(change: Partial<Manifest> = {}): Manifest {
  return {
    program: {
      kind: 'process',
      ref: null,
      entry: 'node',
      args: ['train.mjs', 'data.csv', 'model.json'],
      env: {},
      files: [{ ...jobFile('train.mjs', 'export {}'), executable: false }],
    },
    inputs: [jobInput('data.csv', 'x,y\n1,2\n')],
    outputs: ['model.json'],
    libraries: [],
    limits: { time_ms: 60_000, memory_bytes: 1 << 30, output_bytes: 1 << 20 },
    network: false,
    policy_root: null,
    ...change,
  };
}

export function environmentOf(change: Partial<Environment> = {}): Environment {
  return {
    runner: 'process/1',
    engine: null,
    os: 'linux 6.1.0',
    arch: 'x64',
    tools: [{ name: 'node', version: 'v22.1.0', digest: digest('node v22.1.0') }],
    libraries: [{ path: 'node_modules/matrix', version: '1.0.0', digest: digest('matrix 1.0.0') }],
    lockfiles: [{ path: 'package-lock.json', digest: digest('lock') }],
    sandbox: { kind: 'bubblewrap', network: 'none', files: 'confined' },
    variables: { LC_ALL: 'C.UTF-8', TZ: 'UTC' },
    passed: [],
    checkout: { head: 'a'.repeat(40), modified: 0 },
    ...change,
  };
}

export function executionOf(
  manifest: Manifest,
  outputs: readonly JobFile[],
  change: Partial<Execution> = {},
): Execution {
  const { started = START } = change;
  return {
    job: jobId(manifest),
    attempt: 1,
    inputs_root: inputsRoot(manifest),
    program_id: programId(manifest.program),
    outputs_root: namedRoot(outputs),
    outputs,
    status: 'succeeded',
    exit: 0,
    signal: null,
    failure: null,
    started,
    finished: started + 1_500_000,
    environment: environmentOf(),
    stdout: contentCid('trained\n'),
    stderr: contentCid(''),
    logs: { stdout: 8, stderr: 0, dropped: 0 },
    policy_root: null,
    policy_code_root: null,
    ...change,
  };
}

export const MODEL = '{"weights":[1,2]}';

/** Trains. */
export function trainRun(): Run {
  const manifest = manifestOf();
  return { manifest, execution: executionOf(manifest, [jobFile('model.json', MODEL)]) };
}

/** Evaluates the model that training gave, on rows of its own. */
export function evaluateRun(): Run {
  const { execution } = trainRun();
  const manifest = manifestOf({
    program: {
      kind: 'process',
      ref: null,
      entry: 'node',
      args: ['evaluate.mjs'],
      env: { SEED: '7' },
      files: [{ ...jobFile('evaluate.mjs', 'export const x = 1'), executable: true }],
    },
    inputs: [jobInput('held-out.csv', 'x,y\n3,4\n'), jobInput('model.json', MODEL, execution.job)],
    outputs: ['*.svg', 'metrics.json'],
  });
  const outputs = [jobFile('metrics.json', '{"accuracy":0.91}'), jobFile('plot.svg', '<svg/>')];
  return { manifest, execution: executionOf(manifest, outputs, { started: START + 2_000_000 }) };
}

export function proofOf(runs: readonly Run[], change: Partial<Experiment> = {}): Experiment {
  return {
    ulid: EXPERIMENT_ULID,
    title: 'A small experiment',
    ...experimentRoots(
      runs.map(({ execution }) => execution),
      runs.map(({ manifest }) => manifest),
    ),
    policy_root: null,
    policy_code_root: null,
    poe: runs.map((_, i) => Cid.hash('dag-cbor', encode(['poe', i]))),
    jobs: runs.map(({ execution }) => execution.job),
    pof: [],
    states: [],
    pointers: [],
    dirty: [],
    notes: '',
    ...change,
  };
}

export function exportedOf(
  runs: readonly Run[] = [trainRun(), evaluateRun()],
  change: Partial<ExportedExperiment> = {},
  proof: Partial<Experiment> = {},
): ExportedExperiment {
  const body = proofOf(runs, proof);
  const { key } = testSigner(1);
  const jobs = runs.map(
    (run, i): ExportedJob => ({
      ...run,
      poe: body.poe[i] ?? contentCid('none'),
      actor: i === 0 ? 'user:alice' : 'service:worker',
      key: testSigner(i + 1).key,
    }),
  );
  return {
    proof: body,
    pox: Cid.hash('dag-cbor', encode('pox')),
    actor: 'user:alice',
    key,
    time: START + 10_000_000,
    repo: Cid.hash('dag-cbor', encode('genesis')),
    jobs,
    license: { id: 'https://spdx.org/licenses/CC-BY-4.0', name: 'CC BY 4.0', spdx: 'CC-BY-4.0' },
    ...change,
  };
}

export function reproductionOf(change: Partial<Reproduction> = {}): Reproduction {
  const runs = [trainRun(), evaluateRun()];
  return {
    ulid: REPRODUCTION_ULID,
    experiment: EXPERIMENT_ULID,
    pox: Cid.hash('dag-cbor', encode('pox')),
    verdict: 'identical',
    outputs_root: proofOf(runs).outputs_root,
    jobs: runs.map(({ execution: { job, status, outputs_root } }) => ({ job, status, outputs_root })),
    differences: [],
    environment_same: true,
    started: START,
    finished: START + 5_000_000,
    ...change,
  };
}

/** A text that tries everything on a terminal, a parser, or a reader. */
export const HOSTILE = '\u202egnp.exe \u200b\u001b[31m\u0007"\\{}%$&#_~^@<script>\u2066x\ufeff é 😀';
