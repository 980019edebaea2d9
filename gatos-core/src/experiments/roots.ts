/** What an experiment of several jobs takes, runs and gives, as three digests (design 2.7). */
import { Cid, encode } from '../codec/index.js';
import {
  type Execution,
  inputsRoot,
  type JobInput,
  jobId,
  type Manifest,
  type NamedFile,
  namedRoot,
  programId,
} from '../jobs/index.js';
import { bytesEqual, invariant } from '../kernel/index.js';
import { experimentError } from './errors.js';

export interface ExperimentRoots {
  readonly inputs_root: Uint8Array;
  readonly program_id: Cid;
  readonly outputs_root: Uint8Array;
}

/** An input that no earlier job of the experiment gave. */
export interface OuterInput {
  readonly job: Cid;
  readonly input: JobInput;
}

/** A manifest and its execution say the same of the job, its inputs, its program and its outputs. Throws `experiments/other-job`. */
export function checkTogether(execution: Execution, manifest: Manifest): void {
  const objections: readonly (readonly [boolean, string])[] = [
    [jobId(manifest).equals(execution.job), 'the manifest has another id'],
    [bytesEqual(inputsRoot(manifest), execution.inputs_root), 'the inputs have another root'],
    [programId(manifest.program).equals(execution.program_id), 'the program has another id'],
    [bytesEqual(namedRoot(execution.outputs), execution.outputs_root), 'the outputs have another root'],
  ];
  const why = objections.find(([holds]) => !holds)?.[1];
  if (why !== undefined) throw experimentError('other-job', { job: String(execution.job), why });
}

/** Inputs from outside, in the order of the jobs: an input whose bytes an earlier job gave is the business of that job. */
export function outerInputs(executions: readonly Execution[], manifests: readonly Manifest[]): readonly OuterInput[] {
  const given = new Set<string>();
  return executions.flatMap(({ job, outputs }, i) => {
    const inputs = manifests[i]?.inputs ?? [];
    const outer = inputs.filter(({ cid }) => !given.has(String(cid))).map((input) => ({ job, input }));
    for (const { cid } of outputs) given.add(String(cid));
    return outer;
  });
}

/**
 * The roots of an experiment, from its executions and their manifests, both in the order in which the jobs were run. Those of one
 * job are its own. Of several, files are named `<job id>/<name>`, and the program is the list of programs.
 * Throws `experiments/no-jobs`, `experiments/other-job`.
 */
export function experimentRoots(executions: readonly Execution[], manifests: readonly Manifest[]): ExperimentRoots {
  invariant(executions.length === manifests.length, 'each execution has its manifest');
  executions.forEach((execution, i) => {
    checkTogether(execution, manifests[i] as Manifest);
  });
  const [first] = executions;
  if (first === undefined) throw experimentError('no-jobs', {});
  if (executions.length === 1)
    return { inputs_root: first.inputs_root, program_id: first.program_id, outputs_root: first.outputs_root };
  const inputs = outerInputs(executions, manifests).map(
    ({ job, input: { name, cid } }): NamedFile => ({ path: `${job}/${name}`, cid }),
  );
  const outputs = executions.flatMap(({ job, outputs: files }) =>
    files.map(({ path, cid }): NamedFile => ({ path: `${job}/${path}`, cid })),
  );
  return {
    inputs_root: namedRoot(inputs),
    program_id: Cid.hash('dag-cbor', encode(executions.map(({ program_id: id }) => id))),
    outputs_root: namedRoot(outputs),
  };
}
