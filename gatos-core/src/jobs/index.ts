/**
 * Ring 5. Jobs: work that is described by content, claimed by one worker at a time, and proved by whoever ran it.
 *
 * Invariants: the id of a job is the CID of its manifest; a job has at most one result, and it is of whoever held the claim; result,
 * Proof-of-Execution and the end of the claim become visible together.
 */
export { jobError } from './errors.js';
export {
  claimChain,
  EXECUTIONS,
  executionChain,
  JOBS,
  jobOfChain,
  manifestChain,
  parseJobId,
  resultChain,
} from './names.js';
export { pathFault } from './paths.js';
export { inputsRoot, jobId, type NamedFile, namedRoot, programId } from './roots.js';
export {
  CLAIM_KIND,
  type Claim,
  type Environment,
  EXECUTION_KIND,
  type Execution,
  INPUTS_FOLDER,
  type InputSource,
  type JobFile,
  type JobInput,
  type JobLimits,
  type JobProgram,
  MANIFEST_KIND,
  type Manifest,
  OUTPUTS_FOLDER,
  PROGRAM_FOLDER,
  PROGRAM_KINDS,
  type ProgramKind,
  RESULT_KIND,
  type Result,
  STATUSES,
  STDERR_PATH,
  STDOUT_PATH,
  type Status,
} from './schema.js';
