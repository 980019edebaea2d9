/** Making a Proof-of-Experiment of jobs that were run and states that were folded. */
import { append, draftRecord, type WriterPorts } from '../chain/index.js';
import { type Cid, formatUlid } from '../codec/index.js';
import { newestCheckpoint, stateChain } from '../fold/index.js';
import { readExecution, readManifest } from '../jobs/index.js';
import { isGatosError } from '../kernel/index.js';
import { requestBy, type Writer } from '../trust/index.js';
import { dirtyInputs } from './dirty.js';
import { experimentError } from './errors.js';
import { experimentChain, reproductionChain } from './names.js';
import { inRunOrder } from './order.js';
import type { ExperimentJob } from './read.js';
import { experimentRoots } from './roots.js';
import { EXPERIMENT_RULE, REPRODUCTION_RULE } from './rules.js';
import { EXPERIMENT_KIND, type Experiment, REPRODUCTION_KIND, type Reproduction } from './schema.js';

export interface ExperimentRequest extends Writer {
  readonly title: string;
  readonly notes: string;
  /** Job ids, in any order. */
  readonly jobs: readonly Cid[];
  /** Names of states, of which the newest checkpoint is taken. */
  readonly states: readonly string[];
  /** Let inputs pass that differed from what was committed, and record which. */
  readonly allowDirty: boolean;
  readonly policyCodeRoot: Uint8Array | null;
}

export interface CreatedExperiment {
  readonly id: string;
  /** Envelope of the proof. */
  readonly cid: Cid;
  readonly body: Experiment;
}

/**
 * Records an experiment. Throws `experiments/no-jobs`, `experiments/failed-job` for a job that did not succeed, `experiments/dirty`,
 * `experiments/not-run`, `jobs/no-such-job`, `fold/no-such-state`, `experiments/bad-record`, and as `append`.
 */
export async function createExperiment(
  ports: WriterPorts,
  { title, notes, jobs: ids, states, allowDirty, policyCodeRoot, ...writer }: ExperimentRequest,
): Promise<CreatedExperiment> {
  const { backend } = ports;
  const ulid = newId(ports);
  const jobs = await sortedJobs(ports, ids);
  const executions = jobs.map(({ execution }) => execution.body);
  const manifests = jobs.map(({ manifest }) => manifest.body);
  const dirty = dirtyInputs(executions, manifests);
  if (dirty.length > 0 && !allowDirty) throw experimentError('dirty', { inputs: dirty.join('`, `') });
  const checkpoints = await Promise.all(states.map((name) => newestCheckpoint(backend, name)));
  const body: Experiment = {
    ulid,
    title,
    ...experimentRoots(executions, manifests),
    policy_root: writer.policyRoot,
    policy_code_root: policyCodeRoot,
    poe: jobs.map(({ execution }) => execution.entry.envelope.cid),
    jobs: executions.map(({ job }) => job),
    pof: checkpoints.map(({ entry }) => entry.envelope.cid),
    states: states.map(stateChain),
    pointers: [],
    dirty,
    notes,
  };
  const clocks = [...jobs.map(({ execution }) => execution.entry), ...checkpoints.map(({ entry }) => entry)];
  const seen = Math.max(...clocks.map(({ envelope }) => envelope.clock));
  const { draft } = drafted(body);
  const place = { chain: experimentChain(ulid), rule: EXPERIMENT_RULE, seen: () => seen, prepare: async () => [draft] };
  const [appended] = await append(ports, requestBy(writer, place));
  if (appended === undefined) throw experimentError('no-such-experiment', { id: ulid });
  return { id: ulid, cid: appended.envelope.cid, body };
}

function drafted(body: Experiment) {
  try {
    return draftRecord(EXPERIMENT_KIND, body);
  } catch (error) {
    if (!isGatosError(error, 'codec/schema')) throw error;
    throw experimentError('bad-record', { why: error.message }, { cause: error });
  }
}

function newId({ clock, random }: WriterPorts): string {
  return formatUlid({ timeMs: Math.max(0, Math.floor(clock.now() / 1000)), random: random.bytes(10) });
}

/** In the order in which they were run. */
async function sortedJobs({ backend }: WriterPorts, ids: readonly Cid[]): Promise<readonly ExperimentJob[]> {
  if (ids.length === 0) throw experimentError('no-jobs', {});
  const jobs: ExperimentJob[] = [];
  for (const id of ids) {
    const [manifest, execution] = [await readManifest(backend, id), await readExecution(backend, id)];
    if (execution === null) throw experimentError('not-run', { job: String(id) });
    const { status } = execution.body;
    if (status !== 'succeeded') throw experimentError('failed-job', { job: String(id), status });
    jobs.push({ manifest, execution });
  }
  return inRunOrder(jobs);
}

/** Records who ran an experiment again, and what came out. Errors as `append`. */
export async function recordReproduction(
  ports: WriterPorts,
  { reproduction, seen, ...writer }: Writer & { readonly reproduction: Reproduction; readonly seen: number },
): Promise<Cid> {
  const { draft } = draftRecord(REPRODUCTION_KIND, reproduction);
  const chain = reproductionChain(reproduction.ulid);
  const place = { chain, rule: REPRODUCTION_RULE, seen: () => seen, prepare: async () => [draft] };
  const [appended] = await append(ports, requestBy(writer, place));
  if (appended === undefined) throw experimentError('no-such-experiment', { id: reproduction.ulid });
  return appended.envelope.cid;
}
