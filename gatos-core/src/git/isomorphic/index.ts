/** The adapter on isomorphic-git: no git binary and no Node, on any file system that implements the port. */
export { type IsomorphicOptions, isomorphicBackend } from './backend.js';
export type { FileStat, FileSystem } from './fs.js';
export { initIsomorphicRepository } from './init.js';
