/** Merkle lists (RFC-MYTHOS-0004 section 5): digests in the order given, never sorted and never deduplicated, under one CID. */
import { formatHex } from '../../codec/index.js';
import { bytesEqual, type Check, failed, GatosError, passed } from '../../kernel/index.js';
import { mythosError } from '../errors.js';
import { LIST_INTERNAL, LIST_LEAF, NODE_KIND } from '../structs/merkle.js';
import {
  badNode,
  checkChildren,
  encodeNode,
  exactNumber,
  type GetNode,
  type NodeBytes,
  readNode,
  readPayload,
} from './merkle-node.js';
import { FANOUT } from './merkle-shape.js';
import { TreeBuilder, type TreeForm } from './tree-builder.js';
import { followProof, type Place, proofOfPath, type TreeNode, type TreeProof, TreeReader } from './tree-reader.js';

const FORM: TreeForm<Uint8Array> = {
  sizeOf: () => 0,
  leaf: (values) => encodeNode(NODE_KIND.listLeaf, LIST_LEAF, { values }),
  internal: (children, { count }) =>
    encodeNode(NODE_KIND.listInternal, LIST_INTERNAL, {
      children: children.map(({ cid }) => cid),
      count: BigInt(count),
    }),
};

export interface BuiltMerkleList {
  readonly cid: Uint8Array;
  readonly count: number;
  /** All nodes, children before parents, the root last; empty when there was an `onNode`. */
  readonly nodes: readonly Uint8Array[];
}

/** Takes digests of 32 bytes, one after another, and makes the list of them in O(log n) memory. */
export class MerkleListBuilder {
  readonly #builder: TreeBuilder<Uint8Array>;
  readonly #nodes: Uint8Array[] = [];
  #count = 0;

  /** `onNode` gets each node as soon as it is complete, children before parents; `finish` then collects none. */
  constructor({ onNode }: { readonly onNode?: ((node: NodeBytes) => void) | undefined } = {}) {
    this.#builder = new TreeBuilder(FORM, onNode ?? (({ bytes }) => this.#nodes.push(bytes)));
  }

  add(value: Uint8Array): void {
    this.#builder.add(value);
    this.#count++;
  }

  /** Throws `mythos/empty-tree` without any value: a leaf has at least one. */
  finish(): BuiltMerkleList {
    if (this.#count === 0) throw mythosError('empty-tree', { what: 'a Merkle list' });
    const { cid, count } = this.#builder.finish();
    return { cid, count, nodes: this.#nodes };
  }
}

/** The list of these digests. Throws `mythos/empty-tree`. */
export function buildMerkleList(values: Iterable<Uint8Array>): BuiltMerkleList {
  const builder = new MerkleListBuilder();
  for (const value of values) builder.add(value);
  return builder.finish();
}

export interface ListNode extends TreeNode {
  /** The values of a leaf; empty in an internal node. */
  readonly values: readonly Uint8Array[];
}

/** Reads a node strictly. Throws `mythos/bad-node`. */
export function readListNode(cid: Uint8Array, bytes: Uint8Array, place?: Place<ListNode>): ListNode {
  const node = nodeOf(cid, bytes);
  if (place !== undefined && node.count !== place.count)
    throw badNode(cid, `it holds ${node.count} values where ${place.count} belong`);
  return node;
}

function nodeOf(cid: Uint8Array, bytes: Uint8Array): ListNode {
  const { kind, payload } = readNode(cid, bytes);
  if (kind === NODE_KIND.listLeaf) {
    const { values } = readPayload(cid, LIST_LEAF, payload);
    if (values.length < 1 || values.length > FANOUT)
      throw badNode(cid, `a leaf has 1 to ${FANOUT} values, not ${values.length}`);
    return { cid, bytes, count: values.length, size: 0, values };
  }
  if (kind !== NODE_KIND.listInternal) throw badNode(cid, `its kind is ${kind}, not that of a Merkle list`);
  const internal = readPayload(cid, LIST_INTERNAL, payload);
  const count = exactNumber(cid, internal.count, 'count');
  checkChildren(cid, count, internal.children.length);
  return { cid, bytes, count, size: 0, values: [], children: internal.children };
}

/** A value that was looked up, with the proof that it stands there under the root. */
export interface FoundValue {
  readonly index: number;
  readonly value: Uint8Array;
  readonly proof: TreeProof;
}

/** A list whose root was read. Every node is checked when it is read: CID, form, count, place. */
export class MerkleList {
  readonly #reader: TreeReader<ListNode>;

  private constructor(reader: TreeReader<ListNode>) {
    this.#reader = reader;
  }

  /** Reads the root. Throws `mythos/missing-node`, `mythos/bad-node`. */
  static async open(cid: Uint8Array, getNode: GetNode): Promise<MerkleList> {
    return new MerkleList(await TreeReader.open(cid, readListNode, getNode));
  }

  get cid(): Uint8Array {
    return this.#reader.root.cid;
  }

  get count(): number {
    return this.#reader.root.count;
  }

  /** All values in order; one path of nodes is in memory. Throws as `open`, as soon as a node is wrong. */
  async *values(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const { node } of this.#reader.leaves()) yield* node.values;
  }

  /** One value with its proof, read along one path. Throws `mythos/no-such-value`, and as `open`. */
  async value(index: number): Promise<FoundValue> {
    if (!Number.isSafeInteger(index) || index < 0 || index >= this.count)
      throw mythosError('no-such-value', { index, count: this.count });
    const path = await this.#reader.path(index);
    const { node, first } = path.at(-1) as { readonly node: ListNode; readonly first: number };
    return { index, value: node.values[index - first] as Uint8Array, proof: proofOfPath(path) };
  }
}

/** All values of a list in order, each node checked when it is reached. Throws `mythos/missing-node`, `mythos/bad-node`. */
export async function* readMerkleList(cid: Uint8Array, getNode: GetNode): AsyncGenerator<Uint8Array, void, undefined> {
  yield* (await MerkleList.open(cid, getNode)).values();
}

/** A claim that a digest is number `index` of the list `cid`. */
export interface ListClaim {
  readonly cid: Uint8Array;
  readonly index: number;
  readonly value: Uint8Array;
  readonly proof: TreeProof;
}

/** Checks a claim from nothing but itself. Throws `mythos/bad-node`, `mythos/no-such-value`, `mythos/list-proof`. */
export function checkListInclusion({ cid, index, value, proof }: ListClaim): void {
  const refused = (why: string) => mythosError('list-proof', { cid: formatHex(cid), index, why });
  const absent = (count: number) => mythosError('no-such-value', { index, count });
  const { node, first } = followProof({ cid, index, proof, read: readListNode, absent, refused });
  const there = node.values[index - first] as Uint8Array;
  if (!bytesEqual(there, value)) throw refused(`the value there is ${formatHex(there)}`);
}

/** As `checkListInclusion`, as a check of a report. */
export function verifyListInclusion(claim: ListClaim): Check {
  const subject = `value ${claim.index} of ${formatHex(claim.cid)}`;
  try {
    checkListInclusion(claim);
    return passed('list', subject, 'it stands there under the root');
  } catch (error) {
    if (error instanceof GatosError) return failed('list', subject, error);
    throw error;
  }
}
