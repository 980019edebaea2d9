/** Reading a run: look-ups that touch a few pages, and a walk over all entries. Every page is checked against the hash above it. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { sha256 } from '#hash';
import { ENTRY_BYTES, KEY_BYTES, lastUpTo } from './entries.js';
import {
  bodyBytes,
  CHILD_BYTES,
  DamagedRun,
  decodeFooter,
  FANOUT,
  type Footer,
  footerBytes,
  levelsOf,
  PAGE_ENTRIES,
  TAIL_BYTES,
} from './run-format.js';

/** A key that is looked for, and where its entry goes. */
export interface Wanted {
  readonly key: Uint8Array;
  /** Called with the packed entry at an offset of a buffer that is reused. */
  found(packed: Buffer, at: number): void;
}

interface Page {
  /** 0: entries. */
  readonly level: number;
  readonly index: number;
  readonly hash: Uint8Array;
}

export class RunFile {
  readonly #levels: readonly number[];
  /** Where each level starts in the file. */
  readonly #starts: readonly number[];
  /** Room for one page of each level: a look-up holds no more at a time. */
  readonly #room: readonly Buffer[];
  #users = 1;

  private constructor(
    readonly path: string,
    readonly fd: number,
    readonly footer: Footer,
  ) {
    this.#levels = levelsOf(footer.count);
    let at = 0;
    this.#starts = this.#levels.map((items, level) => {
      const start = at;
      at += items * sizeAt(level);
      return start;
    });
    this.#room = roomFor(this.#levels);
  }

  /** Throws DamagedRun, and system errors as they come. */
  static open(path: string, ns: string): RunFile {
    const fd = openSync(path, 'r');
    try {
      const footer = readFooter(fd, path);
      if (footer.ns !== ns) throw new DamagedRun(path, 'it belongs to another namespace');
      return new RunFile(path, fd, footer);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  get count(): number {
    return this.footer.count;
  }

  /** The file stays open until everybody who holds it has released it; who opened it holds it. */
  hold(): void {
    this.#users += 1;
  }

  release(): void {
    this.#users -= 1;
    if (this.#users === 0) closeSync(this.fd);
  }

  /** Finds what is there of `wanted`, which is sorted by key. Throws DamagedRun. */
  find(wanted: readonly Wanted[]): void {
    if (this.count === 0 || wanted.length === 0) return;
    this.#descend(this.#root(), wanted);
  }

  /** All pages of entries in order. A page holds until the next one is asked for. Throws DamagedRun. */
  *pages(): Generator<Buffer, void, undefined> {
    if (this.count > 0) yield* this.#walk(this.#root(), roomFor(this.#levels));
  }

  #root(): Page {
    return { level: this.#levels.length - 1, index: 0, hash: this.footer.root };
  }

  #descend(page: Page, wanted: readonly Wanted[]): void {
    const bytes = this.#read(page, this.#room);
    if (page.level === 0) collect(bytes, wanted);
    else this.#descendInto(page, bytes, wanted);
  }

  #descendInto(page: Page, bytes: Buffer, wanted: readonly Wanted[]): void {
    let start = 0;
    while (start < wanted.length) {
      const child = lastUpTo(bytes, CHILD_BYTES, (wanted[start] as Wanted).key);
      const below = bytes.subarray((child + 1) * CHILD_BYTES, (child + 1) * CHILD_BYTES + KEY_BYTES);
      let end = start + 1;
      while (end < wanted.length && (below.length === 0 || Buffer.compare((wanted[end] as Wanted).key, below) < 0)) {
        end += 1;
      }
      if (child >= 0) this.#descend(childOf(page, bytes, child), wanted.slice(start, end));
      start = end;
    }
  }

  *#walk(page: Page, room: readonly Buffer[]): Generator<Buffer, void, undefined> {
    const bytes = this.#read(page, room);
    if (page.level === 0) yield bytes;
    else for (let i = 0; i < bytes.length / CHILD_BYTES; i++) yield* this.#walk(childOf(page, bytes, i), room);
  }

  #read({ level, index, hash }: Page, room: readonly Buffer[]): Buffer {
    const first = index * perPage(level);
    const items = Math.min(perPage(level), (this.#levels[level] ?? 0) - first);
    const bytes = (room[level] as Buffer).subarray(0, items * sizeAt(level));
    readExactly(this, bytes, (this.#starts[level] ?? 0) + first * sizeAt(level));
    if (Buffer.compare(sha256(bytes), hash) !== 0)
      throw new DamagedRun(this.path, `page ${index} of level ${level} was altered`);
    return bytes;
  }
}

function roomFor(levels: readonly number[]): Buffer[] {
  return levels.map((_, level) => Buffer.allocUnsafe(perPage(level) * sizeAt(level)));
}

function perPage(level: number): number {
  return level === 0 ? PAGE_ENTRIES : FANOUT;
}

function sizeAt(level: number): number {
  return level === 0 ? ENTRY_BYTES : CHILD_BYTES;
}

function childOf({ level, index }: Page, bytes: Buffer, child: number): Page {
  const at = child * CHILD_BYTES;
  return {
    level: level - 1,
    index: index * FANOUT + child,
    hash: bytes.subarray(at + KEY_BYTES, at + CHILD_BYTES),
  };
}

function collect(entries: Buffer, wanted: readonly Wanted[]): void {
  for (const { key, found } of wanted) {
    const at = lastUpTo(entries, ENTRY_BYTES, key) * ENTRY_BYTES;
    if (at >= 0 && entries.compare(key, 0, KEY_BYTES, at, at + KEY_BYTES) === 0) found(entries, at);
  }
}

interface OpenFile {
  readonly path: string;
  readonly fd: number;
}

function readFooter(fd: number, path: string): Footer {
  const { size } = fstatSync(fd);
  if (size < TAIL_BYTES) throw new DamagedRun(path, 'it is too short');
  const end = Buffer.allocUnsafe(TAIL_BYTES);
  readExactly({ fd, path }, end, size - TAIL_BYTES);
  const length = footerBytes(end);
  if (length === null || size < length + TAIL_BYTES) throw new DamagedRun(path, 'it does not end as a run does');
  const footer = Buffer.allocUnsafe(length);
  readExactly({ fd, path }, footer, size - TAIL_BYTES - length);
  const read = decodeFooter(footer, { hash: end.subarray(0, 32), path });
  if (bodyBytes(read.count) !== size - TAIL_BYTES - length) throw new DamagedRun(path, 'it was cut');
  return read;
}

function readExactly({ fd, path }: OpenFile, into: Buffer, position: number): void {
  for (let done = 0; done < into.length; ) {
    const read = readSync(fd, into, done, into.length - done, position + done);
    if (read === 0) throw new DamagedRun(path, 'it was cut');
    done += read;
  }
}
