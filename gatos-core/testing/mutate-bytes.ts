/** Bytes that are almost right, for tests of decoders: the same for the same seed. */
import { parseHex } from '../src/codec/index.js';

/** A small generator of its own (xorshift32), so that a failing run is repeated by its seed alone. */
export function generator(from: number): (below: number) => number {
  let state = from >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** Bytes that start a rule of their own, which chance alone seldom hits. */
const TELLING = parseHex('001718191a1b1f2037383b405860617880811f98a0a1b8bfc2d82af4f5f6f7f8f9fafbff7fefbb00ed9f');

/** The bytes with one byte changed, some inserted, removed or repeated. */
export function mutateBytes(bytes: Uint8Array, next: (below: number) => number): Uint8Array {
  const at = next(bytes.length + 1);
  const value = next(2) === 0 ? next(256) : (TELLING[next(TELLING.length)] as number);
  switch (next(5)) {
    case 0:
      return Uint8Array.from([...bytes.subarray(0, at), value, ...bytes.subarray(at)]);
    case 1:
      return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + 1 + next(3))]);
    case 2:
      return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(next(bytes.length + 1))]);
    default: {
      const out = Uint8Array.from(bytes);
      if (at < out.length) out[at] = next(2) === 0 ? value : (out[at] as number) ^ (1 << next(8));
      return out;
    }
  }
}
