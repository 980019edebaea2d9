/** Files that a command writes because it was asked to: a proof, a saved change. Whole or not at all. */
import { randomUUID } from 'node:crypto';
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cliError } from '../errors.js';

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'what should be its folder is a file',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the device',
  ENAMETOOLONG: 'the name is too long',
};

/** Writes beside the path and renames, so that nobody sees half a file. Throws `cli/file-wanted`, `cli/unwritable-file`. */
export function writeOutputFile(path: string, bytes: Uint8Array): void {
  if (path === '-') throw cliError('file-wanted', {});
  // A device, a pipe or a link to a folder would be replaced by a file.
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isDirectory() === true) throw cliError('unwritable-file', { path, why: WHY.EISDIR ?? '' });
  if (there?.isFile() === false)
    throw cliError('unwritable-file', { path, why: 'it is no file: write to standard output, and send that there' });
  const temporary = join(dirname(path), `.gatos-${randomUUID()}.tmp`);
  try {
    writeFileSync(temporary, bytes, { flag: 'wx' });
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    const { code, message } = cause as NodeJS.ErrnoException;
    throw cliError('unwritable-file', { path, why: WHY[code ?? ''] ?? message });
  }
}
