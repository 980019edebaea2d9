/** Proofs of consensus and the grants that rest on them: made from their evidence, and checked by making them again. */
import type { Cid } from '../codec/index.js';
import type { GatosError } from '../kernel/index.js';
import { governanceError } from './errors.js';
import type { Held, Ledger } from './ledger.js';
import { approvalChain, consensusChain, grantChain, ulidOf } from './names.js';
import { evaluateQuorum, formatMissing, type Groups, type QuorumVerdict, voicesIn } from './quorum-evaluate.js';
import { parseQuorum } from './quorum-parse.js';
import { revocationOf } from './revocations.js';
import type { Approval, Consensus, Grant, Proposal } from './schema.js';

/** Why an approval does not speak for this proposal; null when it does. Whether it was revoked is another question. */
export function approvalFault(
  proposal: Held<Proposal>,
  { chain, cid, actor, clock, body }: Held<Approval>,
): GatosError | null {
  const bad = (why: string) => governanceError('bad-approval', { chain, why });
  if (!body.proposal.equals(proposal.cid)) return bad(`it is of \`${body.proposal}\`, not of \`${proposal.cid}\``);
  if (body.actor !== actor) return bad(`record \`${cid}\` is by \`${body.actor}\``);
  if (chain !== approvalChain(ulidOf(proposal.chain), actor)) return bad(`it is by \`${actor}\``);
  return clock > proposal.clock ? null : bad(`it claims place ${clock}, before what it approves`);
}

/** Approvals that speak for a proposal and are not revoked, sorted by actor. */
export function standingApprovals(ledger: Ledger, proposal: Held<Proposal>): readonly Held<Approval>[] {
  const all = ledger.approvals.get(ulidOf(proposal.chain)) ?? [];
  return all.filter(
    (approval) => approvalFault(proposal, approval) === null && revocationOf(ledger, 'approval', approval) === null,
  );
}

/** Do these approvals make the quorum of the proposal in these groups? */
export function judgeApprovals(
  { body }: Held<Proposal>,
  { approvals, groups }: { approvals: readonly Held<Approval>[]; groups: Groups },
): QuorumVerdict {
  const approvers = new Set(approvals.map(({ actor }) => actor));
  return evaluateQuorum(parseQuorum(body.quorum), { groups, approvers });
}

/** Do the approvals in a proof that are not revoked make the quorum in the groups of now? */
export function judgeProof(
  ledger: Ledger,
  { proposal, proof }: { readonly proposal: Held<Proposal>; readonly proof: Held<Consensus> | undefined },
): QuorumVerdict {
  const named = new Set(proof?.body.approvals.map(String));
  const approvals = standingApprovals(ledger, proposal).filter(({ cid }) => named.has(String(cid)));
  return judgeApprovals(proposal, { approvals, groups: ledger.trust.state.groups });
}

/** The proof that these approvals, sorted by actor, make. */
export function consensusOf({
  proposal,
  approvals,
  trust,
}: {
  readonly proposal: Held<Proposal>;
  readonly approvals: readonly Held<Approval>[];
  readonly trust: Cid;
}): Consensus {
  return {
    proposal: proposal.cid,
    approvals: approvals.map(({ cid }) => cid),
    rule: 'quorum',
    quorum: proposal.body.quorum,
    verdict: 'granted',
    trust,
  };
}

/** The grant that a proof gives. */
export function grantOf({ cid, body }: Held<Proposal>, consensus: Cid): Grant {
  const { action, target, expires, uses, policy_root } = body;
  return { proposal: cid, consensus, action, target, expires, uses, policy_root };
}

/** The approvals that a proof names, or why they are none of this proposal. */
function evidenceOf(
  ledger: Ledger,
  { proposal, proof }: { proposal: Held<Proposal>; proof: Held<Consensus> },
): readonly Held<Approval>[] | string {
  const evidence: Held<Approval>[] = [];
  for (const cid of proof.body.approvals) {
    const approval = ledger.approvalsByCid.get(String(cid));
    if (approval === undefined) return `there is no valid approval \`${cid}\` here`;
    const fault = approvalFault(proposal, approval);
    if (fault !== null) return fault.message;
    if (approval.clock >= proof.clock) return `\`${cid}\` stands after the proof`;
    const last = evidence.at(-1);
    // Sorted by chain is sorted by actor: chains differ in the actor alone.
    if (last !== undefined && !isBefore(last, approval)) return 'they are not sorted by actor, each once';
    evidence.push(approval);
  }
  return evidence;
}

function isBefore(a: Held<Approval>, b: Held<Approval>): boolean {
  // Actors are ASCII.
  return a.actor < b.actor;
}

/** Why the proof of consensus of a proposal does not hold; null when it does. Judged by what it names, not by what is so now. */
export function consensusFault(ledger: Ledger, id: string): GatosError | null {
  const chain = consensusChain(id);
  const bad = (field: string, why: string) => governanceError('bad-consensus', { chain, field, why });
  const proof = ledger.consensus.get(id);
  if (proof === undefined) return bad('proposal', 'there is no valid proof');
  const { body, clock } = proof;
  const proposal = ledger.proposals.get(id);
  if (proposal === undefined) return bad('proposal', `there is no valid proposal \`${id}\` here`);
  if (!body.proposal.equals(proposal.cid))
    return bad('proposal', `it is \`${body.proposal}\`, not \`${proposal.cid}\``);
  if (body.quorum !== proposal.body.quorum) return bad('quorum', `\`${proposal.body.quorum}\` was proposed`);
  if (body.rule !== 'quorum') return bad('rule', 'there is one rule, `quorum`');
  const evidence = evidenceOf(ledger, { proposal, proof });
  if (typeof evidence === 'string') return bad('approvals', evidence);
  const trust = ledger.trust.line.at(body.trust);
  if (trust === null) return bad('trust', `\`${body.trust}\` is no envelope of the trust chain`);
  if (trust.clock >= clock) return bad('trust', 'it stands after the proof');
  const verdict = judgeApprovals(proposal, { approvals: evidence, groups: trust.groups });
  const voices = new Set(voicesIn(verdict.missing));
  const mute = evidence.find(({ actor }) => !voices.has(actor));
  if (mute !== undefined) return bad('approvals', `\`${mute.actor}\` had no voice in \`${body.quorum}\``);
  return verdict.met ? null : bad('verdict', formatMissing(verdict.missing));
}

function same(a: Cid | null, b: Cid | null): boolean {
  return a === null || b === null ? a === b : a.equals(b);
}

/** Why a grant does not hold: it says what its proposal said, and its proof holds. Null when it does. */
export function grantFault(ledger: Ledger, id: string): GatosError | null {
  const chain = grantChain(id);
  const bad = (field: string, why: string) => governanceError('bad-grant', { chain, field, why });
  const grant = ledger.grants.get(id);
  const proposal = ledger.proposals.get(id);
  const proof = ledger.consensus.get(id);
  if (grant === undefined) return bad('proposal', 'there is no valid grant');
  if (proposal === undefined) return bad('proposal', `there is no valid proposal \`${id}\` here`);
  if (proof === undefined) return bad('consensus', 'there is no valid proof of consensus');
  const want = grantOf(proposal, proof.cid);
  const { body } = grant;
  for (const field of ['proposal', 'consensus', 'policy_root'] as const)
    if (!same(body[field], want[field])) return bad(field, `it is \`${body[field]}\`, not \`${want[field]}\``);
  for (const field of ['action', 'target', 'expires', 'uses'] as const)
    if (body[field] !== want[field]) return bad(field, `it is \`${body[field]}\`, not \`${want[field]}\``);
  if (grant.clock <= proof.clock) return bad('consensus', 'it stands after the grant');
  return consensusFault(ledger, id);
}
