/** Adapters of folds: the sandbox engine from the installed package. Its code is loaded when it is first asked for. */
import type { SandboxEngine } from '../../src/fold/index.js';

/** The engine, compiled once for the process. Throws `fold/engine-unknown`, and what reading the binary throws. */
export async function loadEngine(): Promise<SandboxEngine> {
  return (await import('./engine.js')).loadEngine();
}

/** Bytes of the engine's wasm binary: of `at` when given (a path or a `file:` URL), else of the installed package. */
export async function loadEngineWasm(at?: string | URL): Promise<Uint8Array> {
  return (await import('./engine.js')).loadEngineWasm(at);
}
