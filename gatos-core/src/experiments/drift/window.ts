/** Where two files part: the first byte in which they differ, and a few bytes around it. Linear time, no copies. */
import { formatHex } from '../../codec/index.js';
import { LIMITS } from '../../kernel/index.js';
import { lenientText, shown } from './shown.js';

export interface ByteWindow {
  /** Offset of its first byte. */
  readonly start: number;
  readonly hex: string;
  /** The same bytes as text, invisible characters escaped. */
  readonly text: string;
}

export interface ByteDifference {
  /** Of the first byte that differs; the size of the shorter file when it is the start of the longer one. */
  readonly offset: number;
  readonly recorded: ByteWindow;
  readonly reproduced: ByteWindow;
}

/** Offset of the first difference from `from` on; null when there is none. */
export function firstDifference(a: Uint8Array, b: Uint8Array, from = 0): number | null {
  const shared = Math.min(a.length, b.length);
  let at = from;
  while (at < shared && a[at] === b[at]) at++;
  return at === a.length && at === b.length ? null : at;
}

function windowAt(bytes: Uint8Array, offset: number): ByteWindow {
  const start = Math.max(0, Math.min(offset - LIMITS.driftWindowBytes / 4, bytes.length));
  const part = bytes.subarray(start, start + LIMITS.driftWindowBytes);
  return { start, hex: formatHex(part), text: shown(lenientText(part)) };
}

/** Null when the bytes are the same. */
export function byteDifference(recorded: Uint8Array, reproduced: Uint8Array): ByteDifference | null {
  const offset = firstDifference(recorded, reproduced);
  if (offset === null) return null;
  return { offset, recorded: windowAt(recorded, offset), reproduced: windowAt(reproduced, offset) };
}
