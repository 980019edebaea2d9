/** Frames of Zstandard that need no encoder, so that their bytes are the same everywhere: stored blocks, and runs of one byte. */
import { concatBytes } from '../src/kernel/index.js';

const RUN = 64;
const STORED = 0;
const REPEATED = 1;

/** RFC 8878: the magic, a single-segment head with the content size in four bytes, then blocks. */
export function storedZstd(plain: Uint8Array): Uint8Array {
  const head = new Uint8Array(9);
  const view = new DataView(head.buffer);
  view.setUint32(0, 0xfd2fb528, true);
  view.setUint8(4, 0xa0);
  view.setUint32(5, plain.length, true);
  const parts = split(plain);
  return concatBytes([head, ...parts.flatMap((part, i) => block(part, i === parts.length - 1))]);
}

/** Before, in and after the first long run of one byte. */
function split(plain: Uint8Array): readonly Uint8Array[] {
  for (let at = 0; at + RUN <= plain.length; at++) {
    let end = at;
    while (end < plain.length && plain[end] === plain[at]) end++;
    if (end - at < RUN) continue;
    const parts = [plain.subarray(0, at), plain.subarray(at, end), plain.subarray(end)];
    return parts.filter(({ length }) => length > 0);
  }
  return [plain];
}

function block(part: Uint8Array, isLast: boolean): readonly Uint8Array[] {
  const isRun = part.length >= RUN && part.every((byte) => byte === part[0]);
  const head = (part.length << 3) | ((isRun ? REPEATED : STORED) << 1) | (isLast ? 1 : 0);
  return [Uint8Array.of(head, head >> 8, head >> 16), isRun ? part.subarray(0, 1) : part];
}
