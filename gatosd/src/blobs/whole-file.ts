/** A file that has its name only when all of it is there. */
import { randomBytes } from 'node:crypto';
import { lstatSync, type Stats, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { attemptChunksAsync } from '../chunks/index.js';
import { blobBytesError } from './errors.js';

/**
 * Can a file get this name? What is there is replaced when it is a file or a symbolic link to one, which is replaced itself: nothing is
 * written through it. Asked before anything is read: a folder would be noticed after the last byte, and a device or a pipe would be
 * replaced by a file. Throws `blob-bytes/bad-out`.
 */
export function checkOutFile(path: string): void {
  const bad = (why: string) => blobBytesError('bad-out', { path, why });
  if (statOf(dirname(path))?.isDirectory() !== true) throw bad('there is no such folder');
  const there = statOf(path);
  if (there === undefined || there.isFile()) return;
  throw bad(there.isDirectory() ? 'it is a folder' : 'it is no file: write to standard output, and send that there');
}

/** What a path leads to; a link that leads nowhere is as good as nothing. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    // Such as a name that is too long: whoever writes tells.
    return code === 'ELOOP' ? lstatSync(path) : undefined;
  }
}

/** Throws `blob-bytes/bad-out`, `chunks/io`, and what the source throws; then nothing is there that was not before. */
export async function writeWhole(path: string, parts: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
  checkOutFile(path);
  // Its own name is as long as a name may be.
  const temporary = join(dirname(path), `.gatos-${randomBytes(8).toString('hex')}.part`);
  try {
    await attemptChunksAsync({ operation: 'write', path }, async () => {
      const file = await open(temporary, 'wx');
      try {
        for await (const part of parts) await file.writeFile(part);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    });
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
