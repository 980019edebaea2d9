/** The form of the golden vectors in `conformance/vectors`. Runners are pure, so that a browser runs the same ones. */

export interface Vector {
  readonly id: string;
  readonly note: string;
  /** Where the behaviour is specified. */
  readonly requirement: string;
  readonly input: unknown;
  /** The answer, or ... */
  readonly want?: unknown;
  /** ... the code of the refusal. */
  readonly wantError?: string;
}

export interface VectorFile {
  /** Says which runner takes the vectors. */
  readonly area: string;
  readonly vectors: readonly Vector[];
}

/** How a vector is not met, in words; undefined when it is. */
export type VectorMismatch = string | undefined;
