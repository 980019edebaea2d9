/**
 * Reading the files that keys are in: secrets only when nobody else can read them. No error from here carries bytes of a file.
 */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { identityError } from '../../src/identity/index.js';
import { LIMITS } from '../../src/kernel/index.js';

/** Modes and owners mean nothing on Windows, where profiles are private by access lists. */
export const CHECKS_MODE = process.platform !== 'win32';
const OTHERS = 0o077;

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'no permission',
  EPERM: 'no permission',
  ENOSPC: 'no space left',
  EDQUOT: 'no space left',
  EROFS: 'the file system is read-only',
  EISDIR: 'it is a directory',
  ENOTDIR: 'part of the path is not a directory',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
};

export function ioError(error: unknown, { path, operation }: { path: string; operation: string }): Error {
  const code = codeOf(error);
  return identityError('key-io', { path, operation, why: REASONS[code] ?? `system error ${code}` });
}

export function modeText(stats: Stats): string {
  return (stats.mode & 0o777).toString(8).padStart(3, '0');
}

/** A secret counts only while it belongs to this user (or root) and neither group nor others can touch it. */
export function checkPrivate(path: string, stats: Stats): void {
  if (!CHECKS_MODE) return;
  const mode = modeText(stats);
  if ((stats.mode & OTHERS) !== 0) {
    throw identityError('key-exposed', { path, mode, why: 'others than its owner can read or change it', fix: '600' });
  }
  const user = process.getuid?.();
  if (user !== undefined && stats.uid !== user && stats.uid !== 0 && user !== 0) {
    throw identityError('key-exposed', { path, mode, why: 'it belongs to another user', fix: '600' });
  }
}

export interface KeyFile {
  readonly bytes: Uint8Array;
  /** Refuses the file (identity/key-exposed) unless it is private. Called for whatever turns out to be secret. */
  readonly requirePrivate: () => void;
}

/**
 * The bytes of a key file, secret or public, or null when there is none. Symbolic links are followed. The checks look at the file
 * that was read, whatever its path names by then. Throws `identity/key-file` for what is not a file or too large, `identity/key-io`.
 *
 * Reads synchronously: it is one small file, and every command that signs would load `node:fs/promises` for it.
 */
export async function readKeyFile(path: string): Promise<KeyFile | null> {
  let fd: number;
  try {
    // O_NONBLOCK: opening a FIFO must not wait for its other end.
    fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw ioError(error, { path, operation: 'open' });
  }
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw identityError('key-file', { path, why: 'it is not a regular file' });
    const bytes = new Uint8Array(LIMITS.keyFileBytes + 1);
    const length = readFully(fd, { path, into: bytes });
    if (length > LIMITS.keyFileBytes)
      throw identityError('key-file', { path, why: `it is larger than ${LIMITS.keyFileBytes} bytes` });
    return { bytes: bytes.subarray(0, length), requirePrivate: () => checkPrivate(path, stats) };
  } finally {
    closeSync(fd);
  }
}

function readFully(fd: number, { path, into }: { path: string; into: Uint8Array }): number {
  let length = 0;
  try {
    while (length < into.length) {
      const bytesRead = readSync(fd, into, length, into.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
  } catch (error) {
    throw ioError(error, { path, operation: 'read' });
  }
  return length;
}
