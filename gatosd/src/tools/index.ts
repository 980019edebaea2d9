/**
 * Running tools: a runner for each way in which a tool can be run. Invariants: every call is bounded in time, memory and bytes, and leaves
 * nothing running; a failure says whether the tool certainly did not act.
 */
export { toolRunError } from './errors.js';
export { type OpenRunnerRequest, openRunner, readToolFiles } from './open.js';
export type { Answered, CallOptions, FailureOutcome, Invoked, ToolFailure, ToolRunner } from './runner.js';
export { readToolSettings, type ToolSettings } from './settings.js';
