/** Is there enough left of a capability, and of all that it rests on? */
import { formatHex } from '../codec/index.js';
import { type Check, failed, type GatosError, passed } from '../kernel/index.js';
import { capabilityError } from './errors.js';
import type { HeldCapability } from './held.js';
import { type Amounts, limitsOf, METERS } from './kinds.js';
import type { CapabilitySource } from './log.js';
import { type CapabilityRequest, costOf } from './request.js';
import type { Standing } from './stages.js';

/** Those of a chain of which something is counted, with their limits. */
export function countedIn(
  chain: readonly HeldCapability[],
): readonly { readonly hex: string; readonly id: Uint8Array; readonly max: Amounts }[] {
  return chain.flatMap(({ hex, id, scope }) => {
    const max = scope === null ? {} : limitsOf(scope);
    return Object.keys(max).length === 0 ? [] : [{ hex, id, max }];
  });
}

/** Sums have to stay numbers that records can hold. */
const MOST = BigInt(Number.MAX_SAFE_INTEGER);

/** Why a use would exceed a limit, or null. Without a cost: is there anything left? */
export function exhaustion(
  id: string,
  { max, used, cost }: { readonly max: Amounts; readonly used: Amounts; readonly cost: Amounts | undefined },
): GatosError | null {
  for (const meter of METERS) {
    const limit = max[meter];
    if (limit === undefined) continue;
    const before = used[meter] ?? 0n;
    // Whoever only asks wants at least one call, job or run of it; of tokens and the like a use may take none.
    const takes = cost === undefined ? (WHOLE.has(meter) ? 1n : 0n) : (cost[meter] ?? 0n);
    const after = before + takes;
    if (after <= limit && after <= MOST) continue;
    const [of, taken, most] = [before, takes, limit].map(String);
    return capabilityError('exhausted', { id, meter, used: of ?? '', cost: taken ?? '', max: most ?? '' });
  }
  return null;
}

const WHOLE: ReadonlySet<string> = new Set(['calls', 'jobs', 'runs']);

interface Use {
  readonly request?: CapabilityRequest | undefined;
  readonly idem?: Uint8Array | undefined;
}

/** The check `counters`: the capability and everything that it rests on. */
export async function countersCheck(
  source: CapabilitySource,
  { chain, complete }: Standing,
  { request, idem }: Use,
): Promise<Check> {
  const [held, root] = [chain[0], chain.at(-1)];
  const subject = held?.hex ?? '';
  if (!complete || held === undefined || root === undefined)
    return failed('counters', subject, capabilityError('unchecked', { needs: 'the root is not known' }));
  const counted = countedIn(chain);
  if (counted.length === 0) return passed('counters', subject, 'nothing of it is counted');
  if (idem !== undefined && (await source.isCounted(root.hex, { id: held.hex, idem: formatHex(idem) })))
    return passed('counters', subject, 'this use was counted before');
  const cost = request === undefined ? undefined : costOf(request);
  for (const { hex, max } of counted) {
    const fault = exhaustion(hex, { max, used: await source.used(root.hex, hex), cost });
    if (fault !== null) return failed('counters', subject, fault);
  }
  return passed('counters', subject, `enough is left of ${counted.length === 1 ? 'it' : 'it and what it rests on'}`);
}
