/**
 * Counting a use, on the capability and on everything that it rests on. What is left is decided on the head that wins, so callers
 * that race never use more than a limit allows. The append is given to the caller: it becomes visible in one step with what is
 * done (an EffectRegister), or not at all.
 */
import {
  type AppendRequest,
  type IndexedRecord,
  type IndexView,
  indexedBody,
  prepareIndexed,
  type WriterPorts,
} from '../chain/index.js';
import { formatHex } from '../codec/index.js';
import { agentOf, sameAgent } from '../mythos/index.js';
import { requestBy, type Writer } from '../trust/index.js';
import { countedIn, exhaustion } from './counters.js';
import { capabilityError } from './errors.js';
import { formatAgent, type HeldCapability } from './held.js';
import { type Amounts, METERS, type Meter } from './kinds.js';
import { sumIn } from './log.js';
import { usedChain } from './names.js';
import { type CapabilityRequest, costOf } from './request.js';
import { USED_RULE } from './rules.js';
import { amountsBody, USED_KIND, type Used, usedKey } from './schema.js';
import { timeFault } from './window.js';

export interface CountedUse {
  /** What `checkCapability` gave, and found to pass: the capability first, the root last. */
  readonly chain: readonly HeldCapability[];
  readonly request: CapabilityRequest;
  /** Which use this is, 32 bytes: the same one is counted once under one capability, however often it is tried. */
  readonly idem: Uint8Array;
  /** µs since the epoch. */
  readonly now: number;
  /** Count only when the request before this one, in the same step, appends something: nothing is counted for what is not done. */
  readonly withPrevious?: boolean | undefined;
}

/**
 * The append that counts a use; null when nothing of the capability is counted. For `append`, or last among those of
 * `appendTogether`, which then throws `capabilities/exhausted` when there is not enough left, `capabilities/other-use` when the same use was
 * counted with other amounts, and nothing was recorded.
 * Throws `capabilities/not-subject` when the writer's key is not the one that the capability is for, `capabilities/expired` and
 * `capabilities/not-yet` when it does not count at that time (any more).
 */
export function countUse(
  { backend }: Pick<WriterPorts, 'backend'>,
  writer: Writer,
  { chain, request, idem, now, withPrevious = false }: CountedUse,
): AppendRequest | null {
  const [held, root] = [chain[0], chain.at(-1)];
  const counted = countedIn(chain);
  if (held === undefined || root === undefined || counted.length === 0) return null;
  const { subject } = held.capability;
  const agent = agentOf(writer.signer.key);
  if (!sameAgent(subject, agent))
    throw capabilityError('not-subject', { id: held.hex, subject: formatAgent(subject), agent: formatAgent(agent) });
  // It was checked a while ago: a use that says it came too late would never verify.
  const late = timeFault(held.capability, now);
  if (late !== null) throw late;
  const place = usedChain(root.hex);
  const cost = costOf(request);
  const prepare = prepareIndexed<Used>(backend, {
    chain: place,
    kind: USED_KIND,
    records: async (at, before) => {
      if (withPrevious && (before.at(-1)?.length ?? 0) === 0) return [];
      const earlier = await at.find(usedKey(held.hex, formatHex(idem)));
      if (earlier !== null) return sameUse(indexedBody(earlier, USED_KIND), cost);
      return recordsOf(at, { held, idem, cost, counted, time: now });
    },
  });
  return requestBy(writer, { chain: place, rule: USED_RULE, prepare });
}

/** The same use again is nothing new; one of other amounts would go through uncounted. */
function sameUse({ cap, idem, amounts }: Used, cost: Amounts): readonly [] {
  if (sameAmounts(amounts, cost)) return [];
  throw capabilityError('other-use', { id: formatHex(cap), idem: formatHex(idem ?? new Uint8Array()) });
}

/** Do the amounts of a record say this much of each? */
export function sameAmounts(body: Used['amounts'], amounts: Amounts): boolean {
  const want = amountsBody(amounts);
  return METERS.every((meter) => body[meter] === want[meter]);
}

interface Use {
  readonly held: HeldCapability;
  readonly idem: Uint8Array;
  readonly cost: Amounts;
  readonly counted: ReturnType<typeof countedIn>;
  readonly time: number;
}

/** The use, and the sums that it makes, from the capability towards the root. */
async function recordsOf(at: IndexView, { held, idem, cost, counted, time }: Use): Promise<IndexedRecord<Used>[]> {
  const use: Used = { cap: held.id, idem, amounts: amountsBody(cost), time, replaces: null };
  const records: IndexedRecord<Used>[] = [{ body: use, expected: null }];
  for (const { hex, id, max } of counted) {
    const { cid, amounts: used } = await sumIn(at, hex);
    const fault = exhaustion(hex, { max, used, cost });
    if (fault !== null) throw fault;
    const amounts = amountsBody(sumOf(used, { cost, max }));
    records.push({ body: { cap: id, idem: null, amounts, time, replaces: cid }, expected: cid });
  }
  return records;
}

/** The sums of what a capability limits; what it does not is not summed. */
export function sumOf(used: Amounts, { cost, max }: { readonly cost: Amounts; readonly max: Amounts }): Amounts {
  const out: Partial<Record<Meter, bigint>> = {};
  for (const meter of METERS) if (max[meter] !== undefined) out[meter] = (used[meter] ?? 0n) + (cost[meter] ?? 0n);
  return out;
}
