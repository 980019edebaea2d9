/** Revoking: by whoever issued a capability or what it rests on, or by a member of the trust group of its kind. */
import { appendIndexed, type WriterPorts } from '../chain/index.js';
import { isGatosError } from '../kernel/index.js';
import { requestBy, type TrustState, type Writer } from '../trust/index.js';
import { ancestryOf, heldOf, issuerKey } from './ancestry.js';
import { capabilityError } from './errors.js';
import type { HeldCapability } from './held.js';
import { groupOfKind } from './kinds.js';
import { type CapabilitySource, capabilityLog } from './log.js';
import { REVOKED_CHAIN } from './names.js';
import { REVOKED_RULE } from './rules.js';
import { REVOKED_KIND, type Revocation } from './schema.js';

export interface RevokeCapabilityRequest {
  /** Hexadecimal. */
  readonly id: string;
  readonly reason: string;
}

export interface RevokedCapability {
  /** `exists`: it was revoked before, nothing was written. */
  readonly status: 'recorded' | 'exists';
  readonly revocation: Revocation;
}

/** May this actor revoke the first of a chain? Whose a key was never changes, so whoever rotated it still may. */
export function mayRevoke(
  chain: readonly HeldCapability[],
  actor: string,
  { keys, groups }: Pick<TrustState, 'keys' | 'groups'>,
): boolean {
  const kind = chain[0]?.capability.scope.kind ?? 0;
  if (groups.get(groupOfKind(kind) ?? '')?.includes(actor) === true) return true;
  return chain.some((held) => {
    const key = issuerKey(held);
    return key !== undefined && keys.get(key)?.actor === actor;
  });
}

/**
 * Revokes a capability: it no longer counts, nor does anything that rests on it. Throws `capabilities/no-such-capability`,
 * `capabilities/may-not-revoke`, and as `append`.
 */
export async function revokeCapability(
  ports: WriterPorts,
  writer: Writer,
  { id, reason }: RevokeCapabilityRequest,
): Promise<RevokedCapability> {
  const source = capabilityLog(ports.backend);
  const chain = await chainOf(source, id);
  const { actor, trust } = writer;
  if (!mayRevoke(chain, actor, trust.state)) {
    const group = groupOfKind(chain[0]?.capability.scope.kind ?? 0) ?? 'nobody';
    throw capabilityError('may-not-revoke', { actor, id, group });
  }
  const before = await source.revocation(id);
  if (before !== null) return { status: 'exists', revocation: before };
  const [held] = chain;
  const cap = held === undefined ? new Uint8Array() : held.id;
  const revocation = { cap, reason, by: actor, time: Math.floor(ports.clock.now()) };
  const { prepare: _, ...place } = requestBy(writer, {
    chain: REVOKED_CHAIN,
    rule: REVOKED_RULE,
    prepare: async () => [],
  });
  try {
    await appendIndexed(ports, { ...place, kind: REVOKED_KIND, records: [{ body: revocation, expected: null }] });
  } catch (error) {
    if (!isGatosError(error, 'chain/index-conflict')) throw error;
    const first = await source.revocation(id);
    if (first === null) throw error;
    return { status: 'exists', revocation: first };
  }
  return { status: 'recorded', revocation };
}

/** The capability and what it rests on, as far as it is there. */
async function chainOf(source: CapabilitySource, id: string): Promise<readonly HeldCapability[]> {
  const bytes = await source.issued(id);
  if (bytes === null) throw capabilityError('no-such-capability', { id });
  const held = heldOf(bytes, undefined);
  if (!('capability' in held)) throw held;
  return (await ancestryOf({ source }, held)).chain;
}
