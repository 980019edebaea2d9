/** Nodes of chunk trees: what a leaf or an internal node says, checked against what construction would have written. */

import {
  CHUNK_INTERNAL,
  CHUNK_LEAF,
  type ChunkDesc,
  type ChunkInternal,
  type ChunkLeaf,
  NODE_KIND,
} from '../structs/merkle.js';
import {
  badNode,
  checkChildren,
  encodeNode,
  exactNumber,
  readNode,
  readPayload,
  refuseUnknown,
} from './merkle-node.js';
import { FANOUT } from './merkle-shape.js';
import type { TreeForm } from './tree-builder.js';
import type { Place, TreeNode } from './tree-reader.js';

/** A checked node. */
export interface ChunkNode extends TreeNode {
  readonly chunkSize: number;
  /** The descriptors of a leaf; empty in an internal node. */
  readonly chunks: readonly ChunkDesc[];
}

/** How nodes of chunks of one size are written. */
export function chunkForm(chunkSize: number): TreeForm<ChunkDesc> {
  return {
    sizeOf: ({ len }) => len,
    leaf: (chunks, size) =>
      encodeNode(NODE_KIND.chunkLeaf, CHUNK_LEAF, { chunk_size: chunkSize, chunks, total_size: BigInt(size) }),
    internal: (children, { count, size }) =>
      encodeNode(NODE_KIND.chunkInternal, CHUNK_INTERNAL, {
        chunk_size: chunkSize,
        children: children.map(({ cid }) => cid),
        total_size: BigInt(size),
        chunk_count: BigInt(count),
      }),
  };
}

/** Reads a node strictly. Throws `mythos/bad-node`. */
export function readChunkNode(cid: Uint8Array, bytes: Uint8Array, place?: Place<ChunkNode>): ChunkNode {
  const node = nodeOf(cid, bytes);
  if (place === undefined) return node;
  const { count, parent } = place;
  if (node.count !== count) throw badNode(cid, `it holds ${node.count} chunks where ${count} belong`);
  if (node.chunkSize !== parent.chunkSize)
    throw badNode(cid, `its chunk size is ${node.chunkSize}, that of its parent ${parent.chunkSize}`);
  return node;
}

function nodeOf(cid: Uint8Array, bytes: Uint8Array): ChunkNode {
  const { kind, payload } = readNode(cid, bytes);
  if (kind === NODE_KIND.chunkLeaf) return leafOf(cid, bytes, readPayload(cid, CHUNK_LEAF, payload));
  if (kind === NODE_KIND.chunkInternal) return internalOf(cid, bytes, readPayload(cid, CHUNK_INTERNAL, payload));
  throw badNode(cid, `its kind is ${kind}, not that of a chunk tree`);
}

function leafOf(cid: Uint8Array, bytes: Uint8Array, { chunk_size, chunks, total_size }: ChunkLeaf): ChunkNode {
  if (chunks.length < 1 || chunks.length > FANOUT)
    throw badNode(cid, `a leaf has 1 to ${FANOUT} chunks, not ${chunks.length}`);
  let size = 0;
  for (const [i, chunk] of chunks.entries()) {
    refuseUnknown(cid, chunk);
    if (chunk.len < 1 || chunk.len > chunk_size)
      throw badNode(cid, `chunk ${i} of the leaf has ${chunk.len} bytes, its size is 1 to ${chunk_size}`);
    size += chunk.len;
  }
  if (exactNumber(cid, total_size, 'size') !== size)
    throw badNode(cid, `its chunks have ${size} bytes, and it says ${total_size}`);
  return { cid, bytes, chunkSize: chunk_size, count: chunks.length, size, chunks };
}

function internalOf(cid: Uint8Array, bytes: Uint8Array, internal: ChunkInternal): ChunkNode {
  const { chunk_size: chunkSize, children } = internal;
  const count = exactNumber(cid, internal.chunk_count, 'count');
  const size = exactNumber(cid, internal.total_size, 'size');
  checkChildren(cid, count, children.length);
  // Each chunk has from one byte to the chunk size, so a size outside of that is nobody's.
  if (size < count || size > count * chunkSize)
    throw badNode(cid, `${count} chunks of 1 to ${chunkSize} bytes cannot have ${size} bytes`);
  return { cid, bytes, chunkSize, count, size, chunks: [], children };
}
