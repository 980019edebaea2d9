/** What governance promises beyond valid chains: proofs hold, revocations are rightful, uses stay within their grants. */
import { isAmong } from '../chain/index.js';
import { type Check, compareText, failed, type GatosError, passed } from '../kernel/index.js';
import { approvalFault, consensusFault, grantFault } from './consensus.js';
import { governanceError } from './errors.js';
import type { Held, Ledger } from './ledger.js';
import { ulidOf, usesChain } from './names.js';
import { type GovernancePorts, type LedgerRequest, readLedger } from './read.js';
import { revocationFault } from './revocations.js';
import type { Approval, Use } from './schema.js';
import { moveOf } from './state.js';

export interface VerifyGovernanceRequest extends Omit<LedgerRequest, 'granted'> {
  /** Only these chains and what is below them, such as `grants/` or `grants/01H…`; absent: all. */
  readonly only?: readonly string[] | undefined;
}

interface Judged {
  readonly name: string;
  readonly chain: string;
  readonly fault: GatosError | null;
  readonly holds: string;
}

/**
 * One check for each approval, proof of consensus, grant, revocation and chain of uses, sorted by chain. Chains that are not valid
 * themselves have no check here: that is for `verifyChain` to tell. Throws `governance/too-many`, and as the git port.
 */
export async function verifyGovernance(
  ports: GovernancePorts,
  { only, ...request }: VerifyGovernanceRequest,
): Promise<readonly Check[]> {
  const ledger = await readLedger(ports, request);
  return judgeAll(ledger)
    .filter(({ chain }) => isAmong(chain, only))
    .sort((a, b) => compareText(a.chain, b.chain))
    .map(({ name, chain, fault, holds }) => (fault === null ? passed(name, chain, holds) : failed(name, chain, fault)));
}

function judgeAll(ledger: Ledger): Judged[] {
  const judged: Judged[] = [];
  for (const held of [...ledger.approvals.values()].flat())
    judged.push({ ...PROMISES.approval, chain: held.chain, fault: approvalInPlace(ledger, held) });
  for (const [id, { chain }] of ledger.consensus)
    judged.push({ ...PROMISES.consensus, chain, fault: consensusFault(ledger, id) });
  for (const [id, { chain }] of ledger.grants) judged.push({ ...PROMISES.grant, chain, fault: grantFault(ledger, id) });
  for (const held of [...ledger.revocations.values()].flat())
    judged.push({ ...PROMISES.revocation, chain: held.chain, fault: revocationFault(ledger, held) });
  for (const [id, uses] of ledger.uses) {
    const chain = usesChain(id);
    judged.push({ ...PROMISES.uses, chain, fault: usesFault(ledger, { id, uses }) });
  }
  return judged;
}

const PROMISES = {
  approval: { name: 'approval', holds: 'it is of the proposal that it is named after' },
  consensus: { name: 'consensus', holds: 'the approvals that it names make the quorum in the groups that it names' },
  grant: { name: 'grant', holds: 'it grants what was proposed, on a proof that holds' },
  revocation: { name: 'revocation', holds: 'by someone who may' },
  uses: { name: 'uses', holds: 'they are of their grant and within its limits' },
} as const;

function approvalInPlace(ledger: Ledger, held: Held<Approval>): GatosError | null {
  const id = ulidOf(held.chain);
  const proposal = ledger.proposals.get(id);
  return proposal === undefined ? governanceError('no-such-proposal', { id }) : approvalFault(proposal, held);
}

function usesFault(ledger: Ledger, { id, uses }: { id: string; uses: readonly Held<Use>[] }): GatosError | null {
  const grant = ledger.grants.get(id);
  if (grant === undefined) return governanceError('no-such-grant', { grant: id });
  const chain = usesChain(id);
  const bad = (why: string) => governanceError('bad-use', { chain, why });
  const moves = new Set<string>();
  for (const { body, clock } of uses) {
    if (!body.grant.equals(grant.cid)) return bad(`one is of \`${body.grant}\`, not of \`${grant.cid}\``);
    if (clock <= grant.clock) return bad(`one claims place ${clock}, before the grant`);
    if (grant.body.expires !== null && body.time > grant.body.expires) return bad('one came after the grant expired');
    moves.add(moveOf(body));
  }
  const { uses: limit } = grant.body;
  return limit === null || moves.size <= limit
    ? null
    : bad(`there are ${moves.size}, and it may be used ${limit} times`);
}
