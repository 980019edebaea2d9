/**
 * Where the parts of an encoded value lie, so that a record can be cut out of an envelope without decoding either. These
 * walk the structure only: run `scan` first over bytes of others. They never read outside of the bytes, and refuse what
 * is not well-formed.
 */
import { fromUtf8, invariant } from '../kernel/index.js';
import { LEAST, MAJOR, Reader } from './dag-cbor-reader.js';

/** Half-open range of byte offsets: `bytes.subarray(start, end)`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

class Walker extends Reader {
  deepest = 0;

  get position(): number {
    return this.at;
  }

  skip(depth: number): void {
    const at = this.at;
    const major = this.head();
    switch (major) {
      case MAJOR.uint:
      case MAJOR.negative:
        return;
      case MAJOR.bytes:
      case MAJOR.text:
        this.span();
        return;
      case MAJOR.list:
        this.skipAll(depth + 1, this.enter(depth, LEAST.item, at));
        return;
      case MAJOR.map:
        this.skipAll(depth + 1, 2 * this.enter(depth, LEAST.entry, at));
        return;
      case MAJOR.tag:
        this.skipLink(at);
        return;
      default:
        this.other(at);
    }
  }

  private skipAll(depth: number, count: number): void {
    if (depth > this.deepest) this.deepest = depth;
    for (let i = 0; i < count; i++) this.skip(depth);
  }

  private other(at: number): void {
    const initial = this.bytes[at] as number;
    if (initial === 0xfb) this.float(at);
    else if (initial < 0xf4 || initial > 0xf6) throw this.refusedSimple(at);
  }

  /** Count of the entries of the list or map here; refuses anything else. */
  open(major: number, name: string): number {
    const at = this.at;
    if (this.head() !== major) throw this.notInModel(at, `this is no ${name}`);
    return this.enter(0, major === MAJOR.map ? LEAST.entry : LEAST.item, at);
  }

  key(): string {
    const at = this.at;
    if (this.head() !== MAJOR.text) throw this.notInModel(at, 'a map key that is no text');
    const start = this.span();
    this.checkText(start, this.at);
    return fromUtf8(this.bytes.subarray(start, this.at));
  }
}

function walker(bytes: Uint8Array, offset: number): Walker {
  invariant(Number.isInteger(offset) && offset >= 0 && offset <= bytes.length, 'an offset lies within the bytes');
  return new Walker(bytes, offset, bytes.length);
}

/** The end of the item at `offset`, and how many lists and maps are nested in it (at most `LIMITS.depth`). */
export function measure(bytes: Uint8Array, offset: number): { readonly end: number; readonly depth: number } {
  const walk = walker(bytes, offset);
  walk.skip(0);
  return { end: walk.position, depth: walk.deepest };
}

/**
 * Boundaries of the items of the encoded list at `offset`: item i is `bytes.subarray(offsets[i], offsets[i + 1])`, and
 * the last offset is the end of the list. Throws `codec/not-in-model` when there is no list there.
 */
export function listItems(bytes: Uint8Array, offset = 0): { readonly offsets: readonly number[] } {
  const walk = walker(bytes, offset);
  const count = walk.open(MAJOR.list, 'list');
  const offsets = [walk.position];
  for (let i = 0; i < count; i++) {
    walk.skip(1);
    offsets.push(walk.position);
  }
  return { offsets };
}

/**
 * Where the value of each key of the encoded map at `offset` lies, in the order of the map, and the end of the map.
 * Throws `codec/not-in-model` when there is no map there.
 */
export function mapEntries(
  bytes: Uint8Array,
  offset = 0,
): { readonly entries: ReadonlyMap<string, Span>; readonly end: number } {
  const walk = walker(bytes, offset);
  const count = walk.open(MAJOR.map, 'map');
  const entries = new Map<string, Span>();
  for (let i = 0; i < count; i++) {
    const key = walk.key();
    const start = walk.position;
    walk.skip(1);
    entries.set(key, { start, end: walk.position });
  }
  return { entries, end: walk.position };
}
