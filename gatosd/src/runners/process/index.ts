/** Programs of kind `process`: commands of this machine, confined where that is possible. */
export { probeBubblewrap } from './bubblewrap.js';
export { jobVariables } from './environment.js';
export { type ProcessRunnerOptions, processRunner } from './process-runner.js';
