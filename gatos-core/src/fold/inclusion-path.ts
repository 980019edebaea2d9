/**
 * The audit path of one leaf of a growing Merkle tree (RFC 9162 section 2.1.3), collected while the leaves pass by: memory
 * follows the depth of the tree, not the number of leaves.
 */
import { leafHash, nodeHash } from '../merkle/index.js';

/** The root of a perfect subtree. */
interface Peak {
  readonly hash: Uint8Array;
  /** Does the leaf lie below it? */
  readonly ours: boolean;
}

export class InclusionPath {
  readonly #peaks: Peak[] = [];
  #size = 0;
  #index: number | null = null;
  readonly #path: Uint8Array[] = [];

  /** Leaves so far. */
  get size(): number {
    return this.#size;
  }

  /** Index of the leaf, null as long as it has not come. */
  get index(): number | null {
    return this.#index;
  }

  /** Adds the data of a leaf; `ours` marks the one whose path is wanted, the first time that it comes. */
  append(leaf: Uint8Array, ours: boolean): void {
    const first = ours && this.#index === null;
    if (first) this.#index = this.#size;
    let top: Peak = { hash: leafHash(leaf), ours: first };
    for (let rest = this.#size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      top = this.#join(this.#peaks.pop() as Peak, top);
    }
    this.#peaks.push(top);
    this.#size += 1;
  }

  /** The path from the leaf up, when all leaves have come. To be called once. */
  finish(): readonly Uint8Array[] {
    let top = this.#peaks.pop();
    while (top !== undefined && this.#peaks.length > 0) top = this.#join(this.#peaks.pop() as Peak, top);
    return this.#path;
  }

  #join(left: Peak, right: Peak): Peak {
    if (left.ours) this.#path.push(right.hash);
    else if (right.ours) this.#path.push(left.hash);
    return { hash: nodeHash(left.hash, right.hash), ours: left.ours || right.ours };
  }
}
