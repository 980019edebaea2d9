/** Blobs as a clone has them: the records of the plane, and the chunks beside the git directory, together. */
export { type CollectRequest, collectChunks, liveChunks } from './collect.js';
export { blobBytesError } from './errors.js';
export { codecOf as chunkCodecOf, formOf as blobFormOf } from './form.js';
export {
  type GetBlobRequest,
  getBlob,
  inlineBytes as inlineBlobBytes,
  openRange as openBlobRange,
  readStoredChunk,
} from './get.js';
export { type PutBlob, type PutBlobRequest, putBlob } from './put.js';
export { type BlobSynced, type BlobSyncRequest, type Moved as MovedChunks, syncBlobs } from './sync.js';
export { type BlobVerdict, type VerifyBlobRequest, verifyBlob } from './verify.js';
export { writeWhole as writeWholeFile } from './whole-file.js';
