/** The native git adapter: see `backend.ts` for what it opens, `lock-room.ts` for how refs are locked. */
export { type CheckedRefStore, type NativeBackend, type NativeOptions, openNativeBackend } from './backend.js';
export { type GitResult, type GitRun, runGit } from './command.js';
export type { Environment } from './discover.js';
export type { Step } from './new-object.js';
export { openNativeRanges, type RangeOptions } from './ranges.js';
export { type RefWatch, type WatchRefsOptions, watchRefs } from './watch-refs.js';
