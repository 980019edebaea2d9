/**
 * Runner of `quickjs` jobs: one ES module that exports `run({ inputs, args, env })` and sees nothing else. The result is a function of
 * program, inputs, arguments and variables alone, on every machine with this engine. It has the words of ES2022 that folds have: no
 * clock, no randomness, no regular expressions, no promises.
 *
 * Inputs and result lie in the memory of the guest, `memory_bytes` or `LIMITS.foldMemoryMax` if that is less: a text of n characters
 * takes n bytes there, twice that if a character is beyond U+00FF, and its encoded form as much again while it comes in.
 */
import { engineId, type JobProgram, LIMITS } from 'gatos-core';
import { loadEngineWasm } from 'gatos-core/node';
import { sandboxedError } from './errors.js';
import { makeRunner, type SandboxedOptions, type SandboxedRunner } from './sandbox-runner.js';

let id: Promise<string> | undefined;

/** Named by its binary, without compiling it: the threads have the engine. */
function engine(): Promise<string> {
  id ??= loadEngineWasm().then((wasm) => engineId(wasm));
  return id;
}

export function quickjsRunner(options: SandboxedOptions): SandboxedRunner {
  return makeRunner(
    {
      kind: 'quickjs',
      runner: 'quickjs/1',
      engine,
      refusal: ({ files }: JobProgram) =>
        files.length === 1 ? null : sandboxedError('not-one-module', { files: files.length }),
      request: (base) => ({ ...base, kind: 'quickjs', gas: LIMITS.jobGas }),
      room: ({ limits }) => Math.min(limits.memory_bytes, LIMITS.foldMemoryMax),
      outOfMemory: 'the result takes more memory than a thread may have',
    },
    options,
  );
}
