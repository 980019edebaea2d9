/** Reading what an export is made from. */
import type { ChainEntry } from '../../chain/index.js';
import { experimentError } from '../errors.js';
import type { ExperimentJob, StoredExperiment } from '../read.js';
import type { ExportedExperiment, License } from './model.js';

export interface ExportRequest {
  readonly experiment: StoredExperiment;
  /** In its order. */
  readonly jobs: readonly ExperimentJob[];
  readonly license: License | null;
}

/** Of several keys the first: they are sorted. Throws `experiments/bad-proof` for an entry that nobody signed. */
function signerOf({ envelope, signatures: [first] }: ChainEntry, id: string) {
  if (first === undefined) throw experimentError('bad-proof', { id, why: `\`${envelope.cid}\` has no signature` });
  return { actor: envelope.actor, key: first.key };
}

/** Throws `experiments/bad-proof` for what nobody signed, or what is of no repository. */
export function exportedExperiment({ experiment, jobs, license }: ExportRequest): ExportedExperiment {
  const { entry, body } = experiment;
  const { repo, cid, time } = entry.envelope;
  if (repo === null) throw experimentError('bad-proof', { id: body.ulid, why: 'it is of no repository' });
  return {
    proof: body,
    pox: cid,
    ...signerOf(entry, body.ulid),
    time,
    repo,
    jobs: jobs.map(({ manifest, execution }) => ({
      manifest: manifest.body,
      execution: execution.body,
      poe: execution.entry.envelope.cid,
      ...signerOf(execution.entry, body.ulid),
    })),
    license,
  };
}
