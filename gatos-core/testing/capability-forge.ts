/** Capability records as no honest writer makes them: valid chains, whatever they say. */
import {
  ISSUED_CHAIN,
  ISSUED_KIND,
  ISSUED_RULE,
  issuedBody,
  REVOKED_CHAIN,
  REVOKED_KIND,
  REVOKED_RULE,
  type Revocation,
  USED_KIND,
  USED_RULE,
  type Used,
} from '../src/capabilities/index.js';
import { append, appendIndexed, type IndexedKind, prepareIndexed, type Rule } from '../src/chain/index.js';
import type { Cid } from '../src/codec/index.js';
import { requestBy } from '../src/trust/index.js';
import type { CapabilityWorld } from './capability-world.js';

interface Forged<T> {
  readonly chain: string;
  readonly rule: Rule;
  readonly kind: IndexedKind<T>;
  readonly bodies: readonly T[];
}

async function forge<T>(
  world: CapabilityWorld,
  actor: string,
  { chain, rule, kind, bodies }: Forged<T>,
): Promise<void> {
  const writer = await world.as(actor);
  const { prepare: _, ...place } = requestBy(writer, { chain, rule, prepare: async () => [] });
  const records = bodies.map((body) => ({ body, expected: null }));
  await appendIndexed(world.ports, { ...place, kind, records });
}

/** Records these capabilities, whoever may. */
export function forgeIssued(world: CapabilityWorld, capabilities: readonly Uint8Array[], actor = 'user:eve') {
  const bodies = capabilities.map((cap) => issuedBody(cap));
  return forge(world, actor, { chain: ISSUED_CHAIN, rule: ISSUED_RULE, kind: ISSUED_KIND, bodies });
}

/** Records a revocation, whoever may. */
export function forgeRevoked(world: CapabilityWorld, body: Revocation, actor: string) {
  return forge(world, actor, { chain: REVOKED_CHAIN, rule: REVOKED_RULE, kind: REVOKED_KIND, bodies: [body] });
}

/** Records uses and sums in one envelope; a sum replaces whatever stands there. */
export async function forgeUsed(
  world: CapabilityWorld,
  chain: string,
  { actor, bodies }: { readonly actor: string; readonly bodies: readonly Omit<Used, 'replaces'>[] },
): Promise<void> {
  const writer = await world.as(actor);
  const prepare = prepareIndexed<Used>(world.backend, {
    chain,
    kind: USED_KIND,
    records: async (at) => {
      const records: { body: Used; expected: Cid | null }[] = [];
      for (const body of bodies) {
        const key = USED_KIND.indexKey({ ...body, replaces: null });
        const expected = body.idem === null ? ((await at.find(key))?.cid ?? null) : null;
        records.push({ body: { ...body, replaces: expected }, expected });
      }
      return records;
    },
  });
  await append(world.ports, requestBy(writer, { chain, rule: USED_RULE, prepare }));
}
