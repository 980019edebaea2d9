/** A place in the order at which the sandbox is rebuilt, and all that it takes to go on from it. */
import type { Cid } from '../codec/index.js';
import type { Oid } from '../git/index.js';
import { Frontier, type FrontierSnapshot } from '../merkle/index.js';
import type { FoldBundle } from './bundle.js';
import { checkState, type State } from './state-blocks.js';

/** The last envelope of a chain that was folded whole. */
export interface FoldedHead {
  readonly cid: Cid;
  readonly lastSeq: number;
  readonly clock: number;
  readonly oid: Oid;
}

export interface FoldPlace {
  /** Records folded so far: a multiple of WINDOW. */
  readonly events: number;
  readonly state: State;
  readonly gasUsed: number;
  readonly frontier: FrontierSnapshot;
  /** By chain. */
  readonly heads: ReadonlyMap<string, FoldedHead>;
  /** Records of the next envelope that are folded already. */
  readonly skip: number;
}

/** Before the first record. Throws as `checkState`. */
export function firstPlace({ manifest }: FoldBundle): FoldPlace {
  return {
    events: 0,
    state: checkState(manifest.initial ?? {}),
    gasUsed: 0,
    frontier: new Frontier().snapshot(),
    heads: new Map(),
    skip: 0,
  };
}
