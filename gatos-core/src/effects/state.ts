/**
 * The state machine of an idempotency id (design 4.5), without any reading or writing: what stands, what is asked, what time it is, and
 * what follows from that.
 *
 *     absent ─ register ─▸ pending ─ commit ─▸ committed
 *       a lease that ended: pending again (another lease) when the tool may be invoked again, else unknown
 *       an invocation that certainly did not act: released, and the next caller registers
 *       another request, another response, another commit: divergent, for ever
 *       unknown and divergent: resolved, by a grant
 */
import { formatHex } from '../codec/index.js';
import { bytesEqual, LIMITS } from '../kernel/index.js';
import { DIVERGENCE } from '../mythos/index.js';
import type { Effect } from './entry.js';
import type { ResolvedAs } from './entry-shape.js';

export type State = 'pending' | 'released' | 'unknown' | 'committed' | 'divergent' | 'resolved';

/** When the lease of a register ends, µs since the epoch. */
export function leaseEnd({ register }: Pick<Effect, 'register'>): number {
  return Number(register.lease_expires_at);
}

/** May its tool be invoked again when nobody knows whether it acted? As the tool's definition says. */
export function isRetrySafe({ def }: Pick<Effect, 'def'>): boolean {
  return def.effect?.retry_safe === true;
}

/**
 * How an id stands, whatever the time is: a pending one has a lease that may have ended long ago, and then it is unknown whether its tool
 * has acted.
 */
export function stateOf({ body }: Pick<Effect, 'body'>): State {
  if (body.resolution !== null) return 'resolved';
  if (body.marks.length > 0) return 'divergent';
  if (body.outcome !== null) return 'committed';
  if (body.ended !== null) return body.ended.acted === 'no' ? 'released' : 'unknown';
  return 'pending';
}

/** As `stateOf`, at a time: what nobody invokes any more is unknown. */
export function stateAt(effect: Effect, now: number): State {
  const state = stateOf(effect);
  return state === 'pending' && hasEnded(effect, now) ? 'unknown' : state;
}

/** Has the lease ended so long ago that clocks cannot differ about it? */
export function hasEnded(effect: Pick<Effect, 'register'>, now: number): boolean {
  return now >= leaseEnd(effect) + LIMITS.leaseSkew;
}

/** Why it is unknown whether the tool has acted. */
export function unknownWhy({ body }: Pick<Effect, 'body'>): string {
  return body.ended?.acted === 'unknown' ? body.ended.why : 'whoever invoked the tool did not come back in time';
}

const REASONS: Readonly<Record<number, string>> = {
  [DIVERGENCE.requestHashConflict]: 'its key was used for two requests',
  [DIVERGENCE.responseHashConflict]: 'its tool answered differently',
  [DIVERGENCE.multipleCommits]: 'it has two outcomes',
};

/** Why it is divergent. */
export function divergentWhy({ marks }: Pick<Effect, 'marks'>): string {
  return marks.map(({ opened }) => REASONS[opened.reason] ?? `reason ${opened.reason}`).join(', ');
}

/** What is to be done for somebody who wants the tool invoked. */
export type CallDecision =
  /** Nobody has: take a lease, then invoke. */
  | { readonly do: 'register'; readonly attempt: number }
  /** Somebody does: until then at least. */
  | { readonly do: 'wait'; readonly until: number }
  /** It was: answer with what came of it. */
  | { readonly do: 'replay' }
  /** The key is of another request: mark it, and refuse. */
  | { readonly do: 'mark' }
  | { readonly do: 'refuse'; readonly why: 'divergent' | 'unknown' | 'discarded' | 'acted' };

export interface Asked {
  /** SHA-256 of the exact request bytes. */
  readonly request: Uint8Array;
  /** µs since the epoch. */
  readonly now: number;
}

/** Decides on what stands of the id, null: nothing. */
export function decideCall(effect: Effect | null, { request, now }: Asked): CallDecision {
  if (effect === null) return { do: 'register', attempt: 1 };
  const state = stateOf(effect);
  const again = { do: 'register', attempt: effect.body.attempt + 1 } as const;
  if (state === 'divergent') return { do: 'refuse', why: 'divergent' };
  const as = effect.body.resolution?.as;
  if (as === 'discard') return { do: 'refuse', why: 'discarded' };
  if (as === 'not-acted') return again;
  if (!bytesEqual(effect.body.request, request)) return { do: 'mark' };
  switch (state) {
    case 'committed':
      return { do: 'replay' };
    case 'resolved':
      return effect.outcome === null ? { do: 'refuse', why: 'acted' } : { do: 'replay' };
    case 'released':
      return again;
    case 'pending':
      if (!hasEnded(effect, now)) return { do: 'wait', until: leaseEnd(effect) + LIMITS.leaseSkew };
  }
  return isRetrySafe(effect) ? again : { do: 'refuse', why: 'unknown' };
}

/** Whose lease it is: of the same attempt, and the same random bytes. */
export interface LeaseToken {
  readonly attempt: number;
  readonly lease: Uint8Array;
}

export function isHeldBy({ body }: Pick<Effect, 'body'>, { attempt, lease }: LeaseToken): boolean {
  return body.attempt === attempt && bytesEqual(body.lease, lease);
}

/** What is to be done with the outcome of an invocation. */
export type OutcomeDecision =
  | { readonly do: 'commit' }
  /** It stands already: this very one, or one that says the same. */
  | { readonly do: 'exists' }
  /** The tool answered differently: mark it. */
  | { readonly do: 'mark' }
  /** The lease was lost: keep the receipt by itself. */
  | { readonly do: 'keep' };

export interface Answered extends LeaseToken {
  readonly request: Uint8Array;
  /** SHA-256 of the exact response bytes. */
  readonly response: Uint8Array;
}

/** Decides on what stands of the id. */
export function decideOutcome(effect: Effect, answered: Answered): OutcomeDecision {
  const { outcome, body, marks } = effect;
  if (body.resolution !== null || !bytesEqual(body.request, answered.request)) return { do: 'keep' };
  if (outcome === null) return isHeldBy(effect, answered) && body.ended === null ? { do: 'commit' } : { do: 'keep' };
  if (bytesEqual(outcome.receipt.response_hash, answered.response)) return { do: 'exists' };
  const told = marks.some(({ opened }) => opened.reason === DIVERGENCE.responseHashConflict);
  return { do: told ? 'keep' : 'mark' };
}

/** What may be done about an id by a resolution, now; null: nothing. */
export function resolvable(effect: Effect, now: number): readonly ResolvedAs[] | null {
  const state = stateAt(effect, now);
  if (state !== 'unknown' && state !== 'divergent') return null;
  // While somebody may still be invoking the tool it is too early to say what has happened.
  const open = effect.outcome === null && effect.body.ended === null;
  if (open && !hasEnded(effect, now)) return null;
  return effect.outcome === null ? ['acted', 'not-acted', 'discard'] : ['acted', 'discard'];
}

/** For messages: the first digits of a digest. */
export function shortDigest(digest: Uint8Array): string {
  return `${formatHex(digest).slice(0, 16)}…`;
}
