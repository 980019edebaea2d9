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

/** The value of an encoded form that the guest made. Throws `fold/state-value`. */
export function decodeFromGuest(bytes: Uint8Array): JsonValue {
  return new GuestReader(bytes).read();
}

class GuestReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #names: string[] = [];
  /** Lists and objects by their number; undefined while they are being read. */
  readonly #made: (JsonValue | undefined)[] = [];
  readonly #path: Step[] = [];
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  read(): JsonValue {
    invariant(this.#byte() === VERSION, 'the guest writes the version that we read');
    const count = this.#size();
    for (let i = 0; i < count; i++) this.#names.push(this.#text());
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
        return this.#checked(this.#text(), 'text');
      case TAG.list:
        return this.#list();
      case TAG.object:
        return this.#object();
      case TAG.reference:
        return this.#reference();
      default:
        throw this.#refuse(tag === TAG.undefined ? 'undefined' : 'an object of a built-in kind');
    }
  }

  #int(): number {
    const value = this.#size();
    return (value >>> 1) ^ -(value & 1);
  }

  #float(): number {
    const value = this.#view.getFloat64(this.#at, true);
    this.#at += FLOAT_BYTES;
    if (!Number.isFinite(value)) throw this.#refuse(String(value));
    if (Object.is(value, -0)) throw this.#refuse('-0, which JSON cannot tell from 0');
    return value;
  }

  #list(): JsonValue {
    const number = this.#begin();
    const count = this.#size();
    const list: JsonValue[] = [];
    for (let i = 0; i < count; i++) {
      this.#path.push(i);
      list.push(this.#value());
      this.#path.pop();
    }
    this.#made[number] = list;
    return list;
  }

  #object(): JsonValue {
    const number = this.#begin();
    const count = this.#size();
    const object: Record<string, JsonValue> = {};
    for (let i = 0; i < count; i++) {
      const key = this.#key();
      this.#path.push(key);
      this.#checked(key, 'a key');
      setEntry(object, key, this.#value());
      this.#path.pop();
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
    if (value === undefined) throw this.#refuse('a cycle');
    return value;
  }

  #begin(): number {
    return this.#made.push(undefined) - 1;
  }

  #checked(text: string, what: string): string {
    if (!isWellFormed(text)) throw this.#refuse(`${what} with a lone surrogate`);
    if (text.startsWith(BYTE_ORDER_MARK)) throw this.#refuse(`${what} that starts with U+FEFF`);
    return text;
  }

  #text(): string {
    const size = this.#size();
    const count = size >>> 1;
    const wide = (size & 1) === 1;
    let text = '';
    for (let done = 0; done < count; done += CHUNK) text += this.#units(Math.min(CHUNK, count - done), wide);
    return text;
  }

  #units(count: number, wide: boolean): string {
    const units: number[] = [];
    for (let i = 0; i < count; i++) units.push(wide ? this.#byte() | (this.#byte() << 8) : this.#byte());
    return String.fromCharCode(...units);
  }

  #byte(): number {
    return this.#bytes[this.#at++] as number;
  }

  #size(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }

  #refuse(why: string) {
    return foldError('state-value', { path: plainText(formatPath('state', this.#path)), why });
  }
}
