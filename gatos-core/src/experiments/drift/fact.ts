/** A named fact of a run: what is compared. */
export interface Fact {
  readonly name: string;
  /** Null: it has none, as a process has no sandbox engine. */
  readonly value: string | null;
  /** Beside the value, such as a size; may be empty. Not compared. */
  readonly detail: string;
}

export function isSameFact(a: Fact, b: Fact): boolean {
  return a.value === b.value;
}

export function fact(name: string, value: string | null): Fact {
  return { name, value, detail: '' };
}
