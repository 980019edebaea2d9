/** Uses that were counted: each by the key that the capability is for, with the sums that it makes, within every limit. */
import { type ChainEntry, indexedBody, recordBody, viewIndex } from '../chain/index.js';
import { formatHex } from '../codec/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { bytesEqual } from '../kernel/index.js';
import { ED25519 } from '../mythos/index.js';
import { sameAmounts, sumOf } from './count.js';
import { countedIn, exhaustion } from './counters.js';
import { capabilityError } from './errors.js';
import type { HeldCapability } from './held.js';
import { type Amounts, METERS, type Meter } from './kinds.js';
import { amountsOf } from './log.js';
import { usedChain } from './names.js';
import { USED_KIND, type Used, usedKey } from './schema.js';
import type { KnownCapabilities } from './verify-issued.js';

/** What a use of each kind takes: one call, job or run each time, and an amount of the rest. */
const COSTS: Readonly<Record<number, readonly Meter[]>> = {
  5: ['calls'],
  6: ['jobs', 'tokens', 'gpu_ms'],
  7: ['runs'],
  9: ['workers', 'cpu_us', 'io'],
  11: ['events'],
};
const ONE_EACH: ReadonlySet<Meter> = new Set(['calls', 'jobs', 'runs']);

/** Sums as they stood after a commit, and as they follow. */
export class KnownSums {
  readonly #known = new Map<string, Amounts>();

  constructor(
    private readonly backend: GitBackend,
    private readonly place: { readonly chain: string; readonly at: Oid | null },
  ) {}

  async of(id: string): Promise<Amounts> {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const found = await viewIndex(this.backend, this.place.chain, this.place.at).find(usedKey(id, null));
    return found === null ? {} : amountsOf(indexedBody(found, USED_KIND).amounts);
  }

  set(id: string, amounts: Amounts): void {
    this.#known.set(id, amounts);
  }
}

interface Known {
  readonly capabilities: KnownCapabilities;
  readonly sums: KnownSums;
}

/** Checks one envelope of a chain of uses. Throws `capabilities/*`. */
export async function checkUsed({ capabilities, sums }: Known, { envelope, signatures }: ChainEntry): Promise<void> {
  const { chain } = envelope;
  for (let i = 0; i < envelope.count; ) {
    const seq = envelope.seq + i;
    const bad = (why: string) => capabilityError('bad-record', { chain, seq, why });
    const use = recordBody(envelope, i++, USED_KIND);
    if (use.idem === null) throw bad('it is a sum without a use');
    const line = await capabilities.chainOf(formatHex(use.cap));
    const why = useFault(use, line, { chain, signers: signatures.map(({ key }) => key) });
    if (why !== null) throw bad(why);
    const cost = amountsOf(use.amounts);
    for (const { hex, id, max } of countedIn(line)) {
      const sum = i < envelope.count ? recordBody(envelope, i++, USED_KIND) : null;
      const used = await sums.of(hex);
      const fault = exhaustion(hex, { max, used, cost });
      if (fault !== null) throw fault;
      const amounts = sumOf(used, { cost, max });
      if (sum === null || sum.idem !== null || !bytesEqual(sum.cap, id) || !sameAmounts(sum.amounts, amounts))
        throw bad(`it does not make the sum of \`${hex.slice(0, 16)}…\` that follows from it`);
      sums.set(hex, amounts);
    }
  }
}

interface Place {
  readonly chain: string;
  /** Keys that signed the envelope. */
  readonly signers: readonly Uint8Array[];
}

function useFault(use: Used, line: readonly HeldCapability[], { chain, signers }: Place): string | null {
  const [held, root] = [line[0], line.at(-1)];
  if (held === undefined || root === undefined) return 'it is of no capability';
  const { subject, not_before, expires_at, scope } = held.capability;
  if (usedChain(root.hex) !== chain) return `its root is counted in \`${usedChain(root.hex)}\``;
  if (subject.scheme !== ED25519 || !signers.some((key) => bytesEqual(key, subject.key)))
    return 'it is not by whom the capability is for';
  if (BigInt(use.time) < not_before || BigInt(use.time) >= expires_at)
    return 'the capability did not count at that time';
  if (countedIn(line).length === 0) return 'nothing of the capability is counted';
  const meters = COSTS[scope.kind] ?? [];
  const odd = METERS.find((meter) => (use.amounts[meter] !== undefined) !== meters.includes(meter));
  if (odd !== undefined) return `\`${odd}\` ${meters.includes(odd) ? 'is missing' : 'is nothing that it takes'}`;
  const partial = meters.find((meter) => ONE_EACH.has(meter) && use.amounts[meter] !== 1);
  return partial === undefined ? null : `a use takes 1 of \`${partial}\`, not ${use.amounts[partial]}`;
}
