/**
 * Creating files that hold secrets: so that nobody else can read them and that no existing file is lost. No error from here carries
 * bytes of a file.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, open, readdir, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { identityError } from '../../src/identity/index.js';
import { CHECKS_MODE, checkPrivate, codeOf, ioError, modeText } from './key-file.js';

const OTHERS_WRITE = 0o022;

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
