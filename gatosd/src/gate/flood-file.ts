/**
 * The state of `flood.ts` on disk, shared by all gates of a repository: replaced in one rename under a lock, so that a crash leaves the
 * state before or the state after. A lock that a crash has left is taken over; a file that is damaged counts as none.
 */
import {
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { doorError } from './errors.js';
import { CALM, type FloodState, readFloodState } from './flood.js';

/** It is held for about as long as writing a small file takes. */
const STALE_MS = 5000;
const WAIT_MS = 2000;
const MOST_BYTES = 256 * 1024;

export class FloodFile {
  readonly #path: string;
  readonly #lock: string;
  readonly #folder: string;

  /** `folder` is the gate's own; it is made when it is missing. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#path = join(folder, 'flood.json');
    this.#lock = join(folder, 'flood.lock');
  }

  /** Replaces the state by what `change` makes of it, and returns what `change` answers. Throws `door/audit-busy`, and what writing throws. */
  async update<T>(change: (state: FloodState) => { readonly state: FloodState; readonly answer: T }): Promise<T> {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    await this.#take();
    try {
      const { state, answer } = change(this.read());
      writeFileSync(`${this.#path}.tmp`, JSON.stringify(state), { mode: 0o600 });
      renameSync(`${this.#path}.tmp`, this.#path);
      return answer;
    } finally {
      rmSync(this.#lock, { force: true });
    }
  }

  read(): FloodState {
    try {
      if (statSync(this.#path).size > MOST_BYTES) return CALM;
      return readFloodState(JSON.parse(readFileSync(this.#path, 'utf8')));
    } catch (error) {
      // Not written yet, or not by us.
      if (error instanceof SyntaxError || codeOf(error) === 'ENOENT') return CALM;
      throw error;
    }
  }

  async #take(): Promise<void> {
    const until = performance.now() + WAIT_MS;
    for (;;) {
      try {
        closeSync(openSync(this.#lock, 'wx', 0o600));
        return;
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
      }
      this.#breakStale();
      if (performance.now() > until) throw doorError('audit-busy', { path: this.#lock });
      await sleep(5 + Math.random() * 20);
    }
  }

  /** Moves a lock away that nobody can still hold. One that was young after all is put back. */
  #breakStale(): void {
    try {
      if (Date.now() - statSync(this.#lock).mtimeMs < STALE_MS) return;
      const away = `${this.#lock}.${process.pid}`;
      renameSync(this.#lock, away);
      if (Date.now() - statSync(away).mtimeMs < STALE_MS) linkSync(away, this.#lock);
      rmSync(away, { force: true });
    } catch (error) {
      // Whoever held it has let go meanwhile.
      if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST') throw error;
    }
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
