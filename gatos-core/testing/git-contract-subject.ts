/** What the git contract is run on: a repository behind an adapter, and the tools of a test. */
import type { GitBackend, Oid } from '../src/git/index.js';

/** One empty repository behind an adapter, and what a test may do to it behind the adapter's back. */
export interface GitSubject {
  readonly backend: GitBackend;
  dispose(): Promise<void>;
  /** Another adapter on the same repository, as another process would open it. `dispose` closes it too. */
  reopen?(): Promise<GitBackend>;
  /** Changes bytes of a stored object, so that it can still be found. */
  damage?(oid: Oid): Promise<void>;
  /** Removes a stored object. */
  remove?(oid: Oid): Promise<void>;
  /** Marks a commit as the place where a shallow clone ends. */
  cutHistory?(oid: Oid): Promise<void>;
  /** Moves every object into packs, and every ref into the file of packed refs, as `git gc` does. */
  pack?(): Promise<void>;
  /** Makes the file of a loose ref with this content. */
  plantRef?(name: string, content: string): Promise<void>;
  /** Locks a ref as another program would, and lets it go again. */
  lockRef?(name: string): Promise<{ release(): Promise<void> }>;
}

export type MakeGitSubject = () => Promise<GitSubject>;

/** The parts of vitest that the suite uses. It is passed in, so that this module loads anywhere. */
export type TestTools = Pick<typeof import('vitest'), 'describe' | 'it' | 'expect'>;

/** Runs `body` on a fresh subject. A test that needs an ability which the subject lacks is skipped, and says so. */
export type OnSubject = <K extends keyof GitSubject = never>(
  needs: readonly K[],
  body: (subject: GitSubject & Required<Pick<GitSubject, K>>) => Promise<void>,
) => (context: { skip(note?: string): void }) => Promise<void>;
