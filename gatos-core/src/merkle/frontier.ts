/**
 * A growing Merkle tree in O(log n) memory: only the roots of the perfect subtrees are kept, one for each bit that is set
 * in the size, the largest first. Appending costs one leaf hash and, on average, one node hash.
 */
import { merkleError } from './errors.js';
import { emptyRoot, HASH_LENGTH, leafHash, nodeHash } from './tree-hash.js';

/** What it takes to go on with a tree later. */
export interface FrontierSnapshot {
  /** Leaves so far. */
  readonly size: number;
  /** Roots of the perfect subtrees, the largest first: one for each bit set in `size`. */
  readonly hashes: readonly Uint8Array[];
}

/** How many bits are set in a size of up to 53 bits. */
export function bitsSet(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}

export class Frontier {
  #size = 0;
  readonly #hashes: Uint8Array[] = [];

  /** Goes on from a snapshot. Throws `merkle/snapshot` when hashes and size do not belong together. */
  static restore({ size, hashes }: FrontierSnapshot): Frontier {
    if (!Number.isSafeInteger(size) || size < 0)
      throw merkleError('snapshot', { why: `${size} is no number of leaves` });
    const count = bitsSet(size);
    if (hashes.length !== count)
      throw merkleError('snapshot', { why: `${size} leaves take ${count} hashes, not ${hashes.length}` });
    if (hashes.some((hash) => hash.length !== HASH_LENGTH))
      throw merkleError('snapshot', { why: 'a hash does not have 32 bytes' });
    const frontier = new Frontier();
    frontier.#size = size;
    frontier.#hashes.push(...hashes);
    return frontier;
  }

  /** Leaves so far. */
  get size(): number {
    return this.#size;
  }

  /** Appends the data of a leaf. */
  append(leaf: Uint8Array): void {
    this.appendHash(leafHash(leaf));
  }

  /** Appends a leaf by its hash (32 bytes, from `leafHash`). */
  appendHash(hash: Uint8Array): void {
    if (hash.length !== HASH_LENGTH) throw merkleError('snapshot', { why: 'a hash does not have 32 bytes' });
    let top = hash;
    // Like a carry in binary addition: each set low bit of the old size is a subtree as large as the new one.
    for (let rest = this.#size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      top = nodeHash(this.#hashes.pop() as Uint8Array, top);
    }
    this.#hashes.push(top);
    this.#size++;
  }

  /** The root over all leaves so far: 32 bytes. */
  root(): Uint8Array {
    let root: Uint8Array | undefined;
    for (let i = this.#hashes.length - 1; i >= 0; i--) {
      const left = this.#hashes[i] as Uint8Array;
      root = root === undefined ? left : nodeHash(left, root);
    }
    return root ?? emptyRoot();
  }

  /** What `restore` takes; later appends do not change it. */
  snapshot(): FrontierSnapshot {
    return { size: this.#size, hashes: [...this.#hashes] };
  }
}

/** The root over the data of all leaves (RFC 9162 section 2.1.1): 32 bytes, for no leaves SHA-256 of nothing. */
export function root(leaves: Iterable<Uint8Array>): Uint8Array {
  const frontier = new Frontier();
  for (const leaf of leaves) frontier.append(leaf);
  return frontier.root();
}
