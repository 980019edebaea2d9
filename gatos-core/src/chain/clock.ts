/** The Lamport clock: how far the chains that a writer can see have come. */
import type { GitBackend } from '../git/index.js';
import { REF_PREFIX } from './names.js';
import { readEntry } from './read.js';

export interface ClockOptions {
  /** A chain to leave out. */
  readonly except?: string | undefined;
}

/**
 * The largest clock in the chains whose name starts with `prefix` (a name, a path ending in `/`, or the empty text); 0 when there
 * are none. What it reads is not verified. Throws as `readEntry`.
 */
export async function largestClock(
  backend: GitBackend,
  prefix: string,
  { except }: ClockOptions = {},
): Promise<number> {
  let largest = 0;
  for (const { name, oid } of await backend.refs.list(REF_PREFIX + prefix)) {
    const chain = name.slice(REF_PREFIX.length);
    if (chain === except || chain.startsWith('cache/')) continue;
    const { envelope } = await readEntry(backend, oid);
    largest = Math.max(largest, envelope.clock);
  }
  return largest;
}
