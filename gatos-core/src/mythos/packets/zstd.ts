/** The port of Zstandard (RFC 8878), and what its frames say of themselves before anything is inflated. */
import { mythosError } from '../errors.js';

/** Zstandard, as the platform has it. Two encoders may write different bytes for the same plain ones: nothing is named by them. */
export interface ZstdCodec {
  compress(plain: Uint8Array, level: number): Uint8Array;
  /** Throws for what is no Zstandard, and instead of making more than `most` bytes. */
  decompress(stored: Uint8Array, most: number): Uint8Array;
}

const MAGIC = 0xfd2fb528;

const frameFault = (why: string) => mythosError('zstd-frame', { why });

/** Bytes that the first frame announces; undefined when it does not say. Source: RFC 8878, 3.1.1.1. Throws `mythos/zstd-frame`. */
export function zstdContentSize(stored: Uint8Array): number | undefined {
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  if (view.byteLength < 5 || view.getUint32(0, true) !== MAGIC) throw frameFault('it does not start with a frame');
  const descriptor = view.getUint8(4);
  const single = (descriptor & 0x20) !== 0;
  const flag = descriptor >> 6;
  const at = 5 + (single ? 0 : 1) + ([0, 1, 2, 4][descriptor & 3] ?? 0);
  const width = flag === 0 ? (single ? 1 : 0) : 1 << flag;
  if (at + width > view.byteLength) throw frameFault('it ends in the head of a frame');
  if (width === 0) return undefined;
  if (width === 1) return view.getUint8(at);
  if (width === 2) return view.getUint16(at, true) + 256;
  return width === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true));
}
