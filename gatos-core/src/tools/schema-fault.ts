/** Where and how a schema departs from what is taken. Steps lead to the part, from the outside. */
export interface SchemaFault {
  readonly steps: readonly string[];
  readonly why: string;
}
