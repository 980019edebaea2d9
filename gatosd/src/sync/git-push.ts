/** One `git push`, and what the remote answers for each ref. */
import { chainOfRef, type Oid, refOfChain } from 'gatos-core';
import { git, textOf } from '../git-run.js';
import type { RemoteAt } from './remote.js';
import { portionsOf } from './stage.js';

/** A ref that is to move at the remote. */
export interface RefPush {
  readonly name: string;
  /** Null deletes it. */
  readonly next: Oid | null;
  /** What the remote must hold for it to move; null: it must not exist. Absent: it moves by fast-forward only. */
  readonly expected?: Oid | null | undefined;
}

/** What became of one ref. */
export interface RefAnswer {
  /** `moved` also for one that was made or deleted; `kept`: the remote held it already. */
  readonly outcome: 'moved' | 'kept' | 'refused';
  /** Why the remote refused it, as git says. */
  readonly summary: string;
}

export interface PushAnswer {
  readonly refs: ReadonlyMap<string, RefAnswer>;
  /** What the remote itself said of this push, such as a hook of its: plain lines. */
  readonly said: readonly string[];
}

/** Refs in one push: a command line has bounds. */
export const PUSH_REFS = 500;

/**
 * Moves refs at a remote, no more than PUSH_REFS. Throws `git/git-failed` when the push failed as a whole, which may have been after the
 * remote took it. `atomic`: all or none of them; that fails as a whole where the remote cannot do it.
 * Source of the line format: git-push(1), `--porcelain`; of the leases: `--force-with-lease`.
 */
export async function pushRefs(
  at: RemoteAt,
  pushes: readonly RefPush[],
  { atomic = false }: { readonly atomic?: boolean } = {},
): Promise<PushAnswer> {
  const options = ['--porcelain', '--no-verify', '--no-follow-tags', '--recurse-submodules=no', '--no-signed'];
  if (atomic) options.push('--atomic');
  for (const { name, expected } of pushes)
    if (expected !== undefined) options.push(`--force-with-lease=${name}:${expected ?? ''}`);
  const refspecs = pushes.map(({ name, next }) => `${next ?? ''}:${name}`);
  const result = await git(at, ['push', ...options, '--', at.remote, ...refspecs], {
    accept: [0, 1],
    // A mirror would refuse refspecs.
    config: { [`remote.${at.remote}.mirror`]: 'false' },
  });
  const refs = new Map<string, RefAnswer>();
  for (const line of textOf(result).split('\n')) {
    const [flag = '', names, summary = ''] = line.split('\t');
    if (names === undefined) continue;
    const outcome = flag === '!' ? 'refused' : flag === '=' ? 'kept' : 'moved';
    refs.set(names.slice(names.indexOf(':') + 1), { outcome, summary });
  }
  return { refs, said: remoteLines(result.stderr) };
}

/** What stands behind `remote:` in git's words to a person, without the blanks that git pads it with. */
function remoteLines(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('remote: '))
    .map((line) => line.slice('remote: '.length).trimEnd())
    .filter((line) => line !== '');
}

export interface Pushed {
  readonly chain: string;
  /** Why the remote refused it, as git says; null when it took it. */
  readonly refusal: string | null;
  /** What the remote itself said of this push. */
  readonly said: readonly string[];
}

/**
 * Pushes heads, never by force, and the chains of a job in one push. Every chain has its own answer. Throws as `pushRefs`; `atomic`: for no
 * more than PUSH_REFS.
 */
export async function pushChains(
  at: RemoteAt,
  heads: ReadonlyMap<string, Oid>,
  options: { /** All or nothing; for as many as fit into one push. */ readonly atomic?: boolean } = {},
): Promise<readonly Pushed[]> {
  const pushed: Pushed[] = [];
  for (const portion of portionsOf(heads.keys(), PUSH_REFS)) {
    const pushes = portion.map((chain) => ({ name: refOfChain(chain), next: heads.get(chain) ?? null }));
    const { refs, said } = await pushRefs(at, pushes, options);
    for (const [name, { outcome, summary }] of refs) {
      const chain = chainOfRef(name);
      if (chain === null || !heads.has(chain)) continue;
      pushed.push({ chain, refusal: outcome === 'refused' ? summary : null, said });
    }
  }
  return pushed;
}
