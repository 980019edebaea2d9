/** Running one job of an experiment again, and recording nothing. */
import {
  Cid,
  type Execution,
  type ExperimentJob,
  formatDigest,
  inputsRoot,
  type Manifest,
  namedRoot,
  programId,
  type RunPair,
} from 'gatos-core';
import type { GivenFile, Ran, Task } from '../runners/index.js';
import { givenFiles, lockFiles, type Runners, runnerFor } from '../work/index.js';
import type { Workspace } from '../workspace.js';
import { reproduceError } from './errors.js';
import { type KeptOutput, type KeptOutputs, keepOutputs } from './kept-outputs.js';

/** The exit status of a command that is not there, as shells have it. */
const NOT_FOUND = 127;

export interface RerunRequest {
  readonly runners: Runners;
  /** Folder in which libraries of the machine are looked for. */
  readonly libraries: string;
  /** Values of variables that jobs are given which were handed such a variable when they were recorded. */
  readonly passed?: Task['passed'] | undefined;
  readonly onOutput?: Task['onOutput'];
  readonly abort?: AbortSignal | undefined;
}

/** A job that was run again, beside what is recorded of it. */
export interface Rerun {
  readonly pair: RunPair;
  readonly recorded: ExperimentJob;
  readonly outputs: KeptOutputs;
  readonly failure: string | null;
}

export interface RerunPlace {
  readonly job: ExperimentJob;
  readonly before: readonly Rerun[];
  readonly folder: string;
  readonly request: RerunRequest;
}

/**
 * Runs one job on what is recorded, and on what came out of those before it. Throws `reproduce/no-interpreter`, `jobs/altered`, and as the
 * runners.
 */
export async function rerun(workspace: Workspace, { job, before, folder, request }: RerunPlace): Promise<Rerun> {
  const { manifest, execution } = job;
  const runner = await runnerFor(request.runners, manifest.body);
  const given = await givenFiles(workspace.backend, manifest);
  const { inputs, found } = await withReproduced(given.inputs, { manifest: manifest.body, before });
  const reproducedManifest: Manifest = { ...manifest.body, inputs: found };
  const ran = await runner.run({
    // It names what the job is given now: runners refuse other bytes.
    manifest: reproducedManifest,
    inputs,
    program: given.program,
    libraries: request.libraries,
    passed: passedTo(execution.body, request.passed),
    ...(request.onOutput === undefined ? {} : { onOutput: request.onOutput }),
    signal: request.abort,
  });
  try {
    refuseWithoutInterpreter(execution.body, ran);
    const outputs = await keepOutputs(ran.outputs, folder);
    const again = executionAgain(execution.body, {
      manifest: reproducedManifest,
      ran,
      outputs,
      libraries: request.libraries,
    });
    const recorded = { manifest: manifest.body, execution: execution.body };
    const reproduced = { manifest: reproducedManifest, execution: again };
    return {
      pair: { job: execution.body.job, recorded, reproduced },
      recorded: job,
      outputs,
      failure: ran.failure,
    };
  } finally {
    await ran.dispose();
  }
}

/** What never ran gave nothing that could be compared. Throws `reproduce/no-interpreter`. */
function refuseWithoutInterpreter({ job, environment: { tools } }: Execution, { exit, environment }: Ran): void {
  const here = new Set(environment.tools.map(({ name }) => name));
  const missing = tools.find(({ name }) => !here.has(name));
  if (exit !== NOT_FOUND || missing === undefined) return;
  const { name: command, version, digest } = missing;
  throw reproduceError('no-interpreter', { command, version, digest: formatDigest(digest), job: String(job) });
}

/** A job is handed no more than it was: what it had not then, it needs not now. */
function passedTo({ environment }: Execution, given: Task['passed'] = {}): Task['passed'] {
  return Object.fromEntries(Object.entries(given).filter(([name]) => environment.passed.includes(name)));
}

/** Inputs that an earlier job gave, as it gave them now; their digests with them. */
async function withReproduced(
  inputs: readonly GivenFile[],
  { manifest, before }: { readonly manifest: Manifest; readonly before: readonly Rerun[] },
) {
  const found: Manifest['inputs'][number][] = [];
  const given = inputs.map((file, i): GivenFile => {
    const input = manifest.inputs[i] as Manifest['inputs'][number];
    const output = reproducedOf(input, before);
    // One that did not come out again: its job has been told of; the rest goes on with what is recorded.
    if (output === undefined) {
      found.push(input);
      return file;
    }
    found.push({ ...input, cid: output.cid, size: output.size });
    return { ...file, size: output.size, read: output.read };
  });
  return { inputs: given, found };
}

/** The file that came out now where the bytes of an input came out before. Of several of one content, that of the same name. */
function reproducedOf({ cid, name }: Manifest['inputs'][number], before: readonly Rerun[]): KeptOutput | undefined {
  const givers = [...before].reverse().flatMap((run) => {
    const paths = run.pair.recorded.execution.outputs
      .filter((output) => output.cid.equals(cid))
      .map(({ path }) => path);
    return paths.map((path) => ({ run, path }));
  });
  const giver = givers.find(({ path }) => path === name) ?? givers[0];
  return giver?.run.outputs.files.find(({ path }) => path === giver.path);
}

interface Again {
  readonly manifest: Manifest;
  readonly ran: Ran;
  readonly outputs: KeptOutputs;
  readonly libraries: string;
}

/** The execution as it would be recorded now. */
function executionAgain(recorded: Execution, { manifest, ran, outputs, libraries }: Again): Execution {
  const { status, exit, signal, failure, started, finished, environment, stdout, stderr, dropped } = ran;
  const files = outputs.files.map(({ path, cid, size }) => ({ path, cid, size }));
  return {
    ...recorded,
    inputs_root: inputsRoot(manifest),
    program_id: programId(manifest.program),
    outputs_root: namedRoot(files),
    outputs: files,
    status,
    exit,
    signal,
    failure,
    started,
    finished,
    environment: { ...environment, checkout: null, lockfiles: lockFilesAgain(recorded, libraries) },
    stdout: Cid.hash('raw', stdout),
    stderr: Cid.hash('raw', stderr),
    logs: { stdout: stdout.length, stderr: stderr.length, dropped },
  };
}

/**
 * Lock files are compared where they are there both times. A clean room need not hold one, and no job reads it: it tells which versions
 * were meant, and the libraries that a job does read are compared by their own digests.
 */
function lockFilesAgain({ environment }: Execution, libraries: string): Execution['environment']['lockfiles'] {
  const here = new Map(lockFiles(libraries).map((file) => [file.path, file]));
  return environment.lockfiles.map((file) => here.get(file.path) ?? file);
}
