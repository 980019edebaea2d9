/**
 * A run: one immutable file of sorted entries, with a Merkle tree over its pages.
 *
 *   entries   `count` × 64 bytes, sorted; a page is 16 of them
 *   level 1   for each page of entries: its first key (16 bytes) and its SHA-256 (32 bytes); a page is 64 of them
 *   level n   the same over the pages of level n - 1, until one page is left: the root page
 *   footer    DAG-CBOR { v, ns, count, root, coverage }
 *   32 bytes  SHA-256 of the footer
 *   4 bytes   length of the footer, big endian
 *   8 bytes   "GATOSKEY"
 *
 * Whoever reads a page knows its hash before, so that a look-up reads a few pages and believes no altered byte.
 */
import { sha256 } from '#hash';
import { decode, encode, type Infer, s, type Value } from '../../src/codec/index.js';
import { bytesEqual, isGatosError, LIMITS, utf8 } from '../../src/kernel/index.js';
import type { Stretch } from './coverage.js';
import { ENTRY_BYTES, KEY_BYTES } from './entries.js';

export const PAGE_ENTRIES = 16;
export const FANOUT = 64;
/** First key and SHA-256 of a page. */
export const CHILD_BYTES = KEY_BYTES + 32;

const MAGIC = utf8('GATOSKEY');
/** Hash, length and magic after the footer. */
export const TAIL_BYTES = 32 + 4 + MAGIC.length;
/** A footer grows with the number of chains of a namespace, of which there may be many. */
const FOOTER_MAX = LIMITS.blockBytes;

const OID = s.text({ maxBytes: 64, pattern: /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/ });
const STRETCH = s.struct({
  chain: s.text({ maxBytes: LIMITS.chainBytes }),
  from: s.nullable(OID),
  to: OID,
  commits: s.int({ min: 1, max: Number.MAX_SAFE_INTEGER }),
});
const FOOTER = s.struct({
  v: s.literal(1),
  ns: s.text({ maxBytes: LIMITS.nameBytes }),
  count: s.int({ min: 0, max: 2 ** 40 }),
  root: s.bytes({ length: 32 }),
  coverage: s.list(STRETCH, { max: 1_000_000 }),
});

export interface Footer extends Infer<typeof FOOTER> {
  readonly coverage: readonly Stretch[];
}

/** The file is none of ours, was cut, or was altered. Never leaves this folder: the file is discarded. */
export class DamagedRun extends Error {
  override readonly name = 'DamagedRun';

  constructor(
    readonly path: string,
    why: string,
    options?: { cause?: unknown },
  ) {
    super(`${path}: ${why}`, options);
  }
}

/** Number of items at each level: entries, then children of pages up to the root page, which is the last. */
export function levelsOf(count: number): number[] {
  const levels = [count];
  for (let items = Math.ceil(count / PAGE_ENTRIES); items > 0; items = Math.ceil(items / FANOUT)) {
    levels.push(items);
    if (items <= FANOUT) break;
  }
  return levels;
}

/** Bytes before the footer. */
export function bodyBytes(count: number): number {
  return levelsOf(count).reduce((sum, items, level) => sum + items * (level === 0 ? ENTRY_BYTES : CHILD_BYTES), 0);
}

export function encodeFooter(footer: Footer): Uint8Array {
  const { v, ns, count, root } = footer;
  const coverage = footer.coverage.map(({ chain, from, to, commits }) => ({ chain, from, to, commits }));
  return encode({ v, ns, count, root, coverage } as Value);
}

/** What stands after the body. */
export function encodeTail(footer: Uint8Array): Uint8Array {
  const tail = Buffer.alloc(footer.length + TAIL_BYTES);
  tail.set(footer, 0);
  tail.set(sha256(footer), footer.length);
  tail.writeUInt32BE(footer.length, footer.length + 32);
  tail.set(MAGIC, footer.length + 36);
  return tail;
}

/** Length of the footer, from the last TAIL_BYTES of a file; null when that is not the end of a run. */
export function footerBytes(end: Buffer): number | null {
  if (end.length < TAIL_BYTES || !bytesEqual(end.subarray(36), MAGIC)) return null;
  const length = end.readUInt32BE(32);
  return length > FOOTER_MAX ? null : length;
}

/** Reads the footer and the hash that follows it. Throws DamagedRun. */
export function decodeFooter(footer: Uint8Array, { hash, path }: { hash: Uint8Array; path: string }): Footer {
  if (!bytesEqual(sha256(footer), hash)) throw new DamagedRun(path, 'its footer was altered');
  try {
    return FOOTER.read(decode(footer, { maxBytes: FOOTER_MAX }), 'footer') as Footer;
  } catch (error) {
    if (isGatosError(error)) throw new DamagedRun(path, error.message, { cause: error });
    throw error;
  }
}
