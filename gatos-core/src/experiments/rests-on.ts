/** On which chains experiments and receipts rest: what has to be verified with them. */
import { REF_PREFIX } from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import type { GitBackend } from '../git/index.js';
import { executionChain, JOBS, readManifest } from '../jobs/index.js';
import { isGatosError } from '../kernel/index.js';
import { POLICY_CHAIN } from '../policy/index.js';
import { experimentChain, reproductionChain } from './names.js';
import { readExperiment, readReproduction } from './read.js';

/**
 * The chains on which an experiment rests, its own first: what `verifyRepository` has to look at. Its jobs, the jobs that gave what these
 * read, its states and its policy. Trust, and what a Proof-of-Fold rests on, it looks at anyway. Throws
 * `experiments/no-such-experiment`, and as the git port.
 */
export async function chainsOfExperiment(backend: GitBackend, id: string): Promise<readonly string[]> {
  const { body } = await readExperiment(backend, id);
  const policy = body.policy_root !== null && (await hasPolicy(backend)) ? [POLICY_CHAIN] : [];
  const jobs = (await withGivers(backend, body.jobs)).flatMap((job) => [`${JOBS}${job}`, executionChain(job)]);
  return [experimentChain(id), ...jobs, ...body.states, ...policy];
}

/** The same of a receipt that is recorded. Of an experiment that is not here, only its own: the receipt says so then. */
export async function chainsOfReproduction(backend: GitBackend, id: string): Promise<readonly string[]> {
  const own = reproductionChain(id);
  const { body } = await readReproduction(backend, id);
  try {
    return [own, ...(await chainsOfExperiment(backend, body.experiment))];
  } catch (error) {
    if (isGatosError(error, 'experiments/no-such-experiment')) return [own];
    throw error;
  }
}

/** Jobs, and those from which they say that they read; what cannot be read says nothing. */
async function withGivers(backend: GitBackend, jobs: readonly Cid[]): Promise<readonly Cid[]> {
  const all = new Map(jobs.map((job) => [String(job), job]));
  // A map is walked in the order in which it grows. An id covers the ids that its manifest names, so there is an end.
  for (const job of all.values()) {
    for (const from of await giversOf(backend, job)) all.set(String(from), from);
  }
  return [...all.values()];
}

async function giversOf(backend: GitBackend, job: Cid): Promise<readonly Cid[]> {
  try {
    const { inputs } = (await readManifest(backend, job)).body;
    return inputs.flatMap(({ source }) => (source.job === undefined ? [] : [source.job]));
  } catch (error) {
    if (isGatosError(error)) return [];
    throw error;
  }
}

async function hasPolicy(backend: GitBackend): Promise<boolean> {
  try {
    return (await backend.refs.read(REF_PREFIX + POLICY_CHAIN)) !== null;
  } catch (error) {
    if (isGatosError(error)) return true;
    throw error;
  }
}
