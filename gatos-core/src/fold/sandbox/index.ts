/**
 * The deterministic sandbox in which folds run: QuickJS in WebAssembly, rebuilt at every window, with exact gas.
 *
 * Invariants: what a fold gives is a function of its module, the state at the start of the window and the events, alone. Nothing
 * of the host reaches the guest; nothing of the guest reaches the host but its state, gas counts and bounded messages. A limit
 * (gas, memory, stack) ends the run, and no code of the fold can go on after it.
 */
export type { EventBatch, EventGroup } from './batch.js';
export { createEngine, type FoldSource, type SandboxEngine } from './engine.js';
export type { Entry } from './exports.js';
export { type FoldedRange, type FoldRange, foldRange } from './fold-range.js';
export { type EncodedRows, EventSink, type EventSpans } from './guest-events.js';
export { type Finding, lint } from './lint.js';
export { runScript, type ScriptResult, type ScriptRun } from './run-script.js';
export type { BatchResult, Sandbox } from './sandbox.js';
export { engineId, WINDOW } from './version.js';
