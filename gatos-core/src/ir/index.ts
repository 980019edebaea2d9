/**
 * Ring 5. Executes MYTHOS-IR: a bundle is checked as a whole before anything of it runs, tasks run within budgets that are counted, and
 * whatever touches the world goes through a port, under a capability, and leaves a receipt in the trace. Invariants: what was not checked
 * does not run; nothing is done beyond a budget; same bundle, same task, same answers: same trace, byte for byte.
 */
export {
  BLOB_CHUNK_GET_TOOL,
  BLOB_META_TYPE,
  BLOB_PUT_TOOL,
  type BlobMeta,
  blobChunkRequest,
  blobPutRequest,
  blobPutResponse,
} from './blob-ops.js';
export { BundleBuilder, type BundleMeta, type NewTask, reg } from './build.js';
export { type CheckedBundle, type CheckOptions, checkBundle } from './check.js';
export { type DisassembledOp, disassemble, showValue } from './disassemble.js';
export { irError } from './errors.js';
export { OPERATIONS } from './opcodes.js';
export type {
  BlobChunkAnswer,
  BlobChunkCall,
  BlobPutAnswer,
  BlobPutCall,
  EffectAnswer,
  EffectCall,
  EffectContext,
  HeldCapability,
  IrPorts,
} from './ports.js';
export type { Program } from './program.js';
export { type RunOutcome, runTask, type TaskRun } from './run.js';
export { bundleOfSource } from './source.js';
export { decodeTrace, encodeTrace, TRACE_MEDIA, traceId } from './trace.js';
export { type IrValue, valueJson } from './values.js';
