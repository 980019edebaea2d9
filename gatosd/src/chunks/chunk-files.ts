/**
 * Chunks as files: `<aa>/<bb>/<sha256 hex>` below a root. A file is written under another name in the root, flushed, and renamed, so that
 * what stands under its own name is whole. (ext4 puts a new folder far from others, and a file that is made in one waits for what is there.) All calls are synchronous: threads make them.
 *
 * A file that is there already is compared with the bytes that would be written, not trusted: the right bytes are at hand, and reading is
 * cheaper than writing. If it differs it is replaced. If it does not, its time is set to now, which keeps it from `sweepChunks`.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  futimesSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { errnoOf, isAbsent } from './errno.js';

export function chunkPath(root: string, hex: string): string {
  return join(root, hex.slice(0, 2), hex.slice(2, 4), hex);
}

const GONE = 'gone-';
const TEMPORARY = 'tmp-';

/** Where `sweepChunks` puts a chunk between looking at its time and removing it. */
export function gonePath(root: string, hex: string): string {
  return join(root, hex.slice(0, 2), hex.slice(2, 4), `${GONE}${hex}`);
}

const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

/** Tells gc whose it is: the machine, the process, and a part that nobody else picks. */
export function temporaryName(): string {
  return `${TEMPORARY}${HOST}-${process.pid}-${randomBytes(6).toString('hex')}`;
}

export type LeftName =
  | { readonly is: 'chunk' | 'gone'; readonly hex: string }
  | { readonly is: 'temporary'; readonly ownerIsDead: boolean }
  | { readonly is: 'foreign' };

/** What a name in a folder of chunks stands for. Processes of other machines are never said to be dead. */
export function readName(name: string): LeftName {
  if (/^[0-9a-f]{64}$/.test(name)) return { is: 'chunk', hex: name };
  if (/^gone-[0-9a-f]{64}$/.test(name)) return { is: 'gone', hex: name.slice(GONE.length) };
  const found = /^tmp-([0-9a-f]{8})-([0-9]{1,10})-[0-9a-f]{12}$/.exec(name);
  if (found === null) return { is: 'foreign' };
  return { is: 'temporary', ownerIsDead: found[1] === HOST && !isAlive(Number(found[2])) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is alive too.
    return errnoOf(error) !== 'ESRCH';
  }
}

/** An open file that has yet to be flushed; then it gets its name, if it has a temporary one, and is closed. */
export interface PendingFile {
  readonly fd: number;
  readonly path: string;
  readonly temporary: string | null;
}

export interface FileChunk {
  readonly root: string;
  readonly hex: string;
  readonly bytes: Uint8Array;
}

/** Writes the chunk under a temporary name, or finds it in place. System errors come as they are. */
export function placeChunk({ root, hex, bytes }: FileChunk): PendingFile {
  const path = chunkPath(root, hex);
  return findSame(path, bytes) ?? writeTemporary(root, { path, bytes });
}

/** Gives the file its name and closes it. */
export function publishFile({ fd, path, temporary }: PendingFile): void {
  try {
    if (temporary !== null) renameSync(temporary, path);
  } catch (error) {
    if (temporary !== null) discard(temporary);
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** Closes and removes what will not be published. */
export function abandonFile({ fd, temporary }: PendingFile): void {
  closeSync(fd);
  if (temporary !== null) discard(temporary);
}

function writeTemporary(
  root: string,
  { path, bytes }: { readonly path: string; readonly bytes: Uint8Array },
): PendingFile {
  makeFolders(dirname(path));
  const temporary = join(root, temporaryName());
  // Never changed once it has its name, hence read-only.
  const fd = openSync(temporary, 'wx', 0o444);
  try {
    writeAt({ fd, position: 0 }, bytes);
  } catch (error) {
    abandonFile({ fd, path, temporary });
    throw error;
  }
  return { fd, path, temporary };
}

/** The folder of a chunk and the one above it. Not `recursive`, which says ENOENT where a file system is read-only. */
function makeFolders(folder: string): void {
  try {
    makeFolder(folder);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    makeFolder(dirname(folder));
    makeFolder(folder);
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
}

const BLOCK = 256 * 1024;
let block: Buffer | undefined;

/** The open file when it has these bytes and will stay; null when it is to be written. */
function findSame(path: string, bytes: Uint8Array): PendingFile | null {
  const fd = openIfThere(path);
  if (fd === null) return null;
  let same = false;
  try {
    same = hasBytes(fd, bytes) && keepYoung(fd, path);
  } finally {
    if (!same) closeSync(fd);
  }
  return same ? { fd, path, temporary: null } : null;
}

function openIfThere(path: string): number | null {
  try {
    return openSync(path, constants.O_RDONLY);
  } catch (error) {
    // What cannot be read is replaced, if it may be; the fault of writing then tells why.
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(errnoOf(error) ?? '')) return null;
    throw error;
  }
}

function hasBytes(fd: number, bytes: Uint8Array): boolean {
  const stat = fstatSync(fd);
  if (!stat.isFile() || stat.size !== bytes.length) return false;
  block ??= Buffer.allocUnsafeSlow(BLOCK);
  for (let at = 0; at < bytes.length; ) {
    const got = readSync(fd, block, 0, Math.min(BLOCK, bytes.length - at), at);
    if (got === 0 || block.compare(bytes, at, at + got, 0, got) !== 0) return false;
    at += got;
  }
  return true;
}

/**
 * Sets its time to now. The sweep takes a chunk away by renaming it, looks at its time then, and puts a young one back: so a chunk that
 * is under its name after its time was set stays.
 */
function keepYoung(fd: number, path: string): boolean {
  const now = Date.now() / 1000;
  try {
    futimesSync(fd, now, now);
  } catch (error) {
    // Nothing can be removed from a file system that is read-only. A file of somebody else is replaced by one of ours.
    if (errnoOf(error) !== 'EROFS') return false;
  }
  try {
    statSync(path);
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/**
 * For a large write Linux takes large pieces of memory into its cache. In a virtual machine that gives free memory back to its host these
 * are what has just been given back, and a write of 4 MiB was seen to take eight times as long as 64 of this size.
 */
const WRITE_SIZE = 64 * 1024;

/** Writes all of it there. */
export function writeAt({ fd, position }: { readonly fd: number; readonly position: number }, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    at += writeSync(fd, bytes, at, Math.min(WRITE_SIZE, bytes.length - at), position + at);
  }
}

/** Opens a chunk for reading; null when there is none. While a sweep looks at a chunk it is under another name. */
export function openChunk(root: string, hex: string): number | null {
  for (const path of [chunkPath(root, hex), gonePath(root, hex), chunkPath(root, hex)]) {
    try {
      return openSync(path, constants.O_RDONLY);
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
  }
  return null;
}

/** Reads from the start until `into` is full or the file ends; returns how many bytes. */
export function readStart(fd: number, into: Uint8Array): number {
  let at = 0;
  while (at < into.length) {
    const got = readSync(fd, into, at, into.length - at, at);
    if (got === 0) break;
    at += got;
  }
  return at;
}

/** Removes a file of ours after a failure. That it cannot be removed is no news: the failure is. */
export function discard(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) === null) throw error;
  }
}
