/**
 * Unsigned LEB128, the length and integer form of MYTHOS-CAN (RFC-MYTHOS-0001 section 7.1): seven bits a byte, lowest
 * first, the high bit says that more follow. One number has one spelling: the shortest.
 */

/** Bytes of the largest unsigned 64-bit number. */
export const LEB_MAX_BYTES = 10;
const U64_MAX = 2n ** 64n - 1n;
const TWO_31 = 2 ** 31;
const BITS_28 = 2 ** 28;
const BITS_53 = 2 ** 53;

/** Bytes that a number from 0 to 2^53−1 takes. */
export function lebLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length++;
  return length;
}

/** Writes a number from 0 to 2^53−1 and gives the offset behind it; the caller made room. */
export function writeLeb(bytes: Uint8Array, at: number, value: number): number {
  let offset = at;
  let rest = value;
  while (rest >= TWO_31) {
    bytes[offset++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  while (rest >= 128) {
    bytes[offset++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[offset++] = rest;
  return offset;
}

/** Writes a number from 0 to 2^64−1 and gives the offset behind it; the caller made room. */
export function writeBigLeb(bytes: Uint8Array, at: number, value: bigint): number {
  if (value < BITS_53) return writeLeb(bytes, at, Number(value));
  let offset = at;
  let rest = value;
  while (rest >= 128n) {
    bytes[offset++] = Number(rest & 0x7fn) | 0x80;
    rest >>= 7n;
  }
  bytes[offset++] = Number(rest);
  return offset;
}

/** What `readLeb` found: a number where it is exact, a bigint beyond, or in words why there is none. */
export type Leb =
  | { readonly value: number | bigint; readonly end: number; readonly why?: undefined }
  | { readonly why: string };

/** The number at an offset: the shortest spelling of at most 2^64−1, wholly before `end`. */
export function readLeb(bytes: Uint8Array, at: number, end: number = bytes.length): Leb {
  const length = lebSpan(bytes, at, end);
  if (typeof length === 'string') return { why: length };
  return { value: lebValue(bytes, at, length), end: at + length };
}

/** Bytes of the number at an offset, or why there is none. */
export function lebSpan(bytes: Uint8Array, at: number, end: number): number | string {
  for (let i = at; i < end; i++) {
    const byte = bytes[i] as number;
    const length = i - at + 1;
    if (length === LEB_MAX_BYTES && byte > 1) return 'the number is larger than 64 bits';
    if (byte < 0x80) return byte === 0 && length > 1 ? 'the number is not in its shortest form' : length;
  }
  return 'it ends within a number';
}

/** The value of a number that `lebSpan` measured: a bigint where a number would not be exact. */
export function lebValue(bytes: Uint8Array, at: number, length: number): number | bigint {
  let low = 0;
  const first = Math.min(length, 4);
  for (let i = 0; i < first; i++) low += ((bytes[at + i] as number) & 0x7f) << (7 * i);
  if (length <= 4) return low;
  let high = 0;
  for (let i = length - 1; i >= 4; i--) high = high * 128 + ((bytes[at + i] as number) & 0x7f);
  if (high < BITS_53 / BITS_28) return high * BITS_28 + low;
  let big = 0n;
  for (let i = length - 1; i >= 0; i--) big = (big << 7n) | BigInt((bytes[at + i] as number) & 0x7f);
  return big;
}

export { U64_MAX };
