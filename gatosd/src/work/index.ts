/** Work: from a command to a recorded job, here or by workers that watch the queue. */
export { type CheckoutFacts, checkoutFacts } from './checkout.js';
export { workError } from './errors.js';
export { type CommandRequest, gatherJob } from './gather.js';
export { isLarge, LARGE_ABOVE, piecesOf, readJobFile, streamBlob } from './large.js';
export { type LocalRun, type RunRequest, runHere } from './local-run.js';
export { givenFiles, lockFiles, type Runners, recordOf, runnerFor } from './perform.js';
export { JOBS_TOPIC, submittedMessage, WORKERS } from './queue.js';
export { type Restored, restoreFile, restoreStream } from './restore.js';
export { localRunners, type RunnerOptions } from './runners.js';
export { type SubmitRequest, type Submitted, submitCommand } from './submit.js';
export type { WorkEvent, WorkRequest, WorkSummary } from './work-request.js';
export { work } from './worker.js';
