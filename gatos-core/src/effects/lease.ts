/** Keeping a lease while a tool runs, and giving it back when it certainly did not act, or when nobody knows. */
import type { WriterPorts } from '../chain/index.js';
import { LIMITS } from '../kernel/index.js';
import { EFFECT_REGISTER, encodeStruct, sealStruct } from '../mythos/index.js';
import type { Writer } from '../trust/index.js';
import { type HeldEffect, microsOf } from './call.js';
import type { Effect } from './entry.js';
import type { Acted } from './entry-shape.js';
import { ENDED_KIND, REGISTER_KIND } from './schema.js';
import { isHeldBy, leaseEnd, stateOf } from './state.js';
import { type Decided, takeStep } from './step.js';

/**
 * Makes a lease last from now on. False when it cannot be kept any more: somebody took over, or the id is divergent or resolved; what the
 * tool answers is recorded all the same. Throws `effects/bad-lease`, and as `append`.
 */
export async function renewLease(
  ports: WriterPorts,
  { held, leaseMs, ...writer }: Writer & { readonly held: HeldEffect; readonly leaseMs: number },
): Promise<boolean> {
  const length = microsOf(leaseMs);
  const decide = async (effect: Effect | null, now: number): Promise<Decided<boolean>> => {
    if (effect === null || stateOf(effect) !== 'pending' || !isHeldBy(effect, held.effect.body))
      return { next: null, answer: () => false };
    if (now + length <= leaseEnd(effect)) return { next: null, answer: () => true };
    const { signature: _, ...before } = effect.register;
    const draft = { ...before, lease_expires_at: BigInt(now + length), time_observed: BigInt(now) };
    const register = encodeStruct(EFFECT_REGISTER, await sealStruct(EFFECT_REGISTER, draft, writer.signer));
    const { replaces: __, ...body } = effect.body;
    return { next: { kind: REGISTER_KIND, body: { ...body, register } }, answer: () => true };
  };
  return takeStep(ports, { ...writer, id: held.effect.body.id, decide });
}

export interface EndRequest extends Writer {
  readonly held: HeldEffect;
  /** `no`: the tool certainly did not act, and the next caller may invoke it at once. */
  readonly acted: Acted;
  /** One line. */
  readonly why: string;
}

/**
 * Says that an invocation has no outcome. Does nothing when the lease is not held any more: whoever has it now decides. Throws as `append`;
 * it may be repeated, and without it the lease just ends.
 */
export async function endCall(ports: WriterPorts, { held, acted, why, ...writer }: EndRequest): Promise<void> {
  const decide = (effect: Effect | null): Decided<void> => {
    const ours = effect !== null && isHeldBy(effect, held.effect.body);
    if (!ours || effect.body.ended !== null || effect.outcome !== null || effect.body.resolution !== null)
      return { next: null, answer: () => undefined };
    const { replaces: _, ...body } = effect.body;
    return {
      next: { kind: ENDED_KIND, body: { ...body, ended: { acted, why: oneLine(why) } } },
      answer: () => undefined,
    };
  };
  await takeStep(ports, { ...writer, id: held.effect.body.id, decide });
}

/** What may stand in a record: one line of bounded length, without half a character at its end. */
export function oneLine(text: string): string {
  const line = text
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029\ufeff]+/gu, ' ')
    .trim();
  // A UTF-16 unit takes at most three bytes.
  const most = Math.floor(LIMITS.effectReasonBytes / 3);
  return line.length <= most ? line : line.slice(0, most).replace(/[\ud800-\udbff]$/, '');
}
