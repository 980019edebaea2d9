/** Commit ranges through git, which has the commit graph and bitmaps for it. Replace refs and grafts are switched off. */

import type { CommitRanges } from '../../src/gate/index.js';
import { gitError, isOid, type Oid } from '../../src/git/index.js';
import { fromUtf8 } from '../../src/kernel/index.js';
import { plumbingEnvironment } from './child.js';
import { runGit } from './command.js';
import { discover, type Environment } from './discover.js';
import { attempt } from './faults.js';

export interface RangeOptions {
  /** A path in the repository. */
  readonly path: string;
  /** As of `openNativeBackend`: in a hook, with the variables of the quarantine. Default: those of this process. */
  readonly env?: Environment | undefined;
  /** Where the accepted refs point, when they are not those of the repository. */
  readonly accepted?: (() => Promise<readonly Oid[]>) | undefined;
}

/** Bytes that git may print for one question: ids of some hundred thousand commits. */
const MOST_OUTPUT = 64 * 1024 * 1024;

/** Opens the ranges of the repository at `path`. Throws as `openNativeBackend`; git is started when something is asked. */
export function openNativeRanges({ path, env = process.env, accepted }: RangeOptions): CommitRanges {
  const layout = attempt({ operation: 'open', path }, () => discover(path, env));
  const { commonDir: cwd, format } = layout;
  // What is asked names no path of a work tree, and a hook may run anywhere.
  const environment = { ...plumbingEnvironment(layout), GIT_WORK_TREE: undefined, GIT_INDEX_FILE: undefined };
  const git = (args: readonly string[], more: { input?: string; accept?: readonly number[] } = {}) =>
    runGit(args, { cwd, env: environment, maxOutput: MOST_OUTPUT, ...more });
  const checked = (oid: Oid): Oid => {
    if (isOid(oid, format)) return oid;
    throw gitError('missing-object', { oid });
  };
  return {
    isAncestor: async (old, next) => {
      if (old === next) return true;
      const { status } = await git(['merge-base', '--is-ancestor', checked(old), checked(next)], { accept: [0, 1] });
      return status === 0;
    },
    newCommits: async (next, { exclude, limit }) => {
      const without = exclude ?? (await accepted?.());
      const wanted = [next].flat();
      // Without a start git would have nothing to say.
      if (wanted.length === 0) return [];
      const lines = [...wanted.map(checked), ...(without ?? []).map((oid) => `^${checked(oid)}`)];
      const all = without === undefined ? ['--not', '--all'] : [];
      const args = ['rev-list', '--topo-order', '--reverse', `--max-count=${limit}`, '--stdin', ...all];
      const { stdout } = await git(args, { input: `${lines.join('\n')}\n` });
      return fromUtf8(stdout)
        .split('\n')
        .filter((line) => line !== '');
    },
    sizes: async (oids) => {
      const wanted = [...new Set(oids)].map(checked);
      const { stdout } = await git(['cat-file', '--batch-check=%(objectname) %(objectsize)'], {
        input: `${wanted.join('\n')}\n`,
      });
      const sizes = new Map<Oid, number>();
      for (const line of fromUtf8(stdout).split('\n')) {
        const [oid = '', size = ''] = line.split(' ');
        if (/^\d+$/.test(size)) sizes.set(oid, Number(size));
      }
      return sizes;
    },
  };
}
