/**
 * Looking at an encoded event without decoding it: where its type, ulid, key and payload lie. Canonical DAG-CBOR sorts keys by
 * length, so an event is `{ key?, type, ulid, payload }` in this order and each field is found at a fixed place.
 * The bytes must have passed `scan`: what is checked here is the shape, not the encoding.
 */
import { encode } from '../codec/index.js';
import { fromUtf8 } from '../kernel/index.js';
import { journalError } from './errors.js';

const MAP_3 = 0xa3;
const MAP_4 = 0xa4;
const KEY = encode('key');
const TYPE = encode('type');
const ULID = encode('ulid');
const PAYLOAD = encode('payload');
const TEXT = 0x60;
const TEXT_8 = 0x78;
const TEXT_16 = 0x79;

/** Offsets of the encoded fields of the event last read; a view is reused for millions of events. */
export class EventView {
  /** The encoded key, `[keyStart, keyEnd)`; equal when the event chose none. */
  keyStart = 0;
  keyEnd = 0;
  typeStart = 0;
  typeEnd = 0;
  ulidStart = 0;
  ulidEnd = 0;
  payloadStart = 0;
  payloadEnd = 0;
  #bytes: Uint8Array = new Uint8Array(0);

  /** Finds the fields of the event in `[start, end)`. Throws `journal/bad-event` when it has other fields. */
  read(bytes: Uint8Array, start: number, end: number): void {
    if (!this.find(bytes, start, end))
      throw journalError('bad-event', { why: 'it is not a map of type, ulid, payload and perhaps key' });
  }

  /** As `read`, with an answer: false when the bytes have other fields. */
  find(bytes: Uint8Array, start: number, end: number): boolean {
    this.#bytes = bytes;
    const head = bytes[start];
    if (head !== MAP_3 && head !== MAP_4) return false;
    this.keyStart = head === MAP_4 ? after(bytes, KEY, start + 1) : start + 1;
    this.keyEnd = head === MAP_4 ? textEnd(bytes, this.keyStart) : this.keyStart;
    this.typeStart = after(bytes, TYPE, this.keyEnd);
    this.typeEnd = textEnd(bytes, this.typeStart);
    this.ulidStart = after(bytes, ULID, this.typeEnd);
    this.ulidEnd = textEnd(bytes, this.ulidStart);
    this.payloadStart = after(bytes, PAYLOAD, this.ulidEnd);
    this.payloadEnd = end;
    return this.payloadStart < end;
  }

  /** Has the event a key of its own? */
  get hasKey(): boolean {
    return this.keyEnd > this.keyStart;
  }

  /** The text encoded in `[start, end)`. */
  text(start: number, end: number): string {
    const head = this.#bytes[start] as number;
    const skip = head < TEXT_8 ? 1 : head === TEXT_8 ? 2 : 3;
    return fromUtf8(this.#bytes.subarray(start + skip, end));
  }
}

/** Stands for "not found": beyond any envelope, so that what is looked for behind it is not found either. */
const NOWHERE = 2 ** 30;

function after(bytes: Uint8Array, field: Uint8Array, at: number): number {
  for (let i = 0; i < field.length; i++) if (bytes[at + i] !== field[i]) return NOWHERE;
  return at + field.length;
}

function textEnd(bytes: Uint8Array, at: number): number {
  const head = bytes[at] ?? 0;
  if (head >= TEXT && head < TEXT_8) return at + 1 + (head - TEXT);
  if (head === TEXT_8) return at + 2 + (bytes[at + 1] as number);
  if (head === TEXT_16) return at + 3 + (((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number));
  return NOWHERE;
}
