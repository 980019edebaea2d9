/** Invoking a tool: once for each lease, and whatever happens is said in the ledger. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  commitEffect,
  type EffectCall,
  effectError,
  endEffectCall,
  formatHex,
  GatosError,
  type HeldEffect,
  isGatosError,
  receiptOf,
  resolveQuorumText,
  TOOL_DONE,
} from 'gatos-core';
import type { Receipt } from 'gatos-core/mythos';
import type { Invoked as ToolInvoked } from '../tools/index.js';
import { type CallContext, type Came, LEASE_MS } from './context.js';
import { gatewayError } from './errors.js';
import { keepLease } from './keep-lease.js';
import type { CalledTool } from './request.js';
import { calledWith, replayed } from './results.js';

/** Status in the receipt of an answer that is not what the tool declares: the effect has happened, and the answer is no good. */
export const REFUSED = 502;

/**
 * Runs the tool. What did not act gives its lease back, what may have acted says so. Throws `effects/not-started`, `effects/no-answer`, the
 * reason of the signal.
 */
export async function invoke(context: CallContext, held: HeldEffect | null): Promise<Came> {
  const { request, prepared } = context;
  const runner = await before(context, held);
  let invoked: ToolInvoked;
  try {
    invoked = await runner.invoke(prepared.request, { signal: request.signal });
  } catch (error) {
    await end(context, held, { acted: 'unknown', why: `it was ended: ${messageOf(error)}` });
    throw error;
  } finally {
    await runner.release();
  }
  request.onStep?.('invoked');
  // Before anything is thrown: what a tool says when it fails is what its owner needs.
  if (invoked.log.length > 0) context.onLog?.({ tool: prepared.ready.tool.name, bytes: invoked.log });
  if (invoked.failure === undefined) return judged(context, invoked);
  const { outcome, why } = invoked.failure;
  const id = held === null ? null : formatHex(held.effect.body.id);
  await end(context, held, { acted: outcome === 'not-started' ? 'no' : 'unknown', why });
  if (outcome === 'not-started') throw effectError('not-started', { why });
  const quorum = resolveQuorumText(context.writer.trust.state);
  throw effectError('no-answer', { id, why, quorum, retrySafe: prepared.ready.tool.manifest.retry_safe });
}

/** The runner. Until it is told to invoke, certainly nothing has happened. */
async function before(context: CallContext, held: HeldEffect | null) {
  try {
    context.request.signal?.throwIfAborted();
    return await context.prepared.ready.take();
  } catch (error) {
    await end(context, held, { acted: 'no', why: messageOf(error) });
    throw error;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

interface Ending {
  readonly acted: 'no' | 'unknown';
  readonly why: string;
}

/** What goes wrong here changes nothing: then the lease ends by itself. */
async function end({ workspace }: CallContext, held: HeldEffect | null, ending: Ending): Promise<void> {
  if (held === null) return;
  const { repository } = workspace;
  try {
    await endEffectCall(repository.ports, { ...(await repository.writer()), held, ...ending });
  } catch (error) {
    if (!(error instanceof GatosError)) throw error;
  }
}

/** Holds what the tool says is done against its schema. */
function judged({ prepared }: CallContext, { response, answer }: Extract<ToolInvoked, { failure?: undefined }>): Came {
  if (answer.status !== TOOL_DONE) return { response, status: answer.status, answer };
  try {
    prepared.ready.checks.check('response', answer.body ?? null);
    return { response, status: answer.status, answer };
  } catch (error) {
    if (!isGatosError(error)) throw error;
    return { response, status: REFUSED, notes: error.message, answer };
  }
}

/** Under a lease: keeps it while the tool runs, then makes what came of it the outcome. */
export async function invokeHeld(context: CallContext, held: HeldEffect): Promise<CalledTool> {
  const { workspace, request } = context;
  const { repository } = workspace;
  const { leaseMs = LEASE_MS } = request;
  const renewals = keepLease({ ports: repository.ports, writer: () => repository.writer(), held, leaseMs });
  try {
    const came = await invoke(context, held);
    const receipt = await receiptFor(context, held.call, came);
    request.onStep?.('receipt');
    for (let attempt = 1; ; attempt++) {
      await renewals.stop();
      try {
        return await commit(context, held, { came, receipt });
      } catch (error) {
        if (!isTemporary(error)) throw error;
        if (attempt === TRIES) throw unrecorded(context, came, error);
      }
      renewals.start();
      await sleep(PAUSE_MS * 2 ** (attempt - 1));
    }
  } finally {
    await renewals.stop();
  }
}

/** An outcome is not lost to a disk that is full for a moment: so often it is tried again, the lease kept meanwhile. */
const TRIES = 6;
const PAUSE_MS = 500;

const PASSING = new Set(['chain/contended', 'git/ref-locked']);

/** May the same go through in a while? */
export function isTemporary(error: unknown): error is GatosError {
  return error instanceof GatosError && (error.kind === 'unavailable' || PASSING.has(error.code));
}

function receiptFor({ workspace, writer }: CallContext, call: EffectCall, came: Came): Promise<Receipt> {
  const { response, status, notes } = came;
  return receiptOf(workspace.repository.ports, call, { response, status, notes, signer: writer.signer });
}

interface Done {
  readonly came: Came;
  readonly receipt: Receipt;
}

async function commit(context: CallContext, held: HeldEffect, { came, receipt }: Done): Promise<CalledTool> {
  const { repository } = context.workspace;
  const request = { ...(await repository.writer()), held, receipt, response: came.response };
  const { effect } = await commitEffect(repository.ports, request);
  context.request.onStep?.('committed');
  const stands = effect.outcome?.receipt ?? receipt;
  // Of two invocations that answered the same one is recorded, and counts.
  if (formatHex(stands.receipt_id) !== formatHex(receipt.receipt_id)) return replayed(context, effect);
  return calledWith(context, { receipt, given: came, effect: formatHex(held.effect.body.id) });
}

function unrecorded({ prepared }: CallContext, { status }: Came, error: GatosError): GatosError {
  const { name } = prepared.ready.tool;
  return gatewayError('not-recorded', { tool: name, status, why: error.message }, { cause: error });
}
