/** Where chunks are kept: a folder of this machine, `git gatos serve`, an S3 bucket; and which of them an address means. */
export { chunkPresence, chunkStoreOf } from './clone-store.js';
export { chunkRoot, DirectoryChunkStore, type DirectoryStoreOptions } from './directory-store.js';
export { HttpChunkStore, type HttpStoreOptions } from './http-store.js';
export { openChunkStore } from './open-store.js';
export { S3ChunkStore, type S3StoreOptions } from './s3-store.js';
