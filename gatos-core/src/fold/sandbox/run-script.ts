/** A module that runs once: `run(input)` in the sandbox of folds, with the same limits and the same answer on every machine. */
import type { JsonValue } from '../../codec/index.js';
import type { Abort } from '../../kernel/index.js';
import type { SandboxEngine } from './engine.js';
import { EventSink } from './guest-events.js';

export interface ScriptRun {
  /** Text of the ES module, which exports `run`. */
  readonly source: string;
  /** What `run` is called with. */
  readonly input: { readonly [name: string]: JsonValue };
  /** Gas units that starting the module, and then `run`, may use. */
  readonly gas: number;
  /** Bytes of heap; the input, the work and the result have to fit. */
  readonly memory: number;
  readonly signal?: Abort | undefined;
}

export interface ScriptResult {
  /** What `run` returned: an object of JSON values. */
  readonly value: JsonValue;
  readonly gasUsed: number;
}

/** The one event that a script never sees. */
const ROW = ['', '', null, null] as const;

/**
 * Runs the script once, from a fresh start. Throws what a fold throws, by the same codes: `fold/lint`, `fold/start`, `fold/threw`,
 * `fold/gas`, `fold/memory`, `fold/stack`, `fold/engine-limit`, `fold/state-value` (of the result), `fold/no-room`, `fold/aborted`.
 */
export async function runScript(engine: SandboxEngine, script: ScriptRun): Promise<ScriptResult> {
  const { source, input, gas, memory, signal } = script;
  const sandbox = await engine.instantiate({ source, gas, memory, entry: 'run', signal });
  try {
    const sink = new EventSink();
    sink.addRow(ROW);
    sandbox.reset(input);
    const { gasUsed } = sandbox.run({
      rows: sink.take(),
      groups: [{ actor: '', time: 0, count: 1 }],
      count: 1,
    });
    return { value: sandbox.snapshot(), gasUsed };
  } finally {
    sandbox.dispose();
  }
}
