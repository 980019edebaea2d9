/**
 * Record kinds of blobs (design 4.4). The bytes of a blob are elsewhere; what is recorded is the tree that proves each of its chunks, and
 * what it is. MYTHOS objects are inside as opaque canonical bytes, beside the few fields that keys and rules need.
 */
import { sha256 } from '#hash';
import { ACTOR, defineKind, type IndexedKind } from '../chain/index.js';
import { type Infer, s } from '../codec/index.js';
import { LIMITS } from '../kernel/index.js';
import { readChunkNode } from '../mythos/index.js';
import { faultIn, formOf, manifestFault } from './manifest-fault.js';

import { manifestKey, nodeKey, pinKey } from './names.js';

/** Hexadecimal digits of SHA-256. */
const CID_LENGTH = 64;
const CID = s.text({
  maxBytes: CID_LENGTH,
  minBytes: CID_LENGTH,
  pattern: /^[0-9a-f]{64}$/,
  form: '64 hexadecimal digits',
});
const COUNT = s.int({ min: 0, max: Number.MAX_SAFE_INTEGER });
// They are shown in terminals and in commit messages.
const line = (maxBytes: number) =>
  s.text({ maxBytes, pattern: /^[^\p{Cc}\u2028\u2029]*$/u, form: 'text without control characters' });
const REASON = line(LIMITS.reasonBytes);

const NODE = s.refine(
  s.struct({
    /** The blob to whose tree it belongs. */
    cid: CID,
    /** Canonical bytes of the MerkleNode: a leaf with chunks, or a node above. */
    node: s.bytes({ max: LIMITS.merkleNodeBytes }),
  }),
  ({ node }) => faultIn(() => readChunkNode(sha256(node), node)),
);
export type BlobNode = Infer<typeof NODE>;

const MANIFEST_SHAPE = s.struct({
  cid: CID,
  /** Canonical bytes of the BlobRef. */
  ref: s.bytes({ max: LIMITS.blobRefBytes }),
  /** Bytes of the blob when it is decoded, and of each of its chunks but the last; 0 for one that is not cut into chunks. */
  plain_size: COUNT,
  plain_chunk: s.int({ min: 0, max: LIMITS.chunkBytesMost }),
  name: s.optional(line(LIMITS.fileNameBytes)),
  /** The stored bytes of a small blob. */
  inline: s.optional(s.bytes({ max: LIMITS.blobInlineBytes })),
  /** The record of the removal after which it was put again. */
  replaces: s.optional(s.cid),
});
export type Manifest = Infer<typeof MANIFEST_SHAPE>;
const MANIFEST = s.refine(MANIFEST_SHAPE, manifestFault);

const REMOVED = s.struct({
  cid: CID,
  reason: REASON,
  /** The record of the manifest that does not count any more; it stays. */
  replaces: s.cid,
});
export type Removed = Infer<typeof REMOVED>;

const PINNED = s.struct({
  cid: CID,
  who: ACTOR,
  /** Microseconds since the epoch, itself excluded; null: for ever. */
  until: s.nullable(COUNT),
  why: REASON,
  /** What stood for this actor and blob before; null: nothing. */
  replaces: s.nullable(s.cid),
});
export type Pinned = Infer<typeof PINNED>;

const UNPINNED = s.struct({ cid: CID, who: ACTOR, why: REASON, replaces: s.cid });
export type Unpinned = Infer<typeof UNPINNED>;

/** Do they give the same bytes back? */
const sameForm = (one: Manifest, other: Manifest): boolean => formOf(one) === formOf(other);

const short = (cid: string): string => cid.slice(0, 16);

export const NODE_KIND: IndexedKind<BlobNode> = {
  kind: 'blob.node',
  schema: NODE,
  describe: ({ cid }, count) => ({
    title: `${count} ${count === 1 ? 'node' : 'nodes'} of the tree of blob ${short(cid)}`,
    trailers: [['Blob', cid]],
  }),
  indexKey: ({ cid, node }) => nodeKey(cid, sha256(node)),
};

export const MANIFEST_KIND: IndexedKind<Manifest> = {
  kind: 'blob.manifest',
  schema: MANIFEST,
  describe: ({ cid, plain_size }, count) => ({
    title: `blob ${short(cid)}, ${plain_size} bytes${count === 1 ? '' : `, and ${count - 1} more`}`,
    trailers: [['Blob', cid]],
  }),
  indexKey: ({ cid }) => manifestKey(cid),
  indexReplaces: ({ replaces }) => replaces ?? null,
  // Two clones that put the same file under two names have put one blob.
  indexSame: (one, other) => sameForm(one, other) && String(one.replaces) === String(other.replaces),
};

export const REMOVED_KIND: IndexedKind<Removed> = {
  kind: 'blob.removed',
  schema: REMOVED,
  describe: ({ cid }) => ({ title: `removal of blob ${short(cid)}`, trailers: [['Blob', cid]] }),
  indexKey: ({ cid }) => manifestKey(cid),
  indexReplaces: ({ replaces }) => replaces,
};

export const PINNED_KIND: IndexedKind<Pinned> = {
  kind: 'blob.pinned',
  schema: PINNED,
  describe: ({ cid, who }) => ({ title: `pin on blob ${short(cid)} by ${who}`, trailers: [['Blob', cid]] }),
  indexKey: ({ cid, who }) => pinKey(cid, who),
  indexReplaces: ({ replaces }) => replaces,
};

export const UNPINNED_KIND: IndexedKind<Unpinned> = {
  kind: 'blob.unpinned',
  schema: UNPINNED,
  describe: ({ cid, who }) => ({ title: `no pin on blob ${short(cid)} by ${who}`, trailers: [['Blob', cid]] }),
  indexKey: ({ cid, who }) => pinKey(cid, who),
  indexReplaces: ({ replaces }) => replaces,
};

export const BLOB_KINDS = [NODE_KIND, MANIFEST_KIND, REMOVED_KIND, PINNED_KIND, UNPINNED_KIND].map((kind) =>
  defineKind(kind as IndexedKind<{ readonly cid: string; readonly who?: string }>),
);
