/**
 * Pruning travels with the summary: a segment of the bus that a summary covers is let go of here and at the remote, and is exchanged
 * no more. Nobody deletes what the summary does not say word for word.
 */
import { type GitBackend, type Oid, parseSegment, pruningFault, refOfChain, summaryFor } from 'gatos-core';
import type { Heads } from './relation.js';

export interface MetPruned {
  /** Deleted here. */
  readonly here: Oid | null;
  /** What the remote still holds, and may delete. */
  readonly there: Oid | null;
}

/**
 * Null for a chain that was not pruned, as far as is known here: the summary chain comes before its segments. Throws `bus/bad-summary`
 * when the summary is of something else than what stands here or there; then both stay.
 */
export async function meetPruned(
  backend: GitBackend,
  { chain, ours, theirs }: Heads & { readonly chain: string },
): Promise<MetPruned | null> {
  const segment = parseSegment(chain);
  if (segment === null || (await summaryFor(backend, segment)) === null) return null;
  for (const oid of new Set([ours, theirs])) {
    const fault = oid === null ? null : await pruningFault(backend, { ...segment, chain, oid });
    if (fault !== null) throw fault;
  }
  if (ours !== null) await backend.refs.transaction([{ name: refOfChain(chain), expected: ours, next: null }]);
  return { here: ours, there: theirs };
}
