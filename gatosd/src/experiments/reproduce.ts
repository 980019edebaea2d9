/** Reproducing an experiment: every job is run again on what is recorded, in order, and what comes out is compared. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  bytesEqual,
  type Cid,
  type ContentDifference,
  compareContents,
  compareExperiment,
  type Difference,
  explainDrift,
  filesBelow,
  formatUlid,
  LIMITS,
  type LongCall,
  namedRoot,
  OUTPUTS_FOLDER,
  type Reproduction,
  readExperiment,
  readExperimentJobs,
  type Status,
  type StoredExperiment,
} from 'gatos-core';
import type { NativeBackend } from 'gatos-core/node';
import { readJobFile, runnerFor } from '../work/index.js';
import type { Workspace } from '../workspace.js';
import { emptyFolder } from './empty-folder.js';
import { type Rerun, type RerunRequest, rerun } from './rerun.js';

export interface ReproduceRequest extends LongCall, RerunRequest {
  /** Id of the experiment. */
  readonly id: string;
  /** Where the reproduced outputs are kept, one folder a job; absent: a folder that is removed unless they drifted. */
  readonly keep?: string | undefined;
  readonly onJob?: ((job: ReproducedJob, place: { readonly done: number; readonly total: number }) => void) | undefined;
}

export interface ReproducedJob {
  readonly job: Cid;
  readonly status: Status;
  readonly failure: string | null;
  readonly same: boolean;
  /** Could it write only where it was to, and reach no network that it was not given? */
  readonly confined: boolean;
}

export interface Reproduced {
  readonly experiment: StoredExperiment;
  readonly reproduction: Reproduction;
  readonly differences: readonly Difference[];
  readonly contents: readonly ContentDifference[];
  readonly explanation: string | null;
  readonly jobs: readonly ReproducedJob[];
  /** Where the reproduced outputs are; null when they were removed. */
  readonly kept: string | null;
}

/**
 * Runs every job of an experiment again, in a fresh folder each, and compares. What an earlier job of the experiment gave is taken as it
 * came out now, so a drift shows where it began. That the records themselves hold is for verification to say. Throws
 * `experiments/no-such-experiment`, `experiment-files/not-empty`, `reproduce/no-interpreter`, `jobs/altered`, `work/no-runner`, as the runners, and as the git port.
 */
export async function reproduceExperiment(workspace: Workspace, request: ReproduceRequest): Promise<Reproduced> {
  const { backend, repository } = workspace;
  const experiment = await readExperiment(backend, request.id);
  const jobs = await readExperimentJobs(backend, experiment.body);
  // Told before the first job takes its time.
  for (const { manifest } of jobs) await runnerFor(request.runners, manifest.body);
  const folder =
    request.keep === undefined ? mkdtempSync(join(tmpdir(), 'gatos-reproduce-')) : emptyFolder(request.keep);
  const started = Math.floor(repository.ports.clock.now());
  const runs: Rerun[] = [];
  try {
    for (const [i, job] of jobs.entries()) {
      const run = await rerun(workspace, { job, before: runs, folder: join(folder, String(i + 1)), request });
      runs.push(run);
      request.onJob?.(summaryOf(run), { done: i + 1, total: jobs.length });
      request.signal?.throwIfAborted();
    }
  } catch (error) {
    if (request.keep === undefined) rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  const differences = compareExperiment(runs.map(({ pair }) => pair));
  const contents = await contentsOf(backend, runs);
  const drifted = differences.some(({ where }) => where === 'output');
  const keeps = request.keep !== undefined || (drifted && runs.some(({ outputs }) => outputs.files.length > 0));
  if (!keeps) rmSync(folder, { recursive: true, force: true });
  const finished = Math.max(started, Math.floor(repository.ports.clock.now()));
  const ulid = formatUlid({ timeMs: Math.floor(finished / 1000), random: repository.ports.random.bytes(10) });
  return {
    experiment,
    reproduction: receiptOf({ ulid, experiment, runs, differences, started, finished }),
    differences,
    contents,
    explanation: explainDrift(differences),
    jobs: runs.map(summaryOf),
    kept: keeps ? folder : null,
  };
}

/** How the contents of outputs differ that are there both times. */
async function contentsOf(backend: NativeBackend, runs: readonly Rerun[]): Promise<readonly ContentDifference[]> {
  const contents: ContentDifference[] = [];
  for (const { pair, recorded, outputs } of runs) {
    const now = new Map(outputs.files.map((file) => [file.path, file]));
    const stored = await filesBelow(backend, recorded.execution.entry, OUTPUTS_FOLDER);
    for (const file of pair.recorded.execution.outputs) {
      const again = now.get(file.path);
      if (again === undefined || again.cid.equals(file.cid) || contents.length >= LIMITS.driftContents) continue;
      // Of what is too large to be read at once the digests say that it differs.
      if (Math.max(file.size, again.size) > LIMITS.jobFileBytes) continue;
      const before = await readJobFile(backend, stored.get(file.path), file);
      const difference = compareContents({ path: file.path, recorded: before, reproduced: await again.read() });
      if (difference !== null) contents.push(difference);
    }
  }
  return contents;
}

function isSame({ pair: { recorded, reproduced } }: Rerun): boolean {
  const [before, now] = [recorded.execution, reproduced.execution];
  return before.status === now.status && bytesEqual(before.outputs_root, now.outputs_root);
}

function summaryOf(run: Rerun): ReproducedJob {
  const { job, reproduced } = run.pair;
  const { status, environment } = reproduced.execution;
  return { job, status, failure: run.failure, same: isSame(run), confined: environment.sandbox.files === 'confined' };
}

interface ReceiptParts extends Pick<Reproduction, 'ulid' | 'differences' | 'started' | 'finished'> {
  readonly experiment: StoredExperiment;
  readonly runs: readonly Rerun[];
}

function receiptOf({ ulid, experiment, runs, differences, started, finished }: ReceiptParts): Reproduction {
  const executions = runs.map(({ pair }) => pair.reproduced.execution);
  const failed = runs.some(({ pair }) => pair.reproduced.execution.status !== pair.recorded.execution.status);
  const drifted = differences.some(({ where }) => where === 'output');
  const single = executions.length === 1 ? executions[0]?.outputs_root : undefined;
  const all = executions.flatMap(({ job, outputs }) =>
    outputs.map(({ path, cid }) => ({ path: `${job}/${path}`, cid })),
  );
  return {
    ulid,
    experiment: experiment.body.ulid,
    pox: experiment.entry.envelope.cid,
    verdict: failed ? 'failed' : drifted ? 'drifted' : 'identical',
    outputs_root: single ?? namedRoot(all),
    jobs: executions.map(({ job, status, outputs_root }) => ({ job, status, outputs_root })),
    differences,
    environment_same: differences.every(({ where }) => where !== 'environment'),
    started,
    finished,
  };
}
