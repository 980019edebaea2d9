/** May whoever issued a root capability issue one of its kind? */
import { formatTime } from '../codec/index.js';
import type { GatosError } from '../kernel/index.js';
import type { KeyState, TrustState } from '../trust/index.js';
import { issuerKey } from './ancestry.js';
import { capabilityError } from './errors.js';
import { formatAgent, type HeldCapability } from './held.js';
import { groupOfKind, kindName } from './kinds.js';

/** Why the issuer of a root does not count, with trust as it is and at this time (µs), or null. */
export function issuerFault(root: HeldCapability, trust: Pick<TrustState, 'keys' | 'groups'>, now: number) {
  const { kind } = root.capability.scope;
  const group = groupOfKind(kind);
  if (group === undefined) return capabilityError('kind', { kind });
  const name = issuerKey(root);
  const known = name === undefined ? undefined : trust.keys.get(name);
  if (known === undefined)
    return capabilityError('issuer-unknown', { key: formatAgent(root.capability.issuer), group });
  const fault = keyFault(known, formatAgent(root.capability.issuer), now);
  if (fault !== null) return fault;
  const { actor } = known;
  if (trust.groups.get(group)?.includes(actor) === true) return null;
  return capabilityError('issuer-not-trusted', { actor, group, kind: kindName(kind) });
}

function keyFault({ actor, revoked, not_before, not_after }: KeyState, key: string, now: number): GatosError | null {
  if (revoked !== null) return capabilityError('issuer-revoked', { key, actor, reason: revoked.reason });
  if (now >= not_before && now <= not_after) return null;
  const until = not_after === Number.MAX_SAFE_INTEGER ? 'further notice' : formatTime(not_after);
  return capabilityError('issuer-expired', { key, actor, from: formatTime(not_before), until });
}

/**
 * Why what somebody passed on does not count: the key that signed it is one of trust, and does not count (any more). Whoever has a stolen
 * key can sign with any date. A key that trust does not know was named by whoever gave it the whole, and answers to nobody else.
 */
export function delegatorFault(held: HeldCapability, { keys }: Pick<TrustState, 'keys'>, now: number) {
  const name = issuerKey(held);
  const known = name === undefined ? undefined : keys.get(name);
  const fault = name === undefined || known === undefined ? null : keyFault(known, name, now);
  if (fault === null) return null;
  return capabilityError('delegator', { id: held.hex, why: fault.message }, { cause: fault });
}
