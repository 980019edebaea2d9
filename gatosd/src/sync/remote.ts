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
  const heads = new Map<string, Oid>();
  const unknown: string[] = [];
  const result = await git(at, ['ls-remote', '--quiet', '--refs', '--', at.remote, `${REF_PREFIX}*`]);
  for (const line of textOf(result).split('\n')) {
    const [oid = '', ref = ''] = line.split('\t', 2);
    const chain = chainOfRef(ref);
    if (chain === null) continue;
    const place = placeOf(chain);
    if (place === 'unknown') unknown.push(chain);
    else if (!isOid(oid, at.format)) throw transportError('other-format', { remote: at.remote, format: at.format });
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

export interface Pushed {
  readonly chain: string;
  /** Why the remote refused it, as git says; null when it took it. */
  readonly refusal: string | null;
  /** What the remote itself said of this push, such as a hook of its: plain lines. */
  readonly said: readonly string[];
}

/** Chains in one push: a command line has bounds. */
export const PUSH_CHAINS = 500;

/** What stands behind `remote:` in git's words to a person, without the blanks that git pads it with. */
function remoteLines(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('remote: '))
    .map((line) => line.slice('remote: '.length).trimEnd())
    .filter((line) => line !== '');
}

/**
 * Pushes heads, never by force. Every chain has its own answer; a push that failed as a whole throws `git/git-failed`. `atomic`: all or
 * none of them, for no more than PUSH_CHAINS; it fails as a whole where the remote cannot do that.
 * Source of the line format: git-push(1), `--porcelain`.
 */
export async function pushChains(
  at: RemoteAt,
  heads: ReadonlyMap<string, Oid>,
  { atomic = false }: { /** All or nothing; for as many as fit into one push. */ readonly atomic?: boolean } = {},
): Promise<readonly Pushed[]> {
  const pushed: Pushed[] = [];
  const all = [...heads];
  for (let start = 0; start < all.length; start += PUSH_CHAINS) {
    const refspecs = all.slice(start, start + PUSH_CHAINS).map(([chain, oid]) => `${oid}:${refOfChain(chain)}`);
    const options = ['--porcelain', '--no-verify', '--no-follow-tags', '--recurse-submodules=no', '--no-signed'];
    if (atomic) options.push('--atomic');
    const result = await git(at, ['push', ...options, '--', at.remote, ...refspecs], {
      accept: [0, 1],
      // A mirror would refuse refspecs.
      config: { [`remote.${at.remote}.mirror`]: 'false' },
    });
    const said = remoteLines(result.stderr);
    for (const line of textOf(result).split('\n')) {
      const [flag = '', refs = '', summary = ''] = line.split('\t');
      const chain = chainOfRef(refs.slice(refs.indexOf(':') + 1));
      if (chain !== null && heads.has(chain)) pushed.push({ chain, refusal: flag === '!' ? summary : null, said });
    }
  }
  return pushed;
}
