/**
 * Ranges of bytes (RFC 9110 section 14). One range is served; several at once are answered with the whole, as are other units and what is
 * malformed: a server may ignore the header.
 */

/** `all`: the header asks for nothing that is served as a part. `none`: nothing of what it asks for is there (416). */
export type ByteRange = { readonly offset: number; readonly length: number } | 'all' | 'none';

const ONE = /^bytes=[ \t]*(?:(\d+)-(\d*)|-(\d+))[ \t]*$/i;

/** The part of `size` bytes that a `Range` header asks for. */
export function parseRange(header: string | undefined, size: number): ByteRange {
  const found = header === undefined ? null : ONE.exec(header);
  if (found === null) return 'all';
  const [, first, last, suffix] = found;
  if (suffix !== undefined) {
    const length = Math.min(Number(suffix), size);
    return length === 0 ? 'none' : { offset: size - length, length };
  }
  const from = Number(first);
  const to = last === undefined || last === '' ? Number.POSITIVE_INFINITY : Number(last);
  if (to < from) return 'all';
  if (from >= size) return 'none';
  return { offset: from, length: Math.min(to, size - 1) - from + 1 };
}
