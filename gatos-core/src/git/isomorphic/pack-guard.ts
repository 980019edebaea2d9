/**
 * Looks at an entry of a pack, and at every delta base below it, before isomorphic-git unpacks it: isomorphic-git trusts the
 * sizes that a pack states and follows bases without end. Source: gitformat-pack(5), "Pack file entry" and "Deltified representation".
 */
import { LIMITS } from '../../kernel/index.js';
import { formatOid } from '../oid.js';
import { INFLATION_FACTOR, inflateBounded } from './inflate.js';
import { PackFault, type PackIndex, type PackSpan } from './pack-index.js';

interface Entry {
  readonly start: number;
  /** Compressed bytes. */
  readonly data: Uint8Array;
  /** Bytes that the entry states to hold: of a delta, the delta itself. */
  readonly stated: number;
  readonly base: PackSpan | null;
}

const OFS_DELTA = 6;
const REF_DELTA = 7;
const PLAIN = new Set([1, 2, 3, 4]);
// git itself stops at this depth (pack-objects, OE_DEPTH_BITS)
const DEPTH = 4095;
const VARINT_BYTES = 10;

export class PackGuard {
  /** Sizes of the objects whose entries were found sound, by the start of the entry. */
  readonly #sound = new Map<number, number>();
  constructor(
    private readonly pack: Uint8Array,
    private readonly index: PackIndex,
  ) {}

  /**
   * The size of the object at `span` once unpacked. When it resolves, unpacking takes no more memory than a few objects of
   * LIMITS.blobBytes; a larger one resolves to its stated size and must not be unpacked. Throws PackFault.
   */
  async size(span: PackSpan): Promise<number> {
    const known = this.#sound.get(span.start);
    if (known !== undefined) return known;
    const chain: Entry[] = [];
    for (let at: PackSpan | null = span; at !== null; ) {
      const entry = this.#entry(at);
      chain.push(entry);
      if (chain.length > DEPTH) throw new PackFault('its deltas do not end');
      at = entry.base !== null && !this.#sound.has(entry.base.start) ? entry.base : null;
    }
    let size = 0;
    for (const entry of chain.reverse()) {
      size = await this.#check(entry);
      if (size > LIMITS.blobBytes) return size;
      this.#sound.set(entry.start, size);
    }
    return size;
  }

  async #check({ data, stated, base }: Entry): Promise<number> {
    if (stated > LIMITS.blobBytes) return stated;
    if (data.length * INFLATION_FACTOR > LIMITS.blobBytes) {
      const { bytes, complete } = await inflate(data, stated);
      if (!complete || bytes.length !== stated) throw new PackFault('it does not have the size its pack states');
    }
    if (base === null) return stated;
    const { bytes } = await inflate(data, 2 * VARINT_BYTES);
    const [baseSize, next] = varint(bytes, 0);
    if (baseSize !== this.#sound.get(base.start)) throw new PackFault('its delta is for a base of another size');
    return varint(bytes, next)[0];
  }

  #entry({ start, end }: PackSpan): Entry {
    if (start < 12 || end > this.pack.length || start >= end) throw new PackFault('its place is outside of the pack');
    const head = this.pack[start] as number;
    const type = (head >> 4) & 7;
    let stated = head & 15;
    let at = start + 1;
    if (head & 0x80) {
      const [high, next] = varint(this.pack, at);
      stated += high * 16;
      at = next;
    }
    if (PLAIN.has(type)) return { start, data: this.pack.subarray(at, end), stated, base: null };
    if (type === REF_DELTA) {
      const base = this.index.find(formatOid(this.pack, at, 'sha1'), this.pack.length);
      if (base === null) throw new PackFault('the base of its delta is not in the pack');
      return { start, data: this.pack.subarray(at + 20, end), stated, base };
    }
    if (type !== OFS_DELTA) throw new PackFault(`its pack entry is of unknown type ${type}`);
    const [distance, next] = offset(this.pack, at);
    const base = this.index.spanAt(start - distance, this.pack.length);
    if (distance === 0 || base === null) throw new PackFault('the base of its delta is not an entry of the pack');
    return { start, data: this.pack.subarray(next, end), stated, base };
  }
}

async function inflate(data: Uint8Array, limit: number) {
  try {
    return await inflateBounded(data, limit);
  } catch (error) {
    throw new PackFault('it cannot be inflated', { cause: error });
  }
}

/** A number in groups of seven bits, lowest first. */
function varint(bytes: Uint8Array, from: number): readonly [value: number, next: number] {
  let value = 0;
  let scale = 1;
  for (let at = from; at < from + VARINT_BYTES; at++, scale *= 128) {
    const byte = bytes[at];
    if (byte === undefined) break;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80 && Number.isSafeInteger(value)) return [value, at + 1];
  }
  throw new PackFault('a size in its pack is malformed');
}

/** The distance to the base of an offset delta: groups of seven bits, highest first, each but the last plus one. */
function offset(bytes: Uint8Array, from: number): readonly [value: number, next: number] {
  let value = -1;
  for (let at = from; at < from + VARINT_BYTES; at++) {
    const byte = bytes[at];
    if (byte === undefined) break;
    value = (value + 1) * 128 + (byte & 0x7f);
    if (byte < 0x80 && Number.isSafeInteger(value)) return [value, at + 1];
  }
  throw new PackFault('an offset in its pack is malformed');
}
