/** Revoking a proposal, an approval or a grant. What rests on it falls with it. */
import type { Cid } from '../codec/index.js';
import { compareText, type LongCall } from '../kernel/index.js';
import { governanceError } from './errors.js';
import type { Ledger } from './ledger.js';
import { revocationChain, ulidOf } from './names.js';
import { readLedger } from './read.js';
import { entitlementFault, revocationFault } from './revocations.js';
import { REVOCATION_RULE } from './rules.js';
import { REVOCATION_KIND, type Revocable } from './schema.js';
import { Standings } from './state.js';
import {
  conditionsNow,
  floorOf,
  type GovernanceAuthor,
  type GovernanceWriterPorts,
  newUlid,
  prepareRecord,
  remembering,
  writeOnce,
} from './write.js';

export interface RevokeRequest extends GovernanceAuthor, LongCall {
  readonly kind: Revocable;
  /** Record of what is revoked. */
  readonly target: Cid;
  readonly reason: string;
}

export interface Revoked {
  /** `exists`: it was revoked before, nothing was written. */
  readonly status: 'recorded' | 'exists';
  /** ULID of the revocation. */
  readonly id: string;
  /** CID of its record. */
  readonly cid: Cid;
  /** Proposals whose grants held before and do not hold now, by ULID, sorted. */
  readonly fell: readonly string[];
}

/**
 * Revokes a record. Throws `governance/no-such-target`, `governance/not-entitled`, `governance/bad-record`, and as `append`.
 */
export async function revoke(given: GovernanceWriterPorts, request: RevokeRequest): Promise<Revoked> {
  const ports = remembering(given);
  const { kind, target, reason, actor } = request;
  const before = await readLedger(ports, request);
  const floor = floorOf(request, before);
  const fault = entitlementFault(before, { kind, target }, { actor, clock: floor + 1 });
  if (fault !== null) throw fault;
  const earlier = before.revocations
    .get(String(target))
    ?.find((held) => held.body.kind === kind && revocationFault(before, held) === null);
  if (earlier !== undefined) return { status: 'exists', id: earlier.body.ulid, cid: earlier.cid, fell: [] };
  const conditions = conditionsNow(ports, request);
  const held = granted(before, new Standings(before, conditions));
  const id = newUlid(ports);
  const { cid, draft } = prepareRecord(REVOCATION_KIND, { ulid: id, target, kind, reason });
  const chain = revocationChain(id);
  if (!(await writeOnce(ports, request, { chain, rule: REVOCATION_RULE, draft, floor })))
    throw governanceError('occupied', { chain, why: 'another revocation has that id' });
  const after = await readLedger(ports, request);
  const still = new Set(granted(after, new Standings(after, conditions)));
  return { status: 'recorded', id, cid, fell: held.filter((each) => !still.has(each)) };
}

function granted(ledger: Ledger, standings: Standings): string[] {
  return [...ledger.grants.values()]
    .map(({ chain }) => ulidOf(chain))
    .filter((id) => {
      const proposal = ledger.proposals.get(id);
      return proposal !== undefined && standings.of(proposal).state === 'granted';
    })
    .sort(compareText);
}
