/** Builds the layers of a tree bottom-up while entries come in: nodes are given away as they are complete, in O(log n) memory. */
import { invariant } from '../../kernel/index.js';
import type { NodeBytes } from './merkle-node.js';
import { FANOUT } from './merkle-shape.js';

/** A finished node on its way into its parent. */
export interface Child {
  readonly cid: Uint8Array;
  /** Entries below. */
  readonly count: number;
  /** Bytes below; 0 where entries have no size. */
  readonly size: number;
}

/** What tells one kind of tree from another. */
export interface TreeForm<V> {
  sizeOf(entry: V): number;
  leaf(entries: readonly V[], size: number): NodeBytes;
  internal(children: readonly Child[], below: { readonly count: number; readonly size: number }): NodeBytes;
}

export class TreeBuilder<V> {
  readonly #form: TreeForm<V>;
  readonly #emit: (node: NodeBytes) => void;
  #entries: V[] = [];
  /** Nodes that wait for a parent: those of the leaves first. */
  readonly #layers: Child[][] = [];

  constructor(form: TreeForm<V>, emit: (node: NodeBytes) => void) {
    this.#form = form;
    this.#emit = emit;
  }

  add(entry: V): void {
    this.#entries.push(entry);
    if (this.#entries.length === FANOUT) this.#closeLeaf();
  }

  #closeLeaf(): void {
    const entries = this.#entries;
    this.#entries = [];
    const size = entries.reduce((sum, entry) => sum + this.#form.sizeOf(entry), 0);
    const node = this.#form.leaf(entries, size);
    this.#emit(node);
    this.#push(0, { cid: node.cid, count: entries.length, size });
  }

  #push(level: number, child: Child): void {
    const layer = this.#layers[level] ?? [];
    this.#layers[level] = layer;
    layer.push(child);
    if (layer.length === FANOUT) this.#closeLayer(level);
  }

  #closeLayer(level: number): void {
    const children = this.#layers[level] as Child[];
    this.#layers[level] = [];
    const count = children.reduce((sum, child) => sum + child.count, 0);
    const size = children.reduce((sum, child) => sum + child.size, 0);
    const node = this.#form.internal(children, { count, size });
    this.#emit(node);
    this.#push(level + 1, { cid: node.cid, count, size });
  }

  /** The root over everything that was added, at least one entry; nothing may be added after it. */
  finish(): Child {
    if (this.#entries.length > 0) this.#closeLeaf();
    let level = 0;
    for (;;) {
      invariant(level < this.#layers.length, 'a tree has at least one entry');
      const layer = this.#layers[level] as Child[];
      const [first] = layer;
      if (layer.length > 1) this.#closeLayer(level);
      else if (first !== undefined) {
        if (this.#isTop(level)) return first;
        // Left over alone: no node has a single child, so it goes up as it is.
        this.#layers[level] = [];
        this.#push(level + 1, first);
      }
      level++;
    }
  }

  #isTop(level: number): boolean {
    return this.#layers.slice(level + 1).every((layer) => layer.length === 0);
  }
}
