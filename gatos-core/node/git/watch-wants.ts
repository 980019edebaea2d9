/** Which names in which folders of a git directory tell of refs below some prefixes. */
import { checkRefPrefix } from '../../src/git/index.js';

/** `all`: every name, in the folders below too. Else the names that count, each a file, or a folder of which more is wanted. */
export interface Wants {
  readonly all: boolean;
  readonly names: ReadonlyMap<string, Wants>;
}

interface Growing {
  all: boolean;
  readonly names: Map<string, Growing>;
}

export const WANTS_ALL: Wants = { all: true, names: new Map() };

/**
 * What to look at in the git directory that all worktrees share: the loose refs below each prefix (it ends in `/`, or is a full name),
 * the packed ones, and the tables of a repository that keeps its refs in those. Throws `git/ref-name`.
 */
export function wantsOf(prefixes: readonly string[]): Wants {
  const root: Growing = { all: false, names: new Map() };
  for (const prefix of prefixes) {
    checkRefPrefix(prefix);
    const folder = prefix.endsWith('/');
    const last = prefix.split('/').reduce((at, name) => (name === '' ? at : below(at, name)), root);
    if (folder) last.all = true;
  }
  below(root, 'packed-refs');
  below(root, 'reftable').all = true;
  return root;
}

function below({ names }: Growing, name: string): Growing {
  const found = names.get(name) ?? { all: false, names: new Map() };
  names.set(name, found);
  return found;
}

/** What is wanted of a name in a folder; null: it does not matter. */
export function wantsOfName(wants: Wants, name: string): Wants | null {
  // Where git announces a change; the change itself has another name.
  if (name.endsWith('.lock')) return null;
  return wants.all ? WANTS_ALL : (wants.names.get(name) ?? null);
}
