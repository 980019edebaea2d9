/**
 * The file system port of the isomorphic adapter: the part of `node:fs/promises` that it needs, so that module itself can be
 * passed in. `memoryFileSystem` is an implementation without a disk.
 */

export interface FileStat {
  /** Bytes. */
  readonly size: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

/**
 * Paths use `/`. A call that fails rejects with an error whose `code` is a POSIX name: ENOENT, EEXIST, ENOTDIR, EISDIR,
 * ENOTEMPTY, ENOSPC, EACCES …
 */
export interface FileSystem {
  /** The whole file. The caller does not change the array. */
  readFile(path: string): Promise<Uint8Array>;
  /**
   * Creates the file, or with flag `w` replaces what it held. `wx` must fail with EEXIST when the path exists, and of two
   * callers at once exactly one may succeed: the lock protocol rests on it. `flush`: on stable storage when it resolves.
   */
  writeFile(
    path: string,
    data: Uint8Array,
    options: { readonly flag: 'w' | 'wx'; readonly flush?: boolean },
  ): Promise<void>;
  /** Atomic: who looks at `to` sees the old file or the new one. */
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** One directory, whose parent exists. */
  mkdir(path: string): Promise<unknown>;
  /** Fails with ENOTEMPTY (or EEXIST) when the directory holds anything. */
  rmdir(path: string): Promise<void>;
  /** Names, in any order. */
  readdir(path: string): Promise<string[]>;
  stat(path: string): Promise<FileStat>;
  /** Opens a directory, so that a rename in it can be put on stable storage. Absent where there is no such thing. */
  open?(path: string, flags: 'r'): Promise<{ sync(): Promise<void>; close(): Promise<void> }>;
}
