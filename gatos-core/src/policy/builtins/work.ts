/** What a built-in may use beside its arguments. */
import type { GlobCache } from './glob.js';
import type { Pool } from './pool.js';
import type { Val } from './value.js';

export interface Work {
  readonly pool: Pool;
  /** Of one run, so that what it costs does not depend on runs before. */
  readonly globs: GlobCache;
  /** Throws `policy/gas` when it is used up. */
  spend(gas: number): void;
}

/** Arguments are of the types that the signature gives. */
export type BuiltIn = (args: readonly Val[], work: Work) => Val;
