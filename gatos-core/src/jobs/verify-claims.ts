/** Do the claims of a job follow from one another? */
import { type ChainEntry, type Envelope, readChain, readEntry, recordBody } from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { LIMITS } from '../kernel/index.js';
import { jobError } from './errors.js';
import { CLAIM_KIND, type Claim } from './schema.js';

/** A claim that follows from those before it. */
export interface HeldClaim {
  readonly body: Claim;
  readonly envelope: Envelope;
}

export interface ClaimSpan {
  readonly job: Cid;
  readonly head: Oid;
  /** The claim up to which the chain was looked at before; absent: it is looked at from its start. */
  readonly after?: Oid | undefined;
}

/** The last claim of a job. Throws `jobs/bad-claim` for the first one that does not follow from the one before it. */
export async function checkClaims(backend: GitBackend, { job, head, after }: ClaimSpan): Promise<HeldClaim> {
  let before = after === undefined ? null : heldClaim(await readEntry(backend, after));
  if (before !== null && head === after) return before;
  for await (const batch of readChain(backend, { head, after })) {
    for (const entry of batch) {
      const claim = heldClaim(entry);
      const why = claimFault(before, claim);
      if (why !== null) throw jobError('bad-claim', { job: String(job), why: `claim ${claim.envelope.seq} ${why}` });
      before = claim;
    }
  }
  if (before === null) throw jobError('bad-claim', { job: String(job), why: 'there is none' });
  return before;
}

function heldClaim({ envelope }: ChainEntry): HeldClaim {
  return { body: recordBody(envelope, 0, CLAIM_KIND), envelope };
}

/** Why a claim cannot follow another one, or null. */
function claimFault(before: HeldClaim | null, { body: claim, envelope }: HeldClaim): string | null {
  if (claim.worker !== envelope.actor) return `is by \`${envelope.actor}\` and names \`${claim.worker}\``;
  const most = envelope.time + LIMITS.jobLeaseMs * 1000;
  if (claim.state === 'held' && claim.lease_until > most)
    return `asks for a lease of more than ${LIMITS.jobLeaseMs / 1000} seconds`;
  if (before === null) {
    if (claim.attempt !== 1) return `is attempt ${claim.attempt}, and there was none before`;
    return claim.state === 'released' ? 'releases what nobody held' : null;
  }
  const { body } = before;
  if (body.state === 'closed') return 'follows the end of the job';
  if (claim.attempt === body.attempt) return continuationFault(body, claim);
  if (claim.attempt !== body.attempt + 1) return `is attempt ${claim.attempt}, after ${body.attempt}`;
  if (claim.state !== 'held') return 'starts an attempt and does not hold it';
  if (body.state === 'held' && envelope.time < body.lease_until)
    return `takes over while the lease of \`${body.worker}\` lasts`;
  return null;
}

/** Why a claim cannot go on with the attempt of the one before it, or null. */
function continuationFault(before: Claim, claim: Claim): string | null {
  if (before.state !== 'held') return `goes on with attempt ${before.attempt}, which was released`;
  return claim.worker === before.worker ? null : `is of \`${claim.worker}\`, but \`${before.worker}\` holds the job`;
}
