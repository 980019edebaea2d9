/** From a capability to the root that it rests on. */
import { formatHex, formatKey } from '../codec/index.js';
import type { SignatureEngine, SignedBytes } from '../identity/index.js';
import { GatosError, LIMITS } from '../kernel/index.js';
import { ED25519 } from '../mythos/index.js';
import { capabilityError } from './errors.js';
import { formatAgent, type HeldCapability, readCapability } from './held.js';
import type { CapabilitySource } from './log.js';
import type { CapabilityMemo } from './memo.js';

export interface Ancestry {
  /** The capability first, the root last, as far as they were found. */
  readonly chain: readonly HeldCapability[];
  /** Why the root was not reached. */
  readonly missing: GatosError | null;
}

interface Ports {
  readonly source: Pick<CapabilitySource, 'issued'>;
  readonly memo?: CapabilityMemo | undefined;
}

/** The capability with these bytes, or why they are none. `id`: under which they stand, where that is known. */
export function heldOf(bytes: Uint8Array, memo: CapabilityMemo | undefined, id?: string): HeldCapability | GatosError {
  const known = id === undefined ? undefined : memo?.verified(id, bytes);
  if (known !== undefined) return known;
  try {
    const held = readCapability(bytes);
    return memo?.verified(held.hex, bytes) ?? held;
  } catch (error) {
    if (error instanceof GatosError) return error;
    throw error;
  }
}

/** Follows the parents. Ids are digests of what names them, so no chain leads back to itself; a long one ends at the limit. */
export async function ancestryOf({ source, memo }: Ports, first: HeldCapability): Promise<Ancestry> {
  const chain: HeldCapability[] = [first];
  for (let held = first; ; ) {
    const parent = held.capability.attenuation_parent;
    if (parent === undefined) return { chain, missing: null };
    if (chain.length === LIMITS.capabilityDepth)
      return { chain, missing: capabilityError('too-deep', { id: first.hex, limit: LIMITS.capabilityDepth }) };
    const id = formatHex(parent);
    const bytes = await source.issued(id);
    if (bytes === null) return { chain, missing: capabilityError('no-parent', { id: held.hex, parent: id }) };
    const found = heldOf(bytes, memo, id);
    const fault = found instanceof GatosError ? found : parentFault(found, id);
    if (fault !== null) {
      const why = fault.message;
      return { chain, missing: capabilityError('bad-parent', { id: held.hex, parent: id, why }, { cause: fault }) };
    }
    held = found as HeldCapability;
    chain.push(held);
  }
}

function parentFault({ hex, faults }: HeldCapability, id: string): GatosError | null {
  return hex === id ? faults.id : capabilityError('other-id', { id, found: hex });
}

/** Why the signature of each does not hold, in order; null where it does. All that are not known yet are verified at once. */
export async function signatureFaults(
  engine: SignatureEngine,
  chain: readonly HeldCapability[],
  memo: CapabilityMemo | undefined,
): Promise<readonly (GatosError | null)[]> {
  const fresh = chain.filter((held) => memo?.verified(held.hex, held.bytes) === undefined);
  const items = fresh.map((held) => signedBytes(held));
  const verdicts = await engine.verifyMany(items.filter((item) => item !== null));
  const bad = new Map<HeldCapability, GatosError>();
  let next = 0;
  for (const [i, held] of fresh.entries()) {
    if (items[i] !== null && verdicts[next++] === true) {
      if (held.faults.id === null) memo?.keepVerified(held);
    } else bad.set(held, capabilityError('bad-signature', { id: held.hex, key: formatAgent(held.capability.issuer) }));
  }
  return chain.map((held) => bad.get(held) ?? null);
}

/** Null for another scheme than Ed25519. The id was compared with the content elsewhere. */
function signedBytes({ id, capability: { issuer, signature } }: HeldCapability): SignedBytes | null {
  if (issuer.scheme !== ED25519 || signature.alg !== ED25519) return null;
  return { key: issuer.key, message: id, signature: signature.sig_bytes };
}

/** The text form of the key of a root's issuer; undefined for another scheme than Ed25519. */
export function issuerKey({ capability: { issuer } }: HeldCapability): string | undefined {
  return issuer.scheme === ED25519 && issuer.key.length === 32 ? formatKey(issuer.key) : undefined;
}
