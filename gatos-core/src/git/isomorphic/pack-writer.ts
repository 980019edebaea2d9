/**
 * A pack and its index from a batch of objects. Objects are stored without compression or deltas: that is fast, and the next
 * `git gc` does both better. Source: gitformat-pack(5); RFC 1950 and RFC 1951, section 3.2.4, for the stored blocks.
 */
import { sha1 } from '#hash';
import { concatBytes } from '../../kernel/index.js';
import { formatOid, putOid } from '../oid.js';
import type { NewObject, Oid } from '../ports.js';

const TYPE_NUMBER: Readonly<Record<NewObject['type'], number>> = { commit: 1, tree: 2, blob: 3 };
const STORED_BLOCK = 0xffff;
const OID = 20;

export interface EncodedPack {
  /** Hex of the pack's checksum: names the file. */
  readonly name: string;
  readonly pack: Uint8Array;
  readonly index: Uint8Array;
}

export interface PlacedObject {
  readonly oid: Oid;
  readonly offset: number;
  readonly crc: number;
}

/** The pack file and the index file that hold these objects. No two may have the same id; together they stay below 2 GiB. */
export function encodePack(objects: readonly { readonly oid: Oid; readonly object: NewObject }[]): EncodedPack {
  const header = new Uint8Array(12);
  const view = new DataView(header.buffer);
  view.setUint32(0, 0x5041434b); // PACK
  view.setUint32(4, 2);
  view.setUint32(8, objects.length);
  const parts: Uint8Array[] = [header];
  const placed: PlacedObject[] = [];
  let offset = header.length;
  for (const { oid, object } of objects) {
    const entry = encodeEntry(object);
    placed.push({ oid, offset, crc: crc32(entry) });
    parts.push(entry);
    offset += entry.length;
  }
  const checksum = sha1(...parts);
  const pack = concatBytes([...parts, checksum]);
  return { name: formatOid(checksum, 0, 'sha1'), pack, index: encodePackIndex(placed, checksum) };
}

function encodeEntry({ type, content }: NewObject): Uint8Array {
  const head: number[] = [];
  let byte = (TYPE_NUMBER[type] << 4) | (content.length & 15);
  for (let rest = Math.floor(content.length / 16); ; rest = Math.floor(rest / 128)) {
    if (rest === 0) {
      head.push(byte);
      break;
    }
    head.push(byte | 0x80);
    byte = rest & 0x7f;
  }
  const blocks = Math.max(1, Math.ceil(content.length / STORED_BLOCK));
  const out = new Uint8Array(head.length + 2 + 5 * blocks + content.length + 4);
  const view = new DataView(out.buffer);
  out.set(head);
  view.setUint16(head.length, 0x7801); // deflate, window of 32 KiB, fastest
  let at = head.length + 2;
  for (let i = 0; i < blocks; i++) {
    const block = content.subarray(i * STORED_BLOCK, (i + 1) * STORED_BLOCK);
    out[at] = i === blocks - 1 ? 1 : 0;
    view.setUint16(at + 1, block.length, true);
    view.setUint16(at + 3, ~block.length & 0xffff, true);
    out.set(block, at + 5);
    at += 5 + block.length;
  }
  view.setUint32(at, adler32(content));
  return out;
}

/** The index file of a pack with these entries, each given by its place and the CRC-32 of its bytes. */
export function encodePackIndex(placed: readonly PlacedObject[], packChecksum: Uint8Array): Uint8Array {
  const sorted = [...placed].sort((a, b) => (a.oid < b.oid ? -1 : 1));
  const bytes = new Uint8Array(8 + 4 * 256 + sorted.length * (OID + 8) + 2 * OID);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0xff744f63);
  view.setUint32(4, 2);
  const names = 8 + 4 * 256;
  const crcs = names + OID * sorted.length;
  const offsets = crcs + 4 * sorted.length;
  const counts = new Uint32Array(256);
  for (const [i, { oid, offset, crc }] of sorted.entries()) {
    putOid(oid, bytes, names + i * OID);
    view.setUint32(crcs + 4 * i, crc);
    view.setUint32(offsets + 4 * i, offset);
    const first = bytes[names + i * OID] as number;
    counts[first] = (counts[first] as number) + 1;
  }
  let total = 0;
  for (const [byte, count] of counts.entries()) {
    total += count;
    view.setUint32(8 + 4 * byte, total);
  }
  const end = bytes.length - OID;
  bytes.set(packChecksum, end - OID);
  bytes.set(sha1(bytes.subarray(0, end)), end);
  return bytes;
}

// The largest run for which the sums below stay exact in 32 bits (zlib's NMAX)
const ADLER_RUN = 5552;

/** Checksum of RFC 1950, section 8. */
function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (let at = 0; at < bytes.length; at += ADLER_RUN) {
    const end = Math.min(at + ADLER_RUN, bytes.length);
    for (let i = at; i < end; i++) {
      a += bytes[i] as number;
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return b * 0x10000 + a;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** Checksum of ISO 3309 as used by zlib, reversed polynomial 0xedb88320. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = (CRC_TABLE[(crc ^ (bytes[i] as number)) & 0xff] as number) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
