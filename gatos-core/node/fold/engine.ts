/** The sandbox engine in Node: the wasm binary comes from the installed package. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createEngine, type SandboxEngine } from '../../src/fold/index.js';

/** What the package calls its binary; the exact version is in our package.json. */
const BINARY = '@jitl/quickjs-wasmfile-release-sync/wasm';

/**
 * Bytes of the engine's wasm binary: of `at` when given (a path, or a `file:` URL, for programs that are bundled), else of the
 * installed package. Throws what reading throws.
 */
export async function loadEngineWasm(at?: string | URL): Promise<Uint8Array> {
  return readFile(at ?? createRequire(import.meta.url).resolve(BINARY));
}

let engine: Promise<SandboxEngine> | undefined;

/** The engine, compiled once for the process. Throws `fold/engine-unknown`, and what `loadEngineWasm` throws. */
export async function loadEngine(): Promise<SandboxEngine> {
  engine ??= loadEngineWasm().then((wasm) => createEngine({ wasm }));
  return engine;
}
