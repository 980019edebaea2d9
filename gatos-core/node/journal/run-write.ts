/** Writing a run: entries come in order, the pages above them are made on the way. */
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '#hash';
import { formatHex } from '../../src/codec/index.js';
import type { Stretch } from './coverage.js';
import { ENTRY_BYTES, KEY_BYTES } from './entries.js';
import { bodyBytes, CHILD_BYTES, encodeFooter, encodeTail, FANOUT, levelsOf, PAGE_ENTRIES } from './run-format.js';

export const RUN_SUFFIX = '.keys';
export const TEMPORARY_PREFIX = 'tmp-';

const BUFFER_BYTES = 256 * 1024;
const PAGE_BYTES = PAGE_ENTRIES * ENTRY_BYTES;

export class RunWriter {
  readonly #temporary: string;
  readonly #fd: number;
  readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #open = true;
  #filled = 0;
  /** Where the page that is being filled starts in the buffer. */
  #page = 0;
  #count = 0;
  /** First key and hash of every page of entries so far: 3 bytes an entry. */
  #children = new Growing();

  /** Throws system errors, ENOENT when the directory has gone. */
  constructor(private readonly directory: string) {
    this.#temporary = join(directory, `${TEMPORARY_PREFIX}${randomBytes(9).toString('hex')}`);
    this.#fd = openSync(this.#temporary, 'wx');
  }

  /** The next entry, 64 bytes at an offset; larger than the one before. */
  push(packed: Buffer, at: number): void {
    packed.copy(this.#buffer, this.#filled, at, at + ENTRY_BYTES);
    this.#filled += ENTRY_BYTES;
    this.#count += 1;
    if (this.#filled - this.#page === PAGE_BYTES) this.#endPage();
    if (this.#filled === BUFFER_BYTES) this.#flush();
  }

  /** Completes the file under a name that follows from its content. Returns its path. */
  finish(about: { readonly ns: string; readonly coverage: readonly Stretch[] }): string {
    if (this.#filled > this.#page) this.#endPage();
    this.#flush();
    const root = this.#writeLevels();
    const footer = encodeFooter({ v: 1, count: this.#count, root, ...about });
    writeAll(this.#fd, encodeTail(footer));
    this.#close();
    const path = join(this.directory, `${formatHex(sha256(footer).subarray(0, 16))}${RUN_SUFFIX}`);
    renameSync(this.#temporary, path);
    return path;
  }

  /** Removes what was written, after a fault. */
  discard(): void {
    this.#close();
    try {
      unlinkSync(this.#temporary);
    } catch (error) {
      // Gone with its directory: the fault that led here is the news.
      if (!isSystemError(error)) throw error;
    }
  }

  #close(): void {
    if (this.#open) closeSync(this.#fd);
    this.#open = false;
  }

  #endPage(): void {
    const page = this.#buffer.subarray(this.#page, this.#filled);
    this.#children.add(page.subarray(0, KEY_BYTES), sha256(page));
    this.#page = this.#filled;
  }

  #flush(): void {
    writeAll(this.#fd, this.#buffer.subarray(0, this.#filled));
    this.#filled = 0;
    this.#page = 0;
  }

  /** Returns the hash of the root page. */
  #writeLevels(): Uint8Array {
    let level = this.#children.bytes();
    let written = this.#count * ENTRY_BYTES;
    for (;;) {
      writeAll(this.#fd, level);
      written += level.length;
      if (level.length <= FANOUT * CHILD_BYTES) break;
      level = parentsOf(level);
    }
    if (written !== bodyBytes(this.#count)) throw new RangeError(`wrote ${written} bytes for ${levelsOf(this.#count)}`);
    return sha256(level);
  }
}

function parentsOf(level: Buffer): Buffer {
  const parents = new Growing();
  for (let at = 0; at < level.length; at += FANOUT * CHILD_BYTES) {
    const page = level.subarray(at, at + FANOUT * CHILD_BYTES);
    parents.add(page.subarray(0, KEY_BYTES), sha256(page));
  }
  return parents.bytes();
}

/** A list of children that doubles its room when it is full. */
class Growing {
  #room = Buffer.allocUnsafe(FANOUT * CHILD_BYTES);
  #length = 0;

  add(key: Uint8Array, hash: Uint8Array): void {
    if (this.#length === this.#room.length) {
      const larger = Buffer.allocUnsafe(this.#room.length * 2);
      this.#room.copy(larger);
      this.#room = larger;
    }
    this.#room.set(key, this.#length);
    this.#room.set(hash, this.#length + KEY_BYTES);
    this.#length += CHILD_BYTES;
  }

  bytes(): Buffer {
    return this.#room.subarray(0, this.#length);
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at);
}

/** A refusal of the operating system, such as a full disk; not a bug. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}
