/**
 * git's lock files: whoever creates `<file>.lock` may change `<file>`. git itself keeps to the same rule, so that our writers,
 * those of other processes and git's own commands exclude one another. Source: git's lockfile.h.
 */
import type { Clock } from '../../kernel/index.js';
import { gitError } from '../errors.js';
import type { Files } from './files.js';

/** How long to wait for a lock, in milliseconds. git waits 100 ms for a ref and one second for packed-refs. */
const PATIENCE_MS = 2000;
const LONGEST_NAP_MS = 32;
// Without a clock, looking at a file is the only way to let others go on
const LOOKS = 64;

export interface LockParts {
  readonly files: Files;
  readonly clock?: Pick<Clock, 'sleep'> | undefined;
}

/** The locks of one transaction. `release` gives back all that are left. */
export class Locks {
  readonly #held = new Set<string>();
  constructor(private readonly parts: LockParts) {}

  /**
   * Takes the lock of `path`, with `data` as the content of the lock file. False when a file stands where a directory of the
   * path belongs. Throws `git/ref-locked` when another holds it for too long.
   */
  async take(path: string, options: { ref: string; data: Uint8Array; flush: boolean }): Promise<boolean> {
    const lock = `${path}.lock`;
    let waited = 0;
    for (let nap = 1; ; nap = Math.min(nap * 2, LONGEST_NAP_MS)) {
      const outcome = await this.parts.files.create(lock, options.data, { flush: options.flush });
      if (outcome === 'created') {
        this.#held.add(lock);
        return true;
      }
      if (outcome === 'blocked') return false;
      if (waited >= PATIENCE_MS) throw gitError('ref-locked', { ref: options.ref, lock });
      await this.#nap(lock, nap);
      waited += nap;
    }
  }

  /** Puts the content of the lock file in the place of the file; that gives the lock back. */
  async commit(path: string, options: { flush: boolean }): Promise<void> {
    await this.parts.files.rename(`${path}.lock`, path, options);
    this.#held.delete(`${path}.lock`);
  }

  /**
   * Gives back what is left. A lock file that cannot be removed changes nothing about what the transaction did: the next one
   * will name it.
   */
  async release(): Promise<void> {
    for (const lock of this.#held) await this.parts.files.remove(lock, { flush: false }).catch(() => undefined);
    this.#held.clear();
  }

  async #nap(lock: string, milliseconds: number): Promise<void> {
    if (this.parts.clock !== undefined) return this.parts.clock.sleep(milliseconds);
    for (let i = 0; i < LOOKS; i++) if ((await this.parts.files.stat(lock)) === null) return;
  }
}
