/** The refs of the job plane: four chains a job, each in a place that its body repeats. */
import { type AnyRecordKind, type Envelope, type Rule, recordBody } from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import { isGatosError } from '../kernel/index.js';
import { jobError } from './errors.js';
import { EXECUTIONS, JOBS, jobOfChain } from './names.js';
import { jobId } from './roots.js';
import { CLAIM_KIND, EXECUTION_KIND, MANIFEST_KIND, type Manifest, RESULT_KIND } from './schema.js';

interface About {
  readonly job: Cid;
}

/** Each envelope holds one record, about the job that its chain is named after. */
function admits<T>(kind: { readonly kind: string } & Parameters<typeof recordBody<T>>[2], jobOf: (body: T) => Cid) {
  return (envelope: Envelope, chain: string) => {
    const misplaced = (why: string) => jobError('misplaced', { chain, why });
    const job = jobOfChain(chain);
    if (job === null) return misplaced('it is not named after a job');
    if (envelope.count !== 1) return misplaced(`an envelope holds ${envelope.count} records`);
    if (envelope.kind !== kind.kind) return null;
    try {
      const found = jobOf(recordBody(envelope, 0, kind));
      return found.equals(job) ? null : misplaced(`its record is about job \`${found}\``);
    } catch (error) {
      // What is no body of this kind is refused as that.
      if (isGatosError(error)) return null;
      throw error;
    }
  };
}

export const MANIFEST_RULE: Rule = {
  plane: 'jobs',
  pattern: `${JOBS}*/job`,
  movement: 'create-once',
  kinds: [MANIFEST_KIND as AnyRecordKind],
  summary: 'what is to be run: the manifest of a job, its inputs and its program',
  admit: admits<Manifest>(MANIFEST_KIND, jobId),
};

export const CLAIM_RULE: Rule = {
  plane: 'jobs',
  pattern: `${JOBS}*/claim`,
  movement: 'compare-and-swap',
  kinds: [CLAIM_KIND as AnyRecordKind],
  summary: 'which worker holds a job, and until when',
  admit: admits<About>(CLAIM_KIND, ({ job }) => job),
};

export const RESULT_RULE: Rule = {
  plane: 'jobs',
  pattern: `${JOBS}*/result`,
  movement: 'create-once',
  kinds: [RESULT_KIND as AnyRecordKind],
  summary: 'the one outcome of a job',
  admit: admits<About>(RESULT_KIND, ({ job }) => job),
};

export const EXECUTION_RULE: Rule = {
  plane: 'jobs',
  pattern: `${EXECUTIONS}*`,
  movement: 'create-once',
  kinds: [EXECUTION_KIND as AnyRecordKind],
  summary: 'how a job was run: its Proof-of-Execution, with what it gave',
  admit: admits<About>(EXECUTION_KIND, ({ job }) => job),
};

export const JOB_RULES: readonly Rule[] = [MANIFEST_RULE, CLAIM_RULE, RESULT_RULE, EXECUTION_RULE];
