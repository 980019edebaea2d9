/** Deltas between objects of a pack (gitformat-pack(5), "Deltified representation"). */
import { Damage, Foreign } from './inflate.js';

interface Sizes {
  readonly base: number;
  readonly result: number;
  /** Where the instructions start. */
  readonly start: number;
}

/** The sizes at the start of a delta. Throws Damage. */
export function deltaSizes(delta: Uint8Array): Sizes {
  let at = 0;
  const size = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = delta[at++];
      if (byte === undefined || at > 18) throw new Damage('its delta is malformed');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  const base = size();
  const result = size();
  return { base, result, start: at };
}

/** The object that a delta makes of its base. Throws Damage, and Foreign when it has more than `limit` bytes. */
export function applyDelta(base: Uint8Array, { delta, limit }: { delta: Uint8Array; limit: number }): Uint8Array {
  const sizes = deltaSizes(delta);
  if (sizes.result > limit) throw new Foreign(`${sizes.result} bytes in memory`);
  if (sizes.base !== base.length) throw new Damage('its delta belongs to another base');
  const out = new Uint8Array(sizes.result);
  let at = sizes.start;
  let filled = 0;
  while (at < delta.length) {
    const op = delta[at++] as number;
    let from: Uint8Array = delta;
    let start = at;
    let length = op;
    if (op & 0x80) {
      from = base;
      start = 0;
      length = 0;
      for (let i = 0; i < 4; i++) if (op & (1 << i)) start += (delta[at++] ?? 0) * 2 ** (8 * i);
      for (let i = 0; i < 3; i++) if (op & (0x10 << i)) length += (delta[at++] ?? 0) << (8 * i);
      if (length === 0) length = 0x10000;
    } else {
      at += op;
    }
    if (length === 0 || start + length > from.length || filled + length > out.length)
      throw new Damage('its delta is malformed');
    out.set(from.subarray(start, start + length), filled);
    filled += length;
  }
  if (filled !== out.length) throw new Damage('its delta is cut off');
  return out;
}
