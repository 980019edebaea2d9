/** Does the program fit into its encoded form? Lists and maps inside one another, and the number of values. */
import type { JsonValue, Value } from '../../codec/index.js';
import { LIMITS } from '../../kernel/index.js';
import { extentOfValue } from './constants.js';
import type { Clause, Head, Place, Program } from './ir.js';

export type SizeFault = { readonly place: Place } & (
  | { readonly what: 'too-deep' }
  | { readonly what: 'too-many'; readonly limit: number; readonly things: 'values in the compiled bundle' }
);

/** Lists and maps around a clause: program, predicates, predicate, clauses. */
const AROUND_CLAUSE = 4;
/** Around a head: program, heads. */
const AROUND_HEAD = 2;

/** Depth of a value, and how many values it holds with itself. */
export function extentOf(value: Value): { readonly depth: number; readonly count: number } {
  if (typeof value !== 'object' || value === null) return extentOfValue(value as JsonValue);
  if (value instanceof Uint8Array) return { depth: 0, count: 1 };
  let [depth, count] = [0, 1];
  for (const part of Object.values(value) as readonly Value[]) {
    const inner = extentOf(part);
    depth = Math.max(depth, inner.depth);
    count += inner.count;
  }
  return { depth: depth + 1, count };
}

export function findSizeFaults({ predicates, heads }: Program): readonly SizeFault[] {
  const parts: readonly (readonly [Clause | Head, number])[] = [
    ...predicates.flatMap(({ clauses }) => clauses.map((clause) => [clause, AROUND_CLAUSE] as const)),
    ...heads.map((head) => [head, AROUND_HEAD] as const),
  ];
  const faults: SizeFault[] = [];
  let total = 0;
  for (const [part, around] of parts) {
    const { depth, count } = extentOf(part as unknown as Value);
    if (around + depth > LIMITS.depth) faults.push({ what: 'too-deep', place: part.place });
    if (total <= LIMITS.policyNodes && total + count > LIMITS.policyNodes)
      faults.push({
        what: 'too-many',
        limit: LIMITS.policyNodes,
        things: 'values in the compiled bundle',
        place: part.place,
      });
    total += count;
  }
  return faults;
}
