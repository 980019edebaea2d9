/**
 * Files of a wasm program, all in memory. What it was given is there for reading; everything else it may do as it likes, within
 * bounds on bytes and files. There are no links of any kind, so a path names one thing or none. Inode numbers and times come from
 * counters of the job.
 */
import { compareText, LIMITS, utf8 } from 'gatos-core';
import { type GivenBytes, NoRoom, overLimit } from './messages.js';
import { WasiError } from './wasi-codes.js';

interface Entry {
  readonly ino: bigint;
  /** Given to the job, or the folder of what was: cannot be written, moved or removed. */
  given: boolean;
  linked: boolean;
  atim: bigint;
  mtim: bigint;
}

export interface FileNode extends Entry {
  readonly is: 'file';
  /** The first `size` bytes are the file. */
  data: Uint8Array;
  size: number;
  /** Descriptors. */
  opens: number;
}

export interface FolderNode extends Entry {
  readonly is: 'folder';
  readonly entries: Map<string, Node>;
  parent: FolderNode;
}

export type Node = FileNode | FolderNode;

export interface TreeOptions {
  readonly given: readonly GivenBytes[];
  /** Bytes that all files may have that it makes, with what it prints. */
  readonly bytes: number;
  now(): bigint;
}

const FIRST_BYTES = 4096;

export class Tree {
  readonly root: FolderNode;
  readonly #now: () => bigint;
  readonly #limit: number;
  #used = 0;
  #nodes = 0;
  #inodes = 0n;

  constructor({ given, bytes, now }: TreeOptions) {
    this.#now = now;
    this.#limit = bytes;
    this.root = this.#folder(undefined);
    this.root.given = true;
    for (const { path, bytes: data } of given) this.#give(path, data);
    // A program may add as many as to an empty folder.
    this.#nodes = 0;
  }

  /** Bytes that are used up: of printing, or of a file (negative: it shrank). Ends the job beyond the limit. */
  take(bytes: number): void {
    if (this.#used + bytes > this.#limit) throw overLimit(`it wrote more than ${this.#limit} bytes`);
    this.#used += bytes;
  }

  addFile(parent: FolderNode, name: string): FileNode {
    const file: FileNode = { ...this.#entry(), is: 'file', data: new Uint8Array(0), size: 0, opens: 0 };
    this.#add(parent, name, file);
    return file;
  }

  addFolder(parent: FolderNode, name: string): FolderNode {
    const folder = this.#folder(parent);
    this.#add(parent, name, folder);
    return folder;
  }

  remove(parent: FolderNode, name: string, node: Node): void {
    parent.entries.delete(name);
    parent.mtim = this.#now();
    node.linked = false;
    this.#nodes -= 1;
    this.release(node);
  }

  move(from: { parent: FolderNode; name: string }, to: { parent: FolderNode; name: string }, node: Node): void {
    from.parent.entries.delete(from.name);
    to.parent.entries.set(to.name, node);
    if (node.is === 'folder') node.parent = to.parent;
    from.parent.mtim = this.#now();
    to.parent.mtim = this.#now();
  }

  /** Gives the bytes of a file back that has no name and no descriptor any more. */
  release(node: Node): void {
    if (node.is !== 'file' || node.linked || node.opens > 0) return;
    this.#used -= node.size;
    node.size = 0;
    node.data = new Uint8Array(0);
  }

  write(file: FileNode, at: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (at + bytes.length > file.size) this.resize(file, at + bytes.length);
    file.data.set(bytes, at);
    file.mtim = this.#now();
  }

  /** What is new is zero. */
  resize(file: FileNode, size: number): void {
    this.take(size - file.size);
    if (size > file.data.length)
      file.data = larger(
        file.data.subarray(0, file.size),
        Math.min(Math.max(size, 2 * file.data.length, FIRST_BYTES), Math.max(size, this.#limit)),
      );
    else if (size < file.size) file.data.fill(0, size, file.size);
    file.size = size;
    file.mtim = this.#now();
  }

  /** Every file that it was not given, with its path; the bytes are those of the tree itself. */
  made(): GivenBytes[] {
    const files: GivenBytes[] = [];
    const look = (folder: FolderNode, before: string): void => {
      for (const [name, node] of folder.entries) {
        const path = before + name;
        if (node.is === 'folder') look(node, `${path}/`);
        else if (!node.given) files.push({ path, bytes: node.data.subarray(0, node.size) });
      }
    };
    look(this.root, '');
    return files;
  }

  #give(path: string, data: Uint8Array): void {
    const parts = path.split('/');
    const name = parts.pop() as string;
    let folder = this.root;
    for (const part of parts) {
      const next = folder.entries.get(part) ?? this.addFolder(folder, part);
      if (next.is !== 'folder') throw new Error(`\`${path}\` goes through a file`);
      next.given = true;
      folder = next;
    }
    const file = this.addFile(folder, name);
    Object.assign(file, { data, size: data.length, given: true });
  }

  #folder(parent: FolderNode | undefined): FolderNode {
    const folder: Omit<FolderNode, 'parent'> & { parent?: FolderNode } = {
      ...this.#entry(),
      is: 'folder',
      entries: new Map(),
    };
    folder.parent = parent ?? (folder as FolderNode);
    return folder as FolderNode;
  }

  #entry(): Entry {
    this.#inodes += 1n;
    return { ino: this.#inodes, given: false, linked: true, atim: this.#now(), mtim: this.#now() };
  }

  #add(parent: FolderNode, name: string, node: Node): void {
    if (!parent.linked) throw new WasiError('noent');
    this.#nodes += 1;
    if (this.#nodes > LIMITS.wasiNodes) throw overLimit(`it made more than ${LIMITS.wasiNodes} files and folders`);
    parent.entries.set(name, node);
    parent.mtim = this.#now();
  }
}

function larger(data: Uint8Array, capacity: number): Uint8Array {
  try {
    const bytes = new Uint8Array(capacity);
    bytes.set(data);
    return bytes;
  } catch (error) {
    if (error instanceof RangeError) throw new NoRoom('memory');
    throw error;
  }
}

/** What a path names, and where it would be made. */
export interface Place {
  readonly parent: FolderNode;
  /** Undefined when the path ends with `.` or `..`, or names the folder where it starts. */
  readonly name: string | undefined;
  readonly node: Node | undefined;
  /** It ends with a slash: whatever it names is a folder. */
  readonly slash: boolean;
}

const NAME_BYTES = 255;

/** Follows a path from a folder, step by step, and never above that folder. */
export function walk(start: FolderNode, path: string): Place {
  if (path === '') throw new WasiError('noent');
  if (path.includes('\0')) throw new WasiError('inval');
  if (path.startsWith('/')) throw new WasiError('notcapable');
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  const slash = /(^|\/)\.{0,2}$/.test(path);
  const folders = [start];
  let name: string | undefined;
  let node: Node | undefined = start;
  for (const part of parts) {
    if (node === undefined) throw new WasiError('noent');
    if (node.is !== 'folder') throw new WasiError('notdir');
    if (part === '..') {
      folders.pop();
      name = undefined;
      node = folders.at(-1);
      if (node === undefined) throw new WasiError('notcapable');
      continue;
    }
    if (part.length > NAME_BYTES || utf8(part).length > NAME_BYTES) throw new WasiError('nametoolong');
    name = part;
    node = node.entries.get(part);
    if (node?.is === 'folder') folders.push(node);
  }
  if (slash && node?.is === 'file') throw new WasiError('notdir');
  const last = node?.is === 'folder' && name !== undefined ? folders.at(-2) : folders.at(-1);
  return { parent: last ?? start, name, node, slash };
}

/** Names of a folder in the order of their bytes. */
export function namesOf(folder: FolderNode): readonly string[] {
  return [...folder.entries.keys()].sort(compareText);
}
