/** What an experiment is made of when nobody says it: the jobs and checkpoints since the last one. */
import { REF_PREFIX } from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import { newestCheckpoint, stateNames } from '../fold/index.js';
import type { GitBackend } from '../git/index.js';
import { EXECUTIONS, jobOfChain, readExecution, readManifest } from '../jobs/index.js';
import { isGatosError, type LongCall } from '../kernel/index.js';
import { type ExperimentJob, listExperiments, readExperiment, type StoredExperiment } from './read.js';

export interface Chosen {
  readonly jobs: readonly Cid[];
  /** Names of states. */
  readonly states: readonly string[];
}

/**
 * Jobs that succeeded and belong to no experiment yet, in the order in which they were run: the last one for each output, and those that
 * gave what these read. And states whose newest checkpoint belongs to none and is newer than the last experiment.
 */
export async function chooseParts(backend: GitBackend, { signal }: LongCall = {}): Promise<Chosen> {
  const used = await usedParts(backend);
  const fresh: ExperimentJob[] = [];
  for (const { name } of await backend.refs.list(REF_PREFIX + EXECUTIONS)) {
    const job = jobOfChain(name.slice(REF_PREFIX.length));
    signal?.throwIfAborted();
    if (job === null || used.jobs.has(String(job))) continue;
    const found = await jobAt(backend, job);
    if (found !== null && found.execution.body.status === 'succeeded') fresh.push(found);
  }
  fresh.sort((a, b) => a.execution.body.started - b.execution.body.started);
  const jobs = needed(fresh).map(({ execution }) => execution.body.job);
  return { jobs, states: await freshStates(backend, used) };
}

async function jobAt(backend: GitBackend, job: Cid): Promise<ExperimentJob | null> {
  try {
    const execution = await readExecution(backend, job);
    return execution === null ? null : { execution, manifest: await readManifest(backend, job) };
  } catch (error) {
    // What cannot be read can be no part; verification tells of it.
    if (isGatosError(error)) return null;
    throw error;
  }
}

interface Used {
  readonly jobs: ReadonlySet<string>;
  readonly proofs: ReadonlySet<string>;
  /** Time of the last experiment, µs since the epoch. */
  readonly time: number;
}

async function usedParts(backend: GitBackend): Promise<Used> {
  const jobs = new Set<string>();
  const proofs = new Set<string>();
  let time = 0;
  for (const id of await listExperiments(backend)) {
    const experiment = await experimentAt(backend, id);
    if (experiment === null) continue;
    const { body, entry } = experiment;
    for (const job of body.jobs) jobs.add(String(job));
    for (const pof of body.pof) proofs.add(String(pof));
    time = Math.max(time, entry.envelope.time);
  }
  return { jobs, proofs, time };
}

/** One that cannot be read takes nothing away from others; verification tells of it. */
async function experimentAt(backend: GitBackend, id: string): Promise<StoredExperiment | null> {
  try {
    return await readExperiment(backend, id);
  } catch (error) {
    if (isGatosError(error)) return null;
    throw error;
  }
}

/**
 * From the newest back: a job counts when something that it gave was not given anew after it, or is read by one that counts and was
 * given by none in between.
 */
function needed(jobs: readonly ExperimentJob[]): readonly ExperimentJob[] {
  const kept: ExperimentJob[] = [];
  const given = new Set<string>();
  const read = new Set<string>();
  for (const job of [...jobs].reverse()) {
    const { outputs } = job.execution.body;
    const isLast = outputs.some(({ path }) => !given.has(path));
    const isRead = outputs.some(({ cid }) => read.has(String(cid)));
    if (!isLast && !isRead) continue;
    kept.push(job);
    for (const { path, cid } of outputs) {
      given.add(path);
      // Whoever gave the same before is not needed for it.
      read.delete(String(cid));
    }
    for (const { cid } of job.manifest.body.inputs) read.add(String(cid));
  }
  return kept.reverse();
}

async function freshStates(backend: GitBackend, { proofs, time }: Used): Promise<readonly string[]> {
  const states: string[] = [];
  for (const name of await stateNames(backend)) {
    const { entry } = await newestCheckpoint(backend, name);
    if (!proofs.has(String(entry.envelope.cid)) && entry.envelope.time > time) states.push(name);
  }
  return states;
}
