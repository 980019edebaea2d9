/** Chunks as files in folders beside the git directory: `<git common dir>/gatos/blobs/chunks/<aa>/<bb>/<sha256 hex>`. */
import { closeSync, linkSync, read, readdirSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { promisify } from 'node:util';
import { chunkPath, gonePath, openChunk, placeChunk, publishFile, readName } from '../chunk-files.js';
import {
  type ChunkFolder,
  checkPrefix,
  hashOf,
  hexOf,
  type LeftoverRequest,
  type Leftovers,
  type StoreCall,
  type StoredChunk,
  type SweptStore,
  type Wrote,
} from '../chunk-store.js';
import { errnoOf, isAbsent } from '../errno.js';
import { attempt, attemptAsync } from '../faults.js';
import { GroupFlush, makeRoot } from '../flush.js';
import { MOST_STORED_SIZE } from '../sizes.js';

const readLater = promisify(read);

export interface DirectoryStoreOptions {
  readonly root: string;
  /**
   * `chunks`: what is stored is flushed to the disk, bytes before names. `none`: the system writes it when it likes, and after a power
   * cut chunks may be missing or short, which every reader notices.
   */
  readonly fsync?: 'chunks' | 'none' | undefined;
}

/** Where the chunks of a repository are. */
export function chunkRoot(commonDir: string): string {
  return join(commonDir, 'gatos', 'blobs', 'chunks');
}

export class DirectoryChunkStore implements SweptStore {
  readonly name: string;
  readonly folder: ChunkFolder;

  constructor({ root, fsync = 'chunks' }: DirectoryStoreOptions) {
    this.name = resolve(root);
    this.folder = { root: this.name, flush: fsync === 'chunks' };
  }

  async has(hash: Uint8Array): Promise<boolean> {
    const fd = this.#open(hexOf(hash));
    if (fd === null) return false;
    closeSync(fd);
    return true;
  }

  async read(
    hash: Uint8Array,
    { most = MOST_STORED_SIZE }: StoreCall & { readonly most?: number | undefined } = {},
  ): Promise<Uint8Array | undefined> {
    const hex = hexOf(hash);
    const fd = this.#open(hex);
    if (fd === null) return undefined;
    try {
      return await attemptAsync({ operation: 'read', path: chunkPath(this.name, hex) }, () => readMost(fd, most));
    } finally {
      closeSync(fd);
    }
  }

  async write(hash: Uint8Array, bytes: Uint8Array): Promise<Wrote> {
    const hex = hexOf(hash);
    await makeRoot(this.folder);
    const path = chunkPath(this.name, hex);
    const pending = attempt({ operation: 'write', path }, () => placeChunk({ root: this.name, hex, bytes }));
    if (this.folder.flush) {
      const group = new GroupFlush(this.name);
      await group.publish(pending);
      await group.finish();
    } else attempt({ operation: 'write', path }, () => publishFile(pending));
    return pending.temporary === null ? 'present' : 'written';
  }

  async remove(hash: Uint8Array): Promise<boolean> {
    return this.#unlink(chunkPath(this.name, hexOf(hash)));
  }

  async removeOlder(hash: Uint8Array, beforeMs: number): Promise<boolean> {
    const hex = hexOf(hash);
    const [path, gone] = [chunkPath(this.name, hex), gonePath(this.name, hex)];
    return attempt({ operation: 'remove', path }, () => {
      try {
        renameSync(path, gone);
      } catch (error) {
        if (isAbsent(error)) return false;
        throw error;
      }
      return this.#settleGone(hex, (modifiedMs) => modifiedMs < beforeMs) === 'removed';
    });
  }

  async *list(prefix: string): AsyncIterable<StoredChunk> {
    checkPrefix(prefix);
    for (const folder of this.#folders(prefix)) {
      // The calls below are synchronous: others get a turn in between.
      await breathe();
      for (const name of namesIn(folder)) {
        const found = readName(name);
        if (found.is !== 'chunk' || !name.startsWith(prefix)) continue;
        const stat = statOf(join(folder, name));
        if (stat !== null) yield { hash: hashOf(found.hex), len: stat.size, modifiedMs: stat.mtimeMs };
      }
    }
  }

  async sweepLeftovers({ beforeMs, dryRun, isLive }: LeftoverRequest): Promise<Leftovers> {
    const sum = { removed: 0, restored: 0, bytes: 0 };
    for (const folder of [this.name, ...this.#folders('')]) {
      await breathe();
      for (const name of namesIn(folder)) {
        const found = readName(name);
        const stat = found.is === 'temporary' || found.is === 'gone' ? statOf(join(folder, name)) : null;
        if (stat === null) continue;
        const old = stat.mtimeMs < beforeMs;
        if (found.is === 'temporary') {
          if (!found.ownerIsDead && !old) continue;
          if (!dryRun && !this.#unlink(join(folder, name))) continue;
        } else if (found.is === 'gone') {
          const dead = old && !(await isLive(hashOf(found.hex)));
          if (!dryRun) this.#settleGone(found.hex, () => dead);
          if (!dead) {
            sum.restored += 1;
            continue;
          }
        }
        sum.removed += 1;
        sum.bytes += stat.size;
      }
    }
    return sum;
  }

  async close(): Promise<void> {}

  #open(hex: string): number | null {
    return attempt({ operation: 'read', path: chunkPath(this.name, hex) }, () => openChunk(this.name, hex));
  }

  /** A chunk that was taken aside: removed for good, or put back, unless it was written again meanwhile. */
  #settleGone(hex: string, isDead: (modifiedMs: number) => boolean): 'removed' | 'restored' {
    const gone = gonePath(this.name, hex);
    const stat = statOf(gone);
    const dead = stat === null || isDead(stat.mtimeMs);
    if (!dead) restore(gone, chunkPath(this.name, hex));
    this.#unlink(gone);
    return dead ? 'removed' : 'restored';
  }

  #unlink(path: string): boolean {
    return attempt({ operation: 'remove', path }, () => {
      try {
        unlinkSync(path);
        return true;
      } catch (error) {
        if (isAbsent(error)) return false;
        throw error;
      }
    });
  }

  /** Folders that may hold chunks whose hash starts so, in order. */
  #folders(prefix: string): readonly string[] {
    const part = (from: number): string => prefix.slice(from, from + 2);
    const within = (folder: string, start: string): readonly string[] =>
      namesIn(folder)
        .filter((name) => /^[0-9a-f]{2}$/.test(name) && name.startsWith(start))
        .map((name) => join(folder, name));
    return within(this.name, part(0)).flatMap((folder) => within(folder, part(2)));
  }
}

/** A hard link does not replace what a put may have written meanwhile; where there are none, both have the same bytes. */
function restore(gone: string, path: string): void {
  try {
    linkSync(gone, path);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return;
    renameSync(gone, path);
  }
}

async function readMost(fd: number, most: number): Promise<Uint8Array> {
  // One more, so that a longer chunk shows.
  const bytes = Buffer.allocUnsafeSlow(most + 1);
  let at = 0;
  while (at < bytes.length) {
    const { bytesRead } = await readLater(fd, bytes, at, bytes.length - at, at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return new Uint8Array(bytes.buffer, 0, at);
}

function namesIn(folder: string): readonly string[] {
  return attempt({ operation: 'list', path: folder }, () => {
    try {
      return readdirSync(folder).sort();
    } catch (error) {
      if (isAbsent(error)) return [];
      throw error;
    }
  });
}

function statOf(path: string): { readonly size: number; readonly mtimeMs: number } | null {
  return attempt({ operation: 'look at', path }, () => {
    try {
      const stat = statSync(path);
      return stat.isFile() ? stat : null;
    } catch (error) {
      if (isAbsent(error)) return null;
      throw error;
    }
  });
}
