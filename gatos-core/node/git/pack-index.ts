/** Pack indexes, version 2 (gitformat-pack(5), "pack-*.idx files"): where in a pack an object starts. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { type ObjectFormat, OID_BYTES } from '../../src/git/index.js';
import { Damage, Foreign } from './inflate.js';

const MAGIC = 0xff744f63;
const FANOUT_START = 8;
const TABLE_START = FANOUT_START + 256 * 4;
/** An index up to this size is read whole, so that many small packs cost neither descriptors nor system calls. */
const READ_AT_ONCE = 64 * 1024;
/** After so many look-ups a larger one is kept in memory too, if it is not larger than this. */
const LOOKUPS_BEFORE_LOAD = 64;
const LARGEST_LOADED = 256 * 1024 * 1024;

/**
 * One index. Look-ups read one bucket of a large file, and no file once it is in memory. Every method throws Damage for a file
 * that is no valid index, the constructor Foreign for one of another version; system errors come as they are.
 */
export class PackIndex {
  readonly count: number;
  readonly #path: string;
  readonly #size: number;
  readonly #width: number;
  readonly #head: Buffer;
  #file = -1;
  #loaded: Buffer | null = null;
  #lookups = 0;

  constructor(path: string, format: ObjectFormat) {
    this.#path = path;
    this.#width = OID_BYTES[format];
    this.#size = statSync(path).size;
    try {
      if (this.#size <= READ_AT_ONCE) this.#load();
      this.#head = this.#read(0, TABLE_START);
      if (this.#head.readUInt32BE(0) !== MAGIC || this.#head.readUInt32BE(4) !== 2)
        throw new Foreign('an index of another version');
      this.count = this.#fanout(255);
      const least = TABLE_START + this.count * (this.#width + 8) + 2 * this.#width;
      if (this.#size < least) throw new Damage('the index of its pack is cut off');
    } catch (error) {
      this.release();
      throw error;
    }
  }

  get hasDescriptor(): boolean {
    return this.#file >= 0;
  }

  /** Closes the file. The next look-up opens it again if it must. */
  release(): void {
    if (this.#file >= 0) closeSync(this.#file);
    this.#file = -1;
  }

  #load(): void {
    this.#loaded = this.#read(0, this.#size);
    this.release();
  }

  /** The checksum of the pack that this index belongs to. */
  packChecksum(): Uint8Array {
    return this.#read(this.#size - 2 * this.#width, this.#width);
  }

  /** The offset of an object in the pack, or -1. */
  find(oid: Uint8Array): number {
    this.#lookups++;
    if (this.#loaded === null && this.#lookups > LOOKUPS_BEFORE_LOAD && this.#size <= LARGEST_LOADED) this.#load();
    const first = oid[0] as number;
    const low = first === 0 ? 0 : this.#fanout(first - 1);
    const high = this.#fanout(first);
    if (low > high || high > this.count) throw new Damage('the index of its pack is malformed');
    if (low === high) return -1;
    const position = this.#search(oid, low, high);
    return position < 0 ? -1 : this.#offset(position);
  }

  #search(oid: Uint8Array, low: number, high: number): number {
    const width = this.#width;
    const base = this.#loaded === null ? low : 0;
    const table = this.#loaded?.subarray(TABLE_START) ?? this.#read(TABLE_START + low * width, (high - low) * width);
    let from = low;
    let to = high;
    while (from < to) {
      const middle = (from + to) >>> 1;
      const at = (middle - base) * width;
      let i = 0;
      while (i < width && table[at + i] === oid[i]) i++;
      if (i === width) return middle;
      if ((table[at + i] as number) < (oid[i] as number)) from = middle + 1;
      else to = middle;
    }
    return -1;
  }

  #offset(position: number): number {
    const small = TABLE_START + this.count * (this.#width + 4);
    const offset = this.#read(small + position * 4, 4).readUInt32BE(0);
    if (offset < 0x80000000) return offset;
    const large = small + this.count * 4 + (offset - 0x80000000) * 8;
    if (large + 8 > this.#size - 2 * this.#width) throw new Damage('the index of its pack is malformed');
    return Number(this.#read(large, 8).readBigUInt64BE(0));
  }

  #fanout(byte: number): number {
    return this.#head.readUInt32BE(FANOUT_START + byte * 4);
  }

  #read(start: number, length: number): Buffer {
    if (start + length > this.#size) throw new Damage('the index of its pack is cut off');
    if (this.#loaded !== null) return this.#loaded.subarray(start, start + length);
    if (this.#file < 0) this.#file = openSync(this.#path, 'r');
    const buffer = Buffer.allocUnsafeSlow(length);
    let at = 0;
    while (at < length) {
      const got = readSync(this.#file, buffer, at, length - at, start + at);
      if (got === 0) throw new Damage('the index of its pack is cut off');
      at += got;
    }
    return buffer;
  }
}
