/** One pack and its index (gitformat-pack(5)): reads single objects, whole or as deltas. Bulk reading is git's business. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { gitError, type ObjectFormat, type ObjectType, OID_BYTES, type Oid } from '../../src/git/index.js';
import { applyDelta, deltaSizes } from './delta.js';
import { Damage, Foreign, inflateExact, inflateStart } from './inflate.js';
import type { Framed } from './loose-read.js';
import { PackIndex } from './pack-index.js';

const TYPES: readonly (ObjectType | null)[] = [null, 'commit', 'tree', 'blob', 'tag'];
const OFFSET_DELTA = 6;
const REFERENCE_DELTA = 7;
/** Entry header (at most 10 bytes), a base reference and slack. */
const ENTRY_HEAD = 64;
/** Enough of a compressed delta for the sizes at its start, code tables included. */
const DELTA_HEAD = 1024;
const FIRST_READ = 4096;
/** Git writes chains of at most 50 by default and 4095 at most. */
const LONGEST_CHAIN = 5000;
/** A base that is larger than this is not held in memory for the sake of a small object. */
const LARGEST_BASE = 256 * 1024 * 1024;

interface Entry {
  readonly kind: number;
  readonly length: number;
  /** Where the compressed bytes start. */
  readonly data: number;
  /** The offset of the base, for an offset delta. */
  readonly base: number;
  /** The id of the base, for a reference delta. */
  readonly baseOid: Uint8Array | null;
}

export class PackFile {
  readonly index: PackIndex;
  readonly path: string;
  readonly #width: number;
  #file = -1;
  #end = 0;

  /** Opens the index. The pack is opened by the first read. Throws as `PackIndex`, and system errors as they come. */
  constructor({ base, format }: { base: string; format: ObjectFormat }) {
    this.index = new PackIndex(`${base}.idx`, format);
    this.path = `${base}.pack`;
    this.#width = OID_BYTES[format];
  }

  get hasDescriptors(): boolean {
    return this.#file >= 0 || this.index.hasDescriptor;
  }

  /** Closes the files. The next use opens them again. */
  release(): void {
    this.index.release();
    if (this.#file >= 0) closeSync(this.#file);
    this.#file = -1;
  }

  /** Throws Damage when pack and index do not belong together. */
  #open(): void {
    const file = openSync(this.path, 'r');
    try {
      this.#file = file;
      this.#end = fstatSync(file).size - this.#width;
      this.#check();
    } catch (error) {
      this.#file = -1;
      closeSync(file);
      throw error;
    }
  }

  #check(): void {
    if (this.#end < 12) throw new Damage('its pack is cut off');
    const head = this.#read(0, 12);
    const version = head.readUInt32BE(4);
    if (head.toString('latin1', 0, 4) !== 'PACK' || (version !== 2 && version !== 3))
      throw new Damage('its pack has no valid header');
    const checksum = this.#read(this.#end, this.#width);
    if (head.readUInt32BE(8) !== this.index.count || !checksum.equals(this.index.packChecksum())) {
      throw new Damage('its pack does not match the index: the file was altered or is cut off');
    }
  }

  /** The object that starts at `offset`. The caller checks the hash. Throws Damage, Foreign, `git/too-large`. */
  read(offset: number, { oid, maxBytes }: { oid: Oid; maxBytes: number }): Framed {
    if (this.#file < 0) this.#open();
    const deltas: Uint8Array[] = [];
    let entry = this.#entry(offset);
    let at = offset;
    while (entry.kind === OFFSET_DELTA || entry.kind === REFERENCE_DELTA) {
      if (deltas.length === 0) this.#checkSize(this.#deltaResult(entry), { oid, maxBytes });
      deltas.push(this.#inflate(entry));
      if (deltas.length > LONGEST_CHAIN) throw new Damage('its chain of deltas has no end');
      const base = entry.baseOid === null ? entry.base : this.index.find(entry.baseOid);
      // A base lies before its deltas in every offset delta, so following them ends.
      if (base < 0 || (entry.baseOid === null && base >= at)) throw new Damage('the base of its delta is missing');
      at = base;
      entry = this.#entry(base);
    }
    const type = TYPES[entry.kind];
    if (!type) throw new Damage(`its pack entry is of the unknown kind ${entry.kind}`);
    if (deltas.length === 0) this.#checkSize(entry.length, { oid, maxBytes });
    let content = this.#inflate(entry);
    for (let delta = deltas.pop(); delta !== undefined; delta = deltas.pop())
      content = applyDelta(content, { delta, limit: LARGEST_BASE });
    return { type, content };
  }

  /** Where the bytes of a blob lie that is no delta, and how many it has; null for any other object. Throws Damage. */
  placeOfBlob(offset: number): { readonly path: string; readonly data: number; readonly length: number } | null {
    if (this.#file < 0) this.#open();
    const { kind, data, length } = this.#entry(offset);
    return TYPES[kind] === 'blob' ? { path: this.path, data, length } : null;
  }

  #checkSize(size: number, { oid, maxBytes }: { oid: Oid; maxBytes: number }): void {
    if (size > maxBytes) throw gitError('too-large', { oid, size, limit: maxBytes });
  }

  #deltaResult(entry: Entry): number {
    return deltaSizes(inflateStart(this.#read(entry.data, DELTA_HEAD), 20)).result;
  }

  #inflate(entry: Entry): Uint8Array {
    if (entry.length > LARGEST_BASE) throw new Foreign(`${entry.length} bytes in memory`);
    const most = entry.length + (entry.length >> 7) + 1024;
    return inflateExact(this.#read(entry.data, most), entry.length);
  }

  #entry(offset: number): Entry {
    if (offset < 12 || offset >= this.#end) throw new Damage('the index points outside the pack');
    const bytes = this.#read(offset, ENTRY_HEAD);
    let byte = bytes[0] as number;
    const kind = (byte >> 4) & 7;
    let length = byte & 15;
    let at = 1;
    for (let scale = 16; byte & 0x80; scale *= 128) {
      byte = bytes[at++] ?? 0;
      length += (byte & 0x7f) * scale;
      if (at > 9) throw new Damage('its pack entry has no valid length');
    }
    if (kind === REFERENCE_DELTA) {
      return { kind, length, data: offset + at + this.#width, base: -1, baseOid: bytes.subarray(at, at + this.#width) };
    }
    if (kind !== OFFSET_DELTA) return { kind, length, data: offset + at, base: -1, baseOid: null };
    byte = bytes[at++] ?? 0;
    let distance = byte & 0x7f;
    while (byte & 0x80) {
      byte = bytes[at++] ?? 0;
      distance = (distance + 1) * 128 + (byte & 0x7f);
      if (at > 20) throw new Damage('its pack entry has no valid base');
    }
    return { kind, length, data: offset + at, base: offset - distance, baseOid: null };
  }

  // The last page read serves the entry's header and, for small objects, its content too.
  #page: Buffer = Buffer.alloc(0);
  #pageStart = 0;

  /** The bytes from `start`, fewer at the end of the file. */
  #read(start: number, length: number): Buffer {
    const from = start - this.#pageStart;
    if (from >= 0 && from + length <= this.#page.length) return this.#page.subarray(from, from + length);
    const buffer = Buffer.allocUnsafeSlow(Math.max(length, FIRST_READ));
    let got = 0;
    for (let more = -1; got < buffer.length && more !== 0; got += more) {
      more = readSync(this.#file, buffer, got, buffer.length - got, start + got);
    }
    const bytes = buffer.subarray(0, got);
    if (got <= FIRST_READ) {
      this.#page = bytes;
      this.#pageStart = start;
    }
    return bytes.subarray(0, length);
  }
}
