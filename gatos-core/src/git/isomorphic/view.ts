/**
 * The file system that isomorphic-git sees for one operation: a handful of files and nothing else. It reads no file that we
 * did not choose, and what it writes lands in memory, so that we decide how it reaches the disk.
 */
import type { FsClient } from 'isomorphic-git';

export type Engine = typeof import('./engine.js');

/** Where the repository seems to be in a view. */
export const VIEW_ROOT = '/view';

class Absent extends Error {
  override readonly name = 'Absent';
  readonly code = 'ENOENT';
}

export interface ViewFiles {
  /** A file by its path below the repository, or null. */
  readonly read: (path: string) => Promise<Uint8Array | null>;
  /** Names in `objects/pack`. */
  readonly packs?: readonly string[];
  readonly write?: (path: string, data: Uint8Array) => void;
}

/** What isomorphic-git takes for its `fs`. */
export function engineView(engine: Engine, { read, packs = [], write }: ViewFiles): FsClient {
  const absent = async (): Promise<never> => {
    throw new Absent('nothing else is in this view');
  };
  const below = (path: string) => path.slice(VIEW_ROOT.length + 1);
  const promises = {
    // Called without arguments to find out whether promises come back
    readFile: async (path?: string) => shared(path === undefined ? null : await read(below(path))) ?? absent(),
    readdir: async (path: string) => (below(path) === 'objects/pack' ? [...packs] : absent()),
    writeFile: async (path: string, data: Uint8Array) => (write === undefined ? absent() : write(below(path), data)),
    mkdir: absent,
    rmdir: absent,
    unlink: absent,
    stat: absent,
    lstat: absent,
    readlink: absent,
    symlink: absent,
  };
  // Wrapped once here: isomorphic-git would otherwise wrap it anew in every call. Its types know the unwrapped kind only.
  return new engine.EngineFileSystem({ promises }) as unknown as FsClient;
}

/** isomorphic-git copies a byte array but shares the memory of an ArrayBuffer, which matters for packs. */
function shared(bytes: Uint8Array | null): Uint8Array | ArrayBufferLike | null {
  return bytes !== null && bytes.length === bytes.buffer.byteLength ? bytes.buffer : bytes;
}
