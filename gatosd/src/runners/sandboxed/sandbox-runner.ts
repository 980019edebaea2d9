/** What the two sandboxed runners share: refusals, reading what is given, running in a thread, and the answer. */
import {
  type Environment,
  type GatosError,
  type JobProgram,
  LIMITS,
  type Manifest,
  type ProgramKind,
} from 'gatos-core';
import { systemClock } from 'gatos-core/node';
import { runnerError } from '../errors.js';
import type { GivenFile, Ran, Runner, Task } from '../runner.js';
import { sandboxedError } from './errors.js';
import type { GivenBytes, Outcome, ThreadRequest, Verdict } from './messages.js';
import { SharedLog, type Stream } from './shared-log.js';
import { type Ended, ThreadPool } from './thread-pool.js';

export interface SandboxedOptions {
  /** Jobs that run at once, each in a thread of its own. */
  readonly concurrency: number;
  /** The program of the threads; only tests give another than the one beside this file. */
  readonly thread?: URL | undefined;
  /** Milliseconds after which a thread without work ends. */
  readonly idleMs?: number | undefined;
}

export interface SandboxedRunner extends Runner {
  /** Ends its threads. Not needed to let the process end. */
  close(): Promise<void>;
}

/** What makes one kind of runner. */
export interface SandboxKind {
  readonly kind: ProgramKind & ('quickjs' | 'wasm');
  readonly runner: string;
  engine(): Promise<string>;
  refusal(program: JobProgram): GatosError | null;
  request(base: BaseRequest, manifest: Manifest): ThreadRequest;
  /** Bytes that a job may be given: all of it is in memory. */
  room(manifest: Manifest): number;
  /** Why a job failed for which V8 itself ran out of memory. */
  readonly outOfMemory: string;
}

export type BaseRequest = Omit<Extract<ThreadRequest, { kind: 'wasm' }>, 'kind' | 'seed' | 'epoch'>;

/** The program of the threads, beside this file, or where the bundle has put it (tools/build-options.mjs). */
export const THREAD = new URL('./thread.js', import.meta.url);
/** What is printed is shown so often. */
const SHOW_MS = 100;

export function makeRunner(
  kind: SandboxKind,
  { concurrency, thread = THREAD, idleMs }: SandboxedOptions,
): SandboxedRunner {
  const pool = new ThreadPool({ size: concurrency, thread, idleMs });
  return {
    kind: kind.kind,
    refusal: async (manifest) => refusalOf(kind, manifest),
    run: (task) => runTask(kind, pool, task),
    close: () => pool.close(),
  };
}

function refusalOf(kind: SandboxKind, { program, inputs, libraries, network }: Manifest): GatosError | null {
  if (program.kind !== kind.kind) return runnerError('other-kind', { kind: program.kind, runner: kind.kind });
  if (network) return sandboxedError('no-network', { kind: kind.kind });
  const [library] = libraries;
  if (library !== undefined) return sandboxedError('no-libraries', { kind: kind.kind, library });
  if (!program.files.some(({ path }) => path === program.entry))
    return sandboxedError('no-entry', { entry: program.entry });
  const clash = twice([...program.files.map(({ path }) => path), ...inputs.map(({ name }) => name)]);
  if (clash !== undefined) return sandboxedError('same-path', { path: clash });
  return kind.refusal(program);
}

/** A path that is there twice, or that is the folder of another. */
function twice(paths: readonly string[]): string | undefined {
  const files = new Set<string>();
  for (const path of paths) {
    if (files.has(path)) return path;
    files.add(path);
  }
  for (const path of paths)
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1))
      if (files.has(path.slice(0, at))) return path.slice(0, at);
  return undefined;
}

async function runTask(kind: SandboxKind, pool: ThreadPool, task: Task): Promise<Ran> {
  const { manifest, signal } = task;
  const refusal = refusalOf(kind, manifest);
  if (refusal !== null) throw refusal;
  signal?.throwIfAborted();
  const { limits, program } = manifest;
  const environment = await environmentOf(kind, task);
  const log = new SharedLog();
  const large = tooLarge(kind, task);
  if (large !== undefined) {
    log.text('stderr', `${large.failure}\n`);
    return ranOf({ outcome: large, log, environment, started: systemClock.now() });
  }
  const base: BaseRequest = {
    log: log.buffer,
    entry: program.entry,
    program: await readAll(task.program),
    inputs: await readAll(task.inputs),
    args: program.args,
    env: { ...program.env, ...task.passed },
    outputs: manifest.outputs,
    memoryBytes: limits.memory_bytes,
    outputBytes: limits.output_bytes,
  };
  let started = systemClock.now();
  const live = new LiveView(log, task);
  try {
    const ended = await pool.run({
      request: kind.request(base, manifest),
      timeMs: limits.time_ms,
      signal,
      started: () => {
        started = systemClock.now();
      },
    });
    const outcome = outcomeOfEnd(ended, limits.time_ms, kind.outOfMemory);
    return ranOf({ outcome, log, environment, started });
  } finally {
    live.end();
  }
}

/** Looked at before anything is read. */
function tooLarge(kind: SandboxKind, { manifest, inputs, program }: Task): Outcome | undefined {
  const bytes = [...inputs, ...program].reduce((sum, { size }) => sum + size, 0);
  const room = kind.room(manifest);
  if (bytes <= room) return undefined;
  const failure = `it is given ${bytes} bytes, which do not fit into the ${room} bytes of memory that it may have`;
  return { status: 'over-limit', exit: null, failure, outputs: [] };
}

async function readAll(files: readonly GivenFile[]): Promise<GivenBytes[]> {
  const read: GivenBytes[] = [];
  for (const file of files) {
    const { path, size } = file;
    if (size > LIMITS.jobFileBytes)
      throw runnerError('too-large', { what: `the file \`${path}\``, size, limit: LIMITS.jobFileBytes });
    const bytes = await file.read();
    if (bytes.length !== size) throw runnerError('given-size', { path, size, got: bytes.length });
    read.push({ path, bytes });
  }
  return read;
}

async function environmentOf(kind: SandboxKind, { manifest, passed }: Task): Promise<Ran['environment']> {
  const sandbox: Environment['sandbox'] = { kind: kind.kind, network: 'none', files: 'confined' };
  const names = Object.keys(passed).sort();
  const given = Object.entries(manifest.program.env).filter(([name]) => !names.includes(name));
  return {
    runner: kind.runner,
    engine: await kind.engine(),
    os: process.platform,
    arch: process.arch,
    tools: [],
    libraries: [],
    sandbox,
    variables: Object.fromEntries(given),
    passed: names,
  };
}

function outcomeOfEnd(ended: Ended, timeMs: number, outOfMemory: string): Outcome {
  if (ended.is === 'done') return ended.outcome;
  const verdict: Verdict =
    ended.is === 'timed-out'
      ? { status: 'timed-out', exit: null, failure: `it ran longer than ${timeMs} ms` }
      : { status: 'over-limit', exit: null, failure: outOfMemory };
  return { ...verdict, outputs: [] };
}

interface Parts {
  readonly outcome: Outcome;
  readonly log: SharedLog;
  readonly environment: Ran['environment'];
  readonly started: number;
}

function ranOf({ outcome, log, environment, started }: Parts): Ran {
  const { status, exit, failure } = outcome;
  let outputs: Map<string, Uint8Array> | undefined = new Map(outcome.outputs.map(({ path, bytes }) => [path, bytes]));
  const read = async (path: string): Promise<Uint8Array> => {
    const bytes = outputs?.get(path);
    if (bytes === undefined) throw runnerError('disposed', { path });
    return bytes;
  };
  return {
    status,
    exit,
    signal: null,
    failure: failure === null ? null : oneLine(failure),
    started,
    finished: systemClock.now(),
    environment,
    outputs: outcome.outputs.map(({ path, bytes }) => ({ path, size: bytes.length, read: () => read(path) })),
    stdout: log.read('stdout'),
    stderr: log.read('stderr'),
    dropped: log.dropped,
    dispose: async () => {
      outputs = undefined;
    },
  };
}

/** Bounded, and without what a record of one line may not hold. */
function oneLine(text: string): string {
  // At most four bytes for a character.
  const line = text.replace(/[\p{Cc}\p{Cs}\u2028\u2029]+/gu, ' ');
  return [...line].slice(0, LIMITS.jobFailureBytes / 4).join('');
}

/** Shows what is printed while the job runs, and the rest at its end. */
class LiveView {
  readonly #shown = { stdout: 0, stderr: 0 };
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly log: SharedLog,
    private readonly task: Task,
  ) {
    if (task.onOutput !== undefined) this.#timer = setInterval(() => this.#show(), SHOW_MS);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#show();
  }

  #show(): void {
    const streams: readonly Stream[] = ['stdout', 'stderr'];
    for (const stream of this.task.onOutput === undefined ? [] : streams) {
      const chunk = this.log.read(stream, this.#shown[stream]);
      if (chunk.length === 0) continue;
      this.#shown[stream] += chunk.length;
      this.task.onOutput?.(stream, chunk);
    }
  }
}
