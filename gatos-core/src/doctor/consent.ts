/** Governance: grants that end soon, and proposals for which nobody can do anything any more. */
import { formatTime } from '../codec/index.js';
import {
  formatMissing,
  type GovernancePorts,
  type ListRequest,
  listProposals,
  type ProposalView,
  type QuorumAnswer,
} from '../governance/index.js';
import type { Finding } from './finding.js';
import { finding } from './symptoms.js';

/** Microseconds before its end at which a grant is told: shorter than the week for which one holds unless something else is said. */
const GRANT_SOON = 2 * 86_400 * 1_000_000;

export async function examineConsent(ports: GovernancePorts, request: ListRequest): Promise<readonly Finding[]> {
  const views = await listProposals(ports, request);
  return views.flatMap((view) => endingGrant(view, request.time) ?? stuck(view) ?? []);
}

function endingGrant({ id, proposal, standing }: ProposalView, time: number): Finding | null {
  const { state, grant } = standing;
  const expires = grant?.body.expires ?? null;
  if (state !== 'granted' || expires === null || expires - time > GRANT_SOON) return null;
  const { action, target, quorum } = proposal;
  return finding('grant-expires', { subject: id, data: { id, action, target, quorum, time: formatTime(expires) } });
}

function stuck({ id, proposal, standing, mayApprove }: ProposalView): Finding | null {
  const { state, quorum, grant, why: ground } = standing;
  const isOpen = state === 'proposal' || state === 'partial' || (state === 'stale' && grant === null);
  if (!isOpen) return null;
  const hopeless = !quorum.met && !canBeMet(quorum.missing, new Set(mayApprove));
  if (!hopeless && state !== 'stale') return null;
  const why = state === 'stale' ? ground : formatMissing(quorum.missing);
  const data = { id, action: proposal.action, target: proposal.target, why, reason: 'it can no longer be granted' };
  return finding('proposal-stuck', { subject: id, data });
}

/** Would it be met if everyone approved who may? */
function canBeMet(node: QuorumAnswer, voices: ReadonlySet<string>): boolean {
  if (node.met) return true;
  if (node.kind === 'count')
    return node.never === null && node.have.length + node.may.filter((actor) => voices.has(actor)).length >= node.need;
  const can = (part: QuorumAnswer): boolean => canBeMet(part, voices);
  return node.kind === 'and' ? node.parts.every(can) : node.parts.some(can);
}
