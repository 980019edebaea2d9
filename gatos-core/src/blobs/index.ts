/**
 * Ring 5. The record plane of blobs: what a blob is, the tree that proves each of its chunks, who has pinned it, and that it was removed.
 * Invariant: a manifest is recorded after its chunks are durable, and its tree with it; the id of a blob is the root of that tree, or
 * the digest of its bytes where it is small. Records travel with git; chunks are wherever a store keeps them.
 */
export type { Blob } from './blob.js';
export { blobError } from './errors.js';
export { isCoded, mediaFault, nameFault } from './manifest-fault.js';
export { BLOBS, blobChain } from './names.js';
export { pinBlob, removeBlob, unpinBlob } from './pins.js';
export {
  BLOB_PROOF_TYPE,
  type BlobProof,
  decodeBlobProof,
  encodeBlobProof,
  proveChunk,
  verifyBlobProof,
} from './proof.js';
export { findBlob, openBlob, openTree, resolveBlobCid } from './read.js';
export { draftBlob, type NewBlob, type RecordedBlob, recordBlob } from './record.js';
export { BLOB_RULE, BLOB_RULES } from './rules.js';
export {
  type BlobNode,
  MANIFEST_KIND,
  type Manifest,
  NODE_KIND,
  PINNED_KIND,
  REMOVED_KIND,
  type Removed,
  UNPINNED_KIND,
} from './schema.js';
export { blobChains, type HeldBlob, heldBlobs, livePins, readShard } from './shard.js';
export { type ChunkPresence, checkTree, verifyBlobs } from './verify.js';
