/** Programs of kind `process`: commands of this machine, confined where that is possible. */
export { probeBubblewrap } from './bubblewrap.js';
export { type CommandCall, type CommandEnd, type CommandPlace, callCommand } from './call.js';
export { jobVariables } from './environment.js';
export { type ProcessRunnerOptions, processRunner } from './process-runner.js';
