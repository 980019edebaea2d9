/**
 * Git as the engine: the ports, the encodings of its objects, and what a ref may be called. Adapters that need no platform live
 * here; the one that uses the file system and the git binary is `gatos-core/node`.
 */
export { historyBatches, readBatches } from './batches.js';
export {
  type Commit,
  decodeCommit,
  encodeCommit,
  formatIdent,
  type Ident,
  type NewCommit,
  parseIdent,
} from './commit.js';
export { type DiffLimits, diffTrees, type TreeChange, type TreeFile } from './diff.js';
export { gitError } from './errors.js';
export {
  type FileStat,
  type FileSystem,
  type IsomorphicOptions,
  initIsomorphicRepository,
  isomorphicBackend,
} from './isomorphic/index.js';
export { type MemoryBackendOptions, memoryBackend, memoryFileSystem } from './memory/index.js';
export {
  emptyTreeOid,
  formatOid,
  hashObject,
  identified,
  isNullOid,
  isOid,
  OID_BYTES,
  objectHeader,
  putOid,
} from './oid.js';
export type {
  BlobDigest,
  GitBackend,
  GitObject,
  ListRefs,
  NewObject,
  ObjectFormat,
  ObjectStore,
  ObjectType,
  Oid,
  ReadLimit,
  RefEdit,
  RefStore,
} from './ports.js';
export { checkReadableRefName, checkRefName, checkRefPrefix, prefixTest, refNameFault } from './ref-name.js';
export { decodeTree, encodeTree, entryNameFault, findTreeEntry, type TreeEntry, type TreeMode } from './tree.js';
