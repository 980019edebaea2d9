/** What an experiment promises beyond valid chains: that its jobs, its states and its policy are those that it names. */
import { isAmong, REF_PREFIX } from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import type { GitBackend } from '../git/index.js';
import { checkPolicy } from '../jobs/index.js';
import { bytesEqual, type Check, type GatosError, type LongCall, runCheck } from '../kernel/index.js';
import { dirtyInputs } from './dirty.js';
import { experimentError } from './errors.js';
import {
  componentOf,
  EXPERIMENTS,
  experimentChain,
  isExperimentId,
  REPRODUCTIONS,
  reproductionChain,
} from './names.js';
import {
  type ExperimentJob,
  findCheckpoint,
  listExperiments,
  readExperiment,
  readJobs,
  type StoredExperiment,
} from './read.js';
import { experimentRoots } from './roots.js';
import { verifyReproduction } from './verify-reproduction.js';

export interface VerifyExperimentsRequest extends LongCall {
  /** Only experiments and receipts that these chains, and those below them, are; absent: all. */
  readonly only?: readonly string[] | undefined;
}

/** The checks of every experiment that is looked at, and of every receipt of a reproduction. Faults become failed checks. */
export async function verifyExperiments(
  { backend }: { readonly backend: GitBackend },
  { only, signal, progress }: VerifyExperimentsRequest = {},
): Promise<readonly Check[]> {
  const experiments = (await listExperiments(backend)).filter((id) => isAmong(experimentChain(id), only));
  const receipts = (await receiptIds(backend)).filter((id) => isAmong(reproductionChain(id), only));
  const total = experiments.length + receipts.length;
  const checks: Check[] = [];
  let done = 0;
  const tell = (): void => {
    done += 1;
    progress?.({ task: 'verify experiments', done, total, unit: 'records' });
    signal?.throwIfAborted();
  };
  for (const id of experiments) {
    checks.push(...(await verifyExperiment(backend, id)));
    tell();
  }
  for (const id of receipts) {
    checks.push(await verifyReproduction(backend, id));
    tell();
  }
  return checks;
}

async function receiptIds(backend: GitBackend): Promise<readonly string[]> {
  const refs = await backend.refs.list(REF_PREFIX + REPRODUCTIONS);
  return refs.map(({ name }) => componentOf(name)).filter(isExperimentId);
}

type Bad = (why: string) => GatosError;

/** The checks of one experiment: `experiment`, `roots`, `policy`, `states`, and `pointers` when it has some. */
export async function verifyExperiment(backend: GitBackend, id: string): Promise<readonly Check[]> {
  const subject = EXPERIMENTS + id;
  const bad: Bad = (why) => experimentError('bad-proof', { id, why });
  let read: StoredExperiment | undefined;
  let jobs: readonly ExperimentJob[] | undefined;
  const found = await runCheck('experiment', subject, async () => {
    read = await readExperiment(backend, id);
    jobs = await readJobs(backend, read.body);
    checkProofs(read, jobs, bad);
    return `${jobs.length} Proofs-of-Execution`;
  });
  if (read === undefined || jobs === undefined) return [found];
  const [proof, parts] = [read, jobs];
  const { body } = proof;
  const checks = [
    found,
    await runCheck('roots', subject, () => checkRoots(proof, parts, bad)),
    await runCheck('policy', subject, () => checkLaw(backend, proof, bad)),
    await runCheck('states', subject, () => checkStates(backend, proof, bad)),
  ];
  if (body.pointers.length === 0) return checks;
  const count = body.pointers.length;
  const pointers = await runCheck('pointers', subject, () => {
    throw experimentError('pointers', { id, count });
  });
  return [...checks, pointers];
}

/** Every Proof-of-Execution that it names is the one that stands for that job, of a job that succeeded before it. */
function checkProofs({ entry, body }: StoredExperiment, jobs: readonly ExperimentJob[], bad: Bad): void {
  const seen = new Set<string>();
  for (const [i, { execution, manifest }] of jobs.entries()) {
    const [job, want] = [body.jobs[i] as Cid, body.poe[i] as Cid];
    const { cid, clock } = execution.entry.envelope;
    if (!execution.body.job.equals(job)) throw bad(`where the proof of job \`${job}\` belongs is that of another`);
    if (!cid.equals(want))
      throw bad(`for job \`${job}\` it names the Proof-of-Execution \`${want}\`, and \`${cid}\` is there`);
    if (execution.body.status !== 'succeeded') throw bad(`its job \`${job}\` is ${execution.body.status}`);
    if (entry.envelope.clock <= clock) throw bad(`it stands before the Proof-of-Execution \`${cid}\``);
    const from = manifest.body.inputs.find(({ source }) => source.job !== undefined && isLater(source.job, body, seen));
    if (from !== undefined) throw bad(`its job \`${job}\` reads \`${from.name}\` of a job that comes after it`);
    seen.add(String(job));
  }
}

/** Is it a part of the experiment that has not come yet? */
function isLater(job: Cid, { jobs }: StoredExperiment['body'], seen: ReadonlySet<string>): boolean {
  return !seen.has(String(job)) && jobs.some((each) => each.equals(job));
}

function checkRoots({ body }: StoredExperiment, jobs: readonly ExperimentJob[], bad: Bad): string {
  const manifests = jobs.map(({ manifest }) => manifest.body);
  const executions = jobs.map(({ execution }) => execution.body);
  const roots = experimentRoots(executions, manifests);
  const other = (what: string) => bad(`its ${what} is not that of its jobs`);
  if (!bytesEqual(roots.inputs_root, body.inputs_root)) throw other('inputs_root');
  if (!roots.program_id.equals(body.program_id)) throw other('program_id');
  if (!bytesEqual(roots.outputs_root, body.outputs_root)) throw other('outputs_root');
  const dirty = dirtyInputs(executions, manifests);
  if (dirty.join('\n') !== body.dirty.join('\n'))
    throw bad(`it tells of the changed inputs ${listed(body.dirty)}, and its jobs of ${listed(dirty)}`);
  return 'inputs, program and outputs are those of its jobs';
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? '(none)' : `\`${names.join('`, `')}\``;
}

async function checkLaw(backend: GitBackend, { entry, body }: StoredExperiment, bad: Bad): Promise<string> {
  const cited = entry.envelope.policy;
  const named = body.policy_root;
  if (String(cited) !== String(named))
    throw bad(`it names the policy \`${named ?? 'none'}\`, and its envelope \`${cited ?? 'none'}\``);
  await checkPolicy(backend, body, bad);
  return named === null ? 'made under no policy' : `made under policy ${named}`;
}

async function checkStates(backend: GitBackend, { entry, body }: StoredExperiment, bad: Bad): Promise<string> {
  const { pof, states } = body;
  for (const [i, chain] of states.entries()) {
    const name = chain.startsWith('state/') ? chain.slice('state/'.length) : '';
    const want = pof[i] as Cid;
    const checkpoint = name === '' ? null : await findCheckpoint(backend, name, want);
    if (checkpoint === null) throw bad(`there is no checkpoint \`${want}\` on \`${chain}\``);
    if (entry.envelope.clock <= checkpoint.entry.envelope.clock)
      throw bad(`it stands before the checkpoint \`${want}\``);
  }
  return states.length === 0 ? 'it rests on no state' : `${states.length} checkpoints`;
}
