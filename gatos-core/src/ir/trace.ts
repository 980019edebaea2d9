/**
 * What a run did, as bytes: the same bundle, the same task and the same answers of the ports give the same trace on every machine. It
 * holds digests of what was written to registers, the receipts themselves, and what was spent; no times of its own.
 */
import { sha256 } from '#hash';
import {
  AGENT_ID,
  any,
  code,
  decodeStruct,
  encodeStruct,
  f,
  hash,
  list,
  opt,
  RECEIPT,
  type StructOf,
  struct,
  text,
  u8,
  u16,
  u32,
  u64,
} from '../mythos/index.js';

export const TRACE_STEP = struct('TraceStep', {
  op: f(1, u32, 'index of the operation'),
  opcode: f(2, u8, 'its code'),
  outputs: f(3, list(hash), 'SHA-256 of the values that it wrote, in the order of its operands'),
  cap_id: opt(4, hash, 'the capability that it required'),
  receipt_id: opt(5, hash, 'the receipt of its effect'),
});
export type TraceStep = StructOf<typeof TRACE_STEP>;

export const TRACE_FAILURE = struct('TraceFailure', {
  code: f(1, text, 'the code of the fault'),
  op: f(2, u32, 'index of the operation'),
  budget: opt(3, text, 'the budget that is used up'),
});

/** How a run ended. */
export const TRACE_OUTCOME = { halted: 1, returned: 2, failed: 3 } as const;

/** Ours: the trace of one run of one task. */
export const TRACE = struct('Trace', {
  version: f(1, u16, 'version of this format: 1'),
  bundle: f(2, hash, 'SHA-256 of the bundle'),
  task_id: f(3, hash, 'the task'),
  agent: f(4, AGENT_ID.field, 'who executed it'),
  steps: f(5, list(TRACE_STEP.field), 'operations, as they were done'),
  outcome: f(6, code({ 1: 'halted', 2: 'returned', 3: 'failed' }), 'how it ended'),
  result: opt(7, any, 'what was returned'),
  failure: opt(8, TRACE_FAILURE.field, 'why it failed'),
  cpu_us: f(9, u64, 'processor time, counted'),
  io_count: f(10, u32, 'effects'),
  state_writes: f(11, u32, 'writes of state'),
  receipts: f(12, list(RECEIPT.field), 'receipts of the effects, in order'),
});
export type Trace = StructOf<typeof TRACE>;

/** Media type of a stored trace. */
export const TRACE_MEDIA = 'application/vnd.gatos.trace';

export function encodeTrace(trace: Trace): Uint8Array {
  return encodeStruct(TRACE, trace);
}

/** Throws `mythos/malformed`. */
export function decodeTrace(bytes: Uint8Array): Trace {
  return decodeStruct(TRACE, bytes);
}

/** The id of a trace: SHA-256 of its bytes. */
export function traceId(trace: Trace): Uint8Array {
  return sha256(encodeTrace(trace));
}
