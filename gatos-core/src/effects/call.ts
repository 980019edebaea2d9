/** Opening a call with a key: a lease is taken before anything is invoked, or somebody else's outcome is found. */
import type { AppendRequest, WriterPorts } from '../chain/index.js';
import { formatHex, formatKey, formatTime } from '../codec/index.js';
import { bytesEqual, type GatosError, LIMITS } from '../kernel/index.js';
import { agentOf, EFFECT_REGISTER, encodeStruct, sealStruct, TOOL_DEF, type ToolDef } from '../mythos/index.js';
import type { Writer } from '../trust/index.js';
import type { Effect } from './entry.js';
import type { Entry } from './entry-shape.js';
import { effectError } from './errors.js';
import { resolveQuorumText } from './grants.js';
import { markOf } from './mark.js';
import { idempotencyId } from './names.js';
import { DIVERGENCE_KIND, REGISTER_KIND } from './schema.js';
import { type CallDecision, decideCall, divergentWhy, leaseEnd, shortDigest, stateOf, unknownWhy } from './state.js';
import { type Decided, takeStep } from './step.js';

/** What is to be invoked, as far as the ledger is concerned. */
export interface EffectCall {
  readonly def: ToolDef;
  /** 1 to LIMITS.eventKeyBytes bytes. */
  readonly key: Uint8Array;
  /** SHA-256 of the exact request bytes. */
  readonly request: Uint8Array;
  /** Id of the capability under which it is invoked. */
  readonly capability: Uint8Array;
}

export interface OpenCallRequest extends Writer {
  readonly call: EffectCall;
  /** Milliseconds that the lease lasts; at most LIMITS.effectLeaseMs. */
  readonly leaseMs: number;
  /** 16 random bytes of this call: whoever repeats it after a fault that hid that it went through has the lease. */
  readonly lease: Uint8Array;
  /** The largest clock of what is known of the call. */
  readonly seen?: number | undefined;
  /** What becomes visible together with the lease, such as the count of a capability. Left alone when no lease is taken. */
  readonly together?: readonly AppendRequest[] | undefined;
}

/** A lease that its holder knows to stand. */
export interface HeldEffect {
  readonly effect: Effect;
  readonly call: EffectCall;
}

export type OpenedCall =
  | { readonly what: 'registered'; readonly held: HeldEffect }
  /** Somebody else has it, until then at least (µs since the epoch). */
  | { readonly what: 'held'; readonly effect: Effect; readonly until: number }
  | { readonly what: 'replay'; readonly effect: Effect };

/**
 * Takes a lease on an idempotency id, or finds what stands of it. Throws `effects/idempotency-conflict` (a mark is recorded then, for
 * ever), `effects/divergent`, `effects/outcome-unknown`, `effects/discarded`, `effects/acted-without-receipt`, `effects/bad-lease`, what
 * `together` throws, and as `append`: no lease is held then, but for a fault that hid that it went through.
 */
export async function openCall(ports: WriterPorts, request: OpenCallRequest): Promise<OpenedCall> {
  const { call, leaseMs, lease, seen, together, ...writer } = request;
  const length = microsOf(leaseMs);
  const id = idempotencyId(call.def.tool_id, call.key);
  const decide = async (effect: Effect | null, now: number): Promise<Decided<OpenedCall>> => {
    if (effect !== null && stateOf(effect) === 'pending' && bytesEqual(effect.body.lease, lease))
      return { next: null, answer: () => ({ what: 'registered', held: { effect, call } }) };
    const decision = decideCall(effect, { request: call.request, now });
    if (decision.do === 'register') {
      const body = await registered({ call, id, lease, attempt: decision.attempt }, writer, { now, length });
      return { next: { kind: REGISTER_KIND, body }, answer: (made) => taken(made, call) };
    }
    return standing(effect as Effect, decision, { call, writer, now });
  };
  return takeStep(ports, { ...writer, id, seen, together, decide });
}

function taken(made: Effect | null, call: EffectCall): OpenedCall {
  return { what: 'registered', held: { effect: made as Effect, call } };
}

/** Throws `effects/bad-lease`. */
export function microsOf(leaseMs: number): number {
  const limit = LIMITS.effectLeaseMs;
  if (!Number.isSafeInteger(leaseMs) || leaseMs < 1 || leaseMs > limit)
    throw effectError('bad-lease', { ms: leaseMs, limit });
  return leaseMs * 1000;
}

interface Registering {
  readonly call: EffectCall;
  readonly id: Uint8Array;
  readonly lease: Uint8Array;
  readonly attempt: number;
}

async function registered(
  { call, id, lease, attempt }: Registering,
  { signer }: Writer,
  { now, length }: { readonly now: number; readonly length: number },
): Promise<Omit<Entry, 'replaces'>> {
  const { def, key, request, capability } = call;
  const register = await sealStruct(
    EFFECT_REGISTER,
    {
      idem_id: id,
      tool_id: def.tool_id,
      request_hash: request,
      idempotency_key: key,
      owner: agentOf(signer.key),
      lease_expires_at: BigInt(now + length),
      time_observed: BigInt(now),
    },
    signer,
  );
  const nothing = { ended: null, outcome: null, marks: [], resolution: null };
  const objects = { def: encodeStruct(TOOL_DEF, def), register: encodeStruct(EFFECT_REGISTER, register) };
  return { id, tool: def.tool_id, request, attempt, lease, capability, ...objects, ...nothing };
}

interface Asking {
  readonly call: EffectCall;
  readonly writer: Writer;
  readonly now: number;
}

/** What follows where nothing is to be invoked. */
async function standing(
  effect: Effect,
  decision: Exclude<CallDecision, { do: 'register' }>,
  { call, writer, now }: Asking,
): Promise<Decided<OpenedCall>> {
  switch (decision.do) {
    case 'wait':
      return { next: null, answer: () => ({ what: 'held', effect, until: decision.until }) };
    case 'replay':
      return { next: null, answer: () => ({ what: 'replay', effect }) };
    case 'refuse':
      throw refusal(effect, decision.why, writer);
  }
  const { replaces: _, ...body } = effect.body;
  const evidence = [body.request, call.request];
  const mark = await markOf(effect, { writer, now, reason: 'requestHashConflict', evidence, rival: null });
  const conflict = (): never => {
    throw conflictOf(effect, call);
  };
  return {
    next: { kind: DIVERGENCE_KIND, body: { ...body, resolution: null, marks: [...body.marks, mark] } },
    answer: conflict,
  };
}

function conflictOf({ body }: Effect, call: EffectCall): GatosError {
  return effectError('idempotency-conflict', {
    id: formatHex(body.id),
    recorded: shortDigest(body.request),
    asked: shortDigest(call.request),
  });
}

/** Why nothing is invoked for this id. */
function refusal(effect: Effect, why: Extract<CallDecision, { do: 'refuse' }>['why'], { trust }: Writer): GatosError {
  const id = formatHex(effect.body.id);
  const quorum = resolveQuorumText(trust.state);
  switch (why) {
    case 'divergent':
      return effectError('divergent', { id, quorum, why: divergentWhy(effect) });
    case 'unknown':
      return effectError('outcome-unknown', { id, quorum, why: unknownWhy(effect) });
    case 'discarded':
      return effectError('discarded', { id });
    case 'acted':
      return effectError('acted-without-receipt', { id });
  }
}

/** The refusal of somebody who does not wait any longer. */
export function heldError(effect: Effect): GatosError {
  const owner = `the key ${formatKey(effect.register.owner.key)}`;
  return effectError('held', { id: formatHex(effect.body.id), owner, until: formatTime(leaseEnd(effect)) });
}
