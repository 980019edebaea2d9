/** Calls on what is open: `fd_*`. */
import { utf8 } from 'gatos-core';
import type { SharedLog } from './shared-log.js';
import { FDFLAGS, FILETYPE, FSTFLAGS, RIGHTS, WasiError, WHENCE } from './wasi-codes.js';
import { type Descriptor, type Descriptors, listFrom, type OpenFile } from './wasi-descriptors.js';
import type { StepClock } from './wasi-host.js';
import type { GuestMemory } from './wasi-memory.js';
import type { Node, Tree } from './wasi-tree.js';

export interface FileParts {
  readonly memory: GuestMemory;
  readonly descriptors: Descriptors;
  readonly tree: Tree;
  readonly clock: StepClock;
  readonly log: SharedLog;
}

/** A position in a file, or `fault` of kind `inval`: no file of ours is that long. */
export function positionOf(value: bigint): number {
  const position = BigInt.asIntN(64, value);
  if (position < 0n || position > BigInt(Number.MAX_SAFE_INTEGER)) throw new WasiError('inval');
  return Number(position);
}

function written(fd: number, { descriptors }: FileParts): OpenFile {
  const file = descriptors.file(fd);
  if (!file.writable) throw new WasiError('badf');
  return file;
}

function readFrom(file: OpenFile, at: number, into: readonly Uint8Array[]): number {
  if (!file.readable) throw new WasiError('badf');
  let done = 0;
  for (const area of into) {
    const { data, size } = file.node;
    const part = data.subarray(Math.min(at + done, size), Math.min(at + done + area.length, size));
    area.set(part);
    done += part.length;
    if (part.length < area.length) break;
  }
  return done;
}

function writeTo(file: OpenFile, at: number, { tree }: FileParts, from: readonly Uint8Array[]): number {
  let done = 0;
  for (const part of from) {
    if (at + done + part.length > Number.MAX_SAFE_INTEGER) throw new WasiError('fbig');
    tree.write(file.node, at + done, part);
    done += part.length;
  }
  return done;
}

export function readWriteCalls(parts: FileParts) {
  const { memory, descriptors, tree, log } = parts;
  return {
    fd_read: (fd: number, list: number, count: number, done: number) => {
      const open = descriptors.get(fd);
      const areas = memory.vectors(list, count);
      if (open.is === 'stdin') return memory.setU32(done, 0);
      if (open.is === 'printer') throw new WasiError('badf');
      const file = descriptors.file(fd);
      const size = readFrom(file, file.at, areas);
      file.at += size;
      memory.setU32(done, size);
    },
    fd_pread: (fd: number, list: number, count: number, offset: bigint, done: number) => {
      const file = descriptors.file(fd);
      memory.setU32(done, readFrom(file, positionOf(offset), memory.vectors(list, count)));
    },
    fd_write: (fd: number, list: number, count: number, done: number) => {
      const open = descriptors.get(fd);
      const areas = memory.vectors(list, count);
      // An address that is outside is found before anything is written.
      memory.setU32(done, 0);
      let size = 0;
      if (open.is === 'printer') {
        for (const area of areas) {
          tree.take(area.length);
          log.write(open.stream, area);
          size += area.length;
        }
      } else if (open.is === 'stdin') throw new WasiError('badf');
      else {
        const file = written(fd, parts);
        if (file.append) file.at = file.node.size;
        size = writeTo(file, file.at, parts, areas);
        file.at += size;
      }
      memory.setU32(done, size);
    },
    fd_pwrite: (fd: number, list: number, count: number, offset: bigint, done: number) => {
      const file = written(fd, parts);
      const areas = memory.vectors(list, count);
      memory.setU32(done, 0);
      memory.setU32(done, writeTo(file, positionOf(offset), parts, areas));
    },
  };
}

export function placeCalls(parts: FileParts) {
  const { memory, descriptors, tree } = parts;
  return {
    fd_seek: (fd: number, offset: bigint, whence: number, to: number) => {
      const file = descriptors.file(fd);
      const bases = new Map<number, number>([
        [WHENCE.set, 0],
        [WHENCE.cur, file.at],
        [WHENCE.end, file.node.size],
      ]);
      const base = bases.get(whence);
      if (base === undefined) throw new WasiError('inval');
      const at = positionOf(BigInt(base) + offset);
      memory.setU64(to, BigInt(at));
      file.at = at;
    },
    fd_tell: (fd: number, to: number) => memory.setU64(to, BigInt(descriptors.file(fd).at)),
    fd_allocate: (fd: number, offset: bigint, length: bigint) => {
      const file = written(fd, parts);
      const size = positionOf(offset) + positionOf(length);
      if (length === 0n) throw new WasiError('inval');
      if (!Number.isSafeInteger(size)) throw new WasiError('fbig');
      if (size > file.node.size) tree.resize(file.node, size);
    },
    fd_filestat_set_size: (fd: number, size: bigint) => tree.resize(written(fd, parts).node, positionOf(size)),
  };
}

export function descriptorCalls({ memory, descriptors, clock }: FileParts) {
  const exists = (fd: number): void => {
    descriptors.get(fd);
  };
  return {
    fd_advise: (fd: number) => exists(fd),
    fd_datasync: (fd: number) => exists(fd),
    fd_sync: (fd: number) => exists(fd),
    fd_close: (fd: number) => descriptors.close(fd),
    fd_renumber: (from: number, to: number) => descriptors.renumber(from, to),
    fd_fdstat_get: (fd: number, at: number) => writeFdstat(memory, at, descriptors.get(fd)),
    fd_fdstat_set_flags: (fd: number, flags: number) => {
      if ((flags & ~FDFLAGS.all) !== 0) throw new WasiError('inval');
      const open = descriptors.get(fd);
      if (open.is === 'file') open.append = (flags & FDFLAGS.append) !== 0;
    },
    // Rights went out of use; what is open keeps those that it was opened with.
    fd_fdstat_set_rights: (fd: number) => exists(fd),
    fd_filestat_get: (fd: number, at: number) => {
      const open = descriptors.get(fd);
      writeFilestat(memory, at, 'node' in open ? open.node : undefined);
    },
    fd_filestat_set_times: (fd: number, atim: bigint, mtim: bigint, flags: number) => {
      const open = descriptors.get(fd);
      if (!('node' in open)) throw new WasiError('badf');
      setTimes(open.node, { atim, mtim, flags, now: clock.now() });
    },
    fd_prestat_get: (fd: number, at: number) => {
      const name = preopened(descriptors.get(fd));
      memory.setU32(at, 0);
      memory.setU32(at + 4, name.length);
    },
    fd_prestat_dir_name: (fd: number, at: number, length: number) => {
      const name = preopened(descriptors.get(fd));
      if (length >>> 0 < name.length) throw new WasiError('nametoolong');
      memory.bytes(at, name.length).set(name);
    },
    fd_readdir: (fd: number, at: number, length: number, cookie: bigint, used: number) => {
      const folder = descriptors.folder(fd);
      const area = memory.bytes(at, length);
      memory.setU32(used, 0);
      let done = 0;
      for (const entry of listFrom(folder, BigInt.asUintN(64, cookie))) {
        const name = utf8(entry.name);
        const record = new Uint8Array(24 + name.length);
        const view = new DataView(record.buffer);
        view.setBigUint64(0, entry.next, true);
        view.setBigUint64(8, entry.ino, true);
        view.setUint32(16, name.length, true);
        view.setUint8(20, entry.isFolder ? FILETYPE.directory : FILETYPE.regular);
        record.set(name, 24);
        const part = record.subarray(0, area.length - done);
        area.set(part, done);
        done += part.length;
        if (done === area.length) break;
      }
      memory.setU32(used, done);
    },
  };
}

function preopened(open: Descriptor): Uint8Array {
  if (open.is !== 'folder' || open.preopened === undefined) throw new WasiError('badf');
  return utf8(open.preopened);
}

function writeFdstat(memory: GuestMemory, at: number, open: Descriptor): void {
  memory.bytes(at, 24).fill(0);
  let base: bigint = RIGHTS.all;
  if (open.is === 'file') {
    if (!open.readable) base &= ~RIGHTS.read;
    if (!open.writable) base &= ~(RIGHTS.write | RIGHTS.allocate | RIGHTS.setSize);
  } else base &= ~(RIGHTS.seek | RIGHTS.tell);
  memory.setU8(at, filetypeOf('node' in open ? open.node : undefined));
  memory.setU16(at + 2, open.is === 'file' && open.append ? FDFLAGS.append : 0);
  memory.setU64(at + 8, base);
  memory.setU64(at + 16, open.is === 'folder' ? RIGHTS.all : 0n);
}

/** Streams are of no type, as pipes are: a program takes them for no terminal. */
function filetypeOf(node: Node | undefined): number {
  if (node === undefined) return FILETYPE.unknown;
  return node.is === 'folder' ? FILETYPE.directory : FILETYPE.regular;
}

export function writeFilestat(memory: GuestMemory, at: number, node: Node | undefined): void {
  memory.bytes(at, 64).fill(0);
  memory.setU8(at + 16, filetypeOf(node));
  if (node === undefined) return;
  memory.setU64(at + 8, node.ino);
  memory.setU64(at + 24, node.linked ? 1n : 0n);
  memory.setU64(at + 32, node.is === 'file' ? BigInt(node.size) : 0n);
  memory.setU64(at + 40, node.atim);
  memory.setU64(at + 48, node.mtim);
  memory.setU64(at + 56, node.mtim);
}

export interface Times {
  readonly atim: bigint;
  readonly mtim: bigint;
  readonly flags: number;
  readonly now: bigint;
}

export function setTimes(node: Node, { atim, mtim, flags, now }: Times): void {
  const both = (a: number, b: number): boolean => (flags & a) !== 0 && (flags & b) !== 0;
  if (both(FSTFLAGS.atim, FSTFLAGS.atimNow) || both(FSTFLAGS.mtim, FSTFLAGS.mtimNow)) throw new WasiError('inval');
  if (node.given) throw new WasiError('rofs');
  if ((flags & FSTFLAGS.atim) !== 0) node.atim = BigInt.asUintN(64, atim);
  if ((flags & FSTFLAGS.atimNow) !== 0) node.atim = now;
  if ((flags & FSTFLAGS.mtim) !== 0) node.mtim = BigInt.asUintN(64, mtim);
  if ((flags & FSTFLAGS.mtimNow) !== 0) node.mtim = now;
}
