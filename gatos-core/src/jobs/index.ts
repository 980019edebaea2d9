/**
 * Ring 5. Jobs: work that is described by content, claimed by one worker at a time, and proved by whoever ran it.
 *
 * Invariants: the id of a job is the CID of its manifest; a job has at most one result, and it is of whoever held the claim; result,
 * Proof-of-Execution and the end of the claim become visible together.
 */
export {
  type ClaimRequest,
  claimJob,
  type Lease,
  readClaim,
  releaseClaim,
  renewClaim,
  type StandingClaim,
} from './claim.js';
export type { Environment } from './environment.js';
export { jobError } from './errors.js';
export type { RunRecord } from './execution.js';
export {
  type CancelRequest,
  cancelJob,
  type Finished,
  type FinishRequest,
  finishJob,
  type RecordRequest,
  recordRun,
} from './finish.js';
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
export {
  type InputFile,
  type JobSpec,
  type PreparedJob,
  type ProgramSource,
  prepareJob,
  repeatedJob,
} from './prepare.js';
export {
  filesBelow,
  type JobState,
  type JobView,
  type ListedJob,
  listJobs,
  readAttached,
  readExecution,
  readJob,
  readManifest,
  readResult,
  type StoredExecution,
  type StoredManifest,
  type StoredResult,
} from './read.js';
export { inputsRoot, jobId, type NamedFile, namedRoot, programId } from './roots.js';
export { CLAIM_RULE, EXECUTION_RULE, JOB_RULES, MANIFEST_RULE, RESULT_RULE } from './rules.js';
export {
  CLAIM_KIND,
  type Claim,
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
export { type FileSource, type LargeFiles, type StagedFiles, type StageOptions, stageFiles } from './staging.js';
export { newNonce, submission, submitJob } from './submit.js';
export { type VerifyJobsOptions, verifyJob, verifyJobs } from './verify.js';
export { checkPolicy } from './verify-parts.js';
