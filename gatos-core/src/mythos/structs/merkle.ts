/** Nodes of Merkle lists and of chunk trees (RFC-MYTHOS-0004 appendix A). */

import { nestedView } from './capability.js';
import { bytes, code, type Field, hash, list, u8, u32, u64 } from './fields.js';
import { f, type Infer, type Struct, struct } from './struct.js';

export const LIST_LEAF = struct('MerkleListLeaf', { values: f(1, list(hash), '1 to 1024 values, in the order given') });
export type ListLeaf = Infer<typeof LIST_LEAF>;

export const LIST_INTERNAL = struct('MerkleListInternal', {
  children: f(1, list(hash), '2 to 1024 nodes'),
  count: f(2, u64, 'values below'),
});
export type ListInternal = Infer<typeof LIST_INTERNAL>;

export const CHUNK_DESC = struct('ChunkDesc', {
  hash: f(1, hash, 'SHA-256 of the chunk as it is stored'),
  len: f(2, u32, 'its stored bytes'),
});
export type ChunkDesc = Infer<typeof CHUNK_DESC>;

export const CHUNK_LEAF = struct('ChunkLeaf', {
  chunk_size: f(1, u32, 'most bytes of a chunk'),
  chunks: f(2, list(CHUNK_DESC.field), '1 to 1024 chunks'),
  total_size: f(3, u64, 'bytes of all of them'),
});
export type ChunkLeaf = Infer<typeof CHUNK_LEAF>;

export const CHUNK_INTERNAL = struct('ChunkInternal', {
  chunk_size: f(1, u32, 'most bytes of a chunk; the same in all children'),
  children: f(2, list(hash), '2 to 1024 nodes'),
  total_size: f(3, u64, 'bytes below'),
  chunk_count: f(4, u64, 'chunks below'),
});
export type ChunkInternal = Infer<typeof CHUNK_INTERNAL>;

/** Kinds of node by name. */
export const NODE_KIND = { listLeaf: 1, listInternal: 2, chunkLeaf: 3, chunkInternal: 4 } as const;

/** The struct in the payload of a node, by kind. */
export const NODE_PAYLOADS = { 1: LIST_LEAF, 2: LIST_INTERNAL, 3: CHUNK_LEAF, 4: CHUNK_INTERNAL } as const;

const NODE_PAYLOAD: Field<Uint8Array> = {
  ...bytes,
  name: 'bytes of the payload of this kind',
  viewIn: (value, owner) =>
    nestedView((NODE_PAYLOADS as unknown as Record<number, Struct<object> | undefined>)[Number(owner.kind)], value),
};

export const MERKLE_NODE = struct('MerkleNode', {
  version: f(1, u8, 'always 1'),
  kind: f(2, code({ 1: 'MerkleListLeaf', 2: 'MerkleListInternal', 3: 'ChunkLeaf', 4: 'ChunkInternal' }), 'of what'),
  payload: f(3, NODE_PAYLOAD, 'the node'),
});
export type MerkleNode = Infer<typeof MERKLE_NODE>;
