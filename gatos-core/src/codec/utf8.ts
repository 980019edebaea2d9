/** Validation of UTF-8 without making text of it (RFC 3629, table 3-7 of the Unicode Standard). */

/** Offset of the first byte of the first malformed sequence between `start` and `end`, or -1 when there is none. */
export function utf8Fault(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const lead = bytes[at] as number;
    if (lead < 0x80) {
      at++;
      continue;
    }
    const length = sequenceLength(bytes, at, end);
    if (length === 0) return at;
    at += length;
  }
  return -1;
}

/** Bytes of the well-formed sequence of two to four bytes at `at`, or 0 when it is malformed. */
function sequenceLength(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at] as number;
  if (lead < 0xc2 || lead > 0xf4 || at + 1 >= end) return 0;
  const second = bytes[at + 1] as number;
  if (lead < 0xe0) return isContinuation(second) ? 2 : 0;
  // The second byte decides about overlong forms (E0, F0), surrogates (ED) and code points beyond U+10FFFF (F4).
  const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return 0;
  const length = lead < 0xf0 ? 3 : 4;
  if (at + length > end) return 0;
  for (let i = at + 2; i < at + length; i++) if (!isContinuation(bytes[i] as number)) return 0;
  return length;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}
