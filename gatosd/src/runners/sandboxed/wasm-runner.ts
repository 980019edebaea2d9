/**
 * Runner of `wasm` jobs: a command of WASI preview 1, alone with its files. It sees arguments, variables, an empty standard input, and
 * one folder (by `/` and by `.`) with its inputs and program files for reading and room for others. The clock starts at 0, or at
 * `SOURCE_DATE_EPOCH` if that variable is given, and goes on by a millisecond at each look; randomness follows from program and
 * inputs. Not in the sandbox: links of any kind, sockets, processes, threads.
 *
 * All files are in memory: inputs and program, `LIMITS.wasiFileBytes` at most, and what is written up to `output_bytes` or `LIMITS.wasiFileBytes` if that
 * is less. A job that is ended by its time limit leaves no outputs.
 */
import { createHash } from 'node:crypto';
import { inputsRoot, LIMITS, type Manifest, programId } from 'gatos-core';
import { makeRunner, type SandboxedOptions, type SandboxedRunner } from './sandbox-runner.js';

/** Names the interface and our calls: whoever changes what a program can see of them raises the second number. */
const ENGINE = 'wasi-preview1@1+gatos-wasi@1';

export function wasmRunner(options: SandboxedOptions): SandboxedRunner {
  return makeRunner(
    {
      kind: 'wasm',
      runner: 'wasm/1',
      engine: async () => ENGINE,
      refusal: () => null,
      request: (base, manifest) => ({
        ...base,
        kind: 'wasm',
        outputBytes: Math.min(base.outputBytes, LIMITS.wasiFileBytes),
        seed: seedOf(manifest),
        epoch: epochOf(manifest),
      }),
      room: () => LIMITS.wasiFileBytes,
      outOfMemory: 'the program takes more memory than a thread may have',
    },
    options,
  );
}

/** SHA-256 over the program id and the root of the inputs, each of a fixed length. */
function seedOf(manifest: Manifest): Uint8Array {
  return createHash('sha256')
    .update(ENGINE)
    .update(programId(manifest.program).bytes)
    .update(inputsRoot(manifest))
    .digest();
}

/** Seconds; years up to 9999. What is no such number is as if it was not given. */
function epochOf({ program }: Manifest): number {
  const text = program.env.SOURCE_DATE_EPOCH ?? '0';
  return /^\d{1,12}$/.test(text) ? Math.min(Number(text), 253_402_300_799) : 0;
}
