/**
 * The commits of a history as a graph, held compactly: about 100 bytes a commit, whatever the commits say. Gives them the one order in
 * which they become events: a commit comes after all its parents, and whenever several may come next it is the one with the least id.
 * That order follows from the commits alone: not from names of refs, from dates, or from the version of git.
 */
import { InvariantError } from 'gatos-core';

/** Number of a commit in the graph, in the order in which it was first named. */
export type Node = number;

const FIRST_ROOM = 1024;
const EMPTY_SLOT = -1;

/** Ids of one length as numbers from 0: each is kept once, as bytes. An open-addressed table; ids are uniform, so they are their own hash. */
export class OidNumbers {
  readonly #width: number;
  #ids: Buffer;
  #slots: Int32Array;
  #size = 0;

  /** `width`: bytes of an id. */
  constructor(width: number) {
    this.#width = width;
    this.#ids = Buffer.alloc(FIRST_ROOM * width);
    this.#slots = new Int32Array(FIRST_ROOM * 2).fill(EMPTY_SLOT);
  }

  get size(): number {
    return this.#size;
  }

  /** The number of an id; a new one when it was not seen before. */
  add(oid: string): Node {
    if ((this.#size + 1) * this.#width > this.#ids.length) this.#grow();
    const at = this.#size * this.#width;
    this.#ids.write(oid, at, this.#width, 'hex');
    const slot = this.#find(at);
    const known = this.#slots[slot] ?? EMPTY_SLOT;
    if (known !== EMPTY_SLOT) return known;
    this.#slots[slot] = this.#size;
    this.#size += 1;
    return this.#size - 1;
  }

  oid(node: Node): string {
    return this.#ids.toString('hex', node * this.#width, (node + 1) * this.#width);
  }

  /** Is the id of `a` less than that of `b`, byte by byte? */
  isBefore(a: Node, b: Node): boolean {
    const ids = this.#ids;
    const width = this.#width;
    const [left, right] = [ids.readUInt32BE(a * width), ids.readUInt32BE(b * width)];
    if (left !== right) return left < right;
    return ids.compare(ids, b * width, (b + 1) * width, a * width, (a + 1) * width) < 0;
  }

  /** The slot of the id that stands at an offset, or the empty one where it belongs. */
  #find(offset: number): number {
    const ids = this.#ids;
    const width = this.#width;
    const mask = this.#slots.length - 1;
    for (let slot = ids.readUInt32LE(offset) & mask; ; slot = (slot + 1) & mask) {
      const node = this.#slots[slot] ?? EMPTY_SLOT;
      if (node === EMPTY_SLOT) return slot;
      if (ids.compare(ids, offset, offset + width, node * width, (node + 1) * width) === 0) return slot;
    }
  }

  #grow(): void {
    const ids = Buffer.alloc(this.#ids.length * 2);
    this.#ids.copy(ids);
    this.#ids = ids;
    this.#slots = new Int32Array(this.#slots.length * 2).fill(EMPTY_SLOT);
    for (let node = 0; node < this.#size; node++) this.#slots[this.#find(node * this.#width)] = node;
  }
}

/** Integers by index, 0 where none was set. It grows by doubling, and costs four bytes each. */
class Column {
  #values = new Int32Array(FIRST_ROOM);

  get(index: number): number {
    return this.#values[index] ?? 0;
  }

  set(index: number, value: number): void {
    if (index >= this.#values.length) {
      const values = new Int32Array(Math.max(this.#values.length * 2, index + 1));
      values.set(this.#values);
      this.#values = values;
    }
    this.#values[index] = value;
  }
}

/** A history as it is discovered: which commits belong to it, and what their parents are. */
export class CommitGraph {
  readonly ids: OidNumbers;
  /** Nodes that belong to the history, in the order of discovery; others were only named as parents. */
  readonly #members = new Column();
  readonly #isMember = new Column();
  #size = 0;
  /** Where the parents of a node start in `#parents`, and how many there are. */
  readonly #starts = new Column();
  readonly #counts = new Column();
  readonly #parents = new Column();
  #edgeCount = 0;

  constructor(width: number) {
    this.ids = new OidNumbers(width);
  }

  get size(): number {
    return this.#size;
  }

  /** Adds a commit to the history; false when it belongs to it already. */
  add(node: Node): boolean {
    if (this.#isMember.get(node) === 1) return false;
    this.#isMember.set(node, 1);
    this.#members.set(this.#size, node);
    this.#size += 1;
    return true;
  }

  /** States the parents of a node, once; a node without such a statement is a root. */
  setParents(node: Node, parents: readonly Node[]): void {
    this.#starts.set(node, this.#edgeCount);
    this.#counts.set(node, parents.length);
    for (const parent of parents) {
      this.#parents.set(this.#edgeCount, parent);
      this.#edgeCount += 1;
    }
  }

  /** Members in their order. Parents that are no members count for nothing. */
  order(): Int32Array {
    const { starts, children, waiting } = this.#children();
    const heap = new NodeHeap(this.ids);
    for (let i = 0; i < this.#size; i++) {
      const node = this.#members.get(i);
      if (waiting[node] === 0) heap.push(node);
    }
    const order = new Int32Array(this.#size);
    let at = 0;
    for (let node = heap.pop(); node !== undefined; node = heap.pop()) {
      order[at] = node;
      at += 1;
      for (let i = starts[node] ?? 0; i < (starts[node + 1] ?? 0); i++) {
        const child = children[i] ?? 0;
        const left = (waiting[child] ?? 0) - 1;
        waiting[child] = left;
        if (left === 0) heap.push(child);
      }
    }
    // An id is a hash over the ids of the parents, and every commit was hashed again when it was read.
    if (at !== order.length) throw new InvariantError('a history has no cycles');
    return order;
  }

  /** Edges turned round: where the children of each node start, and for how many edges each node waits. */
  #children(): { starts: Int32Array; children: Int32Array; waiting: Int32Array } {
    const size = this.ids.size;
    const starts = new Int32Array(size + 1);
    const waiting = new Int32Array(size);
    for (const [parent, child] of this.#edges()) {
      starts[parent + 1] = (starts[parent + 1] ?? 0) + 1;
      waiting[child] = (waiting[child] ?? 0) + 1;
    }
    for (let node = 0; node < size; node++) starts[node + 1] = (starts[node + 1] ?? 0) + (starts[node] ?? 0);
    const free = starts.slice();
    const children = new Int32Array(starts[size] ?? 0);
    for (const [parent, child] of this.#edges()) {
      const at = free[parent] ?? 0;
      children[at] = child;
      free[parent] = at + 1;
    }
    return { starts, children, waiting };
  }

  *#edges(): Generator<readonly [parent: Node, child: Node]> {
    for (let i = 0; i < this.#size; i++) {
      const child = this.#members.get(i);
      const start = this.#starts.get(child);
      const end = start + this.#counts.get(child);
      for (let at = start; at < end; at++) {
        const parent = this.#parents.get(at);
        if (this.#isMember.get(parent) === 1) yield [parent, child];
      }
    }
  }
}

/** A binary heap of nodes, the least id on top. */
class NodeHeap {
  readonly #nodes: Node[] = [];

  constructor(private readonly ids: OidNumbers) {}

  push(node: Node): void {
    const nodes = this.#nodes;
    let at = nodes.length;
    nodes.push(node);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = nodes[above] as Node;
      if (!this.ids.isBefore(node, other)) break;
      nodes[at] = other;
      at = above;
    }
    nodes[at] = node;
  }

  pop(): Node | undefined {
    const nodes = this.#nodes;
    const top = nodes[0];
    const last = nodes.pop();
    if (top === undefined || last === undefined || nodes.length === 0) return top;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= nodes.length) break;
      if (below + 1 < nodes.length && this.ids.isBefore(nodes[below + 1] as Node, nodes[below] as Node)) below += 1;
      const other = nodes[below] as Node;
      if (!this.ids.isBefore(other, last)) break;
      nodes[at] = other;
      at = below;
    }
    nodes[at] = last;
    return top;
  }
}
