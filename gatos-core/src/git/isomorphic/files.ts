/**
 * The file system as the adapter uses it: what is absent is a value, every other failure is a `git/*` fault, so that "could
 * not read" is never taken for "is not there". No other file of the adapter looks at POSIX codes.
 */
import { GatosError } from '../../kernel/index.js';
import { gitError } from '../errors.js';
import type { FileStat, FileSystem } from './fs.js';

const WORDS: Readonly<Record<string, string>> = {
  EBUSY: 'the file is in use',
  EIO: 'the device failed',
  EISDIR: 'it is a directory',
  ELOOP: 'symbolic links go in circles',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the name is too long for this file system',
  ENFILE: 'too many open files',
  ENOENT: 'it is not there',
  ENOTDIR: 'a file stands where a directory belongs',
  ENOTEMPTY: 'the directory is not empty',
};
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const FORBIDDEN = new Set(['EACCES', 'EPERM', 'EROFS']);
const ABSENT = new Set(['ENOENT', 'ENOTDIR']);
// What platforms say about opening or flushing a directory when they have no such operation
const NO_SUCH_SYNC = new Set(['EISDIR', 'EPERM', 'EINVAL', 'ENOTSUP', 'EACCES', 'EBADF']);
const DIRECTORY_ATTEMPTS = 64;

function codeOf(error: unknown): string {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : '';
}

function fault(error: unknown, { path, operation }: { path: string; operation: string }): unknown {
  const code = codeOf(error);
  if (error instanceof GatosError || code === '') return error;
  if (FULL.has(code)) return gitError('no-space', { path }, { cause: error });
  if (FORBIDDEN.has(code)) return gitError('no-access', { path, operation }, { cause: error });
  return gitError('io', { path, operation, why: WORDS[code] ?? 'the file system refused' }, { cause: error });
}

/**
 * Did an exclusive create fail only after the file was there, so that the file is ours? When in doubt it is not: a lock left
 * behind is a nuisance, another writer's lock removed is a lost update. Node names the failing call.
 */
function wasCreated(error: unknown): boolean {
  const call = (error as { syscall?: unknown }).syscall;
  return FULL.has(codeOf(error)) || (typeof call === 'string' && call !== 'open');
}

/** The directory part of a path that has one. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

export class Files {
  constructor(private readonly fs: FileSystem) {}

  /** The bytes, null when nothing is there, or the word `directory`. */
  async read(path: string): Promise<Uint8Array | null | 'directory'> {
    try {
      return await this.fs.readFile(path);
    } catch (error) {
      const code = codeOf(error);
      if (ABSENT.has(code) || code === 'ENAMETOOLONG') return null;
      if (code === 'EISDIR') return 'directory';
      throw fault(error, { path, operation: 'read' });
    }
  }

  /** Null when nothing is there. */
  async stat(path: string): Promise<FileStat | null> {
    try {
      return await this.fs.stat(path);
    } catch (error) {
      if (ABSENT.has(codeOf(error))) return null;
      throw fault(error, { path, operation: 'look at' });
    }
  }

  /** Names in a directory, sorted; none when there is no such directory. */
  async list(path: string): Promise<readonly string[]> {
    try {
      return (await this.fs.readdir(path)).sort();
    } catch (error) {
      if (ABSENT.has(codeOf(error))) return [];
      throw fault(error, { path, operation: 'list' });
    }
  }

  /** Creates the file together with its directories; `exists` when something is there, `blocked` when a file is above it. */
  async create(path: string, data: Uint8Array, options: { flush: boolean }): Promise<'created' | 'exists' | 'blocked'> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.fs.writeFile(path, data, { flag: 'wx', flush: options.flush });
        return 'created';
      } catch (error) {
        const code = codeOf(error);
        if (code === 'EEXIST') return 'exists';
        if (code === 'ENOTDIR') return 'blocked';
        // git removes directories that become empty, perhaps this one, just after we made it
        if (code !== 'ENOENT' || attempt > DIRECTORY_ATTEMPTS) {
          if (wasCreated(error)) await this.#discard(path);
          throw fault(error, { path, operation: 'write' });
        }
        await this.makeDirectories(parentOf(path), options);
      }
    }
  }

  /** Makes the directories of a path that are not there yet. */
  async makeDirectories(path: string, options: { flush: boolean }): Promise<void> {
    if (path === '') return;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.fs.mkdir(path);
        break;
      } catch (error) {
        const code = codeOf(error);
        if (code === 'EEXIST' || code === 'ENOTDIR') return;
        if (code !== 'ENOENT' || attempt > DIRECTORY_ATTEMPTS) throw fault(error, { path, operation: 'make' });
        await this.makeDirectories(parentOf(path), options);
      }
    }
    if (options.flush) await this.#sync(parentOf(path));
  }

  /** Writes the file, whatever it held before. Only for files whose lock we hold. */
  async overwrite(path: string, data: Uint8Array, options: { flush: boolean }): Promise<void> {
    try {
      await this.fs.writeFile(path, data, { flag: 'w', flush: options.flush });
    } catch (error) {
      await this.#discard(path);
      throw fault(error, { path, operation: 'write' });
    }
  }

  /** Atomic replacement. With `flush` the change of both directories' entries is on stable storage as well. */
  async rename(from: string, to: string, options: { flush: boolean }): Promise<void> {
    try {
      await this.fs.rename(from, to);
    } catch (error) {
      throw fault(error, { path: to, operation: 'write' });
    }
    if (options.flush) await this.#sync(parentOf(to));
  }

  /** Removes a file; no fault when it is gone already. */
  async remove(path: string, options: { flush: boolean }): Promise<void> {
    try {
      await this.fs.unlink(path);
    } catch (error) {
      if (ABSENT.has(codeOf(error))) return;
      throw fault(error, { path, operation: 'remove' });
    }
    if (options.flush) await this.#sync(parentOf(path));
  }

  /** Removes directories that hold nothing but such directories. False when something else is inside. */
  async removeEmpty(path: string): Promise<boolean> {
    const stat = await this.stat(path);
    if (stat === null || !stat.isDirectory()) return true;
    for (const name of await this.list(path)) {
      const inner = await this.stat(`${path}/${name}`);
      if (inner !== null && !(inner.isDirectory() && (await this.removeEmpty(`${path}/${name}`)))) return false;
    }
    return this.removeDirectory(path);
  }

  /** Removes one directory if it is empty. True when it is gone. */
  async removeDirectory(path: string): Promise<boolean> {
    try {
      await this.fs.rmdir(path);
      return true;
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ENOENT') return true;
      if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR') return false;
      throw fault(error, { path, operation: 'remove' });
    }
  }

  async #sync(path: string): Promise<void> {
    if (this.fs.open === undefined) return;
    try {
      const handle = await this.fs.open(path === '' ? '.' : path, 'r');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    } catch (error) {
      const code = codeOf(error);
      // Gone already: whoever removed it answers for it
      if (!NO_SUCH_SYNC.has(code) && code !== 'ENOENT') throw fault(error, { path, operation: 'flush' });
    }
  }

  /** A write that failed may have left a piece of the file behind. The first fault is the one to report, so this adds none. */
  async #discard(path: string): Promise<void> {
    await this.fs.unlink(path).catch(() => undefined);
  }
}
