/** Zlib streams of stored blocks (RFC 1950, RFC 1951 section 3.2.4): what a small object costs least time in. */

const BLOCK = 0xffff;
/** Stream header, one block header and the checksum. */
const OVERHEAD = 2 + 5 + 4;

/** The most bytes that `putStored` writes for a content of that length. */
export function storedBound(length: number): number {
  return OVERHEAD + length + Math.floor(length / BLOCK) * 5;
}

/** Writes `content` as a zlib stream of stored blocks; returns the offset behind it. */
export function putStored(content: Uint8Array, { into, at }: { into: Uint8Array; at: number }): number {
  let to = at;
  into[to++] = 0x78;
  into[to++] = 0x01;
  let from = 0;
  do {
    const length = Math.min(BLOCK, content.length - from);
    into[to++] = from + length === content.length ? 1 : 0;
    into[to++] = length & 0xff;
    into[to++] = length >> 8;
    into[to++] = ~length & 0xff;
    into[to++] = (~length >> 8) & 0xff;
    into.set(length === content.length ? content : content.subarray(from, from + length), to);
    to += length;
    from += length;
  } while (from < content.length);
  const sum = adler32(content);
  into[to++] = sum >>> 24;
  into[to++] = sum >>> 16;
  into[to++] = sum >>> 8;
  into[to++] = sum;
  return to;
}

const ADLER_PRIME = 65521;
/** Additions before the sums must be reduced; the second stays below 2^53, but below 2^31 it stays an integer for the engine. */
const ADLER_RUN = 3800;

/** The checksum of a zlib stream (RFC 1950, section 8.2). */
export function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(at + ADLER_RUN, bytes.length);
    for (; at < end; at++) {
      a += bytes[at] as number;
      b += a;
    }
    a %= ADLER_PRIME;
    b %= ADLER_PRIME;
  }
  return ((b << 16) | a) >>> 0;
}
