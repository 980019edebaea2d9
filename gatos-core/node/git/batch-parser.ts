/**
 * Takes the output of `git cat-file --batch` apart: `<oid> <type> <size>\n<content>\n` for each object, `<oid> missing\n` where there
 * is none. Contents are views of the chunks they came in; only what crosses a chunk's border is copied.
 */
import {
  type GitObject,
  gitError,
  type ObjectFormat,
  type ObjectType,
  OID_BYTES,
  type Oid,
} from '../../src/git/index.js';
import { hashFramed } from './hash.js';

/** The answer of git makes no sense: the child is of no further use. */
export class Garbled extends Error {
  override readonly name = 'Garbled';
}

const TYPES: ReadonlyMap<string, ObjectType> = new Map([
  ['blob', 'blob'],
  ['tree', 'tree'],
  ['commit', 'commit'],
  ['tag', 'tag'],
]);
const LINE_FEED = 0x0a;
const LONGEST_LINE = 160;

export interface BatchOptions {
  readonly format: ObjectFormat;
  readonly maxBytes: number;
  /** The id that the next answer is for. */
  readonly expected: () => Oid;
  /** That answer is complete. */
  readonly answered: () => void;
  /** What to make of an object that git calls missing: it may be damaged. Throws the right fault, or has the object after all. */
  readonly missing: (oid: Oid) => GitObject;
}

interface Unfinished {
  readonly oid: Oid;
  readonly type: ObjectType;
  /** Header and content as they are hashed, then git's line feed. */
  readonly framed: Buffer;
  readonly start: number;
  filled: number;
}

export class BatchParser {
  readonly #options: BatchOptions;
  readonly #idLength: number;
  #rest: Buffer | null = null;
  #unfinished: Unfinished | null = null;

  constructor(options: BatchOptions) {
    this.#options = options;
    this.#idLength = OID_BYTES[options.format] * 2;
  }

  /** The objects that are complete with this chunk. Throws Garbled, `git/corrupt-object`, `git/too-large`, `git/missing-object`. */
  push(chunk: Buffer): GitObject[] {
    const out: GitObject[] = [];
    const from = this.#unfinished === null ? 0 : this.#fill(chunk, out);
    if (from < chunk.length) this.#scan(from === 0 ? chunk : chunk.subarray(from), out);
    return out;
  }

  #fill(chunk: Buffer, out: GitObject[]): number {
    const object = this.#unfinished as Unfinished;
    const taken = chunk.copy(object.framed, object.filled);
    object.filled += taken;
    if (object.filled === object.framed.length) {
      this.#unfinished = null;
      out.push(
        this.#checked(object.framed, {
          oid: object.oid,
          type: object.type,
          header: 0,
          start: object.start,
          end: object.filled - 1,
        }),
      );
    }
    return taken;
  }

  #scan(chunk: Buffer, out: GitObject[]): void {
    const bytes = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = null;
    let at = 0;
    while (at < bytes.length) {
      const feed = bytes.indexOf(LINE_FEED, at);
      if (feed < 0) {
        if (bytes.length - at > LONGEST_LINE) throw new Garbled('a line does not end');
        this.#rest = Buffer.from(bytes.subarray(at));
        return;
      }
      const oid = this.#options.expected();
      const afterId = at + this.#idLength;
      if (bytes.toString('latin1', at, afterId) !== oid) throw new Garbled('an answer is for another object');
      const words = bytes.toString('latin1', afterId + 1, feed);
      at = feed + 1;
      if (words === 'missing') {
        out.push(this.#options.missing(oid));
        this.#options.answered();
        continue;
      }
      const { type, size } = this.#header(words, oid);
      if (at + size >= bytes.length) {
        this.#begin(bytes.subarray(at), { oid, type, size });
        return;
      }
      // The id covers `<type> <size>\0` and the content: with its line feed made a NUL, the answer holds just that in one piece.
      bytes[feed] = 0;
      out.push(this.#checked(bytes, { oid, type, header: afterId + 1, start: at, end: at + size }));
      at += size + 1;
    }
  }

  #header(words: string, oid: Oid): { type: ObjectType; size: number } {
    const space = words.indexOf(' ');
    const type = TYPES.get(words.slice(0, space));
    const size = Number(words.slice(space + 1));
    if (type === undefined || !Number.isSafeInteger(size) || size < 0) throw new Garbled('a header is malformed');
    const limit = this.#options.maxBytes;
    if (size > limit) throw gitError('too-large', { oid, size, limit });
    return { type, size };
  }

  #begin(part: Buffer, { oid, type, size }: { oid: Oid; type: ObjectType; size: number }): void {
    const header = `${type} ${size}\0`;
    const framed = Buffer.allocUnsafeSlow(header.length + size + 1);
    const start = framed.write(header, 0, 'latin1');
    this.#unfinished = { oid, type, framed, start, filled: start + part.copy(framed, start) };
  }

  #checked(bytes: Buffer, at: { oid: Oid; type: ObjectType; header: number; start: number; end: number }): GitObject {
    if (bytes[at.end] !== LINE_FEED) throw new Garbled('an answer has no end');
    const actual = hashFramed(this.#options.format, bytes.subarray(at.header, at.end));
    if (actual !== at.oid) throw gitError('corrupt-object', { oid: at.oid, why: `its bytes hash to ${actual}` });
    this.#options.answered();
    const content = new Uint8Array(bytes.buffer, bytes.byteOffset + at.start, at.end - at.start);
    return { oid: at.oid, type: at.type, content };
  }
}
