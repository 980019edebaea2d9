/**
 * Runners of programs that see nothing of the machine: `quickjs` (JavaScript) and `wasm` (WASI preview 1).
 *
 * Invariants: a program runs in a thread of its own, within bounds on time, memory, files and output; nothing of the host reaches it;
 * what it gives follows from program, inputs, arguments and variables.
 */
export { sandboxedError } from './errors.js';
export { quickjsRunner } from './quickjs-runner.js';
export type { SandboxedOptions, SandboxedRunner } from './sandbox-runner.js';
export { type WasmCall, type WasmCallEnd, type WasmCalls, wasmCalls } from './wasm-calls.js';
export { wasmRunner } from './wasm-runner.js';
