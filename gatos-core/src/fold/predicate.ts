/** A JavaScript expression over `state`, judged in the sandbox: one event whose payload is the state, folded to a yes or no. */
import { formatJson, type JsonValue } from '../codec/index.js';
import { isGatosError, LIMITS, utf8 } from '../kernel/index.js';
import { foldError } from './errors.js';
import type { SandboxEngine } from './sandbox/index.js';
import type { State } from './state-blocks.js';

export type Predicate = (state: State) => Promise<boolean>;

/** The predicate of an expression such as `state.sum > 100`. Throws `fold/bad-predicate` when it is judged. */
export function statePredicate(engine: SandboxEngine, expression: string): Predicate {
  const source = `export function fold(_, event) {\n  const state = event.payload;\n  return { bad: Boolean(\n${expression}\n) };\n}\n`;
  return async (state) => {
    try {
      return await judge(engine, source, state);
    } catch (error) {
      if (!isGatosError(error) || error.kind === 'unavailable') throw error;
      throw foldError('bad-predicate', { predicate: expression, why: error.message }, { cause: error });
    }
  };
}

async function judge(engine: SandboxEngine, source: string, state: State): Promise<boolean> {
  const sandbox = await engine.instantiate({ source, gas: LIMITS.foldGasMax, memory: LIMITS.foldMemoryMax });
  try {
    sandbox.reset({});
    const rows = utf8(formatJson([['', '', null, state as JsonValue]]));
    sandbox.run({ rows, groups: [{ actor: '', time: 0, count: 1 }], count: 1 });
    const answer = sandbox.snapshot();
    return typeof answer === 'object' && answer !== null && 'bad' in answer && answer.bad === true;
  } finally {
    sandbox.dispose();
  }
}
