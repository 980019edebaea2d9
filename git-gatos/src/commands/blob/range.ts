/** `--range a..b`: plain bytes from `a` on, up to and without `b`; either may be left out. Sizes such as `4M` will do. */
import { blobBytesError } from 'gatosd';
import { parseSize } from '../../view/size.js';

export interface ByteRange {
  readonly from: number;
  /** Null: to the end. */
  readonly to: number | null;
}

const WANTED = 'a range such as 0..1024, 4K..8K, 100.. or ..100';

export function parseRange(text: string): ByteRange {
  const [, first = '', last = ''] = /^([0-9A-Za-z]*)\.\.([0-9A-Za-z]*)$/.exec(text) ?? [];
  const from = first === '' ? 0 : parseOffset(first);
  const to = last === '' ? null : parseOffset(last);
  if ((first === '' && last === '') || from === undefined || to === undefined) throw new Error(WANTED);
  if (to !== null && to < from) throw new Error(`${WANTED}; the end is not before the start`);
  return { from, to };
}

/** As `parseSize`, with as many digits as a blob can have bytes. */
export function parseOffset(text: string): number | undefined {
  const bytes = /^\d{1,15}$/.test(text) ? Number(text) : parseSize(text);
  return bytes !== undefined && Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Throws `blob-bytes/bad-range` for one that is not in a blob of that size. */
export function within({ from, to }: ByteRange, size: number): { readonly offset: number; readonly length: number } {
  const end = to ?? size;
  if (from > size || end > size) throw blobBytesError('bad-range', { from, to: end, size });
  return { offset: from, length: end - from };
}
