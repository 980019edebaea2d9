/** Calls on paths: `path_*`. What was given cannot be written, renamed, replaced or removed: `rofs`. */
import { FDFLAGS, OFLAGS, RIGHTS, WasiError } from './wasi-codes.js';
import type { Descriptors } from './wasi-descriptors.js';
import { type FileParts, setTimes, writeFilestat } from './wasi-file-calls.js';
import { type FileNode, type FolderNode, type Node, type Place, type Tree, walk } from './wasi-tree.js';

type At = (fd: number, path: number, length: number) => Place;

function placer({ memory, descriptors }: FileParts): At {
  return (fd, path, length) => walk(descriptors.folder(fd).node, memory.path(path, length));
}

/** Calls that open, make, move and remove. */
export function pathCalls(parts: FileParts) {
  const { memory, descriptors, tree } = parts;
  const place = placer(parts);
  return {
    path_open: (
      fd: number,
      _lookup: number,
      path: number,
      length: number,
      flags: number,
      rights: bigint,
      _inheriting: bigint,
      fdflags: number,
      at: number,
    ) => {
      if ((fdflags & ~FDFLAGS.all) !== 0) throw new WasiError('inval');
      const wish = wishOf(flags, rights, fdflags);
      const found = place(fd, path, length);
      descriptors.room();
      memory.setU32(at, 0);
      memory.setU32(at, open({ descriptors, tree }, found, wish));
    },
    path_create_directory: (fd: number, path: number, length: number) => {
      const { parent, name, node } = place(fd, path, length);
      if (node !== undefined || name === undefined) throw new WasiError('exist');
      tree.addFolder(parent, name);
    },
    path_remove_directory: (fd: number, path: number, length: number) => {
      const { parent, name, node } = place(fd, path, length);
      if (node === undefined) throw new WasiError('noent');
      if (node.is !== 'folder') throw new WasiError('notdir');
      if (name === undefined) throw new WasiError('inval');
      if (node.given) throw new WasiError('rofs');
      if (node.entries.size > 0) throw new WasiError('notempty');
      tree.remove(parent, name, node);
    },
    path_unlink_file: (fd: number, path: number, length: number) => {
      const { parent, name, node } = place(fd, path, length);
      if (node === undefined) throw new WasiError('noent');
      if (node.is === 'folder' || name === undefined) throw new WasiError('isdir');
      if (node.given) throw new WasiError('rofs');
      tree.remove(parent, name, node);
    },
    path_rename: (fd: number, path: number, length: number, toFd: number, to: number, toLength: number) =>
      rename(tree, place(fd, path, length), place(toFd, to, toLength)),
  };
}

/** Calls that look at what is there. */
export function lookCalls(parts: FileParts) {
  const { memory, clock } = parts;
  const place = placer(parts);
  const existing = (fd: number, path: number, length: number): Node => {
    const { node } = place(fd, path, length);
    if (node === undefined) throw new WasiError('noent');
    return node;
  };
  return {
    path_filestat_get: (fd: number, _lookup: number, path: number, length: number, at: number) =>
      writeFilestat(memory, at, existing(fd, path, length)),
    path_filestat_set_times: (
      fd: number,
      _lookup: number,
      path: number,
      length: number,
      atim: bigint,
      mtim: bigint,
      flags: number,
    ) => setTimes(existing(fd, path, length), { atim, mtim, flags, now: clock.now() }),
    // There are no links, and nothing is one.
    path_link: () => notSupported(),
    path_symlink: () => notSupported(),
    path_readlink: (fd: number, path: number, length: number): never => {
      existing(fd, path, length);
      throw new WasiError('inval');
    },
  };
}

function notSupported(): never {
  throw new WasiError('notsup');
}

interface Wish {
  readonly create: boolean;
  readonly exclusive: boolean;
  readonly truncate: boolean;
  readonly folder: boolean;
  readonly read: boolean;
  readonly write: boolean;
  readonly append: boolean;
}

function wishOf(flags: number, rights: bigint, fdflags: number): Wish {
  return {
    create: (flags & OFLAGS.creat) !== 0,
    exclusive: (flags & OFLAGS.excl) !== 0,
    truncate: (flags & OFLAGS.trunc) !== 0,
    folder: (flags & OFLAGS.directory) !== 0,
    read: (rights & RIGHTS.read) !== 0n,
    write: (rights & (RIGHTS.write | RIGHTS.allocate | RIGHTS.setSize)) !== 0n,
    append: (fdflags & FDFLAGS.append) !== 0,
  };
}

interface OpenParts {
  readonly descriptors: Descriptors;
  readonly tree: Tree;
}

function open({ descriptors, tree }: OpenParts, found: Place, wish: Wish): number {
  const { node } = found;
  if (node?.is === 'folder') return openFolder(descriptors, node, wish);
  const file = node ?? made(tree, found, wish);
  if (node !== undefined) checkFile(node, wish);
  if (node !== undefined && wish.truncate) tree.resize(node, 0);
  const { read: readable, write: writable, append } = wish;
  return descriptors.add({ is: 'file', node: file, readable, writable, append, at: 0 });
}

function openFolder(descriptors: Descriptors, node: FolderNode, wish: Wish): number {
  if (wish.create && wish.exclusive) throw new WasiError('exist');
  // Whoever asks for a folder gets one, with whatever rights it asks for besides.
  if (wish.truncate || (!wish.folder && (wish.write || wish.create))) throw new WasiError('isdir');
  return descriptors.add({ is: 'folder', node, preopened: undefined, names: [] });
}

function checkFile(node: FileNode, wish: Wish): void {
  if (wish.create && wish.exclusive) throw new WasiError('exist');
  if (wish.folder) throw new WasiError('notdir');
  if (node.given && (wish.write || wish.truncate)) throw new WasiError('rofs');
}

function made(tree: Tree, { parent, name, slash }: Place, wish: Wish): FileNode {
  if (!wish.create || name === undefined) throw new WasiError('noent');
  if (wish.folder) throw new WasiError('inval');
  if (slash) throw new WasiError('isdir');
  return tree.addFile(parent, name);
}

function rename(tree: Tree, from: Place, to: Place): void {
  const { node } = from;
  if (node === undefined) throw new WasiError('noent');
  if (from.name === undefined || to.name === undefined) throw new WasiError('inval');
  if (node.given || to.node?.given === true) throw new WasiError('rofs');
  if (node === to.node) return;
  if (node.is === 'file' && (to.slash || to.node?.is === 'folder'))
    throw new WasiError(to.node?.is === 'folder' ? 'isdir' : 'notdir');
  if (node.is === 'folder') {
    if (to.node?.is === 'file') throw new WasiError('notdir');
    if (isInside(to.parent, node)) throw new WasiError('inval');
    if (to.node !== undefined && to.node.entries.size > 0) throw new WasiError('notempty');
  }
  if (!to.parent.linked) throw new WasiError('noent');
  if (to.node !== undefined) tree.remove(to.parent, to.name, to.node);
  tree.move({ parent: from.parent, name: from.name }, { parent: to.parent, name: to.name }, node);
}

function isInside(folder: FolderNode, of: FolderNode): boolean {
  for (let at = folder; ; at = at.parent) {
    if (at === of) return true;
    if (at.parent === at) return false;
  }
}
