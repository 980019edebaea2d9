/** What the gate is asked, and through what it looks: a push as git names it, and the ports. */

import type { SandboxEngine } from '../fold/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import type { SignatureEngine } from '../identity/index.js';

/** One ref that a push wants to move. */
export interface RefUpdate {
  /** Full name, such as `refs/heads/main`. */
  readonly name: string;
  /** Where it stands; null: it does not exist. */
  readonly old: Oid | null;
  /** Where it is to go; null: it is to be deleted. */
  readonly next: Oid | null;
}

export interface Push {
  readonly updates: readonly RefUpdate[];
  /** Who the transport says is pushing; null where it says nothing. */
  readonly pusher: string | null;
  /** `git push -o`. */
  readonly options: readonly string[];
  /** When it was received, in microseconds since the epoch. */
  readonly received: number;
}

export interface NewCommits {
  /** Leave out what these reach; absent: what any accepted ref reaches. */
  readonly exclude?: readonly Oid[] | undefined;
  /** So many at most; one more than asked for is as good as all of them. */
  readonly limit: number;
}

/** Commits of ordinary refs. Whatever replace refs and grafts say, a parent is what the commit itself names. */
export interface CommitRanges {
  /** Can the first be reached from the second? A commit reaches itself. */
  isAncestor(old: Oid, next: Oid): Promise<boolean>;
  /** The commits that `next`, or one of several, reaches and others do not, parents before children; at most `limit`. */
  newCommits(next: Oid | readonly Oid[], options: NewCommits): Promise<readonly Oid[]>;
  /** Bytes of objects without reading them; absent: they are read. Objects that are not there are left out. */
  sizes?(oids: readonly Oid[]): Promise<ReadonlyMap<Oid, number>>;
}

export interface GatePorts {
  /** Refs: the accepted ones. Objects: the accepted ones and those that come with the push. */
  readonly backend: GitBackend;
  readonly engine: SignatureEngine;
  /** Asked for when a proof has to be recomputed. */
  readonly sandbox: () => Promise<SandboxEngine>;
  readonly ranges: CommitRanges;
}
