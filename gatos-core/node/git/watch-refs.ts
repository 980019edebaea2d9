/**
 * Waiting for refs to change, without asking again and again. The system tells of changes on this machine at once (inotify and its
 * like); a look every few seconds finds what it does not tell: changes on network file systems, and everything where the limits of
 * watchers are reached. Both only say that something may have changed: whoever waits then reads the refs.
 *
 * What changes while nobody waits is kept: the next wait ends at once. So there is no gap between reading refs and waiting again.
 */
import { type FSWatcher, watch } from 'node:fs';
import { errnoOf, isAbsent } from './faults.js';
import { wantsOf } from './watch-wants.js';
import { WatchedFolder, type Watching } from './watched-folder.js';

export interface WatchRefsOptions {
  /** Refs that matter: each ends in `/`, or is a full name, such as `refs/gatos/mbus/jobs/`. */
  readonly prefixes: readonly string[];
  /** Ends the watch at once. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds between two looks; more where one look takes long. Default: 2000. */
  readonly pollMs?: number | undefined;
  /** Told once, when watchers cannot be had (any more) and only looks are left: the system's code, such as `ENOSPC`. */
  readonly onPollingOnly?: ((code: string) => void) | undefined;
  /** For tests: makes a watcher. Default: that of the system. */
  readonly watchFolder?: ((path: string, listener: (name: string | null) => void) => FSWatcher) | undefined;
}

export interface RefWatch extends AsyncIterable<void> {
  /**
   * True as soon as refs may have changed since the last time, or after `within` milliseconds; false when the watch has ended. Whoever
   * waits is told and has to read: a promise that is given up takes the change with it, so a limit is given here and not raced against.
   * Throws `git/no-access`, `git/io` where the refs cannot be looked at, which ends the watch.
   */
  next(options?: { readonly within?: number | undefined }): Promise<boolean>;
  /** Ends the watch: whoever waits gets false. Safe to call twice. */
  dispose(): void;
  /** Folders that are watched: each a watcher of the system, unless only looks are left. */
  readonly folders: number;
}

const POLL_MS = 2000;
/** Changes come in bursts: so long they are collected. */
const BURST_MS = 15;
/** Looks may take one part of the time in so many. */
const LOOK_SHARE = 300;
/** Folders with watchers of their own; those beyond are looked at. Systems allow some thousands to one person. */
const MOST_WATCHERS = 4096;
/** What the system answers when it has no more watchers to give (inotify_add_watch(2), inotify_init(2)), or none at all. */
const NO_WATCHERS = new Set(['ENOSPC', 'EMFILE', 'ENFILE', 'ENOMEM', 'ENOSYS', 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM']);

/** Watches the refs below some prefixes of the repository whose shared git directory is `commonDir`. Throws `git/ref-name`. */
export function watchRefs(commonDir: string, options: WatchRefsOptions): RefWatch {
  return new Watch(commonDir, options);
}

/** Somebody who waits. */
interface Waiting {
  readonly resolve: (goOn: boolean) => void;
  readonly reject: (error: unknown) => void;
}

class Watch implements RefWatch, Watching {
  readonly #options: WatchRefsOptions;
  readonly #root: WatchedFolder | null;
  /** What was told and not yet looked at: names by folder, null for the folder itself. */
  readonly #told = new Map<WatchedFolder, Set<string | null>>();
  readonly #onAbort = () => this.dispose();
  readonly #waiting = new Set<Waiting>();
  #changed = false;
  /** The last look found something: what happened in the same instant looks the same, so the next one counts too. */
  #found = false;
  #fault: { readonly error: unknown } | null = null;
  #ended = false;
  #burst: NodeJS.Timeout | null = null;
  #poll: NodeJS.Timeout | null = null;
  #watchers = 0;
  #pollingOnly = false;

  constructor(commonDir: string, options: WatchRefsOptions) {
    this.#options = options;
    const wants = wantsOf(options.prefixes);
    const { signal } = options;
    if (signal?.aborted === true) {
      this.#ended = true;
      this.#root = null;
      return;
    }
    this.#root = WatchedFolder.open({ path: commonDir, name: '', wants }, this);
    if (this.#pollingOnly) this.#root?.mute();
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#lookLater(0);
  }

  get folders(): number {
    return this.#ended || this.#pollingOnly ? 0 : (this.#root?.size ?? 0);
  }

  next({ within }: { readonly within?: number | undefined } = {}): Promise<boolean> {
    if (this.#fault !== null) return Promise.reject(this.#fault.error);
    if (this.#ended) return Promise.resolve(false);
    if (this.#changed) {
      this.#changed = false;
      return Promise.resolve(true);
    }
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        this.#waiting.delete(waiting);
        clearTimeout(timer);
        settle();
      };
      const waiting: Waiting = {
        resolve: (goOn) => end(() => resolve(goOn)),
        reject: (error) => end(() => reject(error)),
      };
      const timer = within === undefined ? undefined : setTimeout(() => waiting.resolve(true), within);
      this.#waiting.add(waiting);
    });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<void> {
    try {
      while (await this.next()) yield;
    } finally {
      this.dispose();
    }
  }

  dispose(): void {
    this.#ended = true;
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    if (this.#burst !== null) clearTimeout(this.#burst);
    if (this.#poll !== null) clearTimeout(this.#poll);
    this.#told.clear();
    this.#root?.close();
    for (const { resolve } of this.#waiting) resolve(false);
  }

  open(path: string, listener: (name: string | null) => void): FSWatcher | null {
    if (this.#pollingOnly || this.#ended || this.#watchers >= MOST_WATCHERS) return null;
    try {
      const watcher = (this.#options.watchFolder ?? watchFolder)(path, listener);
      this.#watchers += 1;
      watcher.on('close', () => {
        this.#watchers -= 1;
      });
      return watcher;
    } catch (error) {
      const code = errnoOf(error) ?? (error as NodeJS.ErrnoException).code ?? '';
      if (isAbsent(error)) return null;
      // What one folder alone refuses is found by looking.
      if (NO_WATCHERS.has(code)) this.#onlyPoll(code);
      return null;
    }
  }

  told(folder: WatchedFolder, name: string | null): void {
    if (this.#ended || name?.endsWith('.lock') === true) return;
    const names = this.#told.get(folder) ?? new Set();
    this.#told.set(folder, names.add(name));
    this.#burst ??= setTimeout(() => this.#orFail(() => this.#settle()), BURST_MS);
  }

  /** What cannot be looked at is told to whoever waits, and ends the watch. */
  #orFail(body: () => void): void {
    try {
      body();
    } catch (error) {
      this.#fault = { error };
      for (const { reject } of this.#waiting) reject(error);
      this.dispose();
    }
  }

  #onlyPoll(code: string): void {
    if (this.#pollingOnly) return;
    this.#pollingOnly = true;
    this.#root?.mute();
    this.#options.onPollingOnly?.(code);
  }

  /** Looks at all that was told. */
  #settle(): void {
    this.#burst = null;
    const told = [...this.#told];
    this.#told.clear();
    let changed = false;
    for (const [folder, names] of told) {
      if (folder.closed) changed = true;
      else if (names.has(null)) changed = this.#renew(folder) || changed;
      else for (const name of names) changed = folder.update(name as string) || changed;
    }
    if (changed) this.#wake();
  }

  /** A folder that is told to have gone: the one above knows whether there is another in its place. */
  #renew(folder: WatchedFolder): boolean {
    if (!folder.renew()) folder.close();
    return true;
  }

  #wake(): void {
    if (this.#waiting.size === 0) this.#changed = true;
    for (const { resolve } of this.#waiting) resolve(true);
  }

  #lookLater(took: number): void {
    if (this.#ended) return;
    const wait = Math.max(this.#options.pollMs ?? POLL_MS, took * LOOK_SHARE);
    this.#poll = setTimeout(() => this.#orFail(() => this.#look()), wait);
  }

  #look(): void {
    const start = performance.now();
    const changed = this.#root?.look() === true;
    if (changed || this.#found) this.#wake();
    this.#found = changed;
    this.#lookLater(performance.now() - start);
  }
}

function watchFolder(path: string, listener: (name: string | null) => void): FSWatcher {
  return watch(path, (_, name) => listener(name));
}
