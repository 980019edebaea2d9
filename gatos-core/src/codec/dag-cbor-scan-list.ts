/**
 * Strict validation of an encoded list that also says where its items lie: the one pass over the records of an envelope
 * (rules: `dag-cbor-reader.ts`). As strict as `scan`, and made for lists of many small maps: short heads and ASCII text are
 * settled here, everything else is left to `Reader`.
 */
import { invariant } from '../kernel/index.js';
import { FALSE, FLOAT64, LEAST, MAJOR, NULL, Reader, TRUE } from './dag-cbor-reader.js';

const TEXT = 0x60;
const LONGEST_SHORT = 23;

class ListScanner extends Reader {
  /** Byte strings and links met so far. */
  foreign = 0;

  /** Scans the list here. `depth` is that of the list itself. */
  items(depth: number): number[] {
    const at = this.at;
    if (this.head() !== MAJOR.list) throw this.notInModel(at, 'this is no list');
    const count = this.enter(depth, LEAST.item, at);
    const offsets = [this.at];
    for (let i = 0; i < count; i++) {
      this.value(depth + 1);
      offsets.push(this.at);
    }
    return offsets;
  }

  private value(depth: number): void {
    const at = this.at;
    const initial = at < this.end ? (this.bytes[at] as number) : -1;
    // The two most frequent items: an integer below 24 and a short text.
    if (initial >= 0 && initial <= LONGEST_SHORT) {
      this.at = at + 1;
    } else if (initial >= TEXT && initial <= TEXT + LONGEST_SHORT) {
      this.text(at + 1, initial - TEXT);
    } else {
      this.other(depth, at);
    }
  }

  private other(depth: number, at: number): void {
    const major = this.head();
    switch (major) {
      case MAJOR.text:
        this.text(this.at, this.argument);
        return;
      case MAJOR.uint:
      case MAJOR.negative:
        this.integer(major, at);
        return;
      case MAJOR.map:
        this.map(depth, at);
        return;
      case MAJOR.list: {
        const count = this.enter(depth, LEAST.item, at);
        for (let i = 0; i < count; i++) this.value(depth + 1);
        return;
      }
      case MAJOR.bytes:
        this.foreign += 1;
        this.span();
        return;
      case MAJOR.tag:
        this.foreign += 1;
        this.skipLink(at);
        return;
      default:
        this.simple(at);
    }
  }

  private simple(at: number): void {
    const initial = this.bytes[at];
    if (initial === FLOAT64) this.float(at);
    else if (initial !== FALSE && initial !== TRUE && initial !== NULL) throw this.refusedSimple(at);
  }

  /** Checks the text of `length` bytes at `start` and moves behind it. */
  private text(start: number, length: number): void {
    const bytes = this.bytes;
    if (length > this.end - start) throw this.truncated(this.end);
    const end = start + length;
    let at = start;
    for (let block = end - 8; at <= block; at += 8) {
      const seen =
        (bytes[at] as number) |
        (bytes[at + 1] as number) |
        (bytes[at + 2] as number) |
        (bytes[at + 3] as number) |
        (bytes[at + 4] as number) |
        (bytes[at + 5] as number) |
        (bytes[at + 6] as number) |
        (bytes[at + 7] as number);
      if (seen > 0x7f) break;
    }
    while (at < end && (bytes[at] as number) <= 0x7f) at += 1;
    if (at < end) this.checkText(start, end);
    this.at = end;
  }

  private map(depth: number, at: number): void {
    const count = this.enter(depth, LEAST.entry, at);
    const bytes = this.bytes;
    let previous = 0;
    let previousLength = -1;
    for (let i = 0; i < count; i++) {
      const head = this.at;
      const length = head < this.end ? (bytes[head] as number) - TEXT : -1;
      if (length > previousLength && length <= LONGEST_SHORT) {
        // Longer than the key before it, so in order whatever it says.
        previous = head + 1;
        this.text(previous, length);
      } else {
        previous = this.keySpan(previous, previousLength);
        this.checkText(previous, this.at);
      }
      previousLength = this.at - previous;
      this.value(depth + 1);
    }
  }
}

export interface ScannedList {
  /** As `listItems`: item i is `bytes.subarray(offsets[i], offsets[i + 1])`, and the last offset is the end of the list. */
  readonly offsets: readonly number[];
  /** Are there no bytes and no links in it, so that every item is in the JSON data model? */
  readonly json: boolean;
}

/**
 * Validates the list that starts at `offset`, as strictly as `decode`, and says where its items lie. `depth` is the number of
 * lists and maps around it, which count against `LIMITS.depth`. More bytes may follow the list.
 * Throws what `decode` throws, except `codec/too-large`, and `codec/not-in-model` when there is no list there.
 */
export function scanList(bytes: Uint8Array, offset: number, { depth = 0 }: { depth?: number } = {}): ScannedList {
  invariant(Number.isInteger(offset) && offset >= 0 && offset <= bytes.length, 'an offset lies within the bytes');
  const scanner = new ListScanner(bytes, offset, bytes.length);
  const offsets = scanner.items(depth);
  return { offsets, json: scanner.foreign === 0 };
}
