/**
 * One pack index file, version 2: which objects the pack holds and where. Kept as the file's own bytes and searched in place.
 * Source: gitformat-pack(5), "pack-*.idx files have the following format".
 */
import { sha1 } from '#hash';
import { bytesEqual } from '../../kernel/index.js';
import { formatOid, putOid } from '../oid.js';
import type { Oid } from '../ports.js';

const HEADER = 8;
const NAMES = HEADER + 4 * 256;
const OID = 20;

/** A pack or its index that cannot be used; the message says why. The adapter turns it into a fault that names an object. */
export class PackFault extends Error {
  override readonly name = 'PackFault';
}

export interface PackSpan {
  /** Where the entry starts in the pack. */
  readonly start: number;
  /** Where the next entry, or the trailer, starts. */
  readonly end: number;
}

export class PackIndex {
  readonly count: number;
  readonly #view: DataView;
  #starts: readonly number[] | undefined;

  /** The bytes of a whole index file. Throws PackFault when they are not one. */
  constructor(readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length < NAMES + 2 * OID) throw new PackFault('it is cut off');
    if (this.#view.getUint32(0) !== 0xff744f63 || this.#view.getUint32(4) !== 2)
      throw new PackFault('it is not an index of version 2');
    this.count = this.#view.getUint32(HEADER + 4 * 255);
    if (bytes.length < NAMES + this.count * (OID + 8) + 2 * OID) throw new PackFault('it is cut off');
    if (!bytesEqual(sha1(bytes.subarray(0, -OID)), bytes.subarray(-OID)))
      throw new PackFault('its checksum does not fit');
    for (let byte = 1; byte < 256; byte++)
      if (this.#fan(byte) < this.#fan(byte - 1)) throw new PackFault('its fan-out table is out of order');
  }

  /** Every object of the pack, sorted. */
  *oids(): Generator<Oid, void, undefined> {
    for (let i = 0; i < this.count; i++) yield formatOid(this.bytes, NAMES + i * OID, 'sha1');
  }

  /** The place of an object in a pack of `packBytes` bytes, or null when the pack does not hold it. */
  find(oid: Oid, packBytes: number): PackSpan | null {
    const position = this.#position(oid);
    return position < 0 ? null : this.spanAt(this.#offset(position), packBytes);
  }

  /** The entry that starts exactly at `start`, or null when none does. */
  spanAt(start: number, packBytes: number): PackSpan | null {
    this.#starts ??= Array.from({ length: this.count }, (_, i) => this.#offset(i)).sort((a, b) => a - b);
    const after = firstAbove(this.#starts, start);
    if (this.#starts[after - 1] !== start) return null;
    return { start, end: this.#starts[after] ?? packBytes - OID };
  }

  has(oid: Oid): boolean {
    return this.#position(oid) >= 0;
  }

  #fan(byte: number): number {
    return byte < 0 ? 0 : this.#view.getUint32(HEADER + 4 * byte);
  }

  #position(oid: Oid): number {
    const wanted = new Uint8Array(OID);
    putOid(oid, wanted, 0);
    const first = wanted[0] as number;
    let low = this.#fan(first - 1);
    let high = this.#fan(first);
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = this.#compare(wanted, middle);
      if (order === 0) return middle;
      if (order < 0) high = middle;
      else low = middle + 1;
    }
    return -1;
  }

  #compare(wanted: Uint8Array, position: number): number {
    const at = NAMES + position * OID;
    for (let i = 0; i < OID; i++) {
      const difference = (wanted[i] as number) - (this.bytes[at + i] as number);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  #offset(position: number): number {
    const table = NAMES + this.count * (OID + 4);
    const value = this.#view.getUint32(table + 4 * position);
    if (value < 0x80000000) return value;
    const at = table + 4 * this.count + 8 * (value - 0x80000000);
    if (at + 8 > this.bytes.length - 2 * OID) throw new PackFault('an offset points outside of it');
    return Number(this.#view.getBigUint64(at));
  }
}

/** The position of the first number of a sorted list that is greater than `value`. */
function firstAbove(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
