/**
 * Lock files that git honours and that outlive nobody. Git's lock on a ref is the existence of `<ref>.lock`; a process that is killed
 * leaves it behind, and git then waits for a person. Ours are hard links to a *prepared* file in `gatos/locks`, whose name tells the
 * owner, so that the lock of a process that has certainly ended can be taken over.
 *
 * Taking over must be exclusive too, and the one who takes over may be killed as well. So the right to replace the lock of a dead
 * process R belongs to whoever creates `<R>.heir` (a link to its own prepared file H; links are made once). If H ends before it is
 * done, the right passes to the maker of `<H>.heir`, and so on: at any time at most one living process holds it. The heir
 * replaces the lock by a rename, so there is no moment without a lock. A prepared file is never removed while its inode is linked
 * elsewhere, so an inode number cannot come to mean another lock meanwhile.
 */
import { closeSync, fstatSync, fsyncSync, linkSync, lstatSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, errnoOf, isAbsent } from './faults.js';
import { createFile, discard, flushFiles, makeDirectories, removeFile, temporaryName, writeAll } from './files.js';
import type { WriteContext } from './new-object.js';
import { hasEnded, ownIdentity, type ProcessIdentity } from './process-identity.js';

/** A file ready to become a lock, and then what the lock guards. */
export interface Prepared {
  readonly path: string;
  readonly inode: bigint;
  readonly content: string;
}

/** A lock that this process holds. */
export interface Held {
  readonly lock: string;
  readonly inode: bigint;
}

const HEIR = '.heir';
const TAKE = '.take';
/** Heirs that died one after the other before anybody tidied up. */
const MOST_HEIRS = 256;
/** What file systems without hard links answer. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV', 'EMLINK']);
const NAME = /^[\w-]+\.(?<pid>[0-9]+)\.(?<startTime>[0-9]+)\.(?<realm>[0-9a-f]+)$/;

export class LockRoom {
  readonly directory: string;
  readonly #root: string;
  readonly #context: Pick<WriteContext, 'settings' | 'onStep'>;

  constructor({ commonDir, context }: { commonDir: string; context: Pick<WriteContext, 'settings' | 'onStep'> }) {
    this.#root = commonDir;
    this.directory = join(commonDir, 'gatos', 'locks');
    this.#context = context;
  }

  /** Writes and flushes one prepared file for each content. */
  async prepare(contents: readonly string[]): Promise<Prepared[]> {
    const { pid, startTime, realm } = ownIdentity();
    const made: { path: string; inode: bigint; content: string; file: number }[] = [];
    const { flush, shared } = this.#context.settings;
    try {
      attempt({ operation: 'write', path: this.directory }, () =>
        makeDirectories(this.directory, { root: this.#root, shared }),
      );
      for (const content of contents) {
        const path = join(this.directory, `${temporaryName('')}.${pid}.${startTime}.${realm}`);
        made.push({ path, content, ...attempt({ operation: 'write', path }, () => writeNew(path, content, shared)) });
      }
      if (flush.refs)
        await flushFiles(
          made.map(({ file }) => file),
          this.directory,
        );
    } catch (error) {
      for (const { path } of made) discard(path);
      throw error;
    } finally {
      for (const { file } of made) closeSync(file);
    }
    this.#context.onStep('lock-prepared');
    return made;
  }

  /** Tidies up prepared files that became nothing. */
  dispose(prepared: readonly Prepared[]): void {
    for (const { path } of prepared) discard(path);
  }

  /**
   * Takes the lock, from a dead holder if need be; null when a living process, or one that is none of ours, holds it. System
   * errors come as they are: the caller makes directories.
   */
  acquire(lock: string, prepared: Prepared): Held | null {
    const held = { lock, inode: prepared.inode };
    try {
      linkSync(prepared.path, lock);
      return held;
    } catch (error) {
      const code = errnoOf(error);
      if (code !== null && NO_LINKS.has(code)) return this.#acquirePlain(lock, prepared);
      if (code !== 'EEXIST') throw error;
    }
    return this.#inherit(lock, prepared) ? held : null;
  }

  /** Does the lock still have the inode that we gave it? Nobody takes over from the living, but people remove files. */
  isOurs({ lock, inode }: Held): boolean {
    return inodeOf(lock) === inode;
  }

  release(held: Held): void {
    if (this.isOurs(held)) removeFile(held.lock);
  }

  /** Git's own way, where there are no hard links. Nobody can tell whose such a lock is. */
  #acquirePlain(lock: string, { content }: Prepared): Held | null {
    try {
      const { flush, shared } = this.#context.settings;
      const { file, inode } = writeNew(lock, content, shared);
      try {
        if (flush.refs) fsyncSync(file);
      } finally {
        closeSync(file);
      }
      return { lock, inode };
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') return null;
      throw error;
    }
  }

  /** Replaces the lock of a dead process by ours. False when it is not dead, or somebody else is its heir. */
  #inherit(lock: string, prepared: Prepared): boolean {
    const stale = inodeOf(lock);
    const owner = stale === null ? null : this.#ownerOf(stale);
    if (stale === null || owner === null) return false;
    const chain = this.#becomeHeir(owner, prepared);
    if (chain === null) return false;
    let done = false;
    try {
      this.#context.onStep('heir-linked');
      if (inodeOf(lock) === stale && this.#inodeOf(owner) === stale && this.#stands(chain)) {
        this.#context.onStep('lock-inherited');
        this.#replace(lock, prepared);
        done = true;
        this.#context.onStep('lock-replaced');
      }
    } finally {
      // Our own link must go in any case: it would bar everybody else. The others belong to the dead, whose business is done;
      // as long as it is not, their lock needs the names by which somebody else can take it over.
      for (const name of done ? chain : chain.slice(-1)) {
        if (done) discard(join(this.directory, name));
        if (done) this.#context.onStep('dead-removed');
        discard(join(this.directory, `${name}${HEIR}`));
      }
    }
    return done;
  }

  #replace(lock: string, prepared: Prepared): void {
    const take = `${prepared.path}${TAKE}`;
    linkSync(prepared.path, take);
    this.#context.onStep('take-linked');
    try {
      renameSync(take, lock);
    } catch (error) {
      discard(take);
      throw error;
    }
  }

  /**
   * Is each of these still the heir of the one before? We found them one by one, and an heir that could not go on may have left in
   * between, and a new file have got its inode. From now on nothing of it changes: all of them are dead, and we are the last.
   */
  #stands(chain: readonly string[]): boolean {
    return chain.slice(1).every((name, i) => {
      const inode = this.#inodeOf(`${chain[i]}${HEIR}`);
      return inode !== null && inode === this.#inodeOf(name);
    });
  }

  #inodeOf(name: string): bigint | null {
    return inodeOf(join(this.directory, name));
  }

  /** The dead owners from `first` to the last before us, when the right has come to us; else null. */
  #becomeHeir(first: string, prepared: Prepared): string[] | null {
    const chain: string[] = [];
    for (let owner: string | null = first; owner !== null && chain.length < MOST_HEIRS; ) {
      const identity = parseName(owner);
      if (identity === null || !hasEnded(identity)) return null;
      chain.push(owner);
      const heir = join(this.directory, `${owner}${HEIR}`);
      try {
        linkSync(prepared.path, heir);
        return chain;
      } catch (error) {
        if (errnoOf(error) !== 'EEXIST') throw error;
      }
      const inode = inodeOf(heir);
      owner = inode === null ? null : this.#ownerOf(inode);
    }
    return null;
  }

  /** The name of the prepared file with this inode. */
  #ownerOf(inode: bigint): string | null {
    return this.#names().find((name) => NAME.test(name) && inodeOf(join(this.directory, name)) === inode) ?? null;
  }

  /** Removes what dead processes left, as far as nothing depends on it. */
  sweep(): void {
    for (const name of this.#names()) {
      const path = join(this.directory, name);
      if (name.endsWith(HEIR)) {
        if (inodeOf(path.slice(0, -HEIR.length)) === null) discard(path);
        continue;
      }
      const isTake = name.endsWith(TAKE);
      const identity = parseName(isTake ? name.slice(0, -TAKE.length) : name);
      if (identity === null || !hasEnded(identity)) continue;
      if (isTake || lstatSync(path, { throwIfNoEntry: false })?.nlink === 1) discard(path);
    }
  }

  #names(): string[] {
    try {
      return readdirSync(this.directory);
    } catch (error) {
      if (isAbsent(error)) return [];
      throw error;
    }
  }
}

/** Makes a file that must not exist yet, and leaves it open. */
function writeNew(path: string, content: string, shared: number | null): { file: number; inode: bigint } {
  const file = createFile(path, { kind: 'ordinary', shared });
  try {
    writeAll(file, Buffer.from(content, 'latin1'));
    return { file, inode: fstatSync(file, { bigint: true }).ino };
  } catch (error) {
    closeSync(file);
    discard(path);
    throw error;
  }
}

function parseName(name: string): ProcessIdentity | null {
  const fields = NAME.exec(name)?.groups;
  if (fields === undefined) return null;
  return { pid: Number(fields.pid), startTime: fields.startTime ?? '', realm: fields.realm ?? '' };
}

function inodeOf(path: string): bigint | null {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false })?.ino ?? null;
}
