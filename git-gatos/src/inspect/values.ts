/** Values of records, walked to their leaves. */
import { Cid, formatHex, formatTime, type Value } from 'gatos-core';

export interface Leaf {
  /** With indices: `files[3].path`. */
  readonly path: string;
  readonly value: Value;
}

type Entries = Readonly<Record<string, Value>>;

function isEntries(value: Value): value is Entries {
  return (
    value !== null &&
    typeof value === 'object' &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Cid)
  );
}

/** Indices and keys taken out: `files[].path`. */
export function shapeOf(path: string): string {
  return path.replaceAll(/\[\d+\]/g, '[]');
}

/**
 * The leaves of a body in order. `opens` says of a place whether what is in it has meanings of its own; else it is one leaf, such as the
 * payload of an event.
 */
export function* leavesOf(value: Value, opens: (shape: string) => boolean, path = ''): Generator<Leaf> {
  const open = path === '' || opens(shapeOf(path));
  if (open && Array.isArray(value) && value.length > 0) {
    for (const [i, item] of (value as readonly Value[]).entries()) yield* leavesOf(item, opens, `${path}[${i}]`);
    return;
  }
  if (open && isEntries(value) && Object.keys(value).length > 0) {
    for (const [name, entry] of Object.entries(value))
      yield* leavesOf(entry, opens, path === '' ? name : `${path}.${name}`);
    return;
  }
  yield { path, value };
}

/** Of record bodies, microseconds since the epoch. */
const TIMES = new Set(['time', 'until', 'lease_until', 'started', 'finished', 'expires', 'began']);

/** More of it is for `--raw`. */
const SHOWN_BYTES = 64;

/** As JSON, for people: times as text, digests and bytes in hexadecimal. */
export function shown(value: Value, name = ''): unknown {
  if (value instanceof Cid) return String(value);
  if (value instanceof Uint8Array) {
    if (value.length <= SHOWN_BYTES) return formatHex(value);
    return `${formatHex(value.subarray(0, SHOWN_BYTES / 2))}… (${value.length} bytes)`;
  }
  if (typeof value === 'number' && TIMES.has(name) && value > 0) return formatTime(value);
  if (Array.isArray(value)) return (value as readonly Value[]).map((item) => shown(item));
  if (isEntries(value))
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, shown(entry, key)]));
  return value;
}

/** The last name of a path: `cid` of `files[3].cid`. */
export function lastName(path: string): string {
  return (path.split('.').at(-1) ?? path).replaceAll(/\[\d+\]/g, '');
}
