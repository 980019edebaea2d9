/** Does a grant allow an effect to be resolved? */
import type { Cid } from '../codec/index.js';
import { formatHex, formatTime } from '../codec/index.js';
import { type Grant, type Held, type Ledger, stateOf } from '../governance/index.js';
import type { ResolvedAs } from './entry-shape.js';

/** The action of a proposal that resolves an effect in any way; with `/acted` and so on after it, in that way alone. The target is the id. */
export const RESOLVE_ACTION = 'effect.resolve';

export interface GrantUse {
  /** Record of the grant. */
  readonly grant: Cid;
  /** Idempotency id. */
  readonly id: Uint8Array;
  readonly as: ResolvedAs;
  /** µs since the epoch. */
  readonly time: number;
  readonly policyRoot: Cid | null;
  /** Times that it was used for this id before. */
  readonly used: number;
}

/** Why a grant does not carry the resolution now, or null. */
export function grantFault(ledger: Ledger, use: GrantUse): string | null {
  const held = ledger.grantsByCid.get(String(use.grant));
  if (held === undefined) return 'there is no valid grant of that id here';
  const proposal = ledger.proposalsByCid.get(String(held.body.proposal));
  if (proposal === undefined) return 'there is no valid proposal for it';
  const { state, why } = stateOf(ledger, proposal, { time: use.time, policyRoot: use.policyRoot });
  return state === 'granted' ? coverFault(held, use) : why;
}

/** What it was granted for, and until when. */
function coverFault({ body }: Held<Grant>, { id, as, time, policyRoot, used }: GrantUse): string | null {
  const { action, target, expires, uses, policy_root: root } = body;
  if (action !== RESOLVE_ACTION && action !== `${RESOLVE_ACTION}/${as}`) return `it is for \`${action}\``;
  if (target !== formatHex(id)) return `it is for \`${target}\``;
  if (expires !== null && time > expires) return `it ended at ${formatTime(expires)}`;
  if (root !== null && policyRoot?.equals(root) !== true) return `it is bound to policy \`${root}\``;
  return uses === null || used < uses ? null : `it was used ${used} times, as often as it may be`;
}

/**
 * Why a grant did not carry a resolution when it was recorded, with this Lamport clock, or null. What was revoked since did carry it.
 */
export function grantFaultThen(ledger: Ledger, use: GrantUse & { readonly clock: number }): string | null {
  const held = ledger.grantsByCid.get(String(use.grant));
  if (held === undefined) return 'there is no valid grant of that id here';
  const proposal = ledger.proposalsByCid.get(String(held.body.proposal));
  if (proposal === undefined) return 'there is no valid proposal for it';
  const standing = stateOf(ledger, proposal, { time: use.time, policyRoot: use.policyRoot });
  if (standing.grant?.cid.equals(held.cid) !== true) return `it does not hold: ${standing.why}`;
  if (held.clock >= use.clock) return 'it stands after what it was used for';
  const revoked = [held.cid, proposal.cid].some((cid) =>
    (ledger.revocations.get(String(cid)) ?? []).some(({ clock, time }) => clock < use.clock && time <= use.time),
  );
  return revoked ? 'it was revoked before' : coverFault(held, use);
}
