/** Ours: what an execution of MYTHOS-IR leaves, and the requests of its blob operations, whose digests stand in their receipts. */

import { AGENT_ID } from './core.js';
import { RECEIPT } from './effects.js';
import { any, code, hash, list, text, u8, u16, u32, u64 } from './fields.js';
import { f, type Infer, opt, struct } from './struct.js';

export const TRACE_STEP = struct('TraceStep', {
  op: f(1, u32, 'index of the operation'),
  opcode: f(2, u8, 'its code'),
  outputs: f(3, list(hash), 'SHA-256 of the values that it wrote, in the order of its operands'),
  cap_id: opt(4, hash, 'the capability that it required'),
  receipt_id: opt(5, hash, 'the receipt of its effect'),
});
export type TraceStep = Infer<typeof TRACE_STEP>;

export const TRACE_FAILURE = struct('TraceFailure', {
  code: f(1, text, 'the code of the fault'),
  op: f(2, u32, 'index of the operation'),
  budget: opt(3, text, 'the budget that is used up'),
});

/** How a run ended. */
export const TRACE_OUTCOME = { halted: 1, returned: 2, failed: 3 } as const;

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
export type Trace = Infer<typeof TRACE>;

export const BLOB_PUT_REQUEST = struct('BlobPutRequest', {
  content: f(1, hash, 'SHA-256 of the bytes'),
  size: f(2, u64, 'how many'),
  media: f(3, text, 'media type'),
  namespace: f(4, text, 'what a capability to write names'),
});

export const BLOB_CHUNK_REQUEST = struct('BlobChunkRequest', {
  cid: f(1, hash, 'root of the chunk tree'),
  index: f(2, u64, 'the chunk'),
});
