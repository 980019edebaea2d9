/**
 * Whether a proof holds (RFC 9162 sections 2.1.3.2 and 2.1.4.2). A proof comes from a stranger, so anything malformed is
 * `false`, never an error, and the work is bounded before it starts.
 */
import { bytesEqual, LIMITS } from '../kernel/index.js';
import { emptyRoot, HASH_LENGTH, leafHash, nodeHash } from './tree-hash.js';

export interface InclusionClaim {
  /** Root of the tree: 32 bytes. */
  readonly root: Uint8Array;
  /** Leaves in the tree. */
  readonly size: number;
  /** Index of the leaf, from 0. */
  readonly index: number;
  /** Data of the leaf. Its hash is made here, so that no inner node can pass for a leaf. */
  readonly leaf: Uint8Array;
  /** Audit path, from the leaf up. */
  readonly path: readonly Uint8Array[];
}

export interface ConsistencyClaim {
  readonly oldRoot: Uint8Array;
  readonly oldSize: number;
  readonly newRoot: Uint8Array;
  readonly newSize: number;
  readonly path: readonly Uint8Array[];
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function isHash(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.length === HASH_LENGTH;
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isPath(value: unknown): value is readonly Uint8Array[] {
  // One hash more than the depth: a consistency proof may start with a subtree of the old tree.
  if (!Array.isArray(value) || value.length > LIMITS.merklePath + 1) return false;
  // Not `every`, which skips holes.
  for (let i = 0; i < value.length; i++) if (!isHash(value[i])) return false;
  return true;
}

// Sizes go beyond 32 bits, so no bit operators here.
const half = (n: number): number => Math.floor(n / 2);
const isOdd = (n: number): boolean => n % 2 === 1;

/** Is this leaf at this index of the tree with this root? */
export function verifyInclusion(claim: InclusionClaim): boolean {
  if (!isObject(claim)) return false;
  const { root, size, index, leaf, path } = claim;
  if (
    !isHash(root) ||
    !(leaf instanceof Uint8Array) ||
    !isSize(size) ||
    !isSize(index) ||
    !isPath(path) ||
    index >= size
  )
    return false;
  let node = index;
  let last = size - 1;
  let hash = leafHash(leaf);
  for (const sibling of path) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      hash = nodeHash(sibling, hash);
      // The last node of a level without a sibling of its own moves up until it has one.
      while (!isOdd(node) && node !== 0) {
        node = half(node);
        last = half(last);
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    node = half(node);
    last = half(last);
  }
  return last === 0 && bytesEqual(hash, root);
}

/** Is the tree with the old root a prefix of the tree with the new root? */
export function verifyConsistency(claim: ConsistencyClaim): boolean {
  if (!isObject(claim)) return false;
  const { oldRoot, oldSize, newRoot, newSize, path } = claim;
  if (!isHash(oldRoot) || !isHash(newRoot) || !isSize(oldSize) || !isSize(newSize) || !isPath(path)) return false;
  if (oldSize > newSize) return false;
  if (oldSize === newSize) {
    return path.length === 0 && bytesEqual(oldRoot, newRoot) && (oldSize > 0 || bytesEqual(oldRoot, emptyRoot()));
  }
  if (oldSize === 0) return path.length === 0 && bytesEqual(oldRoot, emptyRoot());
  return foldConsistency(claim);
}

/** RFC 9162 section 2.1.4.2 for 0 < oldSize < newSize. */
function foldConsistency({ oldRoot, oldSize, newRoot, newSize, path }: ConsistencyClaim): boolean {
  let node = oldSize - 1;
  let last = newSize - 1;
  while (isOdd(node)) {
    node = half(node);
    last = half(last);
  }
  // A perfect old tree is a subtree of the new one: its root is known and not repeated in the path.
  const startsWithOldRoot = node === 0;
  const first = startsWithOldRoot ? oldRoot : path[0];
  if (first === undefined) return false;
  let oldHash = first;
  let newHash = first;
  for (const sibling of startsWithOldRoot ? path : path.slice(1)) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      oldHash = nodeHash(sibling, oldHash);
      newHash = nodeHash(sibling, newHash);
      while (!isOdd(node) && node !== 0) {
        node = half(node);
        last = half(last);
      }
    } else {
      newHash = nodeHash(newHash, sibling);
    }
    node = half(node);
    last = half(last);
  }
  return last === 0 && bytesEqual(oldHash, oldRoot) && bytesEqual(newHash, newRoot);
}
