/** The list of long functions may only shrink: each committed version against the one before it, and the present one. */
import { execFileSync } from 'node:child_process';
import { LONG_FUNCTIONS, type LongFunctions } from './rules/index.js';

/** What grew from one version to the next: new entries and raised lengths. */
export function growth(before: LongFunctions, after: LongFunctions): readonly string[] {
  return Object.entries(after)
    .filter(([key, lines]) => lines > (before[key] ?? 0))
    .map(([key, lines]) => `\`${key}\`: ${before[key] ?? 'not listed'} → ${lines}`);
}

/** The committed versions of the list, oldest first. A shallow clone shows fewer of them. */
export function committedLists(root: string): readonly LongFunctions[] {
  const git = (...args: readonly string[]): string =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  let commits: readonly string[];
  try {
    commits = git('log', '--reverse', '--diff-filter=AM', '--format=%H', '--', LONG_FUNCTIONS)
      .split('\n')
      .filter(Boolean);
  } catch {
    return []; // no commit yet
  }
  return commits.map((commit) => JSON.parse(git('show', `${commit}:${LONG_FUNCTIONS}`)) as LongFunctions);
}
