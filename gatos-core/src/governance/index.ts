/**
 * Ring 5. Governance: what was proposed, who agreed, what was granted on that proof, and what became of it. How things stand is a
 * function of the records, the trust, the time and the policy in force; whatever is in doubt does not pass.
 */
export { type Approved, type ApproveRequest, approve } from './approve.js';
export { governanceError } from './errors.js';
export { type Granted, type GrantRequest, grant } from './grant.js';
export {
  type GovernanceRecord,
  type Held,
  type Ledger,
  type LedgerFault,
  type LedgerTrust,
  ledgerOf,
} from './ledger.js';
export { ledgerBefore } from './ledger-before.js';
export {
  type ApprovalView,
  type ListRequest,
  listProposals,
  type ProposalView,
  type UsableGrant,
  usableGrants,
} from './list.js';
export {
  approvalChain,
  consensusChain,
  grantChain,
  proposalChain,
  revocationChain,
  usesChain,
} from './names.js';
export { type Proposed, type ProposeRequest, propose } from './propose.js';
export { type CountTerm, formatQuorum, type JoinTerm, type Member, type Quorum } from './quorum.js';
export {
  type CountAnswer,
  evaluateQuorum,
  formatMissing,
  type Groups,
  type JoinAnswer,
  mayStillApprove,
  type QuorumAnswer,
  type QuorumVerdict,
} from './quorum-evaluate.js';
export { parseQuorum } from './quorum-parse.js';
export { type GovernancePorts, LedgerMemo, type LedgerRequest, readLedger } from './read.js';
export { recordUse, type Used, type UseRequest } from './record-use.js';
export { type Revoked, type RevokeRequest, revoke } from './revoke.js';
export { GOVERNANCE_RULES } from './rules.js';
export {
  APPROVAL_KIND,
  type Approval,
  CONSENSUS_KIND,
  type Consensus,
  GRANT_KIND,
  type Grant,
  PROPOSAL_KIND,
  type Proposal,
  REVOCATION_KIND,
  type Revocable,
  type Revocation,
  USE_KIND,
  type Use,
} from './schema.js';
export { type Conditions, type GovernanceState, type Ground, type Standing, Standings, stateOf } from './state.js';
export { TrustLine, type TrustPoint } from './trust-line.js';
export { type VerifyGovernanceRequest, verifyGovernance } from './verify.js';
export type { GovernanceAuthor, GovernanceWriterPorts } from './write.js';
