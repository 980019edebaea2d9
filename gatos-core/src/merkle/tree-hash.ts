/** The two hashes of the tree, with their domain separation (RFC 9162 section 2.1.1). */
import { sha256 } from '#hash';
import { EMPTY_BYTES, invariant } from '../kernel/index.js';

export const HASH_LENGTH = 32;
const LEAF = 0x00;
const NODE = 0x01;
/** Leaf data up to this many bytes is hashed in one call over a scratch copy, which is what a short input costs least. */
const SCRATCH = 256;

const leafScratch = new Uint8Array(1 + SCRATCH);
leafScratch[0] = LEAF;
const nodeScratch = new Uint8Array(1 + 2 * HASH_LENGTH);
nodeScratch[0] = NODE;
const LEAF_PREFIX = Uint8Array.of(LEAF);

/** SHA-256 of `00 ‖ data`: 32 bytes. */
export function leafHash(data: Uint8Array): Uint8Array {
  if (data.length > SCRATCH) return sha256(LEAF_PREFIX, data);
  leafScratch.set(data, 1);
  return sha256(leafScratch.subarray(0, 1 + data.length));
}

/** SHA-256 of `01 ‖ left ‖ right`, both of 32 bytes: 32 bytes. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  invariant(left.length === HASH_LENGTH && right.length === HASH_LENGTH, 'a node has two hashes of 32 bytes');
  nodeScratch.set(left, 1);
  nodeScratch.set(right, 1 + HASH_LENGTH);
  return sha256(nodeScratch);
}

/** The root of the tree without leaves: SHA-256 of nothing. */
export function emptyRoot(): Uint8Array {
  return sha256(EMPTY_BYTES);
}
