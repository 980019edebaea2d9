/** JSON values out of the guest. Whatever is no JSON value is refused, with its place. */
import { formatPath, isWellFormed, type JsonValue, type Step, setEntry } from '../../codec/index.js';
import { invariant } from '../../kernel/index.js';
import { foldError } from '../errors.js';
import { TAG, VERSION } from './guest-bytes.js';
import { plainText } from './plain-text.js';

const BYTE_ORDER_MARK = '\ufeff';
const FLOAT_BYTES = 8;
/** Characters made at once: more arguments than this do not fit into one call everywhere. */
const CHUNK = 4096;
/** From this length on, making the text in one call is faster than by the character. */
const LONG_TEXT = 12;

/** A value that JSON has not, on its way out: each level adds its step. */
class Refused {
  readonly why: string;
  /** Innermost first. */
  readonly steps: Step[] = [];

  constructor(why: string, ...steps: readonly Step[]) {
    this.why = why;
    this.steps.push(...steps);
  }
}

/** The value of an encoded form that the guest made. Throws `fold/state-value`. */
export function decodeFromGuest(bytes: Uint8Array): JsonValue {
  try {
    return new GuestReader(bytes).read();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const path = plainText(formatPath('state', error.steps.reverse()));
    throw foldError('state-value', { path, why: error.why });
  }
}

function faultOf(text: string): string | undefined {
  if (!isWellFormed(text)) return 'with a lone surrogate';
  return text.startsWith(BYTE_ORDER_MARK) ? 'that starts with U+FEFF' : undefined;
}

class GuestReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #names: string[] = [];
  /** What is wrong with a name. */
  readonly #nameFaults = new Map<string, string>();
  /** Lists and objects by their number; undefined while they are being read. */
  readonly #made: (JsonValue | undefined)[] = [];
  #at = 0;
  #wide = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  read(): JsonValue {
    invariant(this.#byte() === VERSION, 'the guest writes the version that we read');
    const count = this.#size();
    for (let i = 0; i < count; i++) {
      const name = this.#text();
      this.#names.push(name);
      const fault = this.#wide ? faultOf(name) : undefined;
      if (fault !== undefined) this.#nameFaults.set(name, `a key ${fault}`);
    }
    return this.#value();
  }

  #value(): JsonValue {
    const tag = this.#byte();
    switch (tag) {
      case TAG.null:
        return null;
      case TAG.false:
        return false;
      case TAG.true:
        return true;
      case TAG.int:
        return this.#int();
      case TAG.float:
        return this.#float();
      case TAG.text:
        return this.#checkedText();
      case TAG.list:
        return this.#list();
      case TAG.object:
        return this.#object();
      case TAG.reference:
        return this.#reference();
      default:
        throw new Refused(tag === TAG.undefined ? 'undefined' : 'an object of a built-in kind');
    }
  }

  /** The value at one step; a refusal learns the step. */
  #valueAt(step: Step): JsonValue {
    try {
      return this.#value();
    } catch (error) {
      if (error instanceof Refused) error.steps.push(step);
      throw error;
    }
  }

  #int(): number {
    const value = this.#size();
    return (value >>> 1) ^ -(value & 1);
  }

  #float(): number {
    const value = this.#view.getFloat64(this.#at, true);
    this.#at += FLOAT_BYTES;
    if (!Number.isFinite(value)) throw new Refused(String(value));
    if (Object.is(value, -0)) throw new Refused('-0, which JSON cannot tell from 0');
    return value;
  }

  #list(): JsonValue {
    const number = this.#begin();
    const count = this.#size();
    const list: JsonValue[] = [];
    for (let i = 0; i < count; i++) list.push(this.#valueAt(i));
    this.#made[number] = list;
    return list;
  }

  #object(): JsonValue {
    const number = this.#begin();
    const count = this.#size();
    const object: Record<string, JsonValue> = {};
    for (let i = 0; i < count; i++) {
      const key = this.#key();
      const fault = this.#nameFaults.get(key);
      if (fault !== undefined) throw new Refused(fault, key);
      setEntry(object, key, this.#valueAt(key));
    }
    this.#made[number] = object;
    return object;
  }

  /** Names are numbered from 1; an odd number is an integer key itself. */
  #key(): string {
    const atom = this.#size();
    if (atom & 1) return String(atom >>> 1);
    const name = this.#names[(atom >>> 1) - 1];
    invariant(name !== undefined, 'a property name is in the table');
    return name;
  }

  #reference(): JsonValue {
    const value = this.#made[this.#size()];
    if (value === undefined) throw new Refused('a cycle');
    return value;
  }

  #begin(): number {
    return this.#made.push(undefined) - 1;
  }

  #checkedText(): string {
    const text = this.#text();
    const fault = this.#wide ? faultOf(text) : undefined;
    if (fault !== undefined) throw new Refused(`text ${fault}`);
    return text;
  }

  /** Only a text with characters from U+0100 on can be wrong; `#wide` says whether the one read last has any. */
  #text(): string {
    const size = this.#size();
    const count = size >>> 1;
    const wide = (size & 1) === 1;
    this.#wide = wide;
    if (!wide && count < LONG_TEXT) {
      let text = '';
      for (let i = 0; i < count; i++) text += String.fromCharCode(this.#bytes[this.#at++] as number);
      return text;
    }
    let text = '';
    for (let done = 0; done < count; done += CHUNK) text += this.#units(Math.min(CHUNK, count - done), wide);
    return text;
  }

  #units(count: number, wide: boolean): string {
    const start = this.#at;
    this.#at += wide ? 2 * count : count;
    if (!wide) return String.fromCharCode.apply(null, this.#bytes.subarray(start, this.#at) as unknown as number[]);
    const units: number[] = [];
    for (let at = start; at < this.#at; at += 2) units.push(this.#view.getUint16(at, true));
    return String.fromCharCode(...units);
  }

  #byte(): number {
    return this.#bytes[this.#at++] as number;
  }

  #size(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.#at++] as number;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }
}
