/** Entries of the key look-up as 64 bytes each: key hash (16), content hash (16), record digest (32), sorted as bytes. */
import type { KeyEntry } from '../../src/journal/index.js';
import { invariant } from '../../src/kernel/index.js';

export const ENTRY_BYTES = 64;
export const KEY_BYTES = 16;
const CONTENT_END = 32;

/** Packs entries in order. Of those with one key the least stays: the port's rule. */
export function packEntries(entries: readonly KeyEntry[]): Buffer {
  const loose = Buffer.allocUnsafe(entries.length * ENTRY_BYTES);
  entries.forEach(({ key, content, digest }, i) => {
    const fits = key.length === KEY_BYTES && content.length === 16 && digest.length === 32;
    invariant(fits, 'an entry has hashes of 16, 16 and 32 bytes');
    loose.set(key, i * ENTRY_BYTES);
    loose.set(content, i * ENTRY_BYTES + KEY_BYTES);
    loose.set(digest, i * ENTRY_BYTES + CONTENT_END);
  });
  // Hashes differ in their first six bytes nearly always, and those make an exact number.
  const order = entries.map((_, i) => ({ at: i * ENTRY_BYTES, head: loose.readUIntBE(i * ENTRY_BYTES, 6) }));
  order.sort((a, b) => a.head - b.head || compareAt(loose, a.at, loose, b.at));
  const packed = Buffer.allocUnsafe(loose.length);
  let end = 0;
  for (const { at } of order) {
    if (end > 0 && sameKey(packed, end - ENTRY_BYTES, loose, at)) continue;
    loose.copy(packed, end, at, at + ENTRY_BYTES);
    end += ENTRY_BYTES;
  }
  return packed.subarray(0, end);
}

/** The entry at an offset, in bytes of its own. */
export function unpackEntry(packed: Buffer, at: number): KeyEntry {
  const bytes = new Uint8Array(packed.subarray(at, at + ENTRY_BYTES));
  return {
    key: bytes.subarray(0, KEY_BYTES),
    content: bytes.subarray(KEY_BYTES, CONTENT_END),
    digest: bytes.subarray(CONTENT_END),
  };
}

/** Order of two packed entries. */
export function compareAt(a: Buffer, atA: number, b: Buffer, atB: number): number {
  return a.compare(b, atB, atB + ENTRY_BYTES, atA, atA + ENTRY_BYTES);
}

export function sameKey(a: Buffer, atA: number, b: Buffer, atB: number): boolean {
  return a.compare(b, atB, atB + KEY_BYTES, atA, atA + KEY_BYTES) === 0;
}

/** The last of the sorted items of `size` bytes, each starting with a key, whose key is at most `key`; -1 when there is none. */
export function lastUpTo(items: Buffer, size: number, key: Uint8Array): number {
  let low = 0;
  let high = items.length / size;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items.compare(key, 0, KEY_BYTES, middle * size, middle * size + KEY_BYTES) <= 0) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
