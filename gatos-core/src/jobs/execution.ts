/** From how a job ran to its Proof-of-Execution. */
import type { NewFile, StoredFile, WriterPorts } from '../chain/index.js';
import { Cid, encode, type Value } from '../codec/index.js';
import { LIMITS } from '../kernel/index.js';
import type { Writer } from '../trust/index.js';
import { jobError } from './errors.js';
import { KnownPolicies } from './policies.js';
import { inputsRoot, namedRoot, programId } from './roots.js';
import { type Execution, type Manifest, OUTPUTS_FOLDER, STDERR_PATH, STDOUT_PATH } from './schema.js';
import type { StagedFiles } from './staging.js';

/** How a job ran, as its runner saw it. Times in µs since the epoch. */
export interface RunRecord
  extends Pick<Execution, 'status' | 'exit' | 'signal' | 'failure' | 'started' | 'finished' | 'environment'> {
  readonly outputs: StagedFiles;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  /** Bytes that it printed and that are not kept. */
  readonly dropped: number;
}

export interface RunParts {
  readonly job: Cid;
  readonly manifest: Manifest;
  readonly attempt: number;
  readonly writer: Writer;
  readonly run: RunRecord;
  /** `policy_code_root` of the writer's policy when it is known; what the policy says itself counts. */
  readonly policyCodeRoot?: Uint8Array | null | undefined;
}

export interface MadeExecution {
  readonly execution: Execution;
  readonly files: readonly (NewFile | StoredFile)[];
}

const NO_FILES: StagedFiles = { files: [], in: () => [] };

/**
 * The proof, and what travels with it. When its outputs are too many to be listed in one record, they are not kept, and the job was
 * `over-limit`. Throws `jobs/too-large` when it is too large even so, and as the git port.
 */
export async function executionOf(
  { backend }: Pick<WriterPorts, 'backend'>,
  { run, ...parts }: RunParts,
): Promise<MadeExecution> {
  const { policyRoot } = parts.writer;
  // Whoever asked for the roots may have asked before, the policy after, another one was adopted.
  const codeRoot = policyRoot === null ? null : await new KnownPolicies(backend).codeRoot(policyRoot);
  const known = { ...parts, policyCodeRoot: policyRoot === null ? null : (codeRoot ?? parts.policyCodeRoot ?? null) };
  const made = madeOf(run, known);
  const limit = LIMITS.recordBytes;
  const size = sizeOf(made);
  if (size <= limit) return made;
  const failure = `the record of its ${run.outputs.files.length} outputs has ${size} bytes, the limit is ${limit}`;
  const over: RunRecord = run.status === 'succeeded' ? { ...run, status: 'over-limit', failure } : run;
  const less = madeOf({ ...over, outputs: NO_FILES }, known);
  if (run.outputs.files.length === 0 || sizeOf(less) > limit)
    throw jobError('too-large', { what: `the record of how job \`${parts.job}\` ran`, size: sizeOf(less), limit });
  return less;
}

function sizeOf({ execution }: MadeExecution): number {
  return encode(execution as unknown as Value).length;
}

function madeOf(
  run: RunRecord,
  { job, manifest, attempt, writer, policyCodeRoot }: Omit<RunParts, 'run'>,
): MadeExecution {
  const { outputs, stdout, stderr, dropped, ...facts } = run;
  const execution: Execution = {
    ...facts,
    // A clock that was set back meanwhile.
    finished: Math.max(run.started, run.finished),
    job,
    attempt,
    inputs_root: inputsRoot(manifest),
    program_id: programId(manifest.program),
    outputs_root: namedRoot(outputs.files),
    outputs: outputs.files,
    stdout: Cid.hash('raw', stdout),
    stderr: Cid.hash('raw', stderr),
    logs: { stdout: stdout.length, stderr: stderr.length, dropped },
    policy_root: writer.policyRoot,
    policy_code_root: policyCodeRoot ?? null,
  };
  const files = [
    ...outputs.in(OUTPUTS_FOLDER),
    { path: STDOUT_PATH, bytes: stdout },
    { path: STDERR_PATH, bytes: stderr },
  ];
  return { execution, files };
}
