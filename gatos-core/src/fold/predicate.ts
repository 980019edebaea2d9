/** A JavaScript expression over `state`, judged in the sandbox: a fold of one event that answers with yes or no. */
import { isGatosError, LIMITS } from '../kernel/index.js';
import { foldError } from './errors.js';
import { EventSink, type Sandbox, type SandboxEngine } from './sandbox/index.js';
import type { State } from './state-blocks.js';

export type Predicate = (state: State) => Promise<boolean>;

/** The predicate of an expression such as `state.sum > 100`. Throws `fold/bad-predicate` when it is judged. */
export function statePredicate(engine: SandboxEngine, expression: string): Predicate {
  const source = `export function fold(state) {\n  return { bad: Boolean(\n${expression}\n) };\n}\n`;
  let sandbox: Promise<Sandbox> | undefined;
  const judge = async (state: State): Promise<boolean> => {
    sandbox ??= engine.instantiate({ source, gas: LIMITS.predicateGas, memory: LIMITS.foldMemoryMax });
    return judgeIn(await sandbox, state);
  };
  return async (state) => {
    try {
      return await judge(state);
    } catch (error) {
      if (!isGatosError(error) || error.kind === 'unavailable' || error.kind === 'internal') throw error;
      throw foldError('bad-predicate', { predicate: expression, why: error.message }, { cause: error });
    }
  };
}

/** Some event: the state is all that is looked at. */
const ROW = ['', '', null, null] as const;

function judgeIn(sandbox: Sandbox, state: State): boolean {
  const sink = new EventSink();
  sink.addRow(ROW);
  sandbox.reset(state);
  sandbox.run({ rows: sink.take(), groups: [{ actor: '', time: 0, count: 1 }], count: 1 });
  const answer = sandbox.snapshot();
  return typeof answer === 'object' && answer !== null && 'bad' in answer && answer.bad === true;
}
