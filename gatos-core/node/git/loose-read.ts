/** Loose objects: `objects/ab/cdef…`, each a zlib stream of header and content. */
import { closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gitError, type ObjectType, type Oid } from '../../src/git/index.js';
import { EMPTY_BYTES } from '../../src/kernel/index.js';
import { attempt, isAbsent } from './faults.js';
import { Damage, inflateExact, inflateStart } from './inflate.js';

export interface Framed {
  readonly type: ObjectType;
  readonly content: Uint8Array;
}

export interface LooseName {
  readonly objectDir: string;
  readonly oid: Oid;
}

export function loosePath({ objectDir, oid }: LooseName): string {
  return join(objectDir, oid.slice(0, 2), oid.slice(2));
}

/** Is there a file for this object? Says nothing about its content. */
export function hasLoose(name: LooseName): boolean {
  const path = loosePath(name);
  return attempt({ operation: 'read', path }, () => statSync(path, { throwIfNoEntry: false }) !== undefined);
}

const LONGEST_HEADER = 32;
/** Bytes read before the size is known: most objects of ours fit whole. */
const FIRST_READ = 8192;
const HEADER = /^(blob|tree|commit|tag) (0|[1-9][0-9]{0,14})$/;

/**
 * The object in the loose file, or null when there is none. The caller checks the hash. Throws Damage, and `git/too-large`
 * before anything is inflated.
 */
export function readLoose({ objectDir, oid, maxBytes }: LooseName & { readonly maxBytes: number }): Framed | null {
  const path = loosePath({ objectDir, oid });
  return attempt({ operation: 'read', path }, () => {
    // A look at the directory entry first: most objects are in packs, and a failed `open` costs ten times as much.
    const size = statSync(path, { throwIfNoEntry: false })?.size;
    const file = size === undefined ? null : openForRead(path);
    if (size === undefined || file === null) return null;
    try {
      const head = readHead(file, size);
      const { type, length, start } = parseHeader(head);
      if (length > maxBytes) throw gitError('too-large', { oid, size: length, limit: maxBytes });
      // Deflate needs hardly more bytes than the content has; a file of any length is not read for a short object.
      const whole = size <= head.length ? head : readAll(file, Math.min(size, 2 * (start + length) + 65_536), head);
      return { type, content: inflateExact(whole, start + length).subarray(start) };
    } finally {
      closeSync(file);
    }
  });
}

function openForRead(path: string): number | null {
  try {
    return openSync(path, constants.O_RDONLY);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

function readHead(file: number, size: number): Uint8Array {
  if (size === 0) throw new Damage('its file is empty');
  return readAll(file, Math.min(size, FIRST_READ), EMPTY_BYTES);
}

function readAll(file: number, size: number, head: Uint8Array): Uint8Array {
  const whole = Buffer.allocUnsafe(size);
  whole.set(head.subarray(0, size), 0);
  let at = Math.min(head.length, size);
  while (at < size) {
    const got = readSync(file, whole, at, size - at, at);
    if (got === 0) throw new Damage('its file is cut off');
    at += got;
  }
  return whole;
}

function parseHeader(stream: Uint8Array): { type: ObjectType; length: number; start: number } {
  const start = inflateStart(stream, LONGEST_HEADER);
  const nul = start.indexOf(0);
  const match = nul < 0 ? null : HEADER.exec(Buffer.from(start.buffer, start.byteOffset, nul).toString('latin1'));
  if (match === null) throw new Damage('its header is malformed');
  return { type: match[1] as ObjectType, length: Number(match[2]), start: nul + 1 };
}
