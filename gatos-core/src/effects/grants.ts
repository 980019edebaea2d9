/**
 * Does a grant allow an effect to be resolved? Its proposal names a quorum of its own choice, so that is not enough: as many as may change
 * trust have to stand behind it.
 */
import type { Cid } from '../codec/index.js';
import { formatHex, formatTime } from '../codec/index.js';
import {
  evaluateQuorum,
  formatMissing,
  formatQuorum,
  type Grant,
  type Held,
  type Ledger,
  ledgerBefore,
  type Proposal,
  type Quorum,
  type Standing,
  stateOf,
} from '../governance/index.js';
import type { TrustState } from '../trust/index.js';
import type { ResolvedAs } from './entry-shape.js';

/** The action of a proposal that resolves an effect in any way; with `/acted` and so on after it, in that way alone. The target is the id. */
export const RESOLVE_ACTION = 'effect.resolve';

/** The trust group whose members may let effects be resolved; the roots where there is none. */
export const RESOLVE_GROUP = 'effect-resolve';

export interface GrantUse {
  /** Record of the grant. */
  readonly grant: Cid;
  /** Idempotency id. */
  readonly id: Uint8Array;
  readonly as: ResolvedAs;
  /** Who resolves. */
  readonly by: string;
  /** µs since the epoch. */
  readonly time: number;
  readonly policyRoot: Cid | null;
  /** Times that it was used for this id before. */
  readonly used: number;
}

/** Why something does not carry a resolution. `unsure`: because something that decides could not be read. */
export interface GrantFault {
  readonly why: string;
  readonly unsure: boolean;
}

/** Reasons of governance that say nothing of the grant. */
const UNREAD = new Set(['unread', 'uses-unknown']);

type Voters = Pick<TrustState, 'groups' | 'roots' | 'threshold'>;

/** Whose approvals it takes, whatever the proposal asks for. */
export function resolveQuorum({ groups, roots, threshold }: Voters): Quorum {
  const of = groups.has(RESOLVE_GROUP) ? [{ group: RESOLVE_GROUP }] : roots.map((actor) => ({ actor }));
  return { kind: 'count', need: threshold, of };
}

/** The same in words, as `git gatos propose --quorum` takes it. */
export function resolveQuorumText(trust: Voters): string {
  return formatQuorum(resolveQuorum(trust));
}

/** Why a grant does not carry the resolution now, or null. */
export function grantFault(ledger: Ledger, use: GrantUse): GrantFault | null {
  const held = ledger.grantsByCid.get(String(use.grant));
  if (held === undefined) return fault('there is no valid grant of that id here');
  const proposal = ledger.proposalsByCid.get(String(held.body.proposal));
  if (proposal === undefined) return fault('there is no valid proposal for it');
  const standing = stateOf(ledger, proposal, { time: use.time, policyRoot: use.policyRoot });
  if (standing.state !== 'granted') return { why: standing.why, unsure: UNREAD.has(standing.reason) };
  const why = coverFault(held, use) ?? voicesFault(ledger, standing) ?? userFault(proposal, standing, use);
  return why === null ? null : fault(why);
}

function fault(why: string): GrantFault {
  return { why, unsure: false };
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

/** Approvals that its proof of consensus names, and that were not taken back. */
function voicesFault({ trust: { state } }: Ledger, { approvers }: Standing): string | null {
  const { groups } = state;
  const { met, missing } = evaluateQuorum(resolveQuorum(state), { groups, approvers: new Set(approvers) });
  if (met) return null;
  const who = groups.has(RESOLVE_GROUP) ? `members of \`@${RESOLVE_GROUP}\`` : 'roots';
  return `${state.threshold} ${who} have to approve, and ${formatMissing(missing)}`;
}

/** Others would choose the outcome, and the receipt, for those who agreed. */
function userFault({ actor }: Held<Proposal>, { approvers }: Standing, { by }: GrantUse): string | null {
  return by === actor || approvers.includes(by) ? null : 'it is for whoever proposed it and those who approved it';
}

/** Why a grant did not carry a resolution when it was recorded, with this Lamport clock, or null. What was ended since did carry it. */
export function grantFaultThen(ledger: Ledger, use: GrantUse & { readonly clock: number }): GrantFault | null {
  const held = ledger.grantsByCid.get(String(use.grant));
  if (held !== undefined && held.clock >= use.clock) return fault('it stands after what it was used for');
  return grantFault(ledgerBefore(ledger, use), use);
}
