/**
 * What a run did, as bytes: the same bundle, the same task and the same answers of the ports give the same trace on every machine. It
 * holds digests of what was written to registers, the receipts themselves, and what was spent; no times of its own.
 */
import { sha256 } from '#hash';
import { decodeStruct, encodeStruct, TRACE, type Trace } from '../mythos/index.js';

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
