/** Faults of the Merkle tree: wrong use of a tree of ours. A proof that does not hold is an answer (`false`), not a fault. */
import { errorArea } from '../kernel/index.js';

export const merkleError = errorArea('merkle', {
  index: {
    kind: 'input',
    message: (d: { index: number; size: number }) => `there is no leaf ${d.index} in a tree of ${d.size}`,
  },
  size: {
    kind: 'input',
    message: (d: { oldSize: number; size: number }) => `a tree of ${d.size} leaves was never one of ${d.oldSize}`,
  },
  snapshot: {
    kind: 'input',
    message: (d: { why: string }) => `this is no frontier of a tree: ${d.why}`,
  },
});
