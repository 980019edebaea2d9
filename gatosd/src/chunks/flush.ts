/**
 * Making files durable in groups. Flushes run side by side in Node's own threads, so they share commits of the file system's journal, and
 * hashing goes on meanwhile. A chunk gets its name after its bytes are on the disk; folders are flushed once, at the end.
 */
import { closeSync, fsync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { abandonFile, type PendingFile, publishFile } from './chunk-files.js';
import type { ChunkFolder } from './chunk-store.js';
import { errnoOf, isAbsent } from './errno.js';
import { attempt, attemptAsync } from './faults.js';

const fsyncLater = promisify(fsync);

export class GroupFlush {
  readonly #root: string;
  readonly #folders = new Set<string>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Flushes the file and gives it its name. Throws `chunks/no-space`, `chunks/no-access`, `chunks/io`. */
  async publish(file: PendingFile): Promise<void> {
    const { fd, path, temporary } = file;
    await attemptAsync({ operation: 'write', path }, async () => {
      try {
        // Windows flushes only what is open for writing.
        if (temporary !== null || process.platform !== 'win32') await fsyncLater(fd);
      } catch (error) {
        abandonFile(file);
        throw error;
      }
      publishFile(file);
    });
    this.#folders.add(dirname(path));
  }

  /** Makes the names durable. */
  async finish(): Promise<void> {
    const folders = new Set<string>();
    for (const folder of this.#folders) {
      for (let at = folder; at.startsWith(this.#root) && !folders.has(at); at = dirname(at)) folders.add(at);
    }
    this.#folders.clear();
    await flushFolders([...folders]);
  }
}

/** Makes the root of a store if it is not there, and its name durable. */
export async function makeRoot({ root, flush }: ChunkFolder): Promise<void> {
  const made = attempt({ operation: 'write', path: root }, () => mkdirSync(root, { recursive: true }));
  if (made === undefined || !flush) return;
  const parents: string[] = [];
  for (let at = root; at.length >= made.length; at = dirname(at)) parents.push(dirname(at));
  await flushFolders(parents);
}

/** Open folders at once: a process may have a thousand files open in many places. */
const AT_ONCE = 64;

export async function flushFolders(paths: readonly string[]): Promise<void> {
  // Windows has no way to flush a directory, and needs none.
  if (process.platform === 'win32') return;
  for (let i = 0; i < paths.length; i += AT_ONCE) {
    await Promise.all(paths.slice(i, i + AT_ONCE).map((path) => flushFolder(path)));
  }
}

async function flushFolder(path: string): Promise<void> {
  await attemptAsync({ operation: 'flush', path }, async () => {
    let fd: number | undefined;
    try {
      fd = openSync(path, 'r');
      await fsyncLater(fd);
    } catch (error) {
      // One that has gone needs no flush. Some network file systems answer EINVAL: their directories are durable at once.
      if (!isAbsent(error) && errnoOf(error) !== 'EINVAL') throw error;
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  });
}
