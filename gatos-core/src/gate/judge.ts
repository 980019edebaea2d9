/**
 * The gate: one path for every door. Trust and policy are those that were accepted before; what a push adds to trust is judged first,
 * and then its other chains by trust as it would be. Whatever cannot be checked is refused.
 */
import type { Cid } from '../codec/index.js';
import { compareText, type GatosError, LIMITS, type LongCall } from '../kernel/index.js';
import type { ActivePolicy } from '../policy/index.js';
import { TRUST_CHAIN } from '../trust/index.js';
import { type ChainJudges, verifySpan } from './chains.js';
import { refuseClocks, refuseTimes } from './clocks.js';
import { type Decided, decide } from './decide.js';
import { gateError } from './errors.js';
import type { Arrival } from './facts.js';
import type { Judgement, Refusal } from './judgement.js';
import { overlay } from './overlay.js';
import { refusePlanes } from './planes.js';
import { acceptedPolicy } from './policy.js';
import { termsOf } from './profile.js';
import type { GatePorts, Push, RefUpdate } from './push.js';
import { type ChainUpdate, concernsGatos, type PrunedRef, readPush, sortUpdates } from './read-push.js';
import { refuse, refuseAny } from './refusal.js';
import { refuseSealed } from './seals.js';
import { GateState } from './state.js';
import { type TrustView, viewTrust } from './trust.js';

export interface JudgeOptions extends LongCall {
  /** What a gate that stays remembers; absent: nothing. It changes how long a judgement takes, never what it says. */
  readonly state?: GateState | undefined;
  /** The genesis that this repository was pinned to. */
  readonly pin?: Cid | undefined;
}

const ALLOWED: Judgement = {
  verdict: 'allow',
  refusals: [],
  warnings: [],
  input: null,
  decision: null,
  policyRoot: null,
  codeRoot: null,
  uses: [],
};

/** Judges a push. Never throws: a fault while judging, an aborted signal too, is a refusal by `gate/could-not-check`. */
export async function judgePush(ports: GatePorts, push: Push, options: JudgeOptions = {}): Promise<Judgement> {
  try {
    return await new Gate(ports, push, options).judge();
  } catch (error) {
    return { ...ALLOWED, verdict: 'deny', refusals: [refuseAny(error)] };
  }
}

class Gate {
  readonly #state: GateState;

  constructor(
    private readonly ports: GatePorts,
    private readonly push: Push,
    private readonly options: JudgeOptions,
  ) {
    this.#state = options.state ?? new GateState();
  }

  async judge(): Promise<Judgement> {
    const { backend } = this.ports;
    const policy = await acceptedPolicy(backend, this.#state);
    // An ordinary push to a repository without a policy is none of our business, whatever it holds.
    if (policy === null && !this.push.updates.some(concernsGatos)) return ALLOWED;
    const updates = readPush(this.push, backend.objects.format);
    if (updates.length > LIMITS.gateUpdates) {
      const count = updates.length;
      throw gateError('limit', { what: 'ref updates', count, limit: LIMITS.gateUpdates });
    }
    this.options.signal?.throwIfAborted();
    const { chains, pruned, faults } = await sortUpdates(backend, updates);
    const refusals = faults.map(({ update, fault }) => refuse(fault, update));
    const trustUpdate = chains.find(({ chain }) => chain === TRUST_CHAIN) ?? null;
    const { ports, options } = this;
    const trust = await viewTrust({ ports, state: this.#state, pin: options.pin }, trustUpdate);
    if (trust.fault !== null && trustUpdate !== null) refusals.push(refuse(trust.fault, trustUpdate));
    const arrivals = refusals.length === 0 ? await this.#chains({ chains, pruned, trust, refusals }) : [];
    if (refusals.length > 0) return { ...denied(refusals, policy), signers: signersOf(arrivals) };
    if (policy === null) return ALLOWED;
    return this.#policy(policy, { updates, arrivals, trust });
  }

  /** Verifies the chains; what is wrong with them is added to the refusals. */
  async #chains({
    chains,
    pruned,
    trust,
    refusals,
  }: {
    readonly chains: readonly ChainUpdate[];
    readonly pruned: readonly PrunedRef[];
    readonly trust: TrustView;
    readonly refusals: Refusal[];
  }): Promise<readonly Arrival[]> {
    const { extended, accepted } = trust;
    if (chains.length === 0 && pruned.length === 0) return [];
    if (extended === null) {
      refusals.push(
        ...[...chains, ...pruned].map((update) => refuse(gateError('unfounded', { ref: update.name }), update)),
      );
      return [];
    }
    const { ports, options } = this;
    const state = this.#state;
    const terms = termsOf(extended.state.profile);
    const { received } = this.push;
    const room = LIMITS.gateEnvelopes - trust.arrivals.length;
    const judges: ChainJudges = { ports, state, accepted, extended, terms, room };
    const note = (faults: ReadonlyMap<ChainUpdate, GatosError>): void => {
      for (const [update, fault] of faults) refusals.push(refuse(fault, update));
    };
    const arrivals: Arrival[] = [...trust.arrivals];
    for (const update of chains) {
      if (update.chain === TRUST_CHAIN) continue;
      const verified = await verifySpan(judges, update, options);
      arrivals.push(...verified.arrivals);
      if (verified.fault !== null) refusals.push(refuse(verified.fault, update));
      options.signal?.throwIfAborted();
    }
    if (refusals.length > 0) return arrivals;
    note(refuseTimes(arrivals, { received, clockSkewSeconds: terms.clockSkewSeconds }));
    note(await refuseClocks(judges, arrivals));
    if (terms.sealWindows) note(await refuseSealed(judges, arrivals));
    if (refusals.length > 0) return arrivals;
    const after = overlay(ports.backend, [...chains, ...pruned]);
    refusals.push(...(await refusePlanes({ ...judges, after, pruned }, chains, options)));
    return arrivals;
  }

  async #policy(
    policy: ActivePolicy,
    {
      updates,
      arrivals,
      trust,
    }: {
      readonly updates: readonly RefUpdate[];
      readonly arrivals: readonly Arrival[];
      readonly trust: TrustView;
    },
  ): Promise<Judgement> {
    const { accepted } = trust;
    if (accepted === null) throw gateError('could-not-check', { why: 'there is a policy, and no trust chain' });
    const { ports, push, options } = this;
    const context = { ports, state: this.#state, push, policy, trust: accepted };
    const decided = await decide(context, { updates, arrivals }, options);
    const signers = [...signersOf(arrivals), ...decided.signers];
    return { ...judged(decided, policy), signers: [...new Set(signers)].sort(compareText) };
  }
}

function signersOf(arrivals: readonly Arrival[]): readonly string[] {
  return [...new Set(arrivals.flatMap(({ envelope }) => envelope.keys))].sort(compareText);
}

function byRef(refusals: readonly Refusal[]): readonly Refusal[] {
  const sorted = [...refusals].sort((a, b) => compareText(a.ref ?? '', b.ref ?? ''));
  if (sorted.length <= LIMITS.gateRefusals) return sorted;
  const count = sorted.length;
  const more = refuse(gateError('limit', { what: 'refusals', count, limit: LIMITS.gateRefusals }));
  return [...sorted.slice(0, LIMITS.gateRefusals), more];
}

/** Without asking policies: they judge what is valid. */
function denied(refusals: readonly Refusal[], policy: ActivePolicy | null): Judgement {
  return { ...ALLOWED, verdict: 'deny', refusals: byRef(refusals), policyRoot: policy?.root ?? null };
}

function judged(
  { verdict, input, decision, refusals, warnings, uses }: Decided,
  { root, codeRoot }: ActivePolicy,
): Judgement {
  return {
    verdict,
    refusals: byRef(refusals),
    warnings: byRef(warnings),
    input,
    decision,
    policyRoot: root,
    codeRoot,
    uses,
  };
}
