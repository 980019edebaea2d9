/**
 * How things stand with a proposal: a function of the records, the trust, the time and the policy in force. Only `granted` passes.
 * Whatever is in doubt does not.
 */
import { type Cid, formatTime } from '../codec/index.js';
import { compareText, LIMITS } from '../kernel/index.js';
import { grantFault, judgeApprovals, judgeProof, standingApprovals } from './consensus.js';
import type { Held, Ledger } from './ledger.js';
import { USES, ulidOf, usesChain } from './names.js';
import { formatMissing, type QuorumVerdict, voicesIn } from './quorum-evaluate.js';
import { approversOf, mayEndGrant, revocationOf } from './revocations.js';
import type { Grant, Proposal, Use } from './schema.js';

/**
 * `proposal`: nobody whose voice counts approved. `partial`: somebody did, and it is not granted. `granted`: it holds now.
 * `stale`: bound to a policy that is not in force. `unknown`: something that decides could not be read. The others end it.
 */
export type GovernanceState =
  | 'proposal'
  | 'partial'
  | 'granted'
  | 'expired'
  | 'revoked'
  | 'superseded'
  | 'used-up'
  | 'stale'
  | 'unknown';

export interface Conditions {
  /** Microseconds since the epoch. */
  readonly time: number;
  /** The policy in force. */
  readonly policyRoot: Cid | null;
}

/** A state and why. */
export interface Ground {
  readonly state: GovernanceState;
  /** Stable word for programs, such as `approval-revoked`. */
  readonly reason: string;
  /** One line for a person. */
  readonly why: string;
}

export interface Standing extends Ground {
  /** The count of the approvals that stand, in the groups of now: of all while it is not granted, then of those in the proof. */
  readonly quorum: QuorumVerdict;
  /** Whose voice counts, sorted. */
  readonly approvers: readonly string[];
  /** The grant, when there is one that its proof supports. */
  readonly grant: Held<Grant> | null;
  /** How often it may still be used; null: any number of times. */
  readonly usesLeft: number | null;
}

/** How things stand with one proposal. For many, keep one `Standings`. */
export function stateOf(ledger: Ledger, proposal: Held<Proposal>, conditions: Conditions): Standing {
  return new Standings(ledger, conditions).of(proposal);
}

interface Placed {
  readonly standing: Standing;
  /** Grants that it rests on, one on another. */
  readonly depth: number;
}

/** Uses that count: of this grant, after it, each move of a ref once. */
export function usesOf(ledger: Ledger, grant: Held<Grant>): readonly Held<Use>[] {
  const moves = new Map<string, Held<Use>>();
  for (const use of ledger.uses.get(ulidOf(grant.chain)) ?? []) {
    const { body } = use;
    const move = moveOf(body);
    if (body.grant.equals(grant.cid) && use.clock > grant.clock && !moves.has(move)) moves.set(move, use);
  }
  return [...moves.values()];
}

/** What a use is one of: a second one of the same move is the same. */
export function moveOf({ ref, old, new: next }: Pick<Use, 'ref' | 'old' | 'new'>): string {
  return `${old ?? '-'} ${next ?? '-'} ${ref}`;
}

export class Standings {
  /** By CID of the proposal. */
  readonly #known = new Map<string, Placed>();
  /** A ref that could not be read may revoke or replace anything. */
  readonly #doubt: string | null;

  constructor(
    private readonly ledger: Ledger,
    private readonly conditions: Conditions,
  ) {
    const [unread] = [...ledger.faults.values()]
      .filter((fault) => fault.unread && !fault.chain.startsWith(USES))
      .sort((a, b) => compareText(a.chain, b.chain));
    this.#doubt = unread === undefined ? null : `\`${unread.chain}\` could not be read: ${unread.error.message}`;
  }

  /** What it rests on is looked at first, so that no line of grants is too long for the stack. */
  of(proposal: Held<Proposal>): Standing {
    const path: Held<Proposal>[] = [];
    const seen = new Set<string>();
    let at: Held<Proposal> | null = proposal;
    let circle = false;
    while (at !== null && !circle && !this.#known.has(String(at.cid))) {
      circle = seen.has(String(at.cid));
      seen.add(String(at.cid));
      if (!circle) path.push(at);
      at = this.#below(at);
    }
    for (const each of path.reverse()) this.#known.set(String(each.cid), this.#place(each, circle));
    return (this.#known.get(String(proposal.cid)) as Placed).standing;
  }

  /** The proposal of the grant that this one rests on. */
  #below({ body: { under } }: Held<Proposal>): Held<Proposal> | null {
    if (under === null) return null;
    const grant = this.ledger.grantsByCid.get(String(under));
    return grant === undefined ? null : (this.ledger.proposals.get(ulidOf(grant.chain)) ?? null);
  }

  #place(proposal: Held<Proposal>, circle: boolean): Placed {
    const below = this.#below(proposal);
    const placed = below === null || circle ? undefined : this.#known.get(String(below.cid));
    const depth = placed === undefined ? 0 : placed.depth + 1;
    const fall = this.#fallOf(proposal, { placed, circle, depth });
    return { depth, standing: this.#judge(proposal, fall) };
  }

  /** Why what a proposal rests on does not hold it; null when it does, or when it rests on nothing. */
  #fallOf(
    { body: { under } }: Held<Proposal>,
    { placed, circle, depth }: { placed: Placed | undefined; circle: boolean; depth: number },
  ): Ground | null {
    if (under === null) return null;
    if (circle) return ground('unknown', 'circle', 'it rests on itself');
    if (placed === undefined) return ground('unknown', 'no-such-grant', `there is no valid grant \`${under}\` here`);
    if (depth > LIMITS.grantDepth)
      return ground('unknown', 'too-deep', `it rests on more than ${LIMITS.grantDepth} grants, one on another`);
    const { state, why, grant } = placed.standing;
    if (state === 'granted' && grant?.cid.equals(under) === true) return null;
    const fallen = state === 'proposal' || state === 'partial' || state === 'granted' ? 'unknown' : state;
    return ground(fallen, 'under', `the grant \`${under}\` that it rests on does not hold: ${why}`);
  }

  #judge(proposal: Held<Proposal>, fall: Ground | null): Standing {
    const id = ulidOf(proposal.chain);
    const grant = this.ledger.grants.get(id);
    const unsound = grant === undefined ? null : grantFault(this.ledger, id);
    if (grant === undefined || unsound !== null)
      return this.#open(proposal, { fall, unsound: unsound?.message ?? null });
    return this.#granted({ proposal, grant, fall });
  }

  #open(proposal: Held<Proposal>, { fall, unsound }: { fall: Ground | null; unsound: string | null }): Standing {
    const approvals = standingApprovals(this.ledger, proposal);
    const quorum = judgeApprovals(proposal, { approvals, groups: this.ledger.trust.state.groups });
    const approvers = voicesIn(quorum.missing);
    const state = approvers.length === 0 ? 'proposal' : 'partial';
    const rest = (): Ground => {
      if (unsound !== null) return ground(state, 'unsound-grant', unsound);
      if (quorum.met) return ground(state, 'ready', 'the quorum is met, and nobody has granted it yet');
      return ground(state, 'waiting', formatMissing(quorum.missing));
    };
    const end = this.#revokedProposal(proposal) ?? fall ?? this.#ended(proposal.body);
    return { ...(end ?? rest()), quorum, approvers, grant: null, usesLeft: proposal.body.uses };
  }

  #granted({ proposal, grant, fall }: { proposal: Held<Proposal>; grant: Held<Grant>; fall: Ground | null }): Standing {
    const { ledger } = this;
    const quorum = judgeProof(ledger, { proposal, proof: ledger.consensus.get(ulidOf(grant.chain)) });
    const usesLeft = grant.body.uses === null ? null : Math.max(0, grant.body.uses - usesOf(ledger, grant).length);
    const lost = (): Ground | null =>
      quorum.met
        ? null
        : ground('revoked', 'quorum-lost', `the quorum is no longer met: ${formatMissing(quorum.missing)}`);
    const end =
      (this.#doubt === null ? null : ground('unknown', 'unread', this.#doubt)) ??
      this.#revokedProposal(proposal) ??
      this.#revokedGrant(grant) ??
      lost() ??
      fall ??
      this.#superseded(grant) ??
      this.#ended(grant.body) ??
      this.#used(grant, usesLeft);
    const found = end ?? ground('granted', 'granted', `granted by ${voicesIn(quorum.missing).join(', ')}`);
    return { ...found, quorum, approvers: voicesIn(quorum.missing), grant, usesLeft };
  }

  #revokedProposal(proposal: Held<Proposal>): Ground | null {
    const by = revocationOf(this.ledger, 'proposal', proposal);
    return by === null ? null : ground('revoked', 'proposal-revoked', `the proposal was revoked by \`${by.actor}\``);
  }

  #revokedGrant(grant: Held<Grant>): Ground | null {
    const by = revocationOf(this.ledger, 'grant', grant);
    return by === null ? null : ground('revoked', 'grant-revoked', `the grant was revoked by \`${by.actor}\``);
  }

  /**
   * Another grant stands in its place, by the will of someone who might have revoked it. What became of that other one since
   * does not matter: what was replaced does not come back.
   */
  #superseded(grant: Held<Grant>): Ground | null {
    const { ledger } = this;
    const successor = ledger.successors.get(String(grant.cid))?.find((proposal) => {
      const id = ulidOf(proposal.chain);
      const next = ledger.grants.get(id);
      if (next === undefined || next.clock <= grant.clock || grantFault(ledger, id) !== null) return false;
      const willing = [proposal.actor, ...approversOf(ledger, next)];
      return willing.some((actor) => mayEndGrant(ledger, grant, { actor, clock: next.clock }));
    });
    if (successor === undefined) return null;
    return ground('superseded', 'superseded', `\`${ulidOf(successor.chain)}\` was granted in its place`);
  }

  /** By time, and by the policy in force. */
  #ended({ expires, policy_root: root }: Pick<Grant, 'expires' | 'policy_root'>): Ground | null {
    const { time, policyRoot } = this.conditions;
    if (expires !== null && time > expires) return ground('expired', 'expired', `it ended at ${formatTime(expires)}`);
    if (root === null || policyRoot?.equals(root) === true) return null;
    const now = policyRoot === null ? 'none is in force' : `\`${policyRoot}\` is in force`;
    return ground('stale', 'other-policy', `it is bound to policy \`${root}\`, and ${now}`);
  }

  #used({ chain, body }: Held<Grant>, usesLeft: number | null): Ground | null {
    if (usesLeft === null) return null;
    const fault = this.ledger.faults.get(usesChain(ulidOf(chain)));
    if (fault !== undefined)
      return ground('unknown', 'uses-unknown', `how often it was used cannot be told: ${fault.error.message}`);
    return usesLeft > 0
      ? null
      : ground('used-up', 'used-up', `it was used ${timesText(body.uses ?? 0)}, as often as it may be`);
  }
}

function ground(state: GovernanceState, reason: string, why: string): Ground {
  return { state, reason, why };
}

function timesText(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
