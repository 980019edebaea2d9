/**
 * The form in which values cross into the guest and out of it: that of QuickJS's own JS_WriteObject (version 5). Numbers travel as
 * bits, so none is printed or parsed on the way. Layout: version, table of the property names, value.
 */

export const VERSION = 5;

export const TAG = {
  null: 1,
  undefined: 2,
  false: 3,
  true: 4,
  int: 5,
  float: 6,
  text: 7,
  object: 8,
  list: 9,
  reference: 19,
} as const;

const INITIAL_BYTES = 4096;
const ASCII_END = 0x80;
const NOT_ASCII = 0x80808080;
const LATIN_END = 0x100;
/** Longest integer of `size`, and the bytes of a float. */
const WORD = 8;
/** From this length on, a text is looked at and copied by the word. */
const LONG_TEXT = 64;
/** The table of names starts with its count, in as many bytes as any count takes. */
const COUNT_BYTES = 4;
/** Room kept free in front of a value for the table of its names, which is complete only after it. */
const TABLE_BYTES = 160;

/** Bytes that grow. */
export class ByteSink {
  bytes = new Uint8Array(INITIAL_BYTES);
  length = 0;
  #view = new DataView(this.bytes.buffer);

  room(more: number): void {
    const need = this.length + more;
    if (need <= this.bytes.length) return;
    const bytes = new Uint8Array(Math.max(need, 2 * this.bytes.length));
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }

  byte(value: number): void {
    this.room(1);
    this.bytes[this.length++] = value;
  }

  /** Unsigned LEB128. */
  size(value: number): void {
    this.room(WORD);
    let rest = value;
    while (rest > 0x7f) {
      this.bytes[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.length++] = rest;
  }

  number(value: number): void {
    const int = value | 0;
    if (int === value && !Object.is(value, -0)) {
      this.byte(TAG.int);
      this.size(((int << 1) ^ (int >> 31)) >>> 0);
      return;
    }
    this.room(1 + WORD);
    this.bytes[this.length] = TAG.float;
    this.#view.setFloat64(this.length + 1, value, true);
    this.length += 1 + WORD;
  }

  /** Length and characters: one byte each when all are below U+0100, else UTF-16. */
  text(value: string): void {
    const { length } = value;
    const start = this.length;
    this.size(length * 2);
    this.room(length * 2);
    const { bytes } = this;
    let at = this.length;
    let all = 0;
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      all |= unit;
      bytes[at++] = unit;
    }
    if (all >= LATIN_END) {
      // The lowest bit of the length says so.
      bytes[start] = (bytes[start] as number) | 1;
      at = this.length;
      for (let i = 0; i < length; i++) {
        const unit = value.charCodeAt(i);
        bytes[at++] = unit & 0xff;
        bytes[at++] = unit >> 8;
      }
    }
    this.length = at;
  }

  /** The same of UTF-8 bytes, which must be well-formed. */
  utf8(source: Utf8Source, start: number, end: number): void {
    const count = end - start;
    if (!isAscii(source, start, end)) {
      this.text(decoder.decode(source.bytes.subarray(start, end)));
      return;
    }
    this.size(count * 2);
    this.room(count);
    const { bytes, length } = this;
    if (count >= LONG_TEXT) bytes.set(source.bytes.subarray(start, end), length);
    else for (let i = 0; i < count; i++) bytes[length + i] = source.bytes[start + i] as number;
    this.length = length + count;
  }

  append(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Encoded text that several readers look into. */
export class Utf8Source {
  readonly bytes: Uint8Array;
  readonly view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}

function isAscii({ bytes, view }: Utf8Source, start: number, end: number): boolean {
  let at = start;
  let all = 0;
  if (end - start >= LONG_TEXT) for (; at + 4 <= end; at += 4) all |= view.getUint32(at);
  if ((all & NOT_ASCII) !== 0) return false;
  all = 0;
  for (; at < end; at++) all |= bytes[at] as number;
  return all < ASCII_END;
}

/** Writes messages to the guest one after the other: each is a value, with a table of its property names in front. */
export class GuestWriter {
  readonly out = new ByteSink();
  readonly #names = new ByteSink();
  readonly #known = new Map<string, number>();
  #count = 0;
  #value = 0;

  /** Starts a message. The value is then written to `out`. */
  begin(): ByteSink {
    const { out } = this;
    this.#names.length = 0;
    this.#known.clear();
    this.#count = 0;
    out.room(TABLE_BYTES);
    out.length += TABLE_BYTES;
    this.#value = out.length;
    return out;
  }

  /** Adds a property name. */
  name(name: string): void {
    let number = this.#known.get(name);
    if (number === undefined) {
      this.#names.text(name);
      number = ++this.#count;
      this.#known.set(name, number);
    }
    this.out.size(number * 2);
  }

  /** The same of UTF-8 bytes. Each use is an entry of its own: an event seldom has a name twice. */
  nameUtf8(source: Utf8Source, start: number, end: number): void {
    this.#names.utf8(source, start, end);
    this.out.size(++this.#count * 2);
  }

  /** Ends the message. Returns where in `out` it starts; it ends at the end. */
  end(): number {
    const { out } = this;
    const names = this.#names;
    const missing = 1 + COUNT_BYTES + names.length - TABLE_BYTES;
    if (missing > 0) {
      out.room(missing);
      out.bytes.copyWithin(this.#value + missing, this.#value, out.length);
      out.length += missing;
      this.#value += missing;
    }
    const start = this.#value - 1 - COUNT_BYTES - names.length;
    let at = start;
    out.bytes[at++] = VERSION;
    for (let i = 0; i < COUNT_BYTES; i++) {
      const last = i === COUNT_BYTES - 1;
      out.bytes[at++] = ((this.#count >>> (7 * i)) & 0x7f) | (last ? 0 : 0x80);
    }
    if (names.length > LONG_TEXT) out.bytes.set(names.bytes.subarray(0, names.length), at);
    else for (let i = 0; i < names.length; i++) out.bytes[at++] = names.bytes[i] as number;
    return start;
  }
}
