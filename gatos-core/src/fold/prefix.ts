/** Is what a checkpoint folded still the beginning of the order? (design 2.4: a late envelope may sort before its end.) */
import { type ChainEntry, readChain, readEntry } from '../chain/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { compareEnvelopes, type JournalHead } from '../journal/index.js';
import { locate } from './locate.js';
import type { Checkpoint } from './schema.js';

/** True when every envelope that the checkpoint did not fold sorts after all those that it did. */
export async function canContinue(
  backend: GitBackend,
  { windows }: Checkpoint,
  heads: readonly JournalHead[],
): Promise<boolean> {
  const folded = new Map<string, Oid>();
  let last: ChainEntry | null = null;
  for (const { chain, head } of windows) {
    const oid = (await locate(backend, chain, [head])).get(String(head)) as Oid;
    const entry = await readEntry(backend, oid);
    folded.set(chain, oid);
    if (last === null || compareEnvelopes(entry.envelope, last.envelope) > 0) last = entry;
  }
  if (last === null) return true;
  for (const { chain, oid } of heads) {
    const first = await firstAfter(backend, oid, folded.get(chain));
    if (first !== null && compareEnvelopes(first.envelope, last.envelope) < 0) return false;
  }
  return true;
}

async function firstAfter(backend: GitBackend, head: Oid, after: Oid | undefined): Promise<ChainEntry | null> {
  if (head === after) return null;
  for await (const [first] of readChain(backend, { head, after })) return first ?? null;
  return null;
}
