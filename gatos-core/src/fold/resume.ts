/** Going on from a checkpoint: the place that it offers, and whether that is still a place of the present order. */
import { readEntry } from '../chain/index.js';
import type { GitBackend } from '../git/index.js';
import type { JournalHead } from '../journal/index.js';
import { foldError } from './errors.js';
import { type EnvelopeName, locate } from './locate.js';
import type { FoldedHead, FoldPlace } from './place.js';
import { isPrefix } from './prefix.js';
import { WINDOW } from './sandbox/index.js';
import { readBaseState, type StoredCheckpoint } from './stored-checkpoint.js';

/** The folded ends of chains, from the envelopes that a checkpoint names. Throws `fold/window-missing`. */
export async function endsAt(
  backend: GitBackend,
  names: readonly EnvelopeName[],
): Promise<ReadonlyMap<string, FoldedHead>> {
  const places = await locate(backend, names);
  const ends = new Map<string, FoldedHead>();
  for (const [i, { chain, head }] of names.entries()) {
    const { oid } = places[i] as JournalHead;
    const { envelope } = await readEntry(backend, oid);
    // A commit message may claim any CID.
    if (!envelope.cid.equals(head)) throw foldError('window-missing', { chain, head: String(head) });
    ends.set(chain, { cid: head, lastSeq: envelope.seq + envelope.count - 1, clock: envelope.clock, oid });
  }
  return ends;
}

/** Is what the checkpoint folded the beginning of the order of these chains? Throws `fold/window-missing`. */
export async function stillHolds(
  backend: GitBackend,
  { body }: Pick<StoredCheckpoint, 'body'>,
  heads: readonly JournalHead[],
): Promise<boolean> {
  const known = new Set(heads.map(({ chain }) => chain));
  if (body.windows.some(({ chain }) => !known.has(chain))) return false;
  return isPrefix(backend, await endsAt(backend, body.windows), heads);
}

/**
 * The place that a checkpoint offers to go on from: what it claims, to be trusted only when the checkpoint is. Throws
 * `fold/window-missing`, `fold/block-missing`, `fold/block-altered`, and `fold/bad-base` for a place at which nothing is rebuilt.
 */
export async function placeOf(backend: GitBackend, checkpoint: StoredCheckpoint): Promise<FoldPlace> {
  const { base, events, name } = checkpoint.body;
  if (base.events % WINDOW !== 0 || base.events > events) throw foldError('bad-base', { name, events: base.events });
  return {
    events: base.events,
    state: await readBaseState(backend, checkpoint),
    gasUsed: base.gas_used,
    frontier: { size: base.events, hashes: base.frontier },
    heads: await endsAt(backend, base.heads),
    skip: base.skip,
  };
}
