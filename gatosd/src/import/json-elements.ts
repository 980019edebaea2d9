/**
 * Cuts a JSON array into its elements without reading them: only brackets, quotes and commas are looked at, so memory is bounded
 * by the longest element. Whether an element is JSON is for the parser to say.
 */
import { LIMITS } from 'gatos-core';

export interface Element {
  /** Line on which it starts, from 1. */
  readonly line: number;
  /** Its place in the array, from 1. */
  readonly position: number;
  /** Only the start of one that is too long. */
  readonly raw: Uint8Array;
  /** Why the element, or what follows it, cannot be read. */
  readonly fault?: string;
  readonly cut?: true;
}

const FEED = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_MAP = 0x7b;
const CLOSE_MAP = 0x7d;
const MARK = Uint8Array.of(0xef, 0xbb, 0xbf);
const KEPT_BYTES = 4096;

/** `start`: before the array; `first`: after its bracket; `next`: after a comma; `after`: an element has ended; `over`: the array has. */
type Place = 'start' | 'first' | 'next' | 'inside' | 'after' | 'over' | 'lost';

const WANTED: Readonly<Record<Place, string>> = {
  start: 'a JSON array',
  first: 'an element or `]`',
  next: 'an element',
  inside: 'the end of the element',
  after: '`,` or `]`',
  over: 'the end of the file',
  lost: '',
};

export class ElementSplitter {
  #place: Place = 'start';
  /** Bytes of earlier chunks. */
  #read = 0;
  #line = 1;
  #position = 0;
  /** Brackets that are open inside the element. */
  #depth = 0;
  #inText = false;
  #escaped = false;
  #startLine = 1;
  #parts: Buffer[] = [];
  #length = 0;
  #elements: Element[] = [];

  /** Elements that ended. After a fault in the structure nothing more is read. */
  push(chunk: Buffer): readonly Element[] {
    this.#elements = [];
    let start = 0;
    for (let at = 0; at < chunk.length && this.#place !== 'lost'; at++) {
      const byte = chunk[at] as number;
      if (byte === FEED) this.#line += 1;
      if (this.#place !== 'inside') {
        if (this.#place === 'start' && this.#isMark(byte, this.#read + at)) continue;
        if (!this.#between(byte)) continue;
        start = at;
      }
      const end = this.#inside(byte, at);
      if (end < 0) continue;
      this.#finish(chunk.subarray(start, end));
      // The byte that ended a number or a word belongs to the array.
      if (end === at) this.#between(byte);
    }
    if (this.#place === 'inside') this.#keep(chunk.subarray(start));
    this.#read += chunk.length;
    return this.#elements;
  }

  /** What is left at the end of the file. */
  end(): readonly Element[] {
    this.#elements = [];
    if (this.#place === 'inside') this.#finish(Buffer.alloc(0), 'the file ends inside this element');
    else if (this.#place !== 'over' && this.#place !== 'lost') {
      this.#lose(`the file ends where ${WANTED[this.#place]} should stand`);
    }
    return this.#elements;
  }

  /** Part of a byte order mark at the start of the file? */
  #isMark(byte: number, offset: number): boolean {
    if (offset === 0 && byte >= 0xfe) this.#lose('it is UTF-16; convert the file to UTF-8');
    return this.#place === 'lost' || byte === MARK[offset];
  }

  /** Between elements. True when one starts here. */
  #between(byte: number): boolean {
    if (byte === FEED || byte === 0x20 || byte === 0x09 || byte === 0x0d) return false;
    const place = this.#place;
    if (place === 'start' && byte === OPEN_LIST) this.#place = 'first';
    else if (byte === CLOSE_LIST && (place === 'first' || place === 'after')) this.#place = 'over';
    else if (byte === COMMA && place === 'after') this.#place = 'next';
    else if ((place === 'first' || place === 'next') && byte !== COMMA && byte !== CLOSE_LIST && byte !== CLOSE_MAP) {
      this.#place = 'inside';
      this.#startLine = this.#line;
      return true;
    } else if (place !== 'lost') this.#lose(`${WANTED[place]} should stand here`);
    return false;
  }

  /** Inside an element: where it ends, or -1. */
  #inside(byte: number, at: number): number {
    if (this.#inText) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) {
        this.#inText = false;
        if (this.#depth === 0) return at + 1;
      }
      return -1;
    }
    if (byte === QUOTE) this.#inText = true;
    else if (byte === OPEN_LIST || byte === OPEN_MAP) this.#depth += 1;
    else if (this.#depth === 0) {
      if (byte === COMMA || byte === CLOSE_LIST) return at;
    } else if (byte === CLOSE_LIST || byte === CLOSE_MAP) {
      this.#depth -= 1;
      if (this.#depth === 0) return at + 1;
    }
    return -1;
  }

  #keep(part: Buffer): void {
    if (this.#length <= LIMITS.jsonBytes && part.length > 0) this.#parts.push(part);
    this.#length += part.length;
  }

  #finish(last: Buffer, fault?: string): void {
    this.#keep(last);
    const length = this.#length;
    const raw = this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts);
    const element = { line: this.#startLine, position: ++this.#position };
    this.#parts = [];
    this.#length = 0;
    this.#place = 'after';
    if (length > LIMITS.jsonBytes) {
      const why = `the element has ${length} bytes, the limit is ${LIMITS.jsonBytes}`;
      this.#elements.push({ ...element, raw: raw.subarray(0, KEPT_BYTES), fault: why, cut: true });
    } else this.#elements.push({ ...element, raw, ...(fault === undefined ? {} : { fault }) });
  }

  /** The structure is broken here: what follows cannot be told apart. */
  #lose(why: string): void {
    const fault = `${why}; nothing after this was read`;
    this.#elements.push({ line: this.#line, position: ++this.#position, raw: Buffer.alloc(0), fault });
    this.#place = 'lost';
  }
}
