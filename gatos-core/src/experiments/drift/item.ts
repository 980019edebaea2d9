/** A place inside of a file in which two versions of it part. */

/** One place inside of a file. */
export interface ContentItem {
  /** A path of JSON, `row 3, column price` … */
  readonly place: string;
  /** Null: it is not there. */
  readonly recorded: string | null;
  readonly reproduced: string | null;
  /** Of two numbers, how far they are apart relative to the larger one, three significant digits; else null. */
  readonly relative: string | null;
}
