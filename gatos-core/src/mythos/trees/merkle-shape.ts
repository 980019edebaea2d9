/**
 * The shape that construction gives a tree of `count` entries (RFC-MYTHOS-0004 sections 5.5 and 6.5): leaves of 1024 in order,
 * then layers of nodes with up to 1024 children. The RFC wants groups of at most 1024 and never a node with a single child; so a
 * node that is left over alone goes up to the next layer as it is. Count and position therefore say everything about a node:
 * no proof has to state where it stands.
 */
import { invariant } from '../../kernel/index.js';

/** Values of a leaf and children of an internal node, at most (RFC-MYTHOS-0004 section 4.3). */
export const FANOUT = 1024;

/** Does a tree of that many entries consist of one leaf? */
export function isLeafCount(count: number): boolean {
  return count <= FANOUT;
}

/** Entries below each child of an internal node of `count` entries; the last child has what is left. */
export function childSpan(count: number): number {
  invariant(count > FANOUT, 'only an internal node has children');
  let span = FANOUT;
  while (span * FANOUT < count) span *= FANOUT;
  return span;
}

/** Children of an internal node of `count` entries: 2 to 1024. */
export function childCount(count: number): number {
  return Math.ceil(count / childSpan(count));
}

/** Entries below one child of an internal node of `count` entries. */
export function entriesOfChild(count: number, position: number): number {
  const span = childSpan(count);
  return Math.min(span, count - position * span);
}
