/** Reading experiments and what they rest on. Nothing here is verified; `verifyExperiments` is. */
import { type ChainEntry, REF_PREFIX, readEntry, readHead, recordBody } from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import { checkpointsBackwards, type StoredCheckpoint } from '../fold/index.js';
import type { GitBackend } from '../git/index.js';
import { readExecution, readManifest, type StoredExecution, type StoredManifest } from '../jobs/index.js';
import { compareText, isGatosError } from '../kernel/index.js';
import { experimentError } from './errors.js';
import {
  componentOf,
  EXPERIMENTS,
  experimentChain,
  isExperimentId,
  REPRODUCTIONS,
  reproductionChain,
} from './names.js';
import { EXPERIMENT_KIND, type Experiment, REPRODUCTION_KIND, type Reproduction } from './schema.js';

export interface StoredExperiment {
  readonly entry: ChainEntry;
  readonly body: Experiment;
}

export interface StoredReproduction {
  readonly entry: ChainEntry;
  readonly body: Reproduction;
}

/** Throws `experiments/name`, `experiments/no-such-experiment`, `codec/schema`, and as the git port. */
export async function readExperiment(backend: GitBackend, id: string): Promise<StoredExperiment> {
  const entry = await readHead(backend, experimentChain(id));
  if (entry === null) throw experimentError('no-such-experiment', { id });
  return { entry, body: recordBody(entry.envelope, 0, EXPERIMENT_KIND) };
}

/** Throws `experiments/name`, `experiments/no-such-receipt`, `codec/schema`, and as the git port. */
export async function readReproduction(backend: GitBackend, id: string): Promise<StoredReproduction> {
  const entry = await readHead(backend, reproductionChain(id));
  if (entry === null) throw experimentError('no-such-receipt', { id });
  return { entry, body: recordBody(entry.envelope, 0, REPRODUCTION_KIND) };
}

/** The ids of all experiments, oldest first. */
export async function listExperiments(backend: GitBackend): Promise<readonly string[]> {
  const refs = await backend.refs.list(REF_PREFIX + EXPERIMENTS);
  return refs
    .map(({ name }) => componentOf(name))
    .filter(isExperimentId)
    .sort(compareText);
}

/** The recorded reproductions of an experiment, oldest first; what cannot be read is left out. */
export async function readReproductions(backend: GitBackend, id: string): Promise<readonly StoredReproduction[]> {
  const found: StoredReproduction[] = [];
  for (const { oid } of await backend.refs.list(REF_PREFIX + REPRODUCTIONS)) {
    try {
      const entry = await readEntry(backend, oid);
      const body = recordBody(entry.envelope, 0, REPRODUCTION_KIND);
      if (body.experiment === id) found.push({ entry, body });
    } catch (error) {
      if (!isGatosError(error)) throw error;
    }
  }
  return found;
}

/** A job of an experiment, as it is recorded. */
export interface ExperimentJob {
  readonly manifest: StoredManifest;
  readonly execution: StoredExecution;
}

/**
 * What stands of the jobs of an experiment, in its order. Throws `experiments/no-proof` for a job that is here and was not run,
 * `experiments/job-missing`.
 */
export async function readJobs(
  backend: GitBackend,
  { ulid, jobs }: Pick<Experiment, 'ulid' | 'jobs'>,
): Promise<readonly ExperimentJob[]> {
  const found: ExperimentJob[] = [];
  for (const job of jobs) {
    found.push(await readJobOf(backend, { ulid, job }));
  }
  return found;
}

async function readJobOf(
  backend: GitBackend,
  { ulid, job }: { readonly ulid: string; readonly job: Cid },
): Promise<ExperimentJob> {
  const execution = await readExecution(backend, job);
  try {
    const manifest = await readManifest(backend, job);
    if (execution !== null) return { manifest, execution };
  } catch (error) {
    if (!isGatosError(error, 'jobs/no-such-job')) throw error;
    throw experimentError('job-missing', { id: ulid, job: String(job) }, { cause: error });
  }
  throw experimentError('no-proof', { id: ulid, job: String(job) });
}

/** The checkpoint with this envelope on a state's chain, or null. Throws as the git port. */
export async function findCheckpoint(backend: GitBackend, name: string, pof: Cid): Promise<StoredCheckpoint | null> {
  for await (const checkpoint of checkpointsBackwards(backend, name))
    if (checkpoint.entry.envelope.cid.equals(pof)) return checkpoint;
  return null;
}
