/**
 * Text out of bytes, as fast as it goes without native code: a short ASCII text is put together from character codes, a
 * map key that was seen before comes from a small cache, and the rest is left to TextDecoder, whose call has a fixed cost.
 */
import { fromUtf8 } from '../kernel/index.js';

/** Up to this many bytes character codes beat TextDecoder (measured: a call costs about as much as 20 bytes). */
const SHORT = 20;
const CACHE_SLOTS = 1024;
const CACHED_LENGTH = 32;

const make = String.fromCharCode;

/** Text of at most `SHORT` bytes, or undefined when one of them is not ASCII. */
function shortAscii(b: Uint8Array, start: number, end: number): string | undefined {
  let text = '';
  let at = start;
  while (end - at >= 8) {
    const c0 = b[at] as number;
    const c1 = b[at + 1] as number;
    const c2 = b[at + 2] as number;
    const c3 = b[at + 3] as number;
    const c4 = b[at + 4] as number;
    const c5 = b[at + 5] as number;
    const c6 = b[at + 6] as number;
    const c7 = b[at + 7] as number;
    if ((c0 | c1 | c2 | c3 | c4 | c5 | c6 | c7) > 0x7f) return undefined;
    text += make(c0, c1, c2, c3, c4, c5, c6, c7);
    at += 8;
  }
  if (end - at >= 4) {
    const c0 = b[at] as number;
    const c1 = b[at + 1] as number;
    const c2 = b[at + 2] as number;
    const c3 = b[at + 3] as number;
    if ((c0 | c1 | c2 | c3) > 0x7f) return undefined;
    text += make(c0, c1, c2, c3);
    at += 4;
  }
  for (; at < end; at++) {
    const code = b[at] as number;
    if (code > 0x7f) return undefined;
    text += make(code);
  }
  return text;
}

/** The text of UTF-8 bytes. Throws TypeError when they are malformed. */
export function textAt(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= SHORT) {
    const text = shortAscii(bytes, start, end);
    if (text !== undefined) return text;
  }
  return fromUtf8(bytes.subarray(start, end));
}

interface CachedKey {
  readonly bytes: Uint8Array;
  readonly text: string;
}

const cache = new Array<CachedKey | undefined>(CACHE_SLOTS).fill(undefined);

function sameBytes(cached: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < cached.length; i++) if (cached[i] !== bytes[start + i]) return false;
  return true;
}

/**
 * As `textAt`, for map keys: the same few come again and again, and one string object per key makes building maps
 * cheaper. The cache holds a bounded number of short keys; what it holds never changes what is returned.
 */
export function keyAt(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start;
  if (length === 0 || length > CACHED_LENGTH) return textAt(bytes, start, end);
  const first = bytes[start] as number;
  const middle = bytes[start + (length >> 1)] as number;
  const last = bytes[end - 1] as number;
  const slot = (first + middle * 7 + last * 61 + length * 131) % CACHE_SLOTS;
  const cached = cache[slot];
  if (cached !== undefined && cached.bytes.length === length && sameBytes(cached.bytes, bytes, start))
    return cached.text;
  const text = textAt(bytes, start, end);
  const own = new Uint8Array(length);
  own.set(bytes.subarray(start, end));
  cache[slot] = { bytes: own, text };
  return text;
}
