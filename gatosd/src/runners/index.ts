/** Running jobs: a runner for each kind of program, and what they record of the machine. */
export { type ContainerRunnerOptions, containerRunner } from './container/index.js';
export { runnerError } from './errors.js';
export {
  describeLibraries,
  describeMachine,
  describeTools,
  type Library,
  type Located,
  locate,
  type Search,
  type Tool,
  ToolCache,
} from './facts/index.js';
export { type Glob, parseGlob } from './glob.js';
export {
  type CommandCall,
  type CommandEnd,
  type CommandPlace,
  callCommand,
  type ProcessRunnerOptions,
  probeBubblewrap,
  processRunner,
} from './process/index.js';
export type { GivenFile, GivenOutput, Ran, Runner, Task } from './runner.js';
export {
  quickjsRunner,
  type SandboxedOptions,
  type SandboxedRunner,
  sandboxedError,
  type WasmCall,
  type WasmCallEnd,
  type WasmCalls,
  wasmCalls,
  wasmRunner,
} from './sandboxed/index.js';
export { findLeftovers, removeLeftovers } from './scratch.js';
