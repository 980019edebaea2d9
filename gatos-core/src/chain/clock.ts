/** The Lamport clock: how far the chains that a writer can see have come. */
import type { GitBackend } from '../git/index.js';
import { REF_PREFIX } from './names.js';
import { readEntry } from './read.js';

/** The largest clock in the chains whose name starts with `prefix` (a name, or a path ending in `/`); 0 when there are none. */
export async function largestClock(backend: GitBackend, prefix: string): Promise<number> {
  let largest = 0;
  for (const { name, oid } of await backend.refs.list(REF_PREFIX + prefix)) {
    if (name.startsWith(`${REF_PREFIX}cache/`)) continue;
    const { envelope } = await readEntry(backend, oid);
    if (envelope.clock > largest) largest = envelope.clock;
  }
  return largest;
}
