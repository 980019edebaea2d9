/** Work: from a command to a recorded job, here or by workers that watch the queue. */
export { workError } from './errors.js';
export type { CommandRequest } from './gather.js';
export { isLarge, piecesOf, readJobFile, streamBlob } from './large.js';
export { type LocalRun, type RunRequest, runHere } from './local-run.js';
export { givenFiles, lockFiles, type Runners, recordOf, runnerFor } from './perform.js';
export { JOBS_TOPIC, submittedMessage, WORKERS } from './queue.js';
export { restoreFile, restoreStream } from './restore.js';
export { localRunners, type RunnerOptions } from './runners.js';
export { type SubmitRequest, type Submitted, submitCommand } from './submit.js';
export type { WorkEvent, WorkRequest, WorkSummary } from './work-request.js';
export { work } from './worker.js';
