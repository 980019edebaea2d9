/**
 * The values that rules compute with. Lists and records are made once per pool: equal values are one object, so that
 * equality is identity, a value is its own hash key, and comparing walks one path to the first difference. Nothing here
 * depends on the order of keys in the document: records keep their keys in byte order.
 */
import { compareText } from '../../kernel/index.js';

export type Val = null | boolean | number | string | ListVal | RecordVal;

/** The keys of records that have the same keys. */
export class Shape {
  readonly index: ReadonlyMap<string, number>;

  constructor(
    readonly id: number,
    /** In byte order. */
    readonly keys: readonly string[],
  ) {
    this.index = new Map(keys.map((key, at) => [key, at]));
  }
}

export class ListVal {
  constructor(
    readonly id: number,
    readonly items: readonly Val[],
    /** Nested lists and records, itself included. */
    readonly depth: number,
    /** Values in it, itself included; shared ones count each time. */
    readonly size: number,
  ) {}
}

export class RecordVal {
  constructor(
    readonly id: number,
    readonly shape: Shape,
    /** In the order of the shape's keys. */
    readonly values: readonly Val[],
    readonly depth: number,
    readonly size: number,
  ) {}

  has(key: string): boolean {
    return this.shape.index.has(key);
  }

  get(key: string): Val | undefined {
    const at = this.shape.index.get(key);
    return at === undefined ? undefined : this.values[at];
  }
}

export function isComposite(value: Val): value is ListVal | RecordVal {
  return typeof value === 'object' && value !== null;
}

/** What a value is, for messages. */
export function kindOf(value: Val): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return 'a boolean';
  if (typeof value === 'number') return 'an integer';
  if (typeof value === 'string') return 'a text';
  return value instanceof ListVal ? 'a list' : 'a record';
}

function rank(value: Val): number {
  if (value === null) return 0;
  if (typeof value === 'boolean') return 1;
  if (typeof value === 'number') return 2;
  if (typeof value === 'string') return 3;
  return value instanceof ListVal ? 4 : 5;
}

function compareLists(a: readonly Val[], b: readonly Val[]): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const [x, y] = [a[i] as Val, b[i] as Val];
    if (x !== y) return compareValues(x, y);
  }
  return a.length - b.length;
}

/** Entry by entry in byte order of keys, key before value; a prefix sorts first. */
function compareRecords(a: RecordVal, b: RecordVal): number {
  if (a.shape === b.shape) return compareLists(a.values, b.values);
  const [x, y] = [a.shape.keys, b.shape.keys];
  const shared = Math.min(x.length, y.length);
  for (let i = 0; i < shared; i++) {
    const keys = compareText(x[i] as string, y[i] as string);
    if (keys !== 0) return keys;
    const [v, w] = [a.values[i] as Val, b.values[i] as Val];
    if (v !== w) return compareValues(v, w);
  }
  return x.length - y.length;
}

/**
 * The canonical order of all values: null, false, true, integers, texts by UTF-8 bytes, lists element by element, records
 * entry by entry. Both must come from one pool (or a pool and its base).
 */
export function compareValues(a: Val, b: Val): number {
  if (a === b) return 0;
  const ranks = rank(a) - rank(b);
  if (ranks !== 0) return ranks;
  if (typeof a === 'string') return compareText(a, b as string);
  if (a instanceof ListVal) return compareLists(a.items, (b as ListVal).items);
  if (a instanceof RecordVal) return compareRecords(a, b as RecordVal);
  return Number(a) - Number(b);
}
