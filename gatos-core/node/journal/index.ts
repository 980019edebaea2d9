/** The journal in Node: where the look-up of idempotency keys is kept. */
export { type FileKeyIndex, fileKeyIndex } from './file-key-index.js';
