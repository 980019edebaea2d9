/** Approving: one voice a principal, for exactly what was proposed. */
import type { Cid } from '../codec/index.js';
import type { LongCall } from '../kernel/index.js';
import { approvalFault } from './consensus.js';
import { governanceError } from './errors.js';
import type { Held } from './ledger.js';
import { approvalChain, checkUlid } from './names.js';
import { hasVoice, mayStillApprove } from './quorum-evaluate.js';
import { parseQuorum } from './quorum-parse.js';
import { revocationOf } from './revocations.js';
import { APPROVAL_RULE } from './rules.js';
import { APPROVAL_KIND, type Approval } from './schema.js';
import type { Standing } from './state.js';
import {
  floorOf,
  type GovernanceAuthor,
  type GovernanceWriterPorts,
  prepareRecord,
  remembering,
  type Situation,
  situationOf,
  writeOnce,
} from './write.js';

export interface ApproveRequest extends GovernanceAuthor, LongCall {
  /** ULID of the proposal. */
  readonly id: string;
  readonly comment?: string | undefined;
}

export interface Approved {
  /** `exists`: this principal had approved before, nothing was written. */
  readonly status: 'recorded' | 'exists';
  /** CID of the approval's record. */
  readonly cid: Cid;
  /** How things stand with it; `quorum.missing` says what is still missing. */
  readonly standing: Standing;
  /** Whose approval would still count, sorted. */
  readonly mayApprove: readonly string[];
}

/**
 * Approves a proposal in the name of the author; a second time is a no-op. Throws `governance/name`,
 * `governance/no-such-proposal`, `governance/closed` when it has ended or is granted, `governance/no-voice`,
 * `governance/approval-revoked`, `governance/occupied`, and as `append`.
 */
export async function approve(given: GovernanceWriterPorts, request: ApproveRequest): Promise<Approved> {
  const ports = remembering(given);
  const { id, actor, comment = '', signal, progress } = request;
  const look = (): Promise<Situation> => situationOf(ports, { id: checkUlid(id), author: request, signal, progress });
  const before = await look();
  const earlier = earlierApproval(before, request);
  if (earlier !== null) return approved(before, { status: 'exists', cid: earlier.cid });
  refuse(before, request);
  const { cid, draft } = prepareRecord(APPROVAL_KIND, { proposal: before.proposal.cid, actor, comment });
  const chain = approvalChain(id, actor);
  const written = await writeOnce(ports, request, {
    chain,
    rule: APPROVAL_RULE,
    draft,
    floor: floorOf(request, before.ledger),
  });
  const after = await look();
  const standing = earlierApproval(after, request);
  if (standing === null) throw governanceError('occupied', { chain, why: 'what stands there is no valid approval' });
  return approved(after, { status: written ? 'recorded' : 'exists', cid: written ? cid : standing.cid });
}

function approved({ proposal, standings }: Situation, made: Pick<Approved, 'status' | 'cid'>): Approved {
  const standing = standings.of(proposal);
  return { ...made, standing, mayApprove: mayStillApprove(standing.quorum.missing) };
}

/** The approval of this principal, when there is one. Throws when it is of no use. */
function earlierApproval({ ledger, proposal }: Situation, { id, actor }: ApproveRequest): Held<Approval> | null {
  const chain = approvalChain(id, actor);
  const damaged = ledger.faults.get(chain);
  if (damaged !== undefined)
    throw governanceError('occupied', { chain, why: damaged.error.message }, { cause: damaged.error });
  const held = ledger.approvals.get(id)?.find((approval) => approval.chain === chain);
  if (held === undefined) return null;
  const fault = approvalFault(proposal, held);
  if (fault !== null) throw governanceError('occupied', { chain, why: fault.message }, { cause: fault });
  if (revocationOf(ledger, 'approval', held) !== null) throw governanceError('approval-revoked', { actor, id });
  return held;
}

/** An approval that would count for nothing is not written. */
function refuse({ ledger, proposal, standings }: Situation, { id, actor }: ApproveRequest): void {
  const { state, why } = standings.of(proposal);
  if (state !== 'proposal' && state !== 'partial') throw governanceError('closed', { id, state, why });
  const { quorum } = proposal.body;
  const { groups } = ledger.trust.state;
  if (!hasVoice(parseQuorum(quorum), { groups, actor })) throw governanceError('no-voice', { actor, quorum });
}
