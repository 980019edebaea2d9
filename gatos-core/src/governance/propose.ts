/** Proposing: what is to be allowed, and who has to agree. */
import type { Cid } from '../codec/index.js';
import type { LongCall } from '../kernel/index.js';
import { governanceError } from './errors.js';
import { proposalChain } from './names.js';
import { formatQuorum } from './quorum.js';
import { parseQuorum } from './quorum-parse.js';
import { readLedger } from './read.js';
import { PROPOSAL_RULE } from './rules.js';
import { PROPOSAL_KIND } from './schema.js';
import {
  floorOf,
  type GovernanceAuthor,
  type GovernanceWriterPorts,
  newUlid,
  prepareRecord,
  remembering,
  writeOnce,
} from './write.js';

export interface ProposeRequest extends GovernanceAuthor, LongCall {
  readonly action: string;
  readonly target: string;
  /** An expression in any spelling. */
  readonly quorum: string;
  readonly reason: string;
  /** Microseconds since the epoch; null: never. */
  readonly expires: number | null;
  /** How often the grant may be used; null: any number of times. Default: once. */
  readonly uses?: number | null | undefined;
  /** Bind the grant to the policy in force. Default: yes. */
  readonly bound?: boolean | undefined;
  /** Record of a grant on which this one rests. */
  readonly under?: Cid | undefined;
  /** Record of a grant that this one replaces. */
  readonly supersedes?: Cid | undefined;
}

export interface Proposed {
  /** ULID of the proposal. */
  readonly id: string;
  /** CID of its record. */
  readonly cid: Cid;
  /** The expression in its canonical form. */
  readonly quorum: string;
}

/**
 * Records a proposal. Throws `governance/quorum`, `governance/bad-record`, `governance/no-such-grant` for what it rests on or
 * replaces, and as `append`.
 */
export async function propose(ports: GovernanceWriterPorts, request: ProposeRequest): Promise<Proposed> {
  const quorum = formatQuorum(parseQuorum(request.quorum));
  const { action, target, reason, expires, uses = 1, bound = true, under = null, supersedes = null } = request;
  if (expires !== null && expires < ports.clock.now())
    throw governanceError('bad-record', { what: 'proposal', why: 'it would have expired already' });
  const ledger = await readLedger(remembering(ports), request);
  for (const grant of [under, supersedes])
    if (grant !== null && !ledger.grantsByCid.has(String(grant)))
      throw governanceError('no-such-grant', { grant: String(grant) });
  const id = newUlid(ports);
  const body = {
    ulid: id,
    action,
    target,
    quorum,
    reason,
    expires,
    uses,
    policy_root: bound ? request.policyRoot : null,
    under,
    supersedes,
  };
  const { cid, draft } = prepareRecord(PROPOSAL_KIND, body);
  const chain = proposalChain(id);
  const written = await writeOnce(ports, request, {
    chain,
    rule: PROPOSAL_RULE,
    draft,
    floor: floorOf(request, ledger),
  });
  if (!written) throw governanceError('occupied', { chain, why: 'another proposal has that id' });
  return { id, cid, quorum };
}
