/** Recording that a grant was used: visibly, and never more often than it may be. */
import { append } from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import type { LongCall } from '../kernel/index.js';
import { requestBy } from '../trust/index.js';
import { governanceError } from './errors.js';
import type { Held } from './ledger.js';
import { ulidOf, usesChain } from './names.js';
import { readLedger } from './read.js';
import { USE_RULE } from './rules.js';
import { type Grant, USE_KIND, type Use } from './schema.js';
import { moveOf, Standings, usesOf } from './state.js';
import { floorOf, type GovernanceAuthor, type GovernanceWriterPorts, prepareRecord, remembering } from './write.js';

export interface UseRequest extends GovernanceAuthor, LongCall {
  /** Record of the grant. */
  readonly grant: Cid;
  /** The move of a ref for which it was needed; null: the ref was not there, or is not there any more. */
  readonly ref: string;
  readonly old: string | null;
  readonly new: string | null;
  /** The decision in which it was needed. */
  readonly decision: Cid;
  /** When that was, in microseconds since the epoch. */
  readonly time: number;
}

export interface Used {
  /** `exists`: this use was recorded before, nothing was written. */
  readonly status: 'recorded' | 'exists';
  readonly cid: Cid;
  /** How often it may be used after this; null: any number of times. */
  readonly usesLeft: number | null;
}

/**
 * Records one use; the same move of a ref is one use, however often it is recorded. Throws `governance/not-a-service`,
 * `governance/no-such-grant`, `governance/cannot-use` when the grant does not hold (any more), `governance/bad-record`, and as
 * `append`. Of two that race for the last use one gets it.
 */
export async function recordUse(given: GovernanceWriterPorts, request: UseRequest): Promise<Used> {
  const ports = remembering(given);
  const { actor, grant, ref, old, new: next, decision, time } = request;
  const held = (await readLedger(ports, { ...request, granted: true })).grantsByCid.get(String(grant));
  if (held === undefined) throw governanceError('no-such-grant', { grant: String(grant) });
  const chain = usesChain(ulidOf(held.chain));
  if (!actor.startsWith('service:')) throw governanceError('not-a-service', { actor, chain });
  const { cid, draft } = prepareRecord(USE_KIND, { grant, ref, old, new: next, decision, time });
  let found: Found = { earlier: null, usesLeft: null, floor: 0 };
  const prepare = async () => {
    // Anew on each head: the last use may be gone meanwhile.
    found = await look(ports, { request, grant: held });
    return found.earlier === null ? [draft] : [];
  };
  const place = { chain, rule: USE_RULE, seen: () => found.floor, prepare };
  const appended = await append(ports, requestBy(request, place));
  const { earlier, usesLeft } = found;
  if (appended.length === 0) return { status: 'exists', cid: earlier?.cid ?? cid, usesLeft };
  return { status: 'recorded', cid, usesLeft: usesLeft === null ? null : usesLeft - 1 };
}

interface Found {
  readonly earlier: Held<Use> | null;
  readonly usesLeft: number | null;
  readonly floor: number;
}

/** Whether the grant holds for one more use, or had this one. Throws `governance/cannot-use`. */
async function look(
  ports: GovernanceWriterPorts,
  { request, grant }: { request: UseRequest; grant: Held<Grant> },
): Promise<Found> {
  const ledger = await readLedger(ports, { ...request, granted: true });
  const proposal = ledger.proposals.get(ulidOf(grant.chain));
  const earlier = usesOf(ledger, grant).find(({ body }) => moveOf(body) === moveOf(request)) ?? null;
  const standing =
    proposal === undefined
      ? null
      : new Standings(ledger, { time: request.time, policyRoot: request.policyRoot }).of(proposal);
  const floor = floorOf(request, ledger);
  if (earlier !== null) return { earlier, usesLeft: standing?.usesLeft ?? null, floor };
  if (standing?.state === 'granted') return { earlier, usesLeft: standing.usesLeft, floor };
  const state = standing?.state ?? 'unknown';
  throw governanceError('cannot-use', {
    grant: String(grant.cid),
    state,
    why: standing?.why ?? 'there is no valid proposal for it',
  });
}
