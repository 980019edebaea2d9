/** Journals for tests: writers whose signatures nobody verifies, and clones that fetch chains from one another. */
import { readChain, refOfChain } from '../src/chain/index.js';
import type { GitBackend, NewObject, Oid } from '../src/git/index.js';
import type { Signer } from '../src/identity/index.js';
import { type JournalPorts, memoryKeyIndex, UlidSource } from '../src/journal/index.js';
import type { TrustHistory } from '../src/trust/index.js';
import { type SteppingClock, steppingClock } from './clock.js';
import { TEST_REPO, testSigner } from './hand-made.js';
import { seededRandom } from './random.js';

/** 2023-11-14T22:13:20Z in microseconds. */
export const JOURNAL_START = 1_700_000_000_000_000;

/** Trusts everybody: for tests that are not about trust. */
export function trustAll(repo: TrustHistory['repo'] = TEST_REPO): TrustHistory {
  const head = { oid: '', cid: repo, next: 1, clock: 1, time: JOURNAL_START };
  const state = { profile: 'default', threshold: 1, roots: [], keys: new Map(), groups: new Map() };
  return { repo, head, state, authorize: () => null };
}

/** Signs at once, with a signature that does not fit. */
export function quickSigner(seed: number): Signer {
  return { ...testSigner(seed), sign: async () => new Uint8Array(64) };
}

export interface JournalWorld extends JournalPorts {
  readonly clock: SteppingClock;
}

/** Ports of one writer. */
export function journalPorts(backend: GitBackend, seed = 1): JournalWorld {
  const clock = steppingClock({ start: JOURNAL_START, step: 1 });
  const random = seededRandom(seed);
  return { backend, clock, random, keys: memoryKeyIndex(), ulids: new UlidSource({ clock, random }) };
}

/** Copies a chain up to `head` from one repository to another, as a fetch does, and moves the ref there. */
export async function fetchChain(
  { from, to }: { readonly from: GitBackend; readonly to: GitBackend },
  { chain, head }: { readonly chain: string; readonly head: Oid },
): Promise<void> {
  const name = refOfChain(chain);
  const expected = await to.refs.read(name);
  if (expected === head) return;
  const objects: NewObject[] = [];
  for await (const batch of readChain(from, { head, after: expected ?? undefined })) {
    for (const { raw, treeOid, tree } of batch) {
      objects.push({ type: 'commit', content: raw });
      objects.push({ type: 'tree', content: (await from.objects.read(treeOid)).content });
      for (const { oid } of tree) objects.push({ type: 'blob', content: (await from.objects.read(oid)).content });
    }
  }
  await to.objects.write(objects);
  await to.refs.transaction([{ name, expected, next: head }]);
}
