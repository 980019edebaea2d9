/** Experiments that are here without what they rest on: in a clone that did not get all of it. */
import { refOfChain } from '../chain/index.js';
import { EXPERIMENTS, readExperiment } from '../experiments/index.js';
import type { GitBackend } from '../git/index.js';
import { executionChain, manifestChain } from '../jobs/index.js';
import { type Check, isGatosError } from '../kernel/index.js';
import type { Finding } from './finding.js';
import { finding } from './symptoms.js';

/** What a check of an experiment that failed comes to when something is only missing; null: it is not that. */
export async function incompleteExperiment(backend: GitBackend, { subject }: Check): Promise<Finding | null> {
  if (!subject.startsWith(EXPERIMENTS)) return null;
  const id = subject.slice(EXPERIMENTS.length);
  try {
    const { jobs, states } = (await readExperiment(backend, id)).body;
    const chains = [...jobs.flatMap((job) => [manifestChain(job), executionChain(job)]), ...states];
    const missing: string[] = [];
    for (const chain of chains) if ((await backend.refs.read(refOfChain(chain))) === null) missing.push(chain);
    const [first] = missing;
    if (first === undefined) return null;
    const data = { id, chains: missing.length, first: refOfChain(first) };
    return finding('experiment-incomplete', { subject: refOfChain(subject), data });
  } catch (error) {
    if (isGatosError(error)) return null;
    throw error;
  }
}
