/** All capabilities of a repository, and how they stand. */
import { type ChainEntry, readChain, recordBody, refOfChain } from '../chain/index.js';
import { formatHex } from '../codec/index.js';
import type { GitBackend } from '../git/index.js';
import { LIMITS, type LongCall } from '../kernel/index.js';
import { decodeCapability, type HeldCapability } from './held.js';
import { ISSUED_CHAIN, REVOKED_CHAIN } from './names.js';
import { ISSUED_KIND, REVOKED_KIND, type Revocation } from './schema.js';

export interface ListedCapability {
  readonly held: HeldCapability;
  /** Who recorded it, and when (µs since the epoch). */
  readonly actor: string;
  readonly time: number;
  /** From the parent to the root, as far as they are here. */
  readonly parents: readonly HeldCapability[];
  /** Its own, or the nearest one of what it rests on. */
  readonly revocation: Revocation | null;
}

/** Every capability in the log, in the order in which they were recorded. Throws as the git port, and for chains that do not hold. */
export async function listCapabilities(
  backend: GitBackend,
  { signal }: LongCall = {},
): Promise<readonly ListedCapability[]> {
  const revoked = new Map<string, Revocation>();
  for await (const { envelope } of entriesOf(backend, REVOKED_CHAIN, signal))
    for (let i = 0; i < envelope.count; i++) {
      const body = recordBody(envelope, i, REVOKED_KIND);
      revoked.set(formatHex(body.cap), body);
    }
  const listed = new Map<string, ListedCapability>();
  for await (const { envelope } of entriesOf(backend, ISSUED_CHAIN, signal))
    for (let i = 0; i < envelope.count; i++) {
      const held = decodeCapability(recordBody(envelope, i, ISSUED_KIND).cap);
      const above = held.capability.attenuation_parent;
      const parent = above === undefined ? undefined : listed.get(formatHex(above));
      listed.set(held.hex, {
        held,
        actor: envelope.actor,
        time: envelope.time,
        // A line that is too long counts for nothing: as much of it as one that is not.
        parents: parent === undefined ? [] : [parent.held, ...parent.parents].slice(0, LIMITS.capabilityDepth),
        revocation: revoked.get(held.hex) ?? parent?.revocation ?? null,
      });
    }
  return [...listed.values()];
}

async function* entriesOf(
  backend: GitBackend,
  chain: string,
  signal: LongCall['signal'],
): AsyncGenerator<ChainEntry, void, undefined> {
  const head = await backend.refs.read(refOfChain(chain));
  if (head === null) return;
  for await (const batch of readChain(backend, { head })) {
    yield* batch;
    signal?.throwIfAborted();
  }
}
