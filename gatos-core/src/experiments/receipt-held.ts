/** A receipt beside the repository at hand: does that hold the experiment, and is it the one that was run again? */
import type { GitBackend } from '../git/index.js';
import { type Check, isGatosError, runCheck } from '../kernel/index.js';
import { experimentError } from './errors.js';
import { readExperiment, readJobs, type StoredExperiment } from './read.js';
import type { Receipt } from './receipt.js';
import { checkReproduction } from './verify-reproduction.js';

/** `other`: an experiment of that id stands here, and its proof is another. */
export type HeldExperiment = 'same' | 'other' | 'absent';

export interface ComparedReceipt {
  readonly held: HeldExperiment;
  /** The check `proof`, unless the experiment is absent. */
  readonly checks: readonly Check[];
}

/** What is recorded here is not verified; `verifyReceipt` says who signed the receipt. Errors as the git port. */
export async function compareReceipt(backend: GitBackend, { reproduction }: Receipt): Promise<ComparedReceipt> {
  const { experiment: id, pox, ulid } = reproduction;
  const experiment = await experimentAt(backend, id);
  if (experiment === null) return { held: 'absent', checks: [] };
  const found = experiment.entry.envelope.cid;
  const held = found.equals(pox) ? 'same' : 'other';
  const check = await runCheck('proof', 'receipt', async () => {
    if (held === 'other') throw experimentError('receipt-other', { pox: String(pox), wanted: String(found) });
    const jobs = await readJobs(backend, experiment.body);
    checkReproduction(reproduction, { experiment, jobs }, (why) => experimentError('bad-receipt', { id: ulid, why }));
    return `about the experiment \`${id}\` that is here`;
  });
  return { held, checks: [check] };
}

async function experimentAt(backend: GitBackend, id: string): Promise<StoredExperiment | null> {
  try {
    return await readExperiment(backend, id);
  } catch (error) {
    if (isGatosError(error, 'experiments/no-such-experiment')) return null;
    throw error;
  }
}
