/**
 * Reads a Merkle list or chunk tree from the root down. The count in the root and the shape (`merkle-shape.ts`) say what stands
 * where, so every node is held against its place when it is reached, and a proof needs no positions.
 */
import { sha256 } from '#hash';
import { bytesEqual } from '../../kernel/index.js';
import { badNode, fetchNode, type GetNode } from './merkle-node.js';
import { childSpan, entriesOfChild } from './merkle-shape.js';

/** What both kinds of trees have in a node. */
export interface TreeNode {
  readonly cid: Uint8Array;
  readonly bytes: Uint8Array;
  /** Entries below. */
  readonly count: number;
  /** Bytes below; 0 where entries have no size. */
  readonly size: number;
  /** CIDs of the children of an internal node; undefined in a leaf. */
  readonly children?: readonly Uint8Array[] | undefined;
}

/** Where a node has to fit; a root fits anywhere. */
export interface Place<N> {
  readonly count: number;
  readonly parent: N;
}

/** Reads a node strictly, and holds it against its place. Throws `mythos/bad-node`. */
export type ReadTreeNode<N> = (cid: Uint8Array, bytes: Uint8Array, place?: Place<N>) => N;

/** One node on the way down, with the index of its first entry. */
export interface Visit<N> {
  readonly node: N;
  readonly first: number;
}

/** The leaf and the nodes above it, the root last; no parents when the leaf is the root. */
export interface TreeProof {
  readonly leaf: Uint8Array;
  readonly parents: readonly Uint8Array[];
}

export class TreeReader<N extends TreeNode> {
  readonly root: N;
  readonly #read: ReadTreeNode<N>;
  readonly #getNode: GetNode;

  private constructor(root: N, read: ReadTreeNode<N>, getNode: GetNode) {
    this.root = root;
    this.#read = read;
    this.#getNode = getNode;
  }

  /** Reads the root. Throws `mythos/missing-node`, `mythos/bad-node`. */
  static async open<N extends TreeNode>(
    cid: Uint8Array,
    read: ReadTreeNode<N>,
    getNode: GetNode,
  ): Promise<TreeReader<N>> {
    return new TreeReader(read(cid, await fetchNode(cid, getNode)), read, getNode);
  }

  /** The leaves in order; one path of nodes is in memory. Throws as `open`, as soon as a node is wrong. */
  leaves(): AsyncGenerator<Visit<N>, void, undefined> {
    return this.#below({ node: this.root, first: 0 });
  }

  async *#below(visit: Visit<N>): AsyncGenerator<Visit<N>, void, undefined> {
    const { node, first } = visit;
    if (node.children === undefined) {
      yield visit;
      return;
    }
    const span = childSpan(node.count);
    let size = 0;
    for (const position of node.children.keys()) {
      const child = await this.#child(node, position);
      size += child.size;
      yield* this.#below({ node: child, first: first + position * span });
    }
    if (size !== node.size) throw badNode(node.cid, `its children have ${size} bytes, and it says ${node.size}`);
  }

  async #child(parent: N, position: number): Promise<N> {
    const cid = parent.children?.[position] as Uint8Array;
    const bytes = await fetchNode(cid, this.#getNode);
    return this.#read(cid, bytes, { count: entriesOfChild(parent.count, position), parent });
  }

  /** The nodes from the root to the leaf of an entry that there is. Throws as `open`. */
  async path(index: number): Promise<readonly Visit<N>[]> {
    let visit: Visit<N> = { node: this.root, first: 0 };
    const path = [visit];
    while (visit.node.children !== undefined) {
      const { position, first } = stepDown(visit, index);
      visit = { node: await this.#child(visit.node, position), first };
      path.push(visit);
    }
    return path;
  }
}

/** Which child of an internal node an entry is below. */
function stepDown({ node, first }: Visit<TreeNode>, index: number): { position: number; first: number } {
  const span = childSpan(node.count);
  const position = Math.floor((index - first) / span);
  return { position, first: first + position * span };
}

/** The proof that a path is. */
export function proofOfPath(path: readonly Visit<TreeNode>[]): TreeProof {
  const upwards = path.map(({ node }) => node.bytes).reverse();
  return { leaf: upwards[0] as Uint8Array, parents: upwards.slice(1) };
}

export interface ProofQuestion<N> {
  readonly cid: Uint8Array;
  readonly index: number;
  readonly proof: TreeProof;
  readonly read: ReadTreeNode<N>;
  /** The refusal of an index that the tree does not have. */
  readonly absent: (count: number) => Error;
  /** The refusal of a proof that does not lead to the entry. */
  readonly refused: (why: string) => Error;
}

/** The leaf of an entry, when the proof leads to it from the root. Throws `mythos/bad-node` and the refusals it is given. */
export function followProof<N extends TreeNode>({
  cid,
  index,
  proof,
  read,
  absent,
  refused,
}: ProofQuestion<N>): Visit<N> {
  const [root, ...rest] = [proof.leaf, ...proof.parents].reverse() as [Uint8Array, ...Uint8Array[]];
  let visit: Visit<N> = { node: read(cid, root), first: 0 };
  if (!Number.isSafeInteger(index) || index < 0 || index >= visit.node.count) throw absent(visit.node.count);
  for (const bytes of rest) {
    const { node } = visit;
    if (node.children === undefined) throw refused('it goes on below a leaf');
    const { position, first } = stepDown(visit, index);
    const child = node.children[position] as Uint8Array;
    if (!bytesEqual(sha256(bytes), child)) throw refused('its nodes do not lead to this place');
    visit = { node: read(child, bytes, { count: entriesOfChild(node.count, position), parent: node }), first };
  }
  if (visit.node.children !== undefined) throw refused('it ends before the leaf');
  return visit;
}
