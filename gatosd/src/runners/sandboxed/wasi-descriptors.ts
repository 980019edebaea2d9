/** What a wasm program has open, by number. */
import { LIMITS } from 'gatos-core';
import type { Stream } from './shared-log.js';
import { ERRNO, EVENT, WasiError } from './wasi-codes.js';
import { type FileNode, type FolderNode, namesOf, type Tree } from './wasi-tree.js';

export interface OpenFile {
  readonly is: 'file';
  readonly node: FileNode;
  readonly readable: boolean;
  readonly writable: boolean;
  append: boolean;
  at: number;
}

export interface OpenFolder {
  readonly is: 'folder';
  readonly node: FolderNode;
  /** The name under which it was there from the start. */
  readonly preopened: string | undefined;
  /** Names as they were when reading the folder began. */
  names: readonly string[];
}

export type Descriptor =
  | { readonly is: 'stdin' }
  | { readonly is: 'printer'; readonly stream: Stream }
  | OpenFile
  | OpenFolder;

export class Descriptors {
  readonly #open: (Descriptor | undefined)[];
  #count: number;

  /**
   * 0 to 2 are the streams; 3 and 4 are the one folder of the job by both of its names: libc looks for the folder of a path among
   * these, an absolute one under `/`, a relative one under `.` or `/`, and the first of them is where programs start.
   */
  constructor(private readonly tree: Tree) {
    const folder = (preopened: string): OpenFolder => ({ is: 'folder', node: tree.root, preopened, names: [] });
    this.#open = [
      { is: 'stdin' },
      { is: 'printer', stream: 'stdout' },
      { is: 'printer', stream: 'stderr' },
      folder('/'),
      folder('.'),
    ];
    this.#count = this.#open.length;
  }

  get(fd: number): Descriptor {
    const found = this.#open[fd >>> 0];
    if (found === undefined) throw new WasiError('badf');
    return found;
  }

  folder(fd: number): OpenFolder {
    const found = this.get(fd);
    if (found.is !== 'folder') throw new WasiError('notdir');
    return found;
  }

  file(fd: number): OpenFile {
    const found = this.get(fd);
    if (found.is === 'folder') throw new WasiError('isdir');
    if (found.is !== 'file') throw new WasiError('spipe');
    return found;
  }

  /** Throws `mfile` when another one cannot be opened. */
  room(): void {
    if (this.#count >= LIMITS.wasiOpenFiles) throw new WasiError('mfile');
  }

  /** The lowest number that is free. */
  add(descriptor: Descriptor): number {
    this.room();
    const free = this.#open.indexOf(undefined);
    const fd = free < 0 ? this.#open.length : free;
    this.#open[fd] = descriptor;
    this.#count += 1;
    if (descriptor.is === 'file') descriptor.node.opens += 1;
    return fd;
  }

  close(fd: number): void {
    const closed = this.get(fd);
    this.#open[fd >>> 0] = undefined;
    this.#count -= 1;
    if (closed.is !== 'file') return;
    closed.node.opens -= 1;
    this.tree.release(closed.node);
  }

  renumber(from: number, to: number): void {
    const moved = this.get(from);
    this.get(to);
    if (from >>> 0 === to >>> 0) return;
    this.close(to);
    this.#open[from >>> 0] = undefined;
    this.#open[to >>> 0] = moved;
  }

  /** Is there something to read, or room to write? */
  readiness(fd: number, type: number): { readonly errno: number; readonly size: number; readonly hangup: boolean } {
    const found = this.#open[fd >>> 0];
    if (found === undefined) return { errno: ERRNO.badf, size: 0, hangup: false };
    const left = found.is === 'file' && type === EVENT.read ? Math.max(0, found.node.size - found.at) : 0;
    return { errno: 0, size: left, hangup: found.is === 'stdin' };
  }
}

export interface ListedEntry {
  readonly name: string;
  readonly ino: bigint;
  readonly isFolder: boolean;
  readonly next: bigint;
}

/** Entries of a folder from a place on. The first call fixes the names; one that was removed since is passed over. */
export function* listFrom(folder: OpenFolder, cookie: bigint): Generator<ListedEntry> {
  if (cookie === 0n) folder.names = ['.', '..', ...namesOf(folder.node)];
  for (let i = Number(cookie); i < folder.names.length; i++) {
    const name = folder.names[i] as string;
    const special = i === 0 ? folder.node : i === 1 ? folder.node.parent : undefined;
    const node = special ?? folder.node.entries.get(name);
    if (node !== undefined) yield { name, ino: node.ino, isFolder: node.is === 'folder', next: BigInt(i + 1) };
  }
}
