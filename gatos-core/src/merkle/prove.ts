/** Proofs from the stored hashes of all leaves (RFC 9162 sections 2.1.3.1 and 2.1.4.1). A proof costs O(n) hashes. */
import { merkleError } from './errors.js';
import { Frontier } from './frontier.js';

type Hashes = readonly Uint8Array[];

/** Half-open range of leaf indices. */
interface Range {
  readonly from: number;
  readonly to: number;
}

function rangeRoot(hashes: Hashes, { from, to }: Range): Uint8Array {
  const frontier = new Frontier();
  for (let i = from; i < to; i++) frontier.appendHash(hashes[i] as Uint8Array);
  return frontier.root();
}

/** The largest power of two below `size` (at least 2): where a tree of that size splits. */
function split(size: number): number {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}

/**
 * The audit path of the leaf at `index`, from the leaf up: at most 53 hashes of 32 bytes.
 * Throws `merkle/index` when there is no such leaf.
 */
export function inclusionProof(leafHashes: Hashes, index: number): Uint8Array[] {
  const size = leafHashes.length;
  if (!Number.isInteger(index) || index < 0 || index >= size) throw merkleError('index', { index, size });
  const path: Uint8Array[] = [];
  let range: Range = { from: 0, to: size };
  while (range.to - range.from > 1) {
    const middle = range.from + split(range.to - range.from);
    const left = { from: range.from, to: middle };
    const right = { from: middle, to: range.to };
    const isLeft = index < middle;
    path.push(rangeRoot(leafHashes, isLeft ? right : left));
    range = isLeft ? left : right;
  }
  return path.reverse();
}

/**
 * The proof that the tree over the first `oldSize` leaves is a prefix of the tree over all of them. Empty for equal sizes,
 * and for an old size of 0, which is a prefix of everything.
 * Throws `merkle/size` when `oldSize` is no size from 0 to the number of leaves.
 */
export function consistencyProof(leafHashes: Hashes, oldSize: number): Uint8Array[] {
  const size = leafHashes.length;
  if (!Number.isInteger(oldSize) || oldSize < 0 || oldSize > size) throw merkleError('size', { oldSize, size });
  if (oldSize === 0) return [];
  const proof: Uint8Array[] = [];
  let range: Range = { from: 0, to: size };
  // While the range starts at 0 the verifier knows the root of the old part; afterwards it has to be told.
  while (oldSize < range.to) {
    const middle = range.from + split(range.to - range.from);
    const left = { from: range.from, to: middle };
    const right = { from: middle, to: range.to };
    const isLeft = oldSize <= middle;
    proof.push(rangeRoot(leafHashes, isLeft ? right : left));
    range = isLeft ? left : right;
  }
  if (range.from > 0) proof.push(rangeRoot(leafHashes, range));
  return proof.reverse();
}
