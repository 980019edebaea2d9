/** `git gatos run`: a command is run here and now, and all that makes it checkable is recorded in one step. */
import { createHash } from 'node:crypto';
import {
  Cid,
  type Execution,
  type FileSource,
  isGatosError,
  type JobSpec,
  type LongCall,
  type Manifest,
  newNonce,
  type PreparedJob,
  prepareJob,
  type RunRecord,
  readExecution,
  recordRun,
  repeatedJob,
} from 'gatos-core';
import { requireTrusted } from '../require-trusted.js';
import type { GivenFile, GivenOutput, Task } from '../runners/index.js';
import type { Workspace } from '../workspace.js';
import { checkoutFacts } from './checkout.js';
import { workError } from './errors.js';
import { type CommandRequest, gatherJob } from './gather.js';
import { LARGE_ABOVE, largeFiles, piecesOf } from './large.js';
import { lockFiles, type Runners, recordOf, runnerFor } from './perform.js';
import { restoreFile, restoreStream } from './restore.js';

export interface RunRequest extends CommandRequest, LongCall {
  readonly runners: Runners;
  /** Names of variables of this machine that the job sees and the record does not. */
  readonly pass: readonly string[];
  readonly onOutput?: Task['onOutput'];
  readonly abort?: AbortSignal | undefined;
}

export interface LocalRun {
  readonly job: Cid;
  readonly manifest: Manifest;
  readonly execution: Execution;
  /** Envelope of the Proof-of-Execution. */
  readonly poe: Cid;
  /** A job of the same content that was run before, and whether it gave the same outputs. */
  readonly before: { readonly job: Cid; readonly same: boolean } | null;
}

/**
 * Runs a command in a fresh folder with what it was given, records job and proof, and puts its outputs into the folder it was asked
 * for in, when it succeeded. What the program does is a status. Throws as `gatherJob`, `prepareJob`, the runner and `recordRun`; what
 * refuses the writer is thrown before anything is run.
 */
export async function runHere(workspace: Workspace, request: RunRequest): Promise<LocalRun> {
  const { cwd, env, runners, progress, signal } = request;
  const { repository, backend } = workspace;
  const facts = checkoutFacts(workspace, env);
  // Whatever it finds is asked for below; until then it is nobody's rejection.
  facts.catch(() => undefined);
  const writer = await repository.writer();
  requireTrusted(writer, repository.ports, 'jobs/');
  const spec = await gatherJob(workspace, request);
  const large = largeFiles(workspace, { signal });
  const options = { policyRoot: writer.policyRoot, progress, signal, large };
  const first = await prepareJob(backend, spec, options);
  const runner = await runnerFor(runners, first.manifest);
  const ran = await runner.run(taskOf(first, request, spec));
  try {
    const run = await recordOf(backend, ran, {
      checkout: await facts,
      lockfiles: lockFiles(cwd),
      progress,
      signal,
      large,
    });
    const done = await record(workspace, { first, run });
    if (ran.status === 'succeeded') await restore(cwd, ran.outputs);
    return done;
  } finally {
    await ran.dispose();
  }
}

function taskOf(
  { manifest }: PreparedJob,
  { cwd, env, pass, onOutput, abort }: RunRequest,
  { inputs, program }: JobSpec,
): Task {
  const recorded = new Map(manifest.inputs.map(({ name, cid }) => [name, cid]));
  const code = new Map(manifest.program.files.map(({ path, cid }) => [path, cid]));
  return {
    manifest,
    inputs: inputs.map((file) => given(file, { cid: recorded.get(file.path), executable: false })),
    program: program.files.map((file) => given(file, { cid: code.get(file.path), executable: file.executable })),
    libraries: cwd,
    passed: Object.fromEntries(pass.map((name) => [name, variable(name, env)])),
    ...(onOutput === undefined ? {} : { onOutput }),
    signal: abort,
  };
}

/** A file as it was recorded: one that has changed since is not run with. */
function given(
  { path, size, read, stream }: FileSource,
  { cid, executable }: { readonly cid: Cid | undefined; readonly executable: boolean },
): GivenFile {
  return {
    path,
    size,
    executable,
    read: async () => {
      const bytes = await read();
      if (cid?.equals(Cid.hash('raw', bytes)) !== true) throw workError('changed-meanwhile', { path });
      return bytes;
    },
    ...(stream === undefined || size <= LARGE_ABOVE ? {} : { stream: () => unchanged(stream(), { path, cid }) }),
  };
}

async function* unchanged(
  parts: AsyncIterable<Uint8Array>,
  { path, cid }: { readonly path: string; readonly cid: Cid | undefined },
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const part of parts) {
    hash.update(part);
    yield part;
  }
  if (cid === undefined || !hash.digest().equals(cid.digest)) throw workError('changed-meanwhile', { path });
}

function variable(name: string, env: CommandRequest['env']): string {
  const value = env[name];
  if (value === undefined) throw workError('no-variable', { name });
  return value;
}

/** Records a run; when the same job stands there already, as a repetition of it. */
async function record(
  { repository }: Workspace,
  { first, run }: { readonly first: PreparedJob; readonly run: RunRecord },
): Promise<LocalRun> {
  const { ports } = repository;
  const parts = { ...(await repository.writer()), run };
  try {
    const { execution, poe } = await recordRun(ports, { ...parts, prepared: first });
    return { job: first.job, manifest: first.manifest, execution, poe, before: null };
  } catch (error) {
    if (!isGatosError(error, 'jobs/done')) throw error;
    const again = repeatedJob(first, newNonce(ports));
    const { execution, poe } = await recordRun(ports, { ...parts, prepared: again });
    const earlier = await readExecution(ports.backend, first.job);
    const same = earlier !== null && Buffer.compare(earlier.body.outputs_root, execution.outputs_root) === 0;
    const before = earlier === null ? null : { job: first.job, same };
    return { job: again.job, manifest: again.manifest, execution, poe, before };
  }
}

async function restore(cwd: string, outputs: readonly GivenOutput[]): Promise<void> {
  for (const output of outputs) {
    const { path, size, read } = output;
    if (size > LARGE_ABOVE) await restoreStream(cwd, { path, parts: piecesOf(output) });
    else restoreFile(cwd, { path, bytes: await read() });
  }
}
