/** The trust chain as governance asks about it: which groups were there at an envelope, who was a root at a place in history. */
import { readChain, recordBody } from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import type { GitBackend } from '../git/index.js';
import type { SignatureEngine } from '../identity/index.js';
import {
  applyChanges,
  CHANGE_KIND,
  GENESIS_KIND,
  stateOfGenesis,
  type TrustHistory,
  type TrustState,
} from '../trust/index.js';
import type { Groups } from './quorum-evaluate.js';

/** Trust after one envelope of its chain. */
export interface TrustPoint {
  readonly cid: Cid;
  readonly clock: number;
  readonly groups: Groups;
  readonly roots: readonly string[];
  /** How many of the roots change trust. */
  readonly threshold: number;
}

export class TrustLine {
  readonly #byCid: ReadonlyMap<string, TrustPoint>;

  /** Points in the order of their clocks. */
  constructor(private readonly points: readonly TrustPoint[]) {
    this.#byCid = new Map(points.map((point) => [String(point.cid), point]));
  }

  at(cid: Cid): TrustPoint | null {
    return this.#byCid.get(String(cid)) ?? null;
  }

  /** What an envelope with this clock is judged by: the changes with a smaller one (ADR-0006). Null: there were none. */
  before(clock: number): TrustPoint | null {
    return this.points.findLast((point) => point.clock < clock) ?? null;
  }

  /** The groups where an envelope with this clock is judged. */
  groupsAt(clock: number): Groups {
    return this.before(clock)?.groups ?? new Map();
  }

  /** Was this actor a root where an envelope with this clock is judged? */
  wasRoot(actor: string, clock: number): boolean {
    return this.before(clock)?.roots.includes(actor) === true;
  }
}

/** The points of a trust chain that was verified up to the head of `trust`. Throws as `readChain`. */
export async function readTrustLine(
  { backend, engine }: { readonly backend: GitBackend; readonly engine: SignatureEngine },
  { head }: Pick<TrustHistory, 'head'>,
): Promise<TrustLine> {
  const points: TrustPoint[] = [];
  let state: TrustState | null = null;
  for await (const batch of readChain(backend, { head: head.oid })) {
    for (const { envelope } of batch) {
      const place = { clock: envelope.clock, isRegistrable: (key: Uint8Array) => engine.isRegistrable(key) };
      if (state === null) state = stateOfGenesis(recordBody(envelope, 0, GENESIS_KIND), place);
      else {
        const changes = Array.from({ length: envelope.count }, (_, i) => recordBody(envelope, i, CHANGE_KIND));
        state = applyChanges(state, changes, place);
      }
      const { groups, roots, threshold } = state;
      points.push({ cid: envelope.cid, clock: envelope.clock, groups, roots, threshold });
    }
  }
  return new TrustLine(points);
}
