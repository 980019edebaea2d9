/**
 * A folder that is watched, and those below it. Each has a watcher of its own, as the system allows, and remembers what its
 * files looked like, so that a look is enough where no events come.
 *
 * A watcher is made before its folder is read: what appears in between is told twice, and never missed.
 */
import { type FSWatcher, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, errnoOf, isAbsent } from './faults.js';
import { type Wants, wantsOfName } from './watch-wants.js';

/** What folders share: how watchers are made, and whom they tell. */
export interface Watching {
  /** A watcher of one folder; null where none can be had. System errors come as they are. */
  open(path: string, listener: (name: string | null) => void): FSWatcher | null;
  /** Something happened to a name in a folder; null: to the folder itself, or to what cannot be said. */
  told(folder: WatchedFolder, name: string | null): void;
}

export class WatchedFolder {
  readonly #path: string;
  readonly #name: string;
  readonly #wants: Wants;
  readonly #watching: Watching;
  readonly #folders = new Map<string, WatchedFolder>();
  /** What single files looked like, where not every name counts. */
  readonly #files = new Map<string, string>();
  #watcher: FSWatcher | null = null;
  /** What the folder itself looked like: it changes with its names. */
  #stamp = '';
  #closed = false;

  private constructor(place: { path: string; name: string; wants: Wants }, watching: Watching) {
    this.#path = place.path;
    this.#name = place.name;
    this.#wants = place.wants;
    this.#watching = watching;
  }

  /** Null when there is no such folder. */
  static open(place: { path: string; name: string; wants: Wants }, watching: Watching): WatchedFolder | null {
    const folder = new WatchedFolder(place, watching);
    return folder.#start() ? folder : null;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Watched folders, this one included. */
  get size(): number {
    let size = 1;
    for (const folder of this.#folders.values()) size += folder.size;
    return size;
  }

  #start(): boolean {
    this.#watch();
    const stamp = folderStamp(this.#path);
    if (stamp === null) {
      this.close();
      return false;
    }
    this.#stamp = stamp;
    this.#readNames();
    return true;
  }

  #watch(): void {
    this.#unwatch();
    const watcher = this.#watching.open(this.#path, (name) => {
      // A folder that goes is told by its own name.
      this.#watching.told(this, name === this.#name ? null : name);
    });
    // A folder that cannot be watched any more is looked at by whoever watches the one above, or in a while.
    watcher?.on('error', () => this.#unwatch());
    this.#watcher = watcher;
  }

  #unwatch(): void {
    this.#watcher?.close();
    this.#watcher = null;
  }

  /** Stops all watchers from here down, and makes no others: from now on only looks tell. */
  mute(): void {
    this.#unwatch();
    for (const folder of this.#folders.values()) folder.mute();
  }

  close(): void {
    this.#closed = true;
    this.#unwatch();
    for (const folder of this.#folders.values()) folder.close();
    this.#folders.clear();
  }

  /** Brings what is known of a name up to date. True when refs may have changed. */
  update(name: string): boolean {
    const wants = wantsOfName(this.#wants, name);
    if (wants === null) return false;
    // Whoever looks later has nothing new to find.
    if (this.#wants.all) this.#stamp = folderStamp(this.#path) ?? '';
    const path = join(this.#path, name);
    let known = this.#folders.get(name);
    if (known?.closed === true) {
      this.#drop(name, known);
      known = undefined;
    }
    const isFolder = folderStamp(path) !== null;
    if (known !== undefined && !isFolder) this.#drop(name, known);
    if (known === undefined && isFolder) this.#add(name, wants);
    return this.#wants.all || this.#fileChanged(name) || (known !== undefined) !== isFolder;
  }

  /** Opens everything here anew: the folder may be another one with the same name. False when it is gone. */
  renew(): boolean {
    this.#closed = false;
    for (const [name, folder] of this.#folders) this.#drop(name, folder);
    return this.#start();
  }

  /** Looks at everything from here down, without events. True when refs may have changed. */
  look(): boolean {
    let changed = false;
    const stamp = folderStamp(this.#path);
    if (this.#closed) return stamp !== null && this.renew();
    const moved = stamp !== this.#stamp;
    if (stamp !== null && moved && inode(stamp) !== inode(this.#stamp)) {
      this.renew();
      return true;
    }
    for (const [name, folder] of this.#folders) {
      if (folder.look()) changed = true;
      if (folder.closed) this.#drop(name, folder);
    }
    if (stamp === null) {
      this.close();
      return true;
    }
    this.#stamp = stamp;
    if (!this.#wants.all) return this.#lookAtNames() || changed;
    if (moved) this.#readNames();
    return moved || changed;
  }

  #lookAtNames(): boolean {
    let changed = false;
    for (const name of this.#wants.names.keys()) if (!this.#folders.has(name) && this.update(name)) changed = true;
    return changed;
  }

  /** Finds the folders that are here, and those that went. */
  #readNames(): void {
    if (!this.#wants.all) {
      for (const name of this.#wants.names.keys()) this.update(name);
      return;
    }
    const folders = new Set(foldersIn(this.#path));
    for (const [name, folder] of this.#folders) if (!folders.has(name)) this.#drop(name, folder);
    for (const name of folders) if (!this.#folders.has(name)) this.#add(name, this.#wants);
  }

  #add(name: string, wants: Wants): void {
    const folder = WatchedFolder.open({ path: join(this.#path, name), name, wants }, this.#watching);
    if (folder !== null) this.#folders.set(name, folder);
  }

  #drop(name: string, folder: WatchedFolder): void {
    folder.close();
    this.#folders.delete(name);
  }

  #fileChanged(name: string): boolean {
    const stamp = stampOf(join(this.#path, name));
    const before = this.#files.get(name);
    if (stamp === null || stamp.folder) {
      this.#files.delete(name);
      return before !== undefined;
    }
    this.#files.set(name, stamp.text);
    return stamp.text !== before;
  }
}

function stampOf(path: string): { readonly folder: boolean; readonly text: string } | null {
  return attempt({ operation: 'read', path }, () => {
    try {
      const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
      if (stat === undefined) return null;
      return { folder: stat.isDirectory(), text: `${stat.dev}:${stat.ino} ${stat.mtimeNs} ${stat.size}` };
    } catch (error) {
      // A symbolic link that leads nowhere or in a circle is no ref and no folder.
      if (isAbsent(error) || errnoOf(error) === 'ELOOP') return null;
      throw error;
    }
  });
}

/** Null for what is no folder. */
function folderStamp(path: string): string | null {
  const stamp = stampOf(path);
  return stamp?.folder === true ? stamp.text : null;
}

/** The part of a stamp that stays as long as the folder is the same. */
function inode(stamp: string): string {
  return stamp.slice(0, stamp.indexOf(' '));
}

function foldersIn(path: string): string[] {
  return attempt({ operation: 'read', path }, () => {
    try {
      const entries = readdirSync(path, { withFileTypes: true });
      return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    } catch (error) {
      if (isAbsent(error)) return [];
      throw error;
    }
  });
}
