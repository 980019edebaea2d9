/** `RefStore` on a git repository: ref files directly, through git where only git does it right. */
import { accessSync, constants, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  checkReadableRefName,
  checkRefName,
  checkRefPrefix,
  gitError,
  type ListRefs,
  type Oid,
  type RefEdit,
  type RefStore,
} from '../../src/git/index.js';
import { compareText } from '../../src/kernel/index.js';
import { configText } from './config.js';
import type { Layout } from './discover.js';
import { attempt, errnoOf } from './faults.js';
import { LockRoom } from './lock-room.js';
import type { WriteContext } from './new-object.js';
import { checkFree, checkTogether } from './ref-conflicts.js';
import { PER_WORKTREE, RefFiles } from './ref-files.js';
import { GitRefs } from './ref-git.js';
import { runTransaction, type TargetedEdit } from './ref-transaction.js';

export interface RefStoreOptions {
  readonly layout: Layout;
  readonly context: WriteContext;
  readonly lockWaitMs: number;
  /** Which objects are there: a ref to nothing is damage, so none is made. */
  readonly has: (oids: readonly Oid[]) => Promise<readonly boolean[]>;
}

/** Refs that git logs by default in a repository with a work tree. */
const LOGGED = /^refs\/(?:heads|remotes|notes)\//;

export class NativeRefStore implements RefStore {
  readonly #options: RefStoreOptions;
  readonly #files: RefFiles;
  readonly #git: GitRefs;
  readonly #room: LockRoom;
  /** Only git can read the refs. */
  readonly #foreign: boolean;
  #hooked: boolean | null = null;

  constructor(options: RefStoreOptions) {
    const { layout, context } = options;
    this.#options = options;
    this.#files = new RefFiles(layout);
    this.#git = new GitRefs({ layout, settings: context.settings });
    this.#room = new LockRoom({ commonDir: layout.commonDir, context });
    this.#foreign = layout.refStorage !== 'files';
  }

  async read(name: string): Promise<Oid | null> {
    checkReadableRefName(name);
    return this.#foreign ? this.#git.read(name) : this.#files.resolve(name);
  }

  async list(prefix: string, options?: ListRefs): Promise<readonly { readonly name: string; readonly oid: Oid }[]> {
    checkRefPrefix(prefix);
    return this.#foreign ? this.#git.list(prefix) : this.#files.list(prefix, options);
  }

  async transaction(edits: readonly RefEdit[]): Promise<void> {
    const { layout, context, lockWaitMs } = this.#options;
    const sorted = await this.#prepare(edits);
    if (sorted.length === 0) return;
    if (this.#foreign || this.#hasHook() || sorted.some(({ target }) => this.#isForGit(target))) {
      await this.#git.transaction(sorted, this.#foreign ? null : this.#files);
      return;
    }
    const { commonDir } = layout;
    await runTransaction(sorted, { files: this.#files, room: this.#room, commonDir, context, lockWaitMs });
  }

  /** Throws what `transaction` would, as far as that shows before anything is locked. */
  async check(edits: readonly RefEdit[]): Promise<void> {
    for (const { target, expected, next } of await this.#prepare(edits)) {
      if (this.#foreign || expected !== null || next === null) continue;
      attempt({ operation: 'write', path: this.#files.path(target) }, () => checkFree(target, this.#files));
    }
  }

  /** The edits as they are to be made, sorted by target; none when there are none. */
  async #prepare(edits: readonly RefEdit[]): Promise<readonly TargetedEdit[]> {
    for (const { name } of edits) checkRefName(name);
    const [first] = edits;
    if (first === undefined) return [];
    if (this.#options.layout.env.GIT_QUARANTINE_PATH)
      throw gitError('no-access', { path: first.name, operation: 'move, while a push is checked,' });
    const sorted = (await Promise.all(edits.map((edit) => this.#targeted(edit)))).sort((a, b) =>
      compareText(a.target, b.target),
    );
    checkTogether(sorted.map(({ target }) => target));
    await this.#checkObjects(sorted);
    return sorted;
  }

  /** Follows a symbolic ref, and throws `git/ref-moved` at once where waiting for a lock would be in vain. */
  async #targeted(edit: RefEdit): Promise<TargetedEdit> {
    const { name, expected } = edit;
    const found = this.#foreign ? { name, oid: await this.#git.read(name) } : this.#files.follow(name);
    if (found.oid !== expected) throw gitError('ref-moved', { ref: name, expected, found: found.oid });
    return { ...edit, target: found.name };
  }

  async #checkObjects(edits: readonly RefEdit[]): Promise<void> {
    const wanted = edits.flatMap(({ expected, next }) => (next === null || next === expected ? [] : [next]));
    const present = await this.#options.has(wanted);
    const missing = wanted.find((_, i) => present[i] !== true);
    if (missing !== undefined) throw gitError('missing-object', { oid: missing });
  }

  /** Looked at once: does the repository want to be asked about each move of a ref (githooks(5), reference-transaction)? */
  #hasHook(): boolean {
    if (this.#hooked === null) {
      const { commonDir, config, workTree, gitDir } = this.#options.layout;
      const configured = configText(config, 'core.hookspath');
      const directory = configured === null ? join(commonDir, 'hooks') : resolve(workTree ?? gitDir, configured);
      this.#hooked = isExecutable(join(directory, 'reference-transaction'));
      // The first transaction is also a good time to tidy up after others.
      attempt({ operation: 'read', path: this.#room.directory }, () => this.#room.sweep());
    }
    return this.#hooked;
  }

  /** Git appends to a log that exists, and makes one where `core.logAllRefUpdates` says so; refs of one worktree are its own business. */
  #isForGit(name: string): boolean {
    const { layout, context } = this.#options;
    const { logs } = context.settings;
    if (PER_WORKTREE.test(name)) return true;
    if (logs === 'all' || (logs === 'branches' && LOGGED.test(name))) return true;
    return existsSync(join(layout.commonDir, 'logs', name));
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (error) {
    if (errnoOf(error) === null) throw error;
    return false;
  }
}
