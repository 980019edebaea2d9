/** Rows of a predicate, each once, in the order in which they were derived, with indexes on the columns that are asked for. */
import type { Val } from '../builtins/index.js';

export type Row = readonly Val[];

/** Which rows a literal of a recursive rule looks at: those before the last round, those of it, both. */
export type Range = 'all' | 'old' | 'delta';

type Level = Map<Val, Level | number[]>;

/** Positions of rows by the values of some columns; ascending. */
class Index {
  readonly #root: Level = new Map();
  #end = 0;

  constructor(readonly columns: readonly number[]) {}

  find(rows: readonly Row[], values: readonly Val[]): readonly number[] | undefined {
    for (; this.#end < rows.length; this.#end++) this.#add(rows[this.#end] as Row, this.#end);
    let level = this.#root;
    for (let i = 0; i < values.length - 1; i++) {
      const next = level.get(values[i] as Val);
      if (next === undefined) return undefined;
      level = next as Level;
    }
    return level.get(values[values.length - 1] as Val) as number[] | undefined;
  }

  #add(row: Row, position: number): void {
    let level = this.#root;
    const last = this.columns.length - 1;
    for (let i = 0; i < last; i++) {
      const value = row[this.columns[i] as number] as Val;
      let next = level.get(value) as Level | undefined;
      if (next === undefined) {
        next = new Map();
        level.set(value, next);
      }
      level = next;
    }
    const value = row[this.columns[last] as number] as Val;
    const found = level.get(value) as number[] | undefined;
    if (found === undefined) level.set(value, [position]);
    else found.push(position);
  }
}

export class Relation {
  readonly rows: Row[] = [];
  /** When each row was derived, counted over all relations of a run; ascending. */
  readonly order: number[] = [];
  /** Rows from here on are those of the last round. */
  old = 0;
  /** Rows from here on are those of the round that runs. */
  end = 0;
  readonly #whole: Index;
  readonly #indexes = new Map<string, Index>();

  constructor(readonly arity: number) {
    this.#whole = new Index(Array.from({ length: arity }, (_, at) => at));
  }

  has(row: Row): boolean {
    return this.positionOf(row) !== undefined;
  }

  positionOf(row: Row): number | undefined {
    if (this.arity === 0) return this.rows.length > 0 ? 0 : undefined;
    return this.#whole.find(this.rows, row)?.[0];
  }

  /** False when the row is there already. */
  add(row: Row, order: number): boolean {
    if (this.has(row)) return false;
    this.rows.push(row);
    this.order.push(order);
    return true;
  }

  /** Positions of the rows with these values in these columns (at least one, ascending). */
  find(columns: readonly number[], values: readonly Val[]): readonly number[] | undefined {
    if (columns.length === this.arity) return this.#whole.find(this.rows, values);
    const key = columns.join();
    let index = this.#indexes.get(key);
    if (index === undefined) {
      index = new Index(columns);
      this.#indexes.set(key, index);
    }
    return index.find(this.rows, values);
  }

  /** How many rows were derived before `order`. */
  countBefore(order: number): number {
    let [low, high] = [0, this.order.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.order[middle] as number) < order) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The first index in ascending positions that is not before `from`. */
export function lowerBound(positions: readonly number[], from: number): number {
  let [low, high] = [0, positions.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((positions[middle] as number) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
