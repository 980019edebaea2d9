/**
 * Tools that are modules of WebAssembly. A module imports nothing, so it can act on nothing: whatever happens in it, a failure is one of a
 * call that certainly did not act.
 */
import { type WasmCallEnd, type WasmCalls, wasmCalls } from '../runners/index.js';
import { type FailureCode, NO_LOG, notStarted, type RawCall } from './runner.js';
import type { ToolSettings } from './settings.js';

/** Calls of one tool that run at once. */
const CONCURRENCY = 2;

export function wasmRaw(
  module: Uint8Array,
  { thread }: Pick<ToolSettings, 'thread'>,
): { readonly call: RawCall; close(): Promise<void> } {
  let calls: WasmCalls | undefined;
  const call: RawCall = async (request, { limits, signal }) => {
    calls ??= wasmCalls({ concurrency: CONCURRENCY, thread });
    const { time_ms: timeMs, memory_bytes: memoryBytes, response_bytes: responseBytes } = limits;
    const end = await calls.call({ module, request, memoryBytes, responseBytes, timeMs, signal });
    return end.response === undefined ? failureOf(end) : { response: end.response, log: NO_LOG };
  };
  return { call, close: async () => calls?.close() };
}

function failureOf({ fault, why }: Exclude<WasmCallEnd, { readonly response: Uint8Array }>) {
  const code: FailureCode = fault;
  return notStarted(code, why);
}
