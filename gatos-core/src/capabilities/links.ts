/** Does each capability of a chain follow from the one that it is a part of? */
import type { GatosError } from '../kernel/index.js';
import { sameAgent } from '../mythos/index.js';
import { capabilityError } from './errors.js';
import { formatAgent, formatMicros, type HeldCapability } from './held.js';
import { beyond } from './within.js';

export interface LinkFaults {
  readonly delegation?: GatosError | undefined;
  readonly attenuation?: GatosError | undefined;
  readonly windows?: GatosError | undefined;
}

/** The first fault of each sort, from the capability towards the root. */
export function linkFaults(chain: readonly HeldCapability[]): LinkFaults {
  let found: LinkFaults = {};
  for (const [i, child] of chain.entries()) {
    const parent = chain[i + 1];
    if (parent === undefined) break;
    found = {
      delegation: found.delegation ?? delegationFault(child, parent),
      attenuation: found.attenuation ?? attenuationFault(child, parent),
      windows: found.windows ?? windowFault(child, parent),
    };
  }
  return found;
}

/** Why a capability is no part of another one, or null: the first fault. */
export function linkFault(child: HeldCapability, parent: HeldCapability): GatosError | null {
  return delegationFault(child, parent) ?? attenuationFault(child, parent) ?? windowFault(child, parent) ?? null;
}

function delegationFault({ hex: id, capability }: HeldCapability, parent: HeldCapability): GatosError | undefined {
  const { delegable, subject } = parent.capability;
  if (!sameAgent(capability.issuer, subject)) {
    const [issuer, wanted] = [formatAgent(capability.issuer), formatAgent(subject)];
    return capabilityError('other-issuer', { id, issuer, parent: parent.hex, subject: wanted });
  }
  return delegable ? undefined : capabilityError('not-delegable', { id, parent: parent.hex });
}

function attenuationFault(child: HeldCapability, parent: HeldCapability): GatosError | undefined {
  const broader = (why: readonly string[]) => capabilityError('broader', { id: child.hex, parent: parent.hex, why });
  const unread = [child, parent].find(({ scope }) => scope === null);
  if (unread !== undefined) return broader([`\`${unread.hex.slice(0, 16)}…\`: ${unread.faults.scope?.message}`]);
  if (child.scope === null || parent.scope === null) return undefined;
  const why = beyond(child.scope, parent.scope);
  return why.length === 0 ? undefined : broader(why);
}

function windowFault(child: HeldCapability, parent: HeldCapability): GatosError | undefined {
  const [inner, outer] = [child.capability, parent.capability];
  if (inner.not_before >= outer.not_before && inner.expires_at <= outer.expires_at) return undefined;
  const window = { from: formatMicros(outer.not_before), until: formatMicros(outer.expires_at) };
  return capabilityError('window-outside', { id: child.hex, parent: parent.hex, ...window });
}
