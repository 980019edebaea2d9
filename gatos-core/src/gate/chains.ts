/** Verifying what a push adds to a chain: from the accepted head on, so that the cost follows the push. */
import { type ChainEntry, type ChainHead, headOfEntry, readEntry, verifyChain } from '../chain/index.js';
import { formatKey } from '../codec/index.js';
import { type GatosError, LIMITS, type LongCall } from '../kernel/index.js';
import type { TrustHistory } from '../trust/index.js';
import { gateError } from './errors.js';
import { type Arrival, arrivalOf } from './facts.js';
import type { ProfileTerms } from './profile.js';
import type { GatePorts } from './push.js';
import type { ChainUpdate } from './read-push.js';
import type { GateState } from './state.js';

export interface ChainJudges {
  readonly ports: GatePorts;
  readonly state: GateState;
  /** Null before the genesis is accepted. */
  readonly accepted: TrustHistory | null;
  readonly extended: TrustHistory;
  readonly terms: ProfileTerms;
  /** How many envelopes the push may still add. */
  room: number;
}

export interface Verified {
  readonly fault: GatosError | null;
  readonly arrivals: readonly Arrival[];
}

/** Where a commit of an accepted chain stands; it was verified when it was accepted. */
export function headAt({ ports, state }: Pick<ChainJudges, 'ports' | 'state'>, oid: string): Promise<ChainHead> {
  return state.heads.get(oid, async () => headOfEntry(await readEntry(ports.backend, oid)));
}

/** ADR-0006: a key that is revoked now admits nothing now, whatever place it claims. */
function refuseRevoked({ accepted }: ChainJudges, { envelope, signatures }: ChainEntry): GatosError | null {
  const { cid, chain } = envelope;
  for (const { key } of signatures) {
    const name = formatKey(key);
    const revoked = accepted?.state.keys.get(name)?.revoked ?? null;
    if (revoked === null) continue;
    return gateError('revoked-now', { cid: String(cid), chain, key: name, reason: revoked.reason });
  }
  return null;
}

/** Verifies the span of one update. Throws when the accepted head itself cannot be read. */
export async function verifySpan(judges: ChainJudges, update: ChainUpdate, options: LongCall): Promise<Verified> {
  const { ports, extended } = judges;
  const { chain, rule, old, next } = update;
  const from = old === null ? undefined : await headAt(judges, old);
  const arrivals: Arrival[] = [];
  const onEntry = (entry: ChainEntry): void => {
    const refusal = refuseRevoked(judges, entry);
    if (refusal !== null) throw refusal;
    judges.room -= 1;
    if (judges.room < 0)
      throw gateError('limit', { what: 'new envelopes', count: LIMITS.gateEnvelopes + 1, limit: LIMITS.gateEnvelopes });
    arrivals.push(arrivalOf(update, entry));
  };
  const { backend, engine } = ports;
  const context = { backend, engine, repo: extended.repo, authorize: extended.authorize };
  const { fault } = await verifyChain(context, { chain, rule, head: next, from }, { ...options, onEntry });
  return { fault, arrivals };
}
