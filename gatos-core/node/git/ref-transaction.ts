/**
 * Moves refs as git does: lock each, compare, change. Values are prepared and flushed before the first lock is taken, so the lock on
 * a single ref is held for the time of a few system calls, during which this process does nothing else.
 *
 * One ref changes by renaming its lock into place. Several refs change together in one rename of `packed-refs`: first that file gets
 * their present values, then their loose files go (which changes nothing), then one rename brings all new values. So neither a
 * reader nor a crash ever sees some of the edits without the others.
 */
import { renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gitError, type RefEdit } from '../../src/git/index.js';
import { attempt, errnoOf, isAbsent } from './faults.js';
import { flushDirectories, makeDirectories, removeFile, replaceFile } from './files.js';
import type { Held, LockRoom, Prepared } from './lock-room.js';
import type { WriteContext } from './new-object.js';
import { formatPackedRefs, type PackedRefs, withValues } from './packed-refs.js';
import { checkFree, namesAbove, removeEmptyAbove } from './ref-conflicts.js';
import type { RefFiles } from './ref-files.js';

export interface TransactionContext {
  readonly files: RefFiles;
  readonly room: LockRoom;
  readonly commonDir: string;
  readonly context: WriteContext;
  /** How long to wait for a lock that a living process holds. */
  readonly lockWaitMs: number;
}

/** An edit, and the ref that it changes: another one when the edit's name is symbolic. */
export interface TargetedEdit extends RefEdit {
  readonly target: string;
}

/** Longest pause between two attempts; the first ones are shorter. */
const LONGEST_PAUSE_MS = 20;
/** Directories may be removed by others as fast as we make them, but not for ever. */
const DIRECTORY_ATTEMPTS = 16;
const IN_THE_WAY = new Set(['EISDIR', 'ENOTEMPTY', 'EEXIST']);

interface Job {
  readonly edit: TargetedEdit;
  readonly path: string;
  readonly prepared: Prepared;
}

/** A lock that somebody else holds. */
interface Busy {
  readonly ref: string;
  readonly lock: string;
}

function checkExpected({ name, target, expected }: TargetedEdit, files: RefFiles): void {
  const found = files.follow(name);
  if (found.oid !== expected || found.name !== target)
    throw gitError('ref-moved', { ref: name, expected, found: found.oid });
}

/** All edits or none; they are valid, sorted by target, and hold what was expected a moment ago. Throws as `RefStore.transaction`. */
export async function runTransaction(edits: readonly TargetedEdit[], to: TransactionContext): Promise<void> {
  const { files, room, lockWaitMs } = to;
  const contents = edits.map(({ next }) => (next === null ? '' : `${next}\n`));
  const alone = edits.length === 1 && edits[0]?.next !== null;
  const prepared = await room.prepare(alone ? contents : [...contents, '']);
  const jobs = edits.map(
    (edit, i): Job => ({ edit, path: files.path(edit.target), prepared: prepared[i] as Prepared }),
  );
  const change = new Change(jobs, prepared.at(-1) as Prepared, to);
  try {
    let deadline: number | undefined;
    for (let pause = 1; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
      const busy = await change.attempt();
      if (busy === null) break;
      // Not before: Node loads a good part of itself for the first `performance`, which a process that never waits can spare.
      deadline ??= performance.now() + lockWaitMs;
      if (performance.now() >= deadline) throw gitError('ref-locked', busy);
      await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random())));
      for (const edit of edits) checkExpected(edit, files);
    }
  } finally {
    room.dispose(prepared);
  }
  change.tidy();
  to.context.onStep('locks-released');
  await change.flush();
}

class Change {
  readonly #jobs: readonly Job[];
  readonly #packedLock: Prepared;
  readonly #to: TransactionContext;
  /** Directories whose entries changed: to be flushed. */
  readonly #changed = new Set<string>();
  #held: Held[] = [];

  constructor(jobs: readonly Job[], packedLock: Prepared, to: TransactionContext) {
    this.#jobs = jobs;
    this.#packedLock = packedLock;
    this.#to = to;
  }

  async flush(): Promise<void> {
    if (this.#to.context.settings.flush.refs) await flushDirectories(this.#changed);
    this.#changed.clear();
  }

  /** Null when all is done, else the lock that was in the way; then everything is as before. */
  async attempt(): Promise<Busy | null> {
    const { context } = this.#to;
    try {
      for (const { edit, path, prepared } of this.#jobs) {
        const busy = this.#lock({ ref: edit.target, path, prepared });
        if (busy !== null) return busy;
      }
      context.onStep('lock-held');
      for (const { edit } of this.#jobs) this.#verify(edit);
      context.onStep('refs-verified');
      const busy = await this.#apply();
      if (busy === null) context.onStep('refs-published');
      return busy;
    } catch (error) {
      this.#release();
      for (const { edit } of this.#jobs) if (edit.expected === null) removeEmptyAbove(edit.target, this.#to.files);
      throw error;
    } finally {
      this.#release();
    }
  }

  #lock({ ref, path, prepared }: { ref: string; path: string; prepared: Prepared }): Busy | null {
    const { room, commonDir, context } = this.#to;
    const lock = `${path}.lock`;
    return attempt({ operation: 'lock', path: lock }, () => {
      for (let left = DIRECTORY_ATTEMPTS; ; left--) {
        try {
          const held = room.acquire(lock, prepared);
          if (held === null) return { ref, lock };
          this.#held.push(held);
          return null;
        } catch (error) {
          this.#explain(ref, error, left);
        }
        try {
          const made = makeDirectories(dirname(path), { root: commonDir, shared: context.settings.shared });
          for (const directory of made) this.#changed.add(directory);
        } catch (error) {
          this.#explain(ref, error, left);
        }
      }
    });
  }

  /** Why a lock could not be made. Returns when another attempt may do: directories come and go under us. */
  #explain(ref: string, error: unknown, left: number): void {
    const code = errnoOf(error);
    if (code === 'ENAMETOOLONG')
      throw gitError('ref-name', { ref, why: 'it is too long for this file system' }, { cause: error });
    if (!isAbsent(error) || left === 0) throw error;
    const above = namesAbove(ref).find((each) => this.#to.files.value(each) !== null);
    if (above !== undefined) throw gitError('ref-name', { ref, why: `the ref \`${above}\` exists` }, { cause: error });
  }

  #verify(edit: TargetedEdit): void {
    const { files } = this.#to;
    checkExpected(edit, files);
    if (edit.expected !== null || edit.next === null) return;
    attempt({ operation: 'write', path: files.path(edit.target) }, () => checkFree(edit.target, files));
  }

  async #apply(): Promise<Busy | null> {
    const { files, room } = this.#to;
    for (const [i, { edit }] of this.#jobs.entries()) {
      const held = this.#held[i] as Held;
      if (!room.isOurs(held)) throw gitError('ref-locked', { ref: edit.target, lock: held.lock });
    }
    const jobs = this.#jobs.filter(({ edit }) => edit.next !== edit.expected);
    const [only] = jobs;
    if (only === undefined) return null;
    if (jobs.length > 1 || (only.edit.next === null && files.packed().oids.has(only.edit.target)))
      return this.#applyTogether(jobs);
    if (only.edit.next === null) this.#removeLoose(only);
    else this.#move(only);
    return null;
  }

  /** Renames the lock into place: that is the moment of the change. */
  #move({ edit: { target }, path }: Job): void {
    const lock = `${path}.lock`;
    attempt({ operation: 'write', path }, () => {
      try {
        renameSync(lock, path);
      } catch (error) {
        // Somebody has begun to make a ref below this one since we looked.
        if (!IN_THE_WAY.has(errnoOf(error) ?? '')) throw error;
        throw gitError('ref-name', { ref: target, why: `there are refs below \`${target}/\`` }, { cause: error });
      }
    });
    this.#held = this.#held.filter((held) => held.lock !== lock);
    this.#changed.add(dirname(path));
    this.#to.context.onStep('ref-published');
  }

  async #applyTogether(jobs: readonly Job[]): Promise<Busy | null> {
    const { files } = this.#to;
    const busy = this.#lock({ ref: 'packed-refs', path: files.packedPath, prepared: this.#packedLock });
    if (busy !== null) return busy;
    // Nobody else writes it while we hold its lock.
    const packed = files.packed();
    const present = jobs.map(({ edit }) => ({ name: edit.target, oid: edit.expected }));
    const before = withValues(packed, present);
    const after = withValues(
      before,
      jobs.map(({ edit }) => ({ name: edit.target, oid: edit.next })),
    );
    if (present.some(({ name, oid }) => (packed.oids.get(name) ?? null) !== oid)) await this.#writePacked(before);
    for (const job of jobs) this.#removeLoose(job);
    await this.flush();
    await this.#writePacked(after);
    return null;
  }

  /** Replaces the file of packed refs, whose lock we hold, durably. */
  async #writePacked(refs: PackedRefs): Promise<void> {
    const { files, context, commonDir } = this.#to;
    const path = files.packedPath;
    const { flush, shared } = context.settings;
    const content = Buffer.from(formatPackedRefs(refs), 'utf8');
    attempt({ operation: 'write', path }, () =>
      replaceFile(path, { temporary: join(commonDir, 'gatos', 'packed-refs.new'), content, flush: flush.refs, shared }),
    );
    context.onStep('packed-refs-written');
    this.#changed.add(commonDir);
    await this.flush();
  }

  #removeLoose({ path }: Job): void {
    attempt({ operation: 'write', path }, () => removeFile(path));
    this.#changed.add(dirname(path));
    this.#to.context.onStep('ref-published');
  }

  #release(): void {
    for (const held of this.#held.splice(0))
      attempt({ operation: 'unlock', path: held.lock }, () => this.#to.room.release(held));
  }

  /** After deletions: directories that are empty now would bar refs of their name in other tools. */
  tidy(): void {
    for (const { edit } of this.#jobs)
      if (edit.next === null) this.#changed.add(removeEmptyAbove(edit.target, this.#to.files));
  }
}
