/** One run of a job in a fresh folder, whoever starts the process: files in, process, files out, and what the outcome is called. */
import { type Environment, LIMITS, type Status } from 'gatos-core';
import { changedFile, collectOutputs, type Shortfall } from './collect.js';
import { runnerError } from './errors.js';
import { fitting } from './facts/index.js';
import type { Ran, Task } from './runner.js';
import { type Placed, removeLeftovers, Scratch } from './scratch.js';
import { type Ended, type Launch, supervise } from './supervise.js';

export type RunEnvironment = Omit<Environment, 'checkout' | 'lockfiles'>;

/** How a process of this kind is started, and how its end is read. */
export interface Prepared {
  readonly launch: Launch;
  readonly environment: RunEnvironment;
  /** Paths in the folder that are not the job's. */
  readonly taken: readonly string[];
  /** How it ended, or why it never ran. Throws when that is a fault of the machine. */
  readEnd(ended: Ended): End;
}

export interface End {
  readonly exit: number | null;
  readonly signal: string | null;
  /** Why it could not be run; null: it was. */
  readonly failure: string | null;
}

/** There is nothing to start: the program is not here. */
export interface NotHere {
  readonly missing: End;
  readonly environment: RunEnvironment;
}

export interface AttemptOptions {
  readonly scratchRoot: string | undefined;
  prepare(scratch: Scratch): Promise<Prepared | NotHere>;
}

/** Rejects with the reason of the signal when it is aborted, and then nothing of the job is left. */
export async function attempt(task: Task, { scratchRoot, prepare }: AttemptOptions): Promise<Ran> {
  task.signal?.throwIfAborted();
  const scratch = await Scratch.make(scratchRoot);
  try {
    const [placed, prepared] = await settleBoth(placeFiles(scratch, task), prepare(scratch));
    task.signal?.throwIfAborted();
    if ('missing' in prepared) return notRun(scratch, prepared);
    const { manifest, onOutput, signal } = task;
    const bounds = { limits: manifest.limits, onOutput: onOutput?.bind(task), signal };
    // What others left behind is removed while the job runs; a fault there is none of this job.
    const swept = removeLeftovers(scratchRoot).catch(() => []);
    const ended = await supervise(prepared.launch, bounds);
    await swept;
    task.signal?.throwIfAborted();
    const end = prepared.readEnd(ended);
    return await finish({ scratch, task, prepared, placed, ended, end });
  } catch (error) {
    await scratch.dispose();
    throw error;
  }
}

/** Both, and the first fault when both have settled, so that nothing writes into a folder that is being removed. */
async function settleBoth<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return Promise.all([a, b]);
}

/** Throws also when a file is not what the manifest says. */
async function placeFiles(scratch: Scratch, { manifest, inputs, program }: Task): Promise<readonly Placed[]> {
  const promised = new Map([
    ...manifest.inputs.map(({ name, cid }) => [name, cid] as const),
    ...manifest.program.files.map(({ path, cid }) => [path, cid] as const),
  ]);
  const plain = inputs.map((file) => {
    const stream = file.stream?.bind(file);
    return {
      path: file.path,
      size: file.size,
      executable: false,
      read: () => file.read(),
      ...(stream === undefined ? {} : { stream }),
    };
  });
  const placed = await scratch.place([...plain, ...program]);
  for (const { path, digest } of placed) {
    const cid = promised.get(path);
    if (cid === undefined || Buffer.compare(cid.digest, digest) !== 0) throw runnerError('given-bytes', { path });
  }
  if (placed.length !== promised.size) {
    const missing = [...promised.keys()].find((path) => !placed.some((file) => file.path === path)) ?? '';
    throw runnerError('bad-given-file', { path: missing, why: 'the manifest names it, and it is not given' });
  }
  await scratch.prepareOutputs(manifest.outputs);
  return placed;
}

interface Finished {
  readonly scratch: Scratch;
  readonly task: Task;
  readonly prepared: Prepared;
  readonly placed: readonly Placed[];
  readonly ended: Ended;
  readonly end: End;
}

async function finish({ scratch, task, prepared, placed, ended, end }: Finished): Promise<Ran> {
  const { limits, outputs: patterns } = task.manifest;
  const { stdout, stderr, started, finished } = ended;
  const given = new Set([...placed.map(({ path }) => path), ...prepared.taken]);
  const budget = Math.max(0, limits.output_bytes - stdout.printed - stderr.printed);
  const { outputs, shortfall } = await collectOutputs({ scratch, patterns, given, budget });
  const why = stopped(ended, task) ?? failed(end) ?? (await changedFile(scratch, placed)) ?? shortfall;
  return {
    status: why?.status ?? 'succeeded',
    exit: end.exit,
    signal: end.signal,
    failure: why === null ? null : fitting(why.failure, LIMITS.jobFailureBytes),
    started,
    finished,
    environment: prepared.environment,
    outputs,
    stdout: stdout.bytes(),
    stderr: stderr.bytes(),
    dropped: stdout.dropped + stderr.dropped,
    dispose: () => scratch.dispose(),
  };
}

function stopped({ stop, stdout, stderr }: Ended, { manifest: { limits } }: Task): Shortfall | null {
  if (stop === 'time') return { status: 'timed-out', failure: `it did not end within ${limits.time_ms} ms` };
  if (stop === 'memory')
    return { status: 'over-limit', failure: `it took more than ${limits.memory_bytes} bytes of memory` };
  // It may have ended before we could end it.
  if (stop === 'output' || stdout.printed + stderr.printed > limits.output_bytes) {
    return { status: 'over-limit', failure: `it printed more than ${limits.output_bytes} bytes` };
  }
  return null;
}

function failed({ exit, signal, failure }: End): Shortfall | null {
  const because = (status: Status, why: string): Shortfall => ({ status, failure: failure ?? why });
  if (signal !== null) return because('killed', `it was ended by ${signal}`);
  if (exit !== 0) return because('failed', `it ended with exit status ${exit}`);
  return null;
}

function notRun(scratch: Scratch, { missing, environment }: NotHere): Ran {
  const now = Date.now() * 1000;
  const { exit, signal, failure } = missing;
  return {
    status: 'failed',
    exit,
    signal,
    failure: failure === null ? null : fitting(failure, LIMITS.jobFailureBytes),
    started: now,
    finished: now,
    environment,
    outputs: [],
    stdout: new Uint8Array(),
    stderr: new Uint8Array(),
    dropped: 0,
    dispose: () => scratch.dispose(),
  };
}
