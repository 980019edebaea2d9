/** Pack indexes, version 2 (gitformat-pack(5)), byte for byte as `git index-pack` makes them. */
import { createHash } from 'node:crypto';
import { type ObjectFormat, OID_BYTES } from '../../src/git/index.js';

/** What is known of each object of a pack, in the order of the pack. */
export interface PackEntries {
  readonly count: number;
  /** Raw ids one after the other. */
  readonly ids: Uint8Array;
  /** CRC-32 of each entry as it stands in the pack. */
  readonly crcs: Uint32Array;
  /** Where each entry starts: below 2 GiB, so that no index needs 64-bit offsets. */
  readonly offsets: Uint32Array;
}

/** The whole index file. */
export function encodeIndex(
  entries: PackEntries,
  { format, packChecksum }: { format: ObjectFormat; packChecksum: Uint8Array },
): Buffer {
  const { count, ids, crcs, offsets } = entries;
  const width = OID_BYTES[format];
  const names = 8 + 1024;
  const out = Buffer.allocUnsafeSlow(names + count * (width + 8) + 2 * width);
  out.writeUInt32BE(0xff744f63, 0);
  out.writeUInt32BE(2, 4);
  const order = sortedOrder({ ids, width, count });
  const sums = names + count * width;
  const starts = sums + count * 4;
  const perByte = new Uint32Array(256);
  for (let i = 0; i < count; i++) {
    const entry = order[i] as number;
    const from = entry * width;
    out.set(ids.subarray(from, from + width), names + i * width);
    out.writeUInt32BE(crcs[entry] as number, sums + i * 4);
    out.writeUInt32BE(offsets[entry] as number, starts + i * 4);
    const first = ids[from] as number;
    perByte[first] = (perByte[first] as number) + 1;
  }
  let total = 0;
  for (let byte = 0; byte < 256; byte++) {
    total += perByte[byte] as number;
    out.writeUInt32BE(total, 8 + byte * 4);
  }
  const end = starts + count * 4;
  out.set(packChecksum, end);
  out.set(
    createHash(format)
      .update(out.subarray(0, end + width))
      .digest(),
    end + width,
  );
  return out;
}

/** More objects than this do not fit the sort keys below. */
export const MOST_PACK_ENTRIES = 2 ** 20;

/**
 * The entries' numbers in the order of their ids. The first four bytes and the number make one float64 key, which a typed array
 * sorts in a fraction of the time that comparing ids takes; the few runs of equal first bytes are put in order afterwards.
 */
function sortedOrder({ ids, width, count }: { ids: Uint8Array; width: number; count: number }): Uint32Array {
  const keys = new Float64Array(count);
  const view = new DataView(ids.buffer, ids.byteOffset, ids.byteLength);
  for (let i = 0; i < count; i++) keys[i] = view.getUint32(i * width) * MOST_PACK_ENTRIES + i;
  keys.sort();
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = (keys[i] as number) % MOST_PACK_ENTRIES;
  for (let i = 1; i < count; i++) {
    const entry = order[i] as number;
    let to = i;
    for (; to > 0 && isAbove(ids, { a: (order[to - 1] as number) * width, b: entry * width, width }); to--)
      order[to] = order[to - 1] as number;
    order[to] = entry;
  }
  return order;
}

function isAbove(ids: Uint8Array, { a, b, width }: { a: number; b: number; width: number }): boolean {
  for (let i = 0; i < width; i++) {
    const difference = (ids[a + i] as number) - (ids[b + i] as number);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
