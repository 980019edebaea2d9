/** Writing files so that they are there after a power cut: flush the file, rename it, flush the directory. */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fchmodSync,
  fsync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { attemptAsync, errnoOf, faultOf, isAbsent } from './faults.js';

const fsyncLater = promisify(fsync);

/** A name that nobody else picks. Git's own `gc` removes what starts with `tmp_` in an object directory after a while. */
export function temporaryName(prefix: string): string {
  return `${prefix}${randomBytes(9).toString('base64url')}`;
}

/** Writes all of `bytes` at the file's position. */
export function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at);
}

/** Flushes open files. Several at once share the disk's work: their flushes join in one commit of the file system's journal. */
export async function flushFiles(files: readonly number[], path: string): Promise<void> {
  await attemptAsync({ operation: 'flush', path }, async () => {
    const [only, ...more] = files;
    if (only !== undefined && more.length === 0) fsyncSync(only);
    else await Promise.all(files.map((file) => fsyncLater(file)));
  });
}

/** Makes the names in these directories durable. */
export async function flushDirectories(paths: Iterable<string>): Promise<void> {
  // Windows has no way to flush a directory, and needs none.
  if (process.platform === 'win32') return;
  const files: number[] = [];
  let last = '';
  try {
    for (const path of paths) {
      last = path;
      const file = openDirectory(path);
      if (file !== null) files.push(file);
    }
    await flushFiles(files, last);
  } catch (error) {
    // Some network file systems answer so: their directories are durable at once, or cannot be made so.
    if (errnoOf((error as Error).cause) !== 'EINVAL') throw error;
  } finally {
    for (const file of files) closeSync(file);
  }
}

/** Null for a directory that has gone: there is nothing to flush. */
function openDirectory(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (isAbsent(error)) return null;
    throw faultOf(error, { operation: 'flush', path });
  }
}

/** The permission bits of `shared` for a directory: who may read may enter, and the group is inherited. */
function directoryMode(shared: number): number {
  return 0o2000 | shared | ((shared & 0o444) >> 2);
}

/**
 * Makes `path` and what is missing above it, up to `root`, which exists. Returns the directories that got a new entry:
 * these are to be flushed.
 */
export function makeDirectories(path: string, { root, shared }: { root: string; shared: number | null }): string[] {
  try {
    mkdirSync(path);
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'EEXIST') return [];
    if (code !== 'ENOENT' || path === root || dirname(path) === path) throw error;
    const above = makeDirectories(dirname(path), { root, shared });
    return [...above, ...makeDirectories(path, { root, shared })];
  }
  if (shared !== null) chmodSync(path, 0o700 | directoryMode(shared));
  return [dirname(path)];
}

/** Removes a file of ours after a failure. That it cannot be removed is no news: the failure is. */
export function discard(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) === null) throw error;
  }
}

/** Removes a file that may have gone already. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

export interface NewFile {
  /** `objects` are never changed once written. */
  readonly kind: 'object' | 'ordinary';
  readonly shared: number | null;
}

/** Makes a file that must not exist yet and leaves it open for writing. System errors come as they are. */
export function createFile(path: string, { kind, shared }: NewFile): number {
  const file = openSync(path, 'wx', kind === 'object' ? 0o444 : 0o666);
  if (shared === null) return file;
  try {
    fchmodSync(file, kind === 'object' ? 0o400 | (shared & 0o444) : 0o600 | shared);
  } catch (error) {
    closeSync(file);
    discard(path);
    throw error;
  }
  return file;
}

export interface Replacement {
  /** Made beside the file, and gone afterwards. */
  readonly temporary: string;
  readonly content: Uint8Array;
  readonly flush: boolean;
  readonly shared: number | null;
}

/** Replaces a file in one rename. The caller holds its lock and flushes the directory. */
export function replaceFile(path: string, { temporary, content, flush, shared }: Replacement): void {
  removeFile(temporary);
  const file = createFile(temporary, { kind: 'ordinary', shared });
  try {
    writeAll(file, content);
    if (flush) fsyncSync(file);
    renameSync(temporary, path);
  } catch (error) {
    discard(temporary);
    throw error;
  } finally {
    closeSync(file);
  }
}
