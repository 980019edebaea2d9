/**
 * Admission of places in history (design 2.4): nobody claims a place further ahead than the next one. The envelopes of a push are
 * admitted in the order of their clocks, each at most one after the largest that was accepted or admitted before it.
 */
import { chainOfRef, REF_PREFIX, ruleFor } from '../chain/index.js';
import type { Oid } from '../git/index.js';
import { compareText, type GatosError, LIMITS } from '../kernel/index.js';
import { TRUST_CHAIN } from '../trust/index.js';
import { RULES } from '../verify/index.js';
import { type ChainJudges, headAt } from './chains.js';
import { gateError } from './errors.js';
import type { Arrival } from './facts.js';
import type { ChainUpdate } from './read-push.js';

/** The chains among which a clock counts: journals of one namespace, and trust; for all others every chain. */
const EVERYWHERE = '';

function spaceOf(chain: string): string {
  const [plane, ns] = chain.split('/');
  return plane === 'journal' ? `journal/${ns}/` : EVERYWHERE;
}

function nameOf(space: string): string {
  return space === EVERYWHERE ? 'the repository' : `namespace \`${space.split('/')[1]}\``;
}

/** The largest accepted clocks, looked at no further than it takes. */
class AcceptedClocks {
  readonly #largest = new Map<string, number>();
  readonly #left = new Map<string, Oid[]>();

  constructor(private readonly judges: Pick<ChainJudges, 'ports' | 'state'>) {}

  /** The largest clock of a space, or any that is at least `enough`. */
  async atLeast(space: string, enough: number): Promise<number> {
    const left = this.#left.get(space) ?? (await this.#heads(space));
    this.#left.set(space, left);
    let largest = this.#largest.get(space) ?? 0;
    for (let oid = largest < enough ? left.pop() : undefined; oid !== undefined; ) {
      const { clock } = await headAt(this.judges, oid);
      largest = Math.max(largest, clock);
      oid = largest < enough ? left.pop() : undefined;
    }
    this.#largest.set(space, largest);
    return largest;
  }

  /** Heads that can be read from the end: trust and journals come first. */
  async #heads(space: string): Promise<Oid[]> {
    const { refs } = this.judges.ports.backend;
    const below = await refs.list(REF_PREFIX + space);
    const trust = space === EVERYWHERE ? [] : await refs.list(REF_PREFIX + TRUST_CHAIN);
    const rank = (name: string): number => (name === REF_PREFIX + TRUST_CHAIN ? 2 : name.includes('/journal/') ? 1 : 0);
    return [...below, ...trust]
      .filter(({ name }) => {
        const rule = ruleFor(RULES, chainOfRef(name) ?? name);
        return rule !== null && rule.movement !== 'local';
      })
      .sort((a, b) => rank(a.name) - rank(b.name) || compareText(a.name, b.name))
      .map(({ oid }) => oid);
  }
}

/**
 * What the roots decide stands after all that they had seen (ADR-0006), which may be more than what was accepted here, and nobody
 * buys a place with it: it takes the threshold.
 */
function aheadOf({ chain, rule }: ChainUpdate): number {
  return chain === TRUST_CHAIN || rule.signed === 'by-threshold' ? LIMITS.gateClockAhead : 1;
}

/** The first envelope of each update that claims a place too far ahead. */
export async function refuseClocks(
  judges: Pick<ChainJudges, 'ports' | 'state'>,
  arrivals: readonly Arrival[],
): Promise<ReadonlyMap<ChainUpdate, GatosError>> {
  const faults = new Map<ChainUpdate, GatosError>();
  const accepted = new AcceptedClocks(judges);
  /** By space; what trust admits counts everywhere. */
  const admitted = new Map<string, number>();
  const sorted = [...arrivals].sort(
    (a, b) => a.envelope.clock - b.envelope.clock || compareText(a.envelope.chain, b.envelope.chain),
  );
  const raise = (space: string, clock: number) => admitted.set(space, Math.max(admitted.get(space) ?? 0, clock));
  for (const { update, envelope } of sorted) {
    if (faults.has(update)) continue;
    const { chain, clock, cid } = envelope;
    const space = spaceOf(chain);
    const seen = Math.max(admitted.get(space) ?? 0, admitted.get(TRUST_CHAIN) ?? 0);
    const ahead = aheadOf(update);
    const before = clock <= seen + ahead ? seen : Math.max(seen, await accepted.atLeast(space, clock - ahead));
    if (clock > before + ahead) {
      faults.set(update, gateError('clock-ahead', { cid, chain, clock, most: before + ahead, space: nameOf(space) }));
      continue;
    }
    raise(EVERYWHERE, clock);
    raise(space, clock);
    if (chain === TRUST_CHAIN) raise(TRUST_CHAIN, clock);
  }
  return faults;
}

const MICROS = 1_000_000;

/** The first envelope of each update that is signed for a time too far ahead of when the push was received. */
export function refuseTimes(
  arrivals: readonly Arrival[],
  { received, clockSkewSeconds: limit }: { readonly received: number; readonly clockSkewSeconds: number },
): ReadonlyMap<ChainUpdate, GatosError> {
  const faults = new Map<ChainUpdate, GatosError>();
  for (const { update, envelope } of arrivals) {
    const ahead = envelope.time - received;
    if (ahead <= limit * MICROS || faults.has(update)) continue;
    const { cid, chain } = envelope;
    faults.set(update, gateError('time-ahead', { cid, chain, ahead: Math.ceil(ahead / MICROS), limit }));
  }
  return faults;
}
