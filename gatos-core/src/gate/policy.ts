/** The policy in force, ready to judge; and whether what a push adopts may become it. */
import { type ChainEntry, refOfChain } from '../chain/index.js';
import type { GitBackend } from '../git/index.js';
import type { GatosError } from '../kernel/index.js';
import { type ActivePolicy, adoptionFault, lateAdoption, openPolicyAt, POLICY_CHAIN } from '../policy/index.js';
import type { TrustHistory } from '../trust/index.js';
import type { GateState } from './state.js';

/** The accepted policy; null when none was adopted. */
export async function acceptedPolicy(backend: GitBackend, state: GateState): Promise<ActivePolicy | null> {
  const oid = await backend.refs.read(refOfChain(POLICY_CHAIN));
  return oid === null ? null : state.policies.get(oid, () => openPolicyAt(backend, oid));
}

/**
 * Why an adoption whose envelope is valid is not let in: it is not what its sources say, or it would be judged by who decided before the
 * trust that was accepted meanwhile.
 */
export async function refuseAdoption(
  backend: GitBackend,
  entry: ChainEntry,
  accepted: TrustHistory | null,
): Promise<GatosError | null> {
  const late = accepted === null ? null : lateAdoption(entry.envelope, accepted);
  return late ?? (await adoptionFault(backend, entry));
}
