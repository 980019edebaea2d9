/** Random documents for policies, and the numbers that they are made of. */
import type { JsonValue } from '../src/codec/index.js';

export type Below = (below: number) => number;

/** Small and seeded (mulberry32), so that a failing run is one number. */
export function seededBelow(seed: number): Below {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const PEOPLE = ['user:bob', 'user:carol', 'service:bot', 'a'];

/** What is given of a document, for `completeInput`. */
export function randomGiven(below: Below): JsonValue {
  const pick = <T>(of: readonly T[]): T => of[below(of.length)] as T;
  const some = <T>(most: number, make: () => T): T[] => Array.from({ length: below(most + 1) }, make);
  const text = (): string => pick(['a', 'src/api/x', 'refs/heads/main', '1.2.3', '', 'A b😀', 'leads', '\u0000']);
  const change = (): JsonValue => ({ path: text(), op: pick(['add', 'modify', 'delete']), size: pick([null, 0, 7]) });
  const commit = (): JsonValue => ({
    id: pick(['a', 'b', 'c']),
    parents: some(2, () => pick(['a', 'b', 'c'])),
    subject: text(),
    signer: pick([null, {}, { actor: null }]),
    changes: some(4, change),
  });
  return {
    received: below(2 ** 31) * 1_000_000,
    options: some(3, text),
    updates: some(3, () => ({
      ref: pick(['refs/heads/main', 'refs/tags/1.2.3', 'refs/gatos/x']),
      kind: pick(['create', 'update', 'delete']),
      commits: some(3, commit),
    })),
    grants: some(3, () => ({
      id: text(),
      action: pick(['a', '1.2.3']),
      target: pick(['refs/heads/main', 'a']),
      approvers: some(3, () => pick(PEOPLE)),
    })),
    groups: { leads: some(3, () => pick(PEOPLE)), a: [] },
  };
}
