/**
 * What git carries between this repository and a remote. The remote is asked first what it has, and only chains that have a place
 * here are fetched, into a namespace of their own: whatever else a remote holds stays where it is.
 *
 * No foreign text is an option or a pattern of git's: names come after `--` or on standard input, and are checked before.
 */
import {
  chainOfRef,
  isGatosError,
  isOid,
  type ObjectFormat,
  type Oid,
  prefixTest,
  REF_PREFIX,
  type RefEdit,
  RULES,
  refOfChain,
  ruleFor,
} from 'gatos-core';
import type { NativeBackend } from 'gatos-core/node';
import { transportError } from '../errors.js';
import { remotePrefix } from '../git-config.js';
import { type GitAt, git, textOf } from '../git-run.js';

export interface RemoteAt extends GitAt {
  readonly remote: string;
  readonly format: ObjectFormat;
}

export interface RemoteRefs {
  /** Heads of the chains that have a place here. */
  readonly heads: Map<string, Oid>;
  /** Chains and other names below `refs/gatos/` that this version does not know. */
  readonly unknown: readonly string[];
}

/** Asks a remote for its refs below `refs/gatos/`. Throws `git/git-failed` when it cannot be reached, `transport/other-format`. */
export async function listRemote(at: RemoteAt): Promise<RemoteRefs> {
  return sortRefs(await listRefs(at, [REF_PREFIX]));
}

/**
 * Asks a remote for refs: below each of these that ends in `/`, and those with the other names. Throws `git/git-failed` when it cannot
 * be reached, `transport/other-format`.
 */
export async function listRefs(at: RemoteAt, prefixes: readonly string[]): Promise<ReadonlyMap<string, Oid>> {
  const refs = new Map<string, Oid>();
  const asked = prefixes.map(prefixTest);
  const patterns = prefixes.map((prefix) => (prefix.endsWith('/') ? `${prefix}*` : prefix));
  const result = await git(at, ['ls-remote', '--quiet', '--refs', '--', at.remote, ...patterns]);
  for (const line of textOf(result).split('\n')) {
    const [oid = '', ref = ''] = line.split('\t', 2);
    // A pattern of git's matches the end of a name too.
    if (!asked.some((isBelow) => isBelow(ref))) continue;
    if (!isOid(oid, at.format)) throw transportError('other-format', { remote: at.remote, format: at.format });
    refs.set(ref, oid);
  }
  return refs;
}

/** Which refs are chains that have a place here, and which are unknown. */
export function sortRefs(refs: ReadonlyMap<string, Oid>): RemoteRefs {
  const heads = new Map<string, Oid>();
  const unknown: string[] = [];
  for (const [ref, oid] of refs) {
    const chain = chainOfRef(ref);
    if (chain === null) continue;
    const place = placeOf(chain);
    if (place === 'unknown') unknown.push(chain);
    else if (place === 'shared') heads.set(chain, oid);
  }
  return { heads, unknown };
}

/** Is this a chain that repositories exchange, one that stays where it is, or none that we know? */
export function placeOf(chain: string): 'shared' | 'local' | 'unknown' {
  const rule = ruleFor(RULES, chain);
  if (rule === null || !hasPlainName(chain)) return 'unknown';
  return rule.movement === 'local' ? 'local' : 'shared';
}

function hasPlainName(chain: string): boolean {
  try {
    refOfChain(chain);
    return true;
  } catch (error) {
    if (isGatosError(error, 'chain/name')) return false;
    throw error;
  }
}

/** Fetches chains, each into the remote's own namespace. Throws `git/git-failed`; single refs that git refuses show in `trackedHeads`. */
export async function fetchChains(at: RemoteAt, chains: readonly string[]): Promise<void> {
  if (chains.length === 0) return;
  const refspecs = chains.map((chain) => `+${refOfChain(chain)}:${remotePrefix(at.remote)}${chain}\n`);
  // Without --refmap git would also move whatever the configured refspecs say: in a mirror, our own refs.
  const options = [
    '--quiet',
    '--no-tags',
    '--no-write-fetch-head',
    '--no-recurse-submodules',
    '--no-prune',
    '--refmap=',
  ];
  await git(at, ['fetch', ...options, '--stdin', '--', at.remote], { input: refspecs.join(''), accept: [0, 1] });
}

/** What was fetched from a remote so far. */
export async function trackedHeads(backend: NativeBackend, remote: string): Promise<Map<string, Oid>> {
  const prefix = remotePrefix(remote);
  return new Map((await backend.refs.list(prefix)).map(({ name, oid }) => [name.slice(prefix.length), oid]));
}

export interface TrackedChange {
  readonly chain: string;
  readonly from: Oid | null;
  readonly to: Oid | null;
}

/** Notes what the remote holds now. Someone who fetches at the same time notes as much. */
export async function track(backend: NativeBackend, remote: string, changes: readonly TrackedChange[]): Promise<void> {
  const edits = changes.map(
    ({ chain, from, to }): RefEdit => ({ name: remotePrefix(remote) + chain, expected: from, next: to }),
  );
  if (edits.length === 0) return;
  try {
    await backend.refs.transaction(edits);
  } catch (error) {
    if (!isGatosError(error, 'git/ref-moved')) throw error;
  }
}
