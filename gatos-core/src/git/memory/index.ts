/** Git and a file system in memory, for browsers, tests and the simulator. */
export { type MemoryBackendOptions, memoryBackend } from './backend.js';
export { memoryFileSystem } from './fs.js';
