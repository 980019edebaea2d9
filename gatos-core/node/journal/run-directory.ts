/** Where the runs of one namespace lie: generations, directories of random names that are never used again once removed. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { isSystemError, RUN_SUFFIX, TEMPORARY_PREFIX } from './run-write.js';

const GENERATION = /^g-[0-9a-f]{24}$/;
const REMOVED_PREFIX = 'gone-';
/** After this time nobody is still writing a temporary file, or removing a generation. */
const ABANDONED_MS = 60 * 60 * 1000;

export class RunDirectory {
  /** Generations that should be removed and could not be: what they say no longer counts. */
  readonly #ignored = new Set<string>();

  constructor(private readonly path: string) {}

  /** Paths of all runs, sorted; what cannot be read is not there. */
  list(): string[] {
    return this.#generations().flatMap((generation) =>
      namesIn(generation)
        .filter((name) => name.endsWith(RUN_SUFFIX))
        .sort()
        .map((name) => join(generation, name)),
    );
  }

  /** The directory to write to: one that is there, or a new one. Throws system errors as they come. */
  generation(): string {
    const [first] = this.#generations();
    if (first !== undefined) return first;
    const fresh = join(this.path, `g-${randomBytes(12).toString('hex')}`);
    mkdirSync(fresh, { recursive: true });
    return fresh;
  }

  /** Removes every generation. Each disappears in one step, and whatever is being written to it has no place to go. */
  clear(): void {
    for (const generation of this.#generations()) {
      const removed = join(this.path, `${REMOVED_PREFIX}${randomBytes(12).toString('hex')}`);
      try {
        renameSync(generation, removed);
      } catch (error) {
        if (!isSystemError(error)) throw error;
        // Another process was first, or we may not: then we look away.
        this.#ignored.add(generation);
        continue;
      }
      removeAll(removed);
    }
  }

  /** Removes a file that is of no use any more, if that is possible. */
  discard(path: string): void {
    try {
      unlinkSync(path);
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  }

  /** Removes what killed processes have left behind. */
  sweep(): void {
    for (const name of namesIn(this.path)) {
      const path = join(this.path, name);
      if (name.startsWith(REMOVED_PREFIX) && isAbandoned(path)) removeAll(path);
    }
    for (const generation of this.#generations()) {
      for (const name of namesIn(generation)) {
        const path = join(generation, name);
        if (name.startsWith(TEMPORARY_PREFIX) && isAbandoned(path)) this.discard(path);
      }
    }
  }

  #generations(): string[] {
    const names = namesIn(this.path).filter((name) => GENERATION.test(name));
    return names
      .sort()
      .map((name) => join(this.path, name))
      .filter((path) => !this.#ignored.has(path));
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isSystemError(error)) return [];
    throw error;
  }
}

function removeAll(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

function isAbandoned(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && Date.now() - found.mtimeMs > ABANDONED_MS;
}
