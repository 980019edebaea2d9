/** What a caller gets: the receipt, and what the tool answered. An answer that is not what the tool declares is told as a fault, every time. */
import {
  type CheckedCapability,
  decodeToolResponse,
  type Effect,
  effectError,
  formatHex,
  isGatosError,
  readEffectResponse,
  TOOL_DONE,
  type ToolResponse,
} from 'gatos-core';
import type { Receipt } from 'gatos-core/mythos';
import type { CallContext, Came } from './context.js';
import { gatewayError } from './errors.js';
import type { CalledTool } from './request.js';

function common({ prepared, chain }: CallContext) {
  const { name, id } = prepared.ready.tool;
  const { hex } = chain[0] as CheckedCapability['chain'][number];
  return { tool: { name, id: formatHex(id) }, capability: hex };
}

/** Throws `gateway/answer-refused`. */
function refuse({ prepared }: CallContext, receipt: Receipt, answer: ToolResponse | null): void {
  if (answer === null || answer.status === receipt.status || answer.status !== TOOL_DONE) return;
  const { name } = prepared.ready.tool;
  const why = receipt.notes ?? `its status is recorded as ${receipt.status}`;
  throw gatewayError('answer-refused', { tool: name, receipt: formatHex(receipt.receipt_id), why });
}

interface Called {
  readonly receipt: Receipt;
  readonly given: Came;
  readonly effect: string | null;
}

/** Of an invocation just now. Throws `gateway/answer-refused`. */
export function calledWith(context: CallContext, { receipt, given, effect }: Called): CalledTool {
  const { response, answer } = given;
  refuse(context, receipt, answer);
  const receiptId = formatHex(receipt.receipt_id);
  return { ...common(context), status: 'invoked', effect, receipt, receiptId, response, answer };
}

/** Of one before. Throws `gateway/answer-refused`, `effects/response-gone`. */
export async function replayed(context: CallContext, effect: Effect): Promise<CalledTool> {
  const { backend } = context.workspace;
  const { id } = effect.body;
  if (effect.outcome === null) throw effectError('no-such-effect', { id: formatHex(id) });
  const { receipt, response: kept } = effect.outcome;
  const response = kept === null ? null : await readEffectResponse(backend, id, kept);
  const answer = response === null ? null : answerIn(response);
  refuse(context, receipt, answer);
  return {
    ...common(context),
    status: 'replayed',
    effect: formatHex(id),
    receipt,
    receiptId: formatHex(receipt.receipt_id),
    response,
    answer,
  };
}

/** Null for bytes that are no answer, which only a resolution could have recorded. */
function answerIn(response: Uint8Array): ToolResponse | null {
  try {
    return decodeToolResponse(response);
  } catch (error) {
    if (isGatosError(error)) return null;
    throw error;
  }
}
