/** Resolving: what nobody knows, or what contradicts itself, is settled by people who were granted to do so. */
import type { WriterPorts } from '../chain/index.js';
import { type Cid, formatHex } from '../codec/index.js';
import { type GovernancePorts, type Ledger, readLedger } from '../governance/index.js';
import { bytesEqual, isGatosError, LIMITS, type LongCall } from '../kernel/index.js';
import { checkStruct, decodeStruct, RECEIPT, type Receipt } from '../mythos/index.js';
import type { Writer } from '../trust/index.js';
import type { Effect } from './entry.js';
import type { Entry, KeptOutcome, ResolvedAs } from './entry-shape.js';
import { effectError } from './errors.js';
import { grantFault, resolveQuorumText } from './grants.js';
import { historyOf } from './history.js';
import { oneLine } from './lease.js';
import { idempotencyId } from './names.js';
import { keepResponse } from './outcome.js';
import { RESOLVED_KIND } from './schema.js';
import { resolvable, stateAt } from './state.js';
import { type Decided, takeStep } from './step.js';

/** The receipt to accept: by its id where it stands in the ledger (an outcome, or one that contradicts it), or its bytes. */
export type AcceptedReceipt =
  | { readonly id: Uint8Array }
  | { readonly bytes: Uint8Array; readonly response?: Uint8Array | undefined };

export interface ResolveRequest extends Writer, LongCall {
  readonly id: Uint8Array;
  readonly as: ResolvedAs;
  /** Record of the grant. */
  readonly grant: Cid;
  /** One line. */
  readonly why: string;
  /** With `acted`. Default: the outcome that stands, if there is one. */
  readonly accept?: AcceptedReceipt | undefined;
}

/**
 * Records a resolution. Throws `effects/no-such-effect`, `effects/nothing-to-resolve`, `effects/bad-resolution`, `effects/not-granted`, and
 * as `append`.
 */
export async function resolveEffect(ports: GovernancePorts & WriterPorts, request: ResolveRequest): Promise<Effect> {
  const { id, as, grant, why, accept, signal, progress, ...writer } = request;
  if (accept !== undefined && as !== 'acted') throw bad(id, `a receipt belongs to \`acted\`, not to \`${as}\``);
  const ledger = await readLedger(ports, { trust: writer.trust, granted: true, signal, progress });
  const used = await timesUsed(ports, request);
  const decide = (effect: Effect | null, now: number): Decided<Effect> => {
    if (effect === null) throw effectError('no-such-effect', { id: formatHex(id) });
    const allowed = resolvable(effect, now);
    if (allowed === null) throw effectError('nothing-to-resolve', { id: formatHex(id), state: stateAt(effect, now) });
    if (!allowed.includes(as)) throw bad(id, `it has a receipt; it can be resolved as ${allowed.join(' or ')}`);
    requireGrant(ledger, { id, as, grant, by: writer.actor, time: now, policyRoot: writer.policyRoot, used });
    const outcome = as === 'acted' ? accepted(ports, effect, accept) : null;
    const { replaces: _, ...rest } = effect.body;
    const body = { ...rest, ended: null, marks: [], outcome, resolution: { as, grant, why: oneLine(why) } };
    return { next: { kind: RESOLVED_KIND, body }, answer: (made) => made as Effect };
  };
  return takeStep(ports, { ...writer, id, seen: ledger.clock, decide });
}

function bad(id: Uint8Array, why: string) {
  return effectError('bad-resolution', { id: formatHex(id), why });
}

function requireGrant(ledger: Ledger, use: Parameters<typeof grantFault>[1]): void {
  const fault = grantFault(ledger, use);
  if (fault === null) return;
  const [id, grant, quorum] = [formatHex(use.id), String(use.grant), resolveQuorumText(ledger.trust.state)];
  throw effectError('not-granted', { id, grant, quorum, why: fault.why });
}

/** How often a grant was used for this id. */
async function timesUsed({ backend }: WriterPorts, { id, grant, signal, progress }: ResolveRequest): Promise<number> {
  const records = await historyOf(backend, id, { signal, progress });
  return records.filter(({ record }) => usesGrant(record.body, grant)).length;
}

function usesGrant(body: object, grant: Cid): boolean {
  const { resolution } = body as Partial<Entry>;
  return resolution?.grant.equals(grant) === true;
}

/** The outcome that the resolution lets stand. Throws `effects/bad-resolution`. */
function accepted(
  ports: GovernancePorts & WriterPorts,
  effect: Effect,
  accept: AcceptedReceipt | undefined,
): KeptOutcome | null {
  if (accept === undefined) return effect.body.outcome;
  return 'id' in accept ? named(effect, accept.id) : given(ports, effect, accept);
}

function named({ body, outcome, marks }: Effect, id: Uint8Array): KeptOutcome {
  if (outcome !== null && bytesEqual(outcome.receipt.receipt_id, id)) return body.outcome as KeptOutcome;
  for (const { rival } of marks) {
    if (rival === null || !bytesEqual(decodeStruct(RECEIPT, rival.receipt).receipt_id, id)) continue;
    return { receipt: rival.receipt, commit: null, response: rival.response };
  }
  throw bad(body.id, `there is no receipt \`${formatHex(id)}\` of it here; give its bytes`);
}

function given(
  ports: GovernancePorts & WriterPorts,
  { body, outcome }: Effect,
  { bytes, response }: { readonly bytes: Uint8Array; readonly response?: Uint8Array | undefined },
): KeptOutcome {
  const receipt = opened(ports, body.id, bytes);
  if (!bytesEqual(receipt.tool_id, body.tool)) throw bad(body.id, 'the receipt is of another tool');
  if (!bytesEqual(receipt.request_hash, body.request)) throw bad(body.id, 'the receipt is of another request');
  if (!bytesEqual(idempotencyId(body.tool, receipt.idempotency_key), body.id))
    throw bad(body.id, 'the receipt is of another key');
  if (outcome !== null && bytesEqual(outcome.receipt.receipt_id, receipt.receipt_id))
    return body.outcome as KeptOutcome;
  if (response === undefined) return { receipt: bytes, commit: null, response: null };
  const kept = keepResponse(ports, response).response;
  if (!bytesEqual(kept.hash, receipt.response_hash)) throw bad(body.id, 'the receipt is of another response');
  // Nothing is attached to a resolution, and a response that is let go in silence would be missed when it is asked for.
  if (kept.inline === undefined)
    throw bad(body.id, `a resolution holds a response of at most ${LIMITS.effectInlineBytes} bytes, not ${kept.size}`);
  return { receipt: bytes, commit: null, response: kept };
}

function opened({ engine }: GovernancePorts, id: Uint8Array, bytes: Uint8Array): Receipt {
  try {
    const receipt = decodeStruct(RECEIPT, bytes);
    checkStruct(RECEIPT, receipt, { engine });
    return receipt;
  } catch (error) {
    if (isGatosError(error)) throw bad(id, error.message);
    throw error;
  }
}
