/** The data model: what may stand in a record, and how a place in it is named. */
import type { Cid } from './cid.js';

/** The DAG-CBOR data model. Maps are plain objects with own enumerable data properties. */
export type Value =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | Cid
  | readonly Value[]
  | { readonly [key: string]: Value };

/** The part of the data model that JSON has: no bytes, no links. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** One step of a path: a map key or a list index. */
export type Step = string | number;

const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** `records[3].payload["odd key"]`. `root` is put in front and may be empty. */
export function formatPath(root: string, steps: readonly Step[]): string {
  let out = root;
  for (const step of steps) {
    if (typeof step === 'number') out += `[${step}]`;
    else if (PLAIN_KEY.test(step)) out += out === '' ? step : `.${step}`;
    else out += `[${JSON.stringify(step)}]`;
  }
  return out;
}

/** Sets a map entry. A key `__proto__` becomes data like any other, never the prototype. */
export function setEntry<T>(map: Record<string, T>, key: string, value: T): void {
  if (key === '__proto__') {
    Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    map[key] = value;
  }
}

const SURROGATE = /\p{Cs}/u;

/** Is this text free of lone surrogates, so that it has a UTF-8 form? */
export function isWellFormed(text: string): boolean {
  return !SURROGATE.test(text);
}

/** The UTF-8 length of well-formed text, without making the bytes. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) length += 1;
    // A surrogate pair is two units and four bytes: one extra for each half.
    else length += unit >= 0xd800 && unit <= 0xdfff ? 1 : 2;
  }
  return length;
}
