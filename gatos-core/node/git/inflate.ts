/** Zlib streams (RFC 1950): stored ones, which we write, without a decompressor; others through it, with a bound on the output. */
import { constants, inflateSync } from 'node:zlib';
import { errnoOf } from './faults.js';

/** A stored object is damaged. `why` goes into the message of `git/corrupt-object`. */
export class Damage extends Error {
  override readonly name = 'Damage';
  constructor(readonly why: string) {
    super(why);
  }
}

/** A stored object is nothing that we read ourselves; git may know how. */
export class Foreign extends Error {
  override readonly name = 'Foreign';
}

/** Bytes that the code tables of a dynamic block can take: 14 bits, 19 × 3, and 320 lengths of at most 14 bits. */
const LONGEST_TABLES = 600;

/** The first bytes of a stream, up to `limit`: for headers. Throws Damage. */
export function inflateStart(stream: Uint8Array, limit: number): Uint8Array {
  const stored = storedBlock(stream, 2);
  if (stored !== null) return stored.data.subarray(0, limit);
  // Cut input is no error with this flush mode. The code tables of a dynamic block may come first (RFC 1951, 3.2.7).
  return inflateWith(stream.subarray(0, LONGEST_TABLES + limit * 4), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(
    0,
    limit,
  );
}

/** The whole content, which must have exactly `length` bytes. Input after the stream is ignored. Throws Damage. */
export function inflateExact(stream: Uint8Array, length: number): Uint8Array {
  const content = inflateStored(stream, length) ?? inflateWith(stream, { maxOutputLength: Math.max(length, 1) });
  if (content.length !== length) throw new Damage(`it has ${content.length} bytes where ${length} were announced`);
  return content;
}

function inflateWith(stream: Uint8Array, options: { finishFlush?: number; maxOutputLength?: number }): Uint8Array {
  try {
    return inflateSync(stream, options);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : null;
    if (code === null || errnoOf(error) !== null) throw error;
    throw new Damage(
      code === 'ERR_BUFFER_TOO_LARGE' ? 'it is longer than announced' : `its compression is broken (${code})`,
    );
  }
}

/** The content of a stream of stored blocks, or null when it is of another kind. Nothing is copied when there is one block. */
function inflateStored(stream: Uint8Array, length: number): Uint8Array | null {
  let block = storedBlock(stream, 2);
  if (block === null) return null;
  if (block.last) return block.data;
  const out = new Uint8Array(length);
  let filled = 0;
  while (block !== null) {
    if (filled + block.data.length > length) throw new Damage('it is longer than announced');
    out.set(block.data, filled);
    filled += block.data.length;
    if (block.last) return out.subarray(0, filled);
    block = storedBlock(stream, block.end);
  }
  return null;
}

interface StoredBlock {
  readonly data: Uint8Array;
  readonly end: number;
  readonly last: boolean;
}

/** The stored block at `at` (RFC 1951, 3.2.4) of a zlib stream without dictionary, or null. */
function storedBlock(stream: Uint8Array, at: number): StoredBlock | null {
  const [method = 0, flags = 0] = stream;
  if ((method & 0x0f) !== 8 || (flags & 0x20) !== 0 || ((method << 8) | flags) % 31 !== 0) return null;
  const kind = stream[at];
  const start = at + 5;
  if (kind === undefined || kind > 1 || start > stream.length) return null;
  const length = (stream[at + 1] as number) | ((stream[at + 2] as number) << 8);
  const check = (stream[at + 3] as number) | ((stream[at + 4] as number) << 8);
  if ((length ^ check) !== 0xffff || start + length > stream.length) return null;
  return { data: stream.subarray(start, start + length), end: start + length, last: kind === 1 };
}
