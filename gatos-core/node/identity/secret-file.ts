/**
 * Files that hold secrets: read only when nobody else can, created so that nobody else can and that no existing file is lost.
 * No error from here carries bytes of a file.
 */
import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, link, mkdir, open, readdir, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { identityError } from '../../src/identity/index.js';
import { LIMITS } from '../../src/kernel/index.js';

/** Modes and owners mean nothing on Windows, where profiles are private by access lists. */
const CHECKS_MODE = process.platform !== 'win32';
const OTHERS = 0o077;
const OTHERS_WRITE = 0o022;

function codeOf(error: unknown): string {
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

function ioError(error: unknown, { path, operation }: { path: string; operation: string }): Error {
  const code = codeOf(error);
  return identityError('key-io', { path, operation, why: REASONS[code] ?? `system error ${code}` });
}

function modeText(stats: Stats): string {
  return (stats.mode & 0o777).toString(8).padStart(3, '0');
}

/** A secret counts only while it belongs to this user (or root) and neither group nor others can touch it. */
function checkPrivate(path: string, stats: Stats): void {
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
 */
export async function readKeyFile(path: string): Promise<KeyFile | null> {
  let handle: FileHandle;
  try {
    // O_NONBLOCK: opening a FIFO must not wait for its other end.
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw ioError(error, { path, operation: 'open' });
  }
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw identityError('key-file', { path, why: 'it is not a regular file' });
    const bytes = new Uint8Array(LIMITS.keyFileBytes + 1);
    const length = await readFully(handle, { path, into: bytes });
    if (length > LIMITS.keyFileBytes)
      throw identityError('key-file', { path, why: `it is larger than ${LIMITS.keyFileBytes} bytes` });
    return { bytes: bytes.subarray(0, length), requirePrivate: () => checkPrivate(path, stats) };
  } finally {
    await handle.close();
  }
}

async function readFully(handle: FileHandle, { path, into }: { path: string; into: Uint8Array }): Promise<number> {
  let length = 0;
  try {
    while (length < into.length) {
      const { bytesRead } = await handle.read(into, length, into.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
  } catch (error) {
    throw ioError(error, { path, operation: 'read' });
  }
  return length;
}

/** The names in a folder; none when there is no such folder. Throws `identity/key-io`. */
export async function listDirectory(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw ioError(error, { path, operation: 'list' });
  }
}

/** Makes the folder (mode 0700) where it is missing, and refuses one in which others could replace our files. */
async function preparePrivateDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    const stats = await stat(path);
    if (CHECKS_MODE && (stats.mode & OTHERS_WRITE) !== 0) {
      throw identityError('key-exposed', {
        path,
        mode: modeText(stats),
        why: 'others than its owner can write into it',
        fix: '700',
      });
    }
  } catch (error) {
    if (isErrno(error)) throw ioError(error, { path, operation: 'create' });
    throw error;
  }
}

function isErrno(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

/**
 * Creates a file of mode 0600 with these bytes, durably and all at once: readers see nothing or all of it, and an existing file is
 * never touched. Throws `identity/key-exists`, `identity/key-exposed`, `identity/key-io`.
 */
export async function createSecretFile(path: string, bytes: Uint8Array): Promise<void> {
  const directory = dirname(path);
  await preparePrivateDirectory(directory);
  const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeNew(draft, bytes);
    await publish(draft, { path, bytes });
    await syncDirectory(directory);
  } catch (error) {
    if (isErrno(error)) throw ioError(error, { path, operation: 'create' });
    throw error;
  } finally {
    await unlink(draft).catch((error: unknown) => {
      // Never written, for the reason that is already on its way up.
      if (codeOf(error) !== 'ENOENT') throw ioError(error, { path: draft, operation: 'remove' });
    });
  }
}

/** Fails with EEXIST where the name is taken; leaves nothing behind when it fails later. */
async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    // The umask may have taken the owner's bits too.
    await handle.chmod(0o600);
    // Some file systems keep no modes: find out while the file is still empty.
    checkPrivate(path, await handle.stat());
    await handle.writeFile(bytes);
    await handle.sync();
  } catch (error) {
    await unlink(path);
    throw error;
  } finally {
    await handle.close();
  }
}

const NO_HARD_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EACCES']);

/** Gives the finished draft its name. `link` fails where the name exists, which `rename` would replace. */
async function publish(draft: string, { path, bytes }: { path: string; bytes: Uint8Array }): Promise<void> {
  try {
    await link(draft, path);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw identityError('key-exists', { path });
    if (!NO_HARD_LINKS.has(codeOf(error))) throw error;
    // File systems without hard links: still never overwrites, but a crash can leave a cut file, which reading refuses.
    await writeNew(path, bytes).catch((cause: unknown) => {
      throw codeOf(cause) === 'EEXIST' ? identityError('key-exists', { path }) : cause;
    });
  }
}

async function syncDirectory(path: string): Promise<void> {
  if (!CHECKS_MODE) return;
  const handle = await open(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
