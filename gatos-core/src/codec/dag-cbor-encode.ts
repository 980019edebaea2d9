/** Strict, canonical encoding of values as DAG-CBOR (rules: `dag-cbor-reader.ts`). */
import { compareBytes, invariant, LIMITS, utf8 } from '../kernel/index.js';
import { Cid } from './cid.js';
import { MAJOR } from './dag-cbor-reader.js';
import { measure } from './dag-cbor-spans.js';
import { Writer } from './dag-cbor-writer.js';
import { codecError } from './errors.js';
import { formatPath, isWellFormed, type Step, type Value } from './value.js';

/**
 * Bytes that are the encoding of one value already. `encode` copies them in as they are, so that an envelope can be put
 * together from records that were encoded, measured and hashed before. The bytes are trusted to be canonical (they come
 * from `encode`, or passed `scan`); that they are one whole item is checked.
 */
export class Encoded {
  readonly bytes: Uint8Array;
  /** Nested lists and maps in the value. */
  readonly depth: number;

  /** Throws `codec/malformed` when the bytes are not exactly one item, `codec/depth` when it is nested too deep. */
  constructor(bytes: Uint8Array) {
    const { end, depth } = measure(bytes, 0);
    if (end !== bytes.length)
      throw codecError('malformed', { offset: end, why: `${bytes.length - end} more bytes follow the value` });
    this.bytes = bytes;
    this.depth = depth;
  }
}

/** A value in which already encoded parts may stand. */
export type Encodable = Value | Encoded | readonly Encodable[] | { readonly [key: string]: Encodable };

/** Why a JavaScript number has no encoding. */
function numberRefusal(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN has no encoding';
  if (!Number.isFinite(value)) return 'an infinity has no encoding';
  return Object.is(value, -0) ? '-0 has no encoding' : undefined;
}

/** Why a text has no encoding. */
function textRefusal(value: string): string | undefined {
  if (!isWellFormed(value)) return 'the text has a lone surrogate';
  return value.charCodeAt(0) === 0xfeff ? 'the text starts with U+FEFF' : undefined;
}

/** Longest map key that takes the fast path. */
const SHORT_KEY = 64;

function isShortAscii(key: string): boolean {
  if (key.length > SHORT_KEY) return false;
  let seen = 0;
  for (let i = 0; i < key.length; i++) seen |= key.charCodeAt(i);
  return seen <= 0x7f;
}

/** Map keys in canonical order as long as all are ASCII: shorter first, then by UTF-16 unit, which then is by byte. */
function sortAsciiKeys(keys: string[]): void {
  const before = (a: string, b: string): boolean => (a.length === b.length ? a < b : a.length < b.length);
  if (keys.length > 32) {
    keys.sort((a, b) => (before(a, b) ? -1 : 1));
    return;
  }
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i] as string;
    let j = i - 1;
    while (j >= 0 && before(key, keys[j] as string)) {
      keys[j + 1] = keys[j] as string;
      j--;
    }
    keys[j + 1] = key;
  }
}

export class Encoder extends Writer {
  /** The steps to the value being written, for messages; entries behind the current depth are stale. */
  private readonly trail: Step[] = [];

  value(value: unknown, depth: number): void {
    switch (typeof value) {
      case 'string':
        if (value.charCodeAt(0) === 0xfeff || !this.text(value)) throw this.refused(depth, textRefusal(value));
        return;
      case 'number':
        this.number(value, depth);
        return;
      case 'boolean':
        this.byte(value ? 0xf5 : 0xf4);
        return;
      case 'object':
        if (value === null) this.byte(0xf6);
        else this.object(value, depth);
        return;
      default:
        this.exotic(value, depth);
    }
  }

  /** A value of another type: refused here. */
  protected exotic(value: unknown, depth: number): void {
    const why =
      value === undefined
        ? 'undefined has no encoding (an absent key is left out)'
        : `a ${typeof value} has no encoding`;
    throw this.refused(depth, why);
  }

  /** An object that is neither list nor plain map. */
  protected instance(value: object, depth: number): void {
    if (value instanceof Uint8Array) this.bytes(value);
    else if (value instanceof Cid) this.link(value.bytes);
    else if (value instanceof Encoded) this.splice(value, depth);
    else throw this.refused(depth, 'only plain objects, arrays, Uint8Array and Cid have an encoding');
  }

  protected refused(depth: number, why: string | undefined): Error {
    invariant(why !== undefined, 'a refusal has a reason');
    return codecError('unencodable', { path: this.path(depth), why });
  }

  private path(depth: number): string {
    return formatPath('', this.trail.slice(0, depth));
  }

  private number(value: number, depth: number): void {
    if (Number.isSafeInteger(value)) {
      if (value > 0) this.head(MAJOR.uint, value);
      else if (value < 0) this.head(MAJOR.negative, -1 - value);
      else if (Object.is(value, -0)) throw this.refused(depth, numberRefusal(value));
      else this.byte(0);
    } else if (Number.isFinite(value)) {
      this.float(value);
    } else {
      throw this.refused(depth, numberRefusal(value));
    }
  }

  private object(value: object, depth: number): void {
    const prototype = Object.getPrototypeOf(value) as unknown;
    if (prototype === Object.prototype || prototype === null) this.map(value, depth);
    else if (prototype === Array.prototype && Array.isArray(value)) this.list(value, depth);
    else this.instance(value, depth);
  }

  private splice({ bytes, depth: inner }: Encoded, depth: number): void {
    if (depth + inner > LIMITS.depth) throw this.tooDeep(depth);
    this.raw(bytes);
  }

  private tooDeep(depth: number): Error {
    return codecError('depth', { limit: LIMITS.depth, where: `\`${this.path(depth)}\`` });
  }

  private list(list: readonly unknown[], depth: number): void {
    if (depth >= LIMITS.depth) throw this.tooDeep(depth);
    const length = list.length;
    this.head(MAJOR.list, length);
    for (let i = 0; i < length; i++) {
      this.trail[depth] = i;
      this.value(this.own(list, i, depth + 1), depth + 1);
    }
  }

  private map(map: object, depth: number): void {
    if (depth >= LIMITS.depth) throw this.tooDeep(depth);
    const keys = Object.keys(map);
    if (Object.getOwnPropertyNames(map).length !== keys.length)
      throw this.refused(depth, 'it has a hidden (non-enumerable) property');
    if (Object.getOwnPropertySymbols(map).length !== 0) throw this.refused(depth, 'it has a symbol key');
    this.head(MAJOR.map, keys.length);
    // Known before the first entry is written: starting again on meeting such a key would cost 2^depth.
    if (!keys.every(isShortAscii)) {
      this.wideMap(map, keys, depth);
      return;
    }
    sortAsciiKeys(keys);
    for (const key of keys) {
      this.shortAscii(key);
      this.entry(map, key, depth);
    }
  }

  /** The entries of a map with a key that is long or not ASCII: sorted by their UTF-8 bytes. */
  private wideMap(map: object, keys: readonly string[], depth: number): void {
    const entries = keys.map((key) => {
      const why = textRefusal(key);
      if (why !== undefined) {
        this.trail[depth] = key;
        throw this.refused(depth + 1, `its key cannot be encoded: ${why}`);
      }
      return { key, bytes: utf8(key) };
    });
    entries.sort((a, b) => a.bytes.length - b.bytes.length || compareBytes(a.bytes, b.bytes));
    for (const { key, bytes } of entries) {
      this.head(MAJOR.text, bytes.length);
      this.raw(bytes);
      this.entry(map, key, depth);
    }
  }

  private entry(map: object, key: string, depth: number): void {
    this.trail[depth] = key;
    this.value(this.own(map, key, depth + 1), depth + 1);
  }

  /** An own data property. Running a getter could answer differently each time, so accessors are refused. */
  private own(holder: object, key: string | number, depth: number): unknown {
    const descriptor = Object.getOwnPropertyDescriptor(holder, key);
    if (descriptor === undefined) throw this.refused(depth, 'the array has a hole here');
    if (descriptor.get !== undefined || descriptor.set !== undefined)
      throw this.refused(depth, 'it is an accessor, not data');
    return descriptor.value;
  }
}

/** The encoder that the next call takes; a call made meanwhile (by a proxy that is being encoded) makes its own. */
let spare: Encoder | undefined;

/**
 * The one DAG-CBOR encoding of a value: what `decode` accepts and gives back. Parts that are `Encoded` are copied in.
 *
 * Throws `codec/unencodable` with the path of the part that has no encoding, or whose encoding would be another value:
 * undefined, -0, NaN, infinities, text with lone surrogates or a leading U+FEFF, class instances, typed arrays other than
 * Uint8Array, symbol keys, hidden properties, accessors, holes. Throws `codec/depth` beyond `LIMITS.depth` (and so for cycles).
 */
export function encode(value: Encodable): Uint8Array {
  const encoder = spare ?? new Encoder();
  spare = undefined;
  try {
    encoder.value(value, 0);
    return encoder.take();
  } finally {
    encoder.reset();
    spare = encoder;
  }
}
