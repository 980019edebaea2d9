/** What was issued: signed by its issuer, by whoever may issue it where it stands, or a part of what stands before it. */
import { type ChainEntry, indexedBody, recordBody, viewIndex } from '../chain/index.js';
import { formatHex } from '../codec/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import type { TrustLine } from '../governance/index.js';
import type { SignatureEngine } from '../identity/index.js';
import { type GatosError, LIMITS } from '../kernel/index.js';
import type { TrustHistory } from '../trust/index.js';
import { issuerKey, signatureFaults } from './ancestry.js';
import { capabilityError } from './errors.js';
import { decodeCapability, type HeldCapability } from './held.js';
import { groupOfKind } from './kinds.js';
import { linkFault } from './links.js';
import { ISSUED_CHAIN } from './names.js';
import { ISSUED_KIND } from './schema.js';

export interface RightsPorts {
  readonly engine: SignatureEngine;
  readonly trust: TrustHistory;
  readonly line: TrustLine;
}

/** Capabilities in the log as it stood after a commit, read once; those that follow are added as they come. */
export class KnownCapabilities {
  readonly #known = new Map<string, HeldCapability>();
  readonly #find: (id: string) => Promise<HeldCapability | null>;

  constructor(backend: GitBackend, at: Oid | null) {
    const view = viewIndex(backend, ISSUED_CHAIN, at);
    this.#find = async (id) => {
      const found = await view.find(id);
      return found === null ? null : decodeCapability(indexedBody(found, ISSUED_KIND).cap);
    };
  }

  add(held: HeldCapability): void {
    this.#known.set(held.hex, held);
  }

  async get(id: string): Promise<HeldCapability | null> {
    const known = this.#known.get(id) ?? (await this.#find(id));
    if (known !== null) this.add(known);
    return known;
  }

  /** From a capability to its root. Throws `capabilities/no-such-capability`, `no-parent`, `too-deep`. */
  async chainOf(id: string): Promise<readonly HeldCapability[]> {
    const first = await this.get(id);
    if (first === null) throw capabilityError('no-such-capability', { id });
    return this.above(first);
  }

  /** From one that may not be there itself. Throws as `chainOf`. */
  async above(first: HeldCapability): Promise<readonly HeldCapability[]> {
    const chain = [first];
    for (let held = first; ; ) {
      const above = held.capability.attenuation_parent;
      if (above === undefined) return chain;
      const parent = formatHex(above);
      const found = await this.get(parent);
      if (found === null) throw capabilityError('no-parent', { id: held.hex, parent });
      if (chain.length === LIMITS.capabilityDepth)
        throw capabilityError('too-deep', { id: first.hex, limit: LIMITS.capabilityDepth });
      chain.push(found);
      held = found;
    }
  }
}

/** Checks one envelope of what was issued, and adds what it holds. Throws `capabilities/*`. */
export async function checkIssued(
  ports: RightsPorts,
  known: KnownCapabilities,
  { envelope }: ChainEntry,
): Promise<void> {
  for (let i = 0; i < envelope.count; i++) {
    const held = decodeCapability(recordBody(envelope, i, ISSUED_KIND).cap);
    const [signature] = await signatureFaults(ports.engine, [held], undefined);
    if (signature !== null && signature !== undefined) throw signature;
    const { not_before, expires_at } = held.capability;
    const at = { chain: ISSUED_CHAIN, seq: envelope.seq + i };
    if (not_before >= expires_at) throw capabilityError('bad-record', { ...at, why: 'its window is empty' });
    const [, parent] = await known.above(held);
    const fault =
      parent === undefined
        ? rootFault(ports, held, envelope)
        : (linkFault(held, parent) ?? delegatorThen(ports, held, envelope));
    if (fault !== null) throw fault;
    known.add(held);
  }
}

interface Place {
  readonly clock: number;
  readonly time: number;
}

/** A part by a key that was revoked, or had run out, before the part came: whoever has the key made it, whatever its dates are. */
function delegatorThen({ trust }: RightsPorts, held: HeldCapability, { clock, time }: Place): GatosError | null {
  const known = trust.state.keys.get(issuerKey(held) ?? '');
  if (known === undefined || known.added >= clock) return null;
  const why =
    known.revoked !== null && clock >= known.revoked.from
      ? `the key of \`${known.actor}\` that passed it on was revoked before it came`
      : time < known.not_before || time > known.not_after
        ? `the key of \`${known.actor}\` that passed it on was not valid when it came`
        : null;
  return why === null ? null : capabilityError('delegator', { id: held.hex, why });
}

/** Who issues a root is judged where it stands: what happens to the key, or to the group, later on changes nothing about the log. */
function rootFault({ trust, line }: RightsPorts, held: HeldCapability, { clock, time }: Place): GatosError | null {
  const { kind } = held.capability.scope;
  const group = groupOfKind(kind);
  if (group === undefined) return capabilityError('kind', { kind });
  const known = trust.state.keys.get(issuerKey(held) ?? '');
  const may = known !== undefined && line.groupsAt(clock).get(group)?.includes(known.actor) === true;
  const valid =
    known !== undefined &&
    known.added < clock &&
    (known.revoked === null || clock < known.revoked.from) &&
    time >= known.not_before &&
    time <= known.not_after;
  if (may && valid) return null;
  const why =
    known === undefined
      ? 'its issuer is nobody’s key here'
      : may
        ? `the key of its issuer \`${known.actor}\` was not valid there`
        : `its issuer \`${known.actor}\` was not in @${group}`;
  return capabilityError('bad-root', { id: held.hex, why, group });
}
