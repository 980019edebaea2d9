/** How two heads of one chain stand to each other. */
import { isGatosError, type Oid } from 'gatos-core';
import type { NativeBackend } from 'gatos-core/node';
import { type GitAt, git, textOf } from '../git-run.js';

export type Relation = 'same' | 'ahead' | 'behind' | 'diverged';

export interface Heads {
  readonly ours: Oid | null;
  readonly theirs: Oid | null;
}

/**
 * `ahead`: ours extends theirs; `behind`: theirs extends ours, as far as git's ancestry says (whether what they added is a chain is
 * for the verification to find). Throws `git/shallow`, `git/missing-object` and the like when that cannot be known.
 */
export async function relate(
  at: GitAt & { readonly backend: NativeBackend },
  { ours, theirs }: Heads,
): Promise<Relation> {
  if (ours === theirs) return 'same';
  if (theirs === null) return 'ahead';
  if (ours === null || (await extendsLine(at.backend, { head: theirs, after: ours }))) return 'behind';
  if (await extendsLine(at.backend, { head: ours, after: theirs })) return 'ahead';
  return (await isAncestor(at, { old: ours, head: theirs })) ? 'behind' : 'diverged';
}

async function extendsLine(
  { objects }: NativeBackend,
  range: { readonly head: Oid; readonly after: Oid },
): Promise<boolean> {
  try {
    for await (const _commit of objects.history(range)) break;
    return true;
  } catch (error) {
    if (isGatosError(error, 'git/not-linear')) return false;
    throw error;
  }
}

/** By any path, also one through a merge. */
async function isAncestor(at: GitAt, { old, head }: { readonly old: Oid; readonly head: Oid }): Promise<boolean> {
  return (await git(at, ['merge-base', '--is-ancestor', old, head], { accept: [0, 1] })).status === 0;
}

/** The last commit that both histories share, or null. */
export async function commonBase(
  at: GitAt,
  { ours, theirs }: { readonly ours: Oid; readonly theirs: Oid },
): Promise<Oid | null> {
  return textOf(await git(at, ['merge-base', ours, theirs], { accept: [0, 1] })).trim() || null;
}
