/** Built-ins on lists and records. */
import { RuleFault } from './fault.js';
import { exact } from './integers.js';
import { compareValues, kindOf, ListVal, type RecordVal, type Val } from './value.js';
import type { BuiltIn, Work } from './work.js';

/** The least (`sign` 1) or greatest (-1) of integers, or of texts by UTF-8 bytes. */
export function extreme(items: Iterable<Val>, sign: 1 | -1): Val {
  let best: Val | undefined;
  for (const item of items) {
    if (typeof item !== 'number' && typeof item !== 'string') {
      throw new RuleFault('policy/type', `${kindOf(item)} has no order: only integers and texts have one`);
    }
    if (best !== undefined && typeof item !== typeof best) {
      throw new RuleFault('policy/type', 'integers and texts have no common order');
    }
    if (best === undefined || compareValues(item, best) * sign < 0) best = item;
  }
  if (best === undefined) throw new RuleFault('policy/empty', `there is no ${sign === 1 ? 'min' : 'max'} of nothing`);
  return best;
}

/** Distinct values in canonical order. */
export function canonicalList(items: Iterable<Val>, work: Work): ListVal {
  const sorted = [...items].sort(compareValues);
  work.spend(sorted.length);
  return work.pool.list(sorted);
}

function sumOf(items: readonly Val[]): number {
  let sum = 0;
  for (const item of items) sum = exact(sum + (item as number), () => 'the sum');
  return sum;
}

const overList =
  (built: (items: readonly Val[], work: Work) => Val): BuiltIn =>
  ([list], work) => {
    const { items } = list as ListVal;
    work.spend(items.length);
    return built(items, work);
  };

const count: BuiltIn = ([of]) => (of instanceof ListVal ? of.items.length : (of as RecordVal).values.length);

const concat: BuiltIn = ([first, second], work) => {
  const items = [...(first as ListVal).items, ...(second as ListVal).items];
  work.spend(items.length);
  return work.pool.list(items);
};

export const COLLECTION_IMPLEMENTATIONS: Readonly<Record<string, BuiltIn>> = {
  count,
  min: overList((items) => extreme(items, 1)),
  max: overList((items) => extreme(items, -1)),
  sort: overList((items, work) => work.pool.list([...items].sort(compareValues))),
  reverse: overList((items, work) => work.pool.list([...items].reverse())),
  first: ([list]) => (list as ListVal).items[0] ?? null,
  last: ([list]) => (list as ListVal).items.at(-1) ?? null,
  sum: overList(sumOf),
  distinct: overList((items, work) => canonicalList(new Set(items), work)),
  keys: ([record], work) => {
    const { keys } = (record as RecordVal).shape;
    work.spend(keys.length);
    return work.pool.list(keys);
  },
  values: ([record], work) => {
    const { values } = record as RecordVal;
    work.spend(values.length);
    return work.pool.list(values);
  },
  has: ([record, key]) => (record as RecordVal).has(key as string),
  get: ([record, key, fallback]) => {
    const found = (record as RecordVal).get(key as string);
    return found === undefined ? (fallback as Val) : found;
  },
  concat,
};
