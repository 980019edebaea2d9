/** Is what was folded still the beginning of the order? (design 2.4: a late envelope may sort before its end.) */
import { type ChainEntry, type Envelope, readEntry } from '../chain/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { compareEnvelopes, type JournalHead } from '../journal/index.js';
import { isGatosError } from '../kernel/index.js';

/** The last envelope of a chain that was folded. */
export interface FoldedEnd extends Pick<Envelope, 'cid' | 'clock'> {
  readonly oid: Oid;
}

/**
 * True when the folded envelopes are all there in the range up to `heads`, and every other one in it sorts after them. Then a
 * fold of the range may go on from any place that the folded part went through.
 */
export async function isPrefix(
  backend: GitBackend,
  folded: ReadonlyMap<string, FoldedEnd>,
  heads: readonly JournalHead[],
): Promise<boolean> {
  const chains = new Set(heads.map(({ chain }) => chain));
  let last: FoldedEnd | null = null;
  for (const [chain, end] of folded) {
    if (!chains.has(chain)) return false;
    if (last === null || compareEnvelopes(end, last) > 0) last = end;
  }
  if (last === null) return true;
  for (const { chain, oid } of heads) {
    const first = await firstAfter(backend, oid, folded.get(chain)?.oid);
    if (first === undefined || (first !== null && compareEnvelopes(first.envelope, last) < 0)) return false;
  }
  return true;
}

/** The entry after a commit, null when that is the head, undefined when the head does not follow it. */
async function firstAfter(
  backend: GitBackend,
  head: Oid,
  after: Oid | undefined,
): Promise<ChainEntry | null | undefined> {
  if (head === after) return null;
  try {
    for await (const { oid } of backend.objects.history({ head, after })) return await readEntry(backend, oid);
    return null;
  } catch (error) {
    if (isGatosError(error, 'git/not-linear')) return undefined;
    throw error;
  }
}
