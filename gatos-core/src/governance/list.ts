/** What was proposed and how it stands, and which grants hold. */
import type { Cid } from '../codec/index.js';
import { compareText } from '../kernel/index.js';
import type { Held, Ledger } from './ledger.js';
import { ulidOf } from './names.js';
import { mayStillApprove } from './quorum-evaluate.js';
import { type GovernancePorts, type LedgerRequest, readLedger } from './read.js';
import { revocationOf } from './revocations.js';
import type { Proposal } from './schema.js';
import { type Conditions, type Standing, Standings } from './state.js';

export type ListRequest = LedgerRequest & Conditions;

export interface ApprovalView {
  readonly actor: string;
  readonly cid: Cid;
  readonly comment: string;
  /** Microseconds since the epoch. */
  readonly time: number;
  readonly revoked: boolean;
}

export interface ProposalView {
  /** ULID. */
  readonly id: string;
  /** CID of the record. */
  readonly cid: Cid;
  readonly proposer: string;
  /** Microseconds since the epoch. */
  readonly time: number;
  readonly proposal: Proposal;
  readonly standing: Standing;
  /** Sorted by actor. */
  readonly approvals: readonly ApprovalView[];
  /** Whose approval would still count, sorted; empty when none would. */
  readonly mayApprove: readonly string[];
  /** CID of the grant's record, when there is one that its proof supports. */
  readonly grant: Cid | null;
  readonly usesLeft: number | null;
}

/** Every valid proposal, by id. Throws `governance/too-many`, and as the git port. */
export async function listProposals(ports: GovernancePorts, request: ListRequest): Promise<readonly ProposalView[]> {
  const ledger = await readLedger(ports, request);
  const standings = new Standings(ledger, request);
  return sortedProposals(ledger).map((proposal) => viewOf(ledger, { proposal, standing: standings.of(proposal) }));
}

function sortedProposals({ proposals }: Ledger): readonly Held<Proposal>[] {
  return [...proposals].sort(([a], [b]) => compareText(a, b)).map(([, proposal]) => proposal);
}

function viewOf(
  ledger: Ledger,
  { proposal, standing }: { readonly proposal: Held<Proposal>; readonly standing: Standing },
): ProposalView {
  const id = ulidOf(proposal.chain);
  const open = standing.state === 'proposal' || standing.state === 'partial';
  const approvals = (ledger.approvals.get(id) ?? [])
    .filter(({ body }) => body.proposal.equals(proposal.cid))
    .map((held) => ({
      actor: held.actor,
      cid: held.cid,
      comment: held.body.comment,
      time: held.time,
      revoked: revocationOf(ledger, 'approval', held) !== null,
    }));
  const silent = new Set(approvals.map(({ actor }) => actor));
  // An approval is given once: whoever revoked his cannot give another.
  const may = open ? mayStillApprove(standing.quorum.missing).filter((actor) => !silent.has(actor)) : [];
  return {
    id,
    cid: proposal.cid,
    proposer: proposal.actor,
    time: proposal.time,
    proposal: proposal.body,
    standing,
    approvals,
    mayApprove: may,
    grant: standing.grant?.cid ?? null,
    usesLeft: standing.usesLeft,
  };
}

/** A grant that holds now, as policies see it. */
export interface UsableGrant {
  /** ULID of the proposal. */
  readonly id: string;
  /** CID of the grant's record. */
  readonly cid: string;
  readonly action: string;
  readonly target: string;
  /** Whose approvals it rests on, sorted. */
  readonly approvers: readonly string[];
  /** Microseconds since the epoch, itself included. */
  readonly expires: number | null;
  readonly uses_left: number | null;
}

/**
 * The grants that hold under these conditions, by id. Proposals without a grant are not read. Throws `governance/too-many`,
 * and as the git port: whoever cannot know what holds passes nothing.
 */
export async function usableGrants(ports: GovernancePorts, request: ListRequest): Promise<readonly UsableGrant[]> {
  const ledger = await readLedger(ports, { ...request, granted: true });
  const standings = new Standings(ledger, request);
  return sortedProposals(ledger).flatMap((proposal) => {
    const { state, grant, approvers, usesLeft } = standings.of(proposal);
    if (state !== 'granted' || grant === null) return [];
    const { action, target, expires } = grant.body;
    const id = ulidOf(proposal.chain);
    return [{ id, cid: String(grant.cid), action, target, approvers, expires, uses_left: usesLeft }];
  });
}
