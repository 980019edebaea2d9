/**
 * What a look-up has read: stretches of chains, each so many commits long. Stretches that start at the root, or where another
 * one ended, say how far a chain is covered; the others wait until the gap before them is filled.
 */
import type { Oid } from '../../src/git/index.js';

export interface Stretch {
  readonly chain: string;
  /** The commit after which it starts; null: at the root. */
  readonly from: Oid | null;
  readonly to: Oid;
  /** Commits after `from`, up to and including `to`. */
  readonly commits: number;
}

export interface Tip {
  readonly oid: Oid;
  /** Commits from the start. */
  readonly position: number;
}

/**
 * How far each chain is covered from its root. Null when stretches contradict one another: two histories of one chain were read,
 * and whose keys count is not known any more.
 */
export function tipsOf(stretches: Iterable<Stretch>): Map<string, Tip> | null {
  const tips = new Map<string, Tip>();
  for (const [chain, own] of byChain(stretches)) {
    const places = reach(own, null);
    if (places === null) return null;
    const tip = furthest(places);
    if (tip.oid !== null) tips.set(chain, { oid: tip.oid, position: tip.position });
  }
  return tips;
}

/** The same coverage in fewer stretches: what follows one another is joined, what a longer one holds is dropped. */
export function joinStretches(stretches: Iterable<Stretch>): Stretch[] {
  const joined: Stretch[] = [];
  for (const [chain, own] of byChain(stretches)) joined.push(...joinOne(chain, own));
  return joined;
}

function joinOne(chain: string, own: readonly Stretch[]): readonly Stretch[] {
  const joined: Stretch[] = [];
  const ends = new Set(own.map(({ to }) => to));
  const starts = new Set(own.map(({ from }) => from).filter((from) => from === null || !ends.has(from)));
  for (const start of starts) {
    const places = reach(own, start);
    if (places === null) return own;
    const { oid, position } = furthest(places);
    if (oid !== null) joined.push({ chain, from: start, to: oid, commits: position });
  }
  return joined;
}

function byChain(stretches: Iterable<Stretch>): Map<string, Stretch[]> {
  const chains = new Map<string, Stretch[]>();
  for (const stretch of stretches) {
    const own = chains.get(stretch.chain);
    if (own === undefined) chains.set(stretch.chain, [stretch]);
    else own.push(stretch);
  }
  return chains;
}

/** Every commit that can be reached from `start`, and where it stands; null when two commits claim one place or one commit two. */
function reach(stretches: readonly Stretch[], start: Oid | null): Map<Oid | null, number> | null {
  const onward = new Map<Oid | null, Stretch[]>();
  for (const stretch of stretches) onward.set(stretch.from, [...(onward.get(stretch.from) ?? []), stretch]);
  const places = new Map<Oid | null, number>([[start, 0]]);
  const taken = new Map<number, Oid | null>([[0, start]]);
  const waiting: (Oid | null)[] = [start];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const { to, commits } of onward.get(at) ?? []) {
      const place = (places.get(at) ?? 0) + commits;
      if ((places.get(to) ?? place) !== place || (taken.get(place) ?? to) !== to) return null;
      if (places.has(to)) continue;
      places.set(to, place);
      taken.set(place, to);
      waiting.push(to);
    }
  }
  return places;
}

function furthest(places: ReadonlyMap<Oid | null, number>): { oid: Oid | null; position: number } {
  let best: { oid: Oid | null; position: number } = { oid: null, position: 0 };
  for (const [oid, position] of places) if (position > best.position) best = { oid, position };
  return best;
}
