/** Bringing a remote's chains into its own namespace here, where nothing trusts them yet. */
import type { Oid } from 'gatos-core';
import type { NativeBackend } from 'gatos-core/node';
import { fetchChains, type RemoteAt, track, trackedHeads } from './remote.js';

export interface Wanted {
  /** What the remote holds. */
  readonly heads: ReadonlyMap<string, Oid>;
  /** Which chains were asked for: what is tracked of these and not in `heads` is gone. Default: all. */
  readonly within?: ((chain: string) => boolean) | undefined;
  /** Chains that need not be brought, because what the remote holds is here. Default: none. */
  readonly present?: ReadonlySet<string> | undefined;
}

export interface Brought {
  /** Heads that are here now. */
  readonly heads: Map<string, Oid>;
  /** Chains that could not be had. */
  readonly missing: readonly string[];
}

/** Someone else of this clone may fetch at the same time, and hold a lock: so often we try. */
const TRIES = 3;
const PAUSE_MS = 40;

/** Fetches what differs, all of it at once. Throws `git/git-failed`. */
export async function bringHeads(at: RemoteAt, backend: NativeBackend, wanted: Wanted): Promise<Brought> {
  const { heads, within = () => true, present = new Set() } = wanted;
  const before = await trackedHeads(backend, at.remote);
  // What is gone goes first: a folder cannot be where a chain was.
  const gone = [...before].filter(([chain]) => within(chain) && !heads.has(chain));
  await track(
    backend,
    at.remote,
    gone.map(([chain, from]) => ({ chain, from, to: null })),
  );
  let now: ReadonlyMap<string, Oid> = before;
  const isBehind = (chain: string, oid: Oid) => !present.has(chain) && before.get(chain) !== oid;
  // A ref that moved since it was listed is fetched as it is then; one that git refuses to fetch stays as it was, or absent.
  const differing = [...heads].filter(([chain, oid]) => isBehind(chain, oid)).map(([chain]) => chain);
  const lacking = () => differing.filter((chain) => now.get(chain) === before.get(chain));
  for (let tries = 1; tries <= TRIES && lacking().length > 0; tries++) {
    if (tries > 1) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * tries));
    await fetchChains(at, lacking());
    now = await trackedHeads(backend, at.remote);
  }
  const missing = new Set(lacking());
  const brought = new Map<string, Oid>();
  for (const [chain, oid] of heads) {
    const head = present.has(chain) ? oid : now.get(chain);
    if (head === undefined) missing.add(chain);
    else if (!missing.has(chain)) brought.set(chain, head);
  }
  return { heads: brought, missing: [...missing] };
}
