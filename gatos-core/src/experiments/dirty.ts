/** What follows for an experiment from the jobs that it is made of. */
import type { Execution, Manifest } from '../jobs/index.js';
import { compareText } from '../kernel/index.js';
import { outerInputs } from './roots.js';

/**
 * Names of inputs that differed from what was committed when they were read, each once, by their bytes. What an earlier job of the experiment
 * gave is known by that job, whatever is committed under its name.
 */
export function dirtyInputs(executions: readonly Execution[], manifests: readonly Manifest[]): readonly string[] {
  const inputs = outerInputs(executions, manifests).map(({ input }) => input);
  const modified = inputs.filter(({ source }) => source.state === 'modified');
  return [...new Set(modified.map(({ name }) => name))].sort(compareText);
}
