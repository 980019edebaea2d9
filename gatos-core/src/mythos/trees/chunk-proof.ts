/**
 * A chunk by itself against the CID of its blob (RFC-MYTHOS-0004 section 7): the leaf that names it and the chain of parents. The root
 * says how many chunks there are, so index and shape decide where each node has to stand; a proof states no positions.
 */
import { sha256 } from '#hash';
import { formatHex } from '../../codec/index.js';
import { bytesEqual, type Check, failed, GatosError, passed } from '../../kernel/index.js';
import { mythosError } from '../errors.js';
import { readChunkNode } from './chunk-node.js';
import { type Chunk, type ChunkProof, ChunkTree, type FoundChunk } from './chunk-tree.js';
import type { GetNode } from './merkle-node.js';
import { followProof } from './tree-reader.js';

/** A chunk with the proof of its place, made along one path. Throws `mythos/no-such-chunk`, and as `ChunkTree.open`. */
export async function chunkProof(ask: {
  readonly cid: Uint8Array;
  readonly index: number;
  readonly getNode: GetNode;
}): Promise<FoundChunk> {
  return (await ChunkTree.open(ask.cid, ask.getNode)).chunk(ask.index);
}

/** A claim that a chunk is number `index` of the blob `cid`: with its stored bytes, or with what is known of them. */
export type ChunkClaim = {
  readonly cid: Uint8Array;
  readonly index: number;
  readonly proof: ChunkProof;
} & ({ readonly bytes: Uint8Array } | Chunk);

/**
 * Checks a claim from nothing but itself. Gives the descriptor in the leaf.
 * Throws `mythos/bad-node`, `mythos/no-such-chunk`, `mythos/chunk-proof`.
 */
export function checkChunk(claim: ChunkClaim): Chunk {
  const { cid, index, proof } = claim;
  const refused = (why: string) => mythosError('chunk-proof', { cid: formatHex(cid), index, why });
  const absent = (count: number) => mythosError('no-such-chunk', { index, count });
  const { node, first } = followProof({ cid, index, proof, read: readChunkNode, absent, refused });
  const chunk = node.chunks[index - first] as Chunk;
  const { hash, len } = 'bytes' in claim ? { hash: sha256(claim.bytes), len: claim.bytes.length } : claim;
  if (len !== chunk.len) throw refused(`the chunk has ${len} bytes, not ${chunk.len}`);
  if (!bytesEqual(hash, chunk.hash)) throw refused(`the chunk is ${formatHex(hash)}, not ${formatHex(chunk.hash)}`);
  return { hash: chunk.hash, len: chunk.len };
}

/** As `checkChunk`, as a check of a report. */
export function verifyChunk(claim: ChunkClaim): Check {
  const subject = `chunk ${claim.index} of ${formatHex(claim.cid)}`;
  try {
    const { len } = checkChunk(claim);
    return passed('chunk', subject, `its ${len} bytes stand there under the root`);
  } catch (error) {
    if (error instanceof GatosError) return failed('chunk', subject, error);
    throw error;
  }
}
