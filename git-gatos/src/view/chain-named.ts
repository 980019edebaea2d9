/** Chains by an id that is a part of their names: of an experiment, a job, a grant. */
import { viewError } from './errors.js';

/** Of several chains that carry one id, the one that says most comes first. */
export const CHAIN_KINDS: readonly (readonly [prefix: string, what: string])[] = [
  ['audit/proofs/experiments/', 'Proof-of-Experiment'],
  ['audit/proofs/reproductions/', 'reproduction receipt'],
  ['grants/', 'grant'],
  ['audit/proofs/governance/', 'Proof-of-Consensus'],
  ['audit/jobs/', 'Proof-of-Execution'],
  ['audit/policy/deny/', 'denial'],
  ['jobs/', 'job'],
  ['proposals/', 'proposal'],
  ['state/', 'Proof-of-Fold'],
];

/** Fewer characters of an id are no id. */
const SHORTEST = 8;

/** The chain that says most of those in which an id, or what ends in this, is a part of the name. Throws `view/ambiguous`. */
export function chainNamed(known: readonly string[], id: string): string | null {
  const isShort = id.length >= SHORTEST && /^(?:[a-z2-7]+|[0-9A-HJKMNP-TV-Z]+)$/.test(id);
  const found = new Map<string, string[]>();
  for (const chain of known) {
    if (chain.startsWith('cache/')) continue;
    for (const part of chain.split('/'))
      if (part === id || (isShort && isId(part) && part.endsWith(id)))
        found.set(part, [...(found.get(part) ?? []), chain]);
  }
  const chains = found.get(id) ?? [...found.values()][0] ?? [];
  if (!found.has(id) && found.size > 1) throw viewError('ambiguous', { id, count: found.size });
  return [...chains].sort((a, b) => rank(a) - rank(b))[0] ?? null;
}

/** A CID or a ulid: other parts of names are words. */
export function isId(part: string): boolean {
  return /^(?:baf[a-z2-7]{56}|[0-7][0-9A-HJKMNP-TV-Z]{25})$/.test(part);
}

function rank(chain: string): number {
  const place = CHAIN_KINDS.findIndex(([prefix]) => chain.startsWith(prefix));
  return place === -1 ? CHAIN_KINDS.length : place;
}
