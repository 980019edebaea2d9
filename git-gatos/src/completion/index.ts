/** Completion for shells: the scripts, and the answers they ask for. */
export { type Completion, type CompletionRequest, complete, formatCompletion } from './complete.js';
export { SCRIPTS, SHELLS, type Shell } from './scripts.js';
