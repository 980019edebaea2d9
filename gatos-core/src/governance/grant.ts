/** Granting: a proof of consensus and the grant that rests on it, in one step. Anyone may do it once the quorum is met. */
import { appendTogether, chainError, type DraftedRecord, type Rule } from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import { isGatosError, LIMITS, type LongCall } from '../kernel/index.js';
import { requestBy } from '../trust/index.js';
import { consensusFault, consensusOf, grantFault, grantOf, judgeProof, standingApprovals } from './consensus.js';
import { governanceError } from './errors.js';
import { checkUlid, consensusChain, grantChain } from './names.js';
import { formatMissing, mayStillApprove } from './quorum-evaluate.js';
import { CONSENSUS_RULE, GRANT_RULE } from './rules.js';
import { CONSENSUS_KIND, GRANT_KIND } from './schema.js';
import type { Standing } from './state.js';
import {
  floorOf,
  type GovernanceAuthor,
  type GovernanceWriterPorts,
  prepareRecord,
  remembering,
  type Situation,
  situationOf,
} from './write.js';

export interface GrantRequest extends GovernanceAuthor, LongCall {
  /** ULID of the proposal. */
  readonly id: string;
}

export interface Granted {
  /** `exists`: it was granted before, nothing was written. */
  readonly status: 'recorded' | 'exists';
  /** CID of the grant's record. */
  readonly cid: Cid;
  /** CID of the record of the proof of consensus. */
  readonly consensus: Cid;
  readonly standing: Standing;
}

/**
 * Grants a proposal whose quorum is met. One that is granted already is left alone, whatever became of the grant. Throws
 * `governance/name`, `governance/no-such-proposal`, `governance/quorum-not-met` (exit 17), `governance/closed`,
 * `governance/occupied` where something else stands in the place of the grant or its proof, `chain/contended`, and as `append`.
 */
export async function grant(given: GovernanceWriterPorts, request: GrantRequest): Promise<Granted> {
  const ports = remembering(given);
  const { id, signal, progress } = request;
  for (let attempt = 1; attempt <= LIMITS.appendAttempts; attempt++) {
    const situation = await situationOf(ports, { id: checkUlid(id), author: request, signal, progress });
    const made = existing(situation, id);
    if (made !== null) return made;
    refuse(situation, id);
    const written = await write(ports, { request, situation });
    if (written) return recorded(await situationOf(ports, { id, author: request, signal, progress }), id);
    await ports.clock.sleep(attempt % 8);
  }
  throw chainError('contended', { chain: grantChain(id), attempts: LIMITS.appendAttempts });
}

/** The grant that stands there. Throws `governance/occupied` for one that its proof does not support. */
function existing({ ledger, proposal, standings }: Situation, id: string): Granted | null {
  const chain = grantChain(id);
  const damaged = ledger.faults.get(chain);
  if (damaged !== undefined)
    throw governanceError('occupied', { chain, why: damaged.error.message }, { cause: damaged.error });
  const held = ledger.grants.get(id);
  if (held === undefined) return null;
  const fault = grantFault(ledger, id);
  if (fault !== null) throw governanceError('occupied', { chain, why: fault.message }, { cause: fault });
  return { status: 'exists', cid: held.cid, consensus: held.body.consensus, standing: standings.of(proposal) };
}

function recorded(situation: Situation, id: string): Granted {
  const made = existing(situation, id);
  if (made === null) throw governanceError('occupied', { chain: grantChain(id), why: 'it is not there any more' });
  return { ...made, status: 'recorded' };
}

function refuse({ proposal, standings }: Situation, id: string): void {
  const { state, why, quorum } = standings.of(proposal);
  if (state !== 'proposal' && state !== 'partial') throw governanceError('closed', { id, state, why });
  if (quorum.met) return;
  const { missing } = quorum;
  throw governanceError('quorum-not-met', { id, missing: formatMissing(missing), may: mayStillApprove(missing) });
}

/**
 * The proof that stands there without its grant, when it holds and would carry a grant now. Throws `governance/occupied` when it
 * does not: there is one place for a proof.
 */
function provedBefore({ ledger, proposal }: Situation, id: string): Cid | null {
  const chain = consensusChain(id);
  const damaged = ledger.faults.get(chain)?.error;
  const proof = ledger.consensus.get(id);
  const fault = damaged ?? (proof === undefined ? null : consensusFault(ledger, id));
  if (fault !== null) throw governanceError('occupied', { chain, why: fault.message }, { cause: fault });
  if (proof === undefined) return null;
  const { met, missing } = judgeProof(ledger, { proposal, proof });
  if (met) return proof.cid;
  throw governanceError('occupied', {
    chain,
    why: `the approvals in it are no longer enough: ${formatMissing(missing)}`,
  });
}

/** One of the two records, with its chain. */
interface Part extends DraftedRecord {
  readonly chain: string;
  readonly rule: Rule;
}

function partsOf(situation: Situation, { request }: { request: GrantRequest }): Part[] {
  const { ledger, proposal, standings } = situation;
  const { id, trust } = request;
  const grantPart = (consensus: Cid): Part => ({
    chain: grantChain(id),
    rule: GRANT_RULE,
    ...prepareRecord(GRANT_KIND, grantOf(proposal, consensus)),
  });
  const proved = provedBefore(situation, id);
  if (proved !== null) return [grantPart(proved)];
  const voices = new Set(standings.of(proposal).approvers);
  const approvals = standingApprovals(ledger, proposal).filter(({ actor }) => voices.has(actor));
  const proof = prepareRecord(CONSENSUS_KIND, consensusOf({ proposal, approvals, trust: trust.head.cid }));
  return [{ chain: consensusChain(id), rule: CONSENSUS_RULE, ...proof }, grantPart(proof.cid)];
}

interface Attempt {
  readonly request: GrantRequest;
  readonly situation: Situation;
}

/** Writes what is missing, all or nothing. False when somebody else was first. */
async function write(ports: GovernanceWriterPorts, { request, situation }: Attempt): Promise<boolean> {
  const floor = floorOf(request, situation.ledger);
  const requests = partsOf(situation, { request }).map(({ chain, rule, draft }, i) =>
    requestBy(request, { chain, rule, seen: () => floor + i, prepare: async () => [draft] }),
  );
  try {
    await appendTogether(ports, requests);
    return true;
  } catch (error) {
    if (isGatosError(error, 'chain/exists')) return false;
    throw error;
  }
}
