/**
 * Lines up two files that are made of units (lines, or rows of a table) and gives the places in which they part.
 *
 * Bounds: whatever is equal is walked over byte by byte, once. Where they part, at most `LIMITS.driftAlignedUnits` units and
 * `LIMITS.driftAlignedBytes` bytes of each side are lined up by their longest common subsequence; the walk goes on behind the last unit
 * that both have. After `LIMITS.driftItems` places, or where nothing in reach lines up, it stops and says so. So time is linear in
 * the sizes, and memory does not depend on them.
 */
import { LIMITS } from '../../kernel/index.js';
import { firstDifference } from './window.js';

/** Where the unit that starts at `start` ends, its terminator included. */
export type UnitEnd = (bytes: Uint8Array, start: number) => number;

export interface Unit {
  /** From 1. */
  readonly number: number;
  readonly bytes: Uint8Array;
}

export type Edit =
  | { readonly op: 'same'; readonly recorded: Unit; readonly reproduced: Unit }
  | { readonly op: 'removed'; readonly recorded: Unit }
  | { readonly op: 'added'; readonly reproduced: Unit };

export interface Position {
  /** Units before it. */
  readonly units: number;
  /** Bytes before it. */
  readonly offset: number;
}

/** Edits of one place, and where it starts on both sides. */
export interface Place {
  readonly edits: readonly Edit[];
  readonly recorded: Position;
  readonly reproduced: Position;
}

export interface Alignment {
  readonly places: readonly Place[];
  /** False: there is more that was not looked at. */
  readonly complete: boolean;
}

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
  /** Of the unit at `at`. */
  number: number;
}

/** Moves both sides to the first unit that differs. False when there is none. */
function skipEqual(a: Cursor, b: Cursor, unitEnd: UnitEnd): boolean {
  const parting = differenceBetween(a, b);
  if (parting === null) return false;
  const target = a.at + parting;
  for (;;) {
    const end = unitEnd(a.bytes, a.at);
    // A unit that ends exactly where the other file goes on is another unit over there.
    if (end > target || end === a.at) return true;
    const length = end - a.at;
    if (unitEnd(b.bytes, b.at) - b.at !== length) return true;
    a.at = end;
    b.at += length;
    a.number++;
    b.number++;
  }
}

/** How many bytes are equal from here on; null when all are, to the end of both. */
function differenceBetween(a: Cursor, b: Cursor): number | null {
  if (a.at === b.at) {
    const at = firstDifference(a.bytes, b.bytes, a.at);
    return at === null ? null : at - a.at;
  }
  return firstDifference(a.bytes.subarray(a.at), b.bytes.subarray(b.at));
}

interface Window {
  readonly units: readonly Unit[];
  readonly atEnd: boolean;
}

function windowOf({ bytes, at, number }: Cursor, unitEnd: UnitEnd): Window {
  const units: Unit[] = [];
  let from = at;
  while (from < bytes.length && units.length < LIMITS.driftAlignedUnits && from - at < LIMITS.driftAlignedBytes) {
    const end = unitEnd(bytes, from);
    units.push({ number: number + units.length, bytes: bytes.subarray(from, end) });
    from = end;
  }
  return { units, atEnd: from >= bytes.length };
}

/** One number for each distinct unit. A unit too long to be read into a text equals no other. */
function identify(sides: readonly (readonly Unit[])[]): readonly (readonly number[])[] {
  const known = new Map<string, number>();
  let next = 0;
  return sides.map((units) =>
    units.map(({ bytes }) => {
      if (bytes.length > LIMITS.driftAlignedBytes) return next++;
      const text = latin1(bytes);
      const id = known.get(text) ?? next++;
      known.set(text, id);
      return id;
    }),
  );
}

/** A text with one unit for each byte: two are equal when the bytes are. */
function latin1(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i < bytes.length; i += 4096) out += String.fromCharCode(...bytes.subarray(i, i + 4096));
  return out;
}

/** Pairs (index, index) of a longest common subsequence, in order. Costs the product of the lengths: give it what is bounded. */
export function commonPairs<T>(a: readonly T[], b: readonly T[]): readonly (readonly [number, number])[] {
  const width = b.length + 1;
  const best = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      best[i * width + j] =
        a[i] === b[j]
          ? (best[(i + 1) * width + j + 1] as number) + 1
          : Math.max(best[(i + 1) * width + j] as number, best[i * width + j + 1] as number);
  const pairs: (readonly [number, number])[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; )
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if ((best[(i + 1) * width + j] as number) >= (best[i * width + j + 1] as number)) i++;
    else j++;
  return pairs;
}

function editsOf(a: readonly Unit[], b: readonly Unit[], pairs: readonly (readonly [number, number])[]): Edit[] {
  const edits: Edit[] = [];
  let [i, j] = [0, 0];
  const upTo = (endA: number, endB: number): void => {
    for (; i < endA; i++) edits.push({ op: 'removed', recorded: a[i] as Unit });
    for (; j < endB; j++) edits.push({ op: 'added', reproduced: b[j] as Unit });
  };
  for (const [x, y] of pairs) {
    upTo(x, y);
    edits.push({ op: 'same', recorded: a[i++] as Unit, reproduced: b[j++] as Unit });
  }
  upTo(a.length, b.length);
  return edits;
}

interface Step {
  readonly edits: readonly Edit[];
  /** Units used up on each side; the whole window when nothing lines up. */
  readonly used: readonly [number, number];
  readonly stuck: boolean;
  readonly done: boolean;
}

function alignWindows(a: Window, b: Window): Step {
  const [idsA = [], idsB = []] = identify([a.units, b.units]);
  const pairs = commonPairs(idsA, idsB);
  if (a.atEnd && b.atEnd)
    return {
      edits: editsOf(a.units, b.units, pairs),
      used: [a.units.length, b.units.length],
      stuck: false,
      done: true,
    };
  const last = pairs.at(-1);
  const used: readonly [number, number] =
    last === undefined ? [a.units.length, b.units.length] : [last[0] + 1, last[1] + 1];
  return {
    edits: editsOf(a.units.slice(0, used[0]), b.units.slice(0, used[1]), pairs),
    used,
    stuck: last === undefined,
    done: false,
  };
}

function advance(cursor: Cursor, units: readonly Unit[], used: number): void {
  for (const { bytes } of units.slice(0, used)) cursor.at += bytes.length;
  cursor.number += used;
}

const positionOf = ({ at, number }: Cursor): Position => ({ units: number - 1, offset: at });

const isEdit = ({ op }: Edit): boolean => op !== 'same';

/** The places in which two files part. */
export function align(recorded: Uint8Array, reproduced: Uint8Array, unitEnd: UnitEnd): Alignment {
  const a: Cursor = { bytes: recorded, at: 0, number: 1 };
  const b: Cursor = { bytes: reproduced, at: 0, number: 1 };
  const places: Place[] = [];
  let found = 0;
  while (skipEqual(a, b, unitEnd)) {
    if (found >= LIMITS.driftItems) return { places, complete: false };
    const [windowA, windowB] = [windowOf(a, unitEnd), windowOf(b, unitEnd)];
    const { edits, used, stuck, done } = alignWindows(windowA, windowB);
    places.push({ edits, recorded: positionOf(a), reproduced: positionOf(b) });
    found += edits.filter(isEdit).length;
    if (done) return { places, complete: true };
    if (stuck) return { places, complete: false };
    advance(a, windowA.units, used[0]);
    advance(b, windowB.units, used[1]);
  }
  return { places, complete: true };
}
