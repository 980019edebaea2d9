/**
 * Events into the guest, straight from their signed DAG-CBOR bytes: no value is made on the way. Each event becomes a message of
 * its own, the row `[ulid, type, key or null, payload]`, so the guest does the same whatever batch an event came in.
 */
import { type JsonValue, parseJson } from '../../codec/index.js';
import { EMPTY_BYTES, LIMITS } from '../../kernel/index.js';
import { foldError } from '../errors.js';
import { type ByteSink, GuestWriter, TAG, Utf8Source } from './guest-bytes.js';
import { writeValue } from './guest-write.js';

/** Where the encoded fields of a `journal.event` lie; `keyStart` equals `keyEnd` when it has no key. */
export interface EventSpans {
  readonly ulidStart: number;
  readonly typeStart: number;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly payloadStart: number;
}

/** Rows that the guest can take. */
export interface EncodedRows {
  readonly bytes: Uint8Array;
  /** Row i starts at `offsets[i]` and ends before `offsets[i + 1]`. */
  readonly offsets: readonly number[];
}

const ROW_FIELDS = 4;

/** Collects events for `Sandbox.run`. The bytes must have passed `scan`, and the payload be of the JSON data model. */
export class EventSink {
  readonly #writer = new GuestWriter();
  #starts: number[] = [];
  #source = new Utf8Source(EMPTY_BYTES);

  /** Events collected. */
  get count(): number {
    return this.#starts.length;
  }

  /** Bytes collected. */
  get length(): number {
    return this.#writer.out.length;
  }

  /** Adds the event whose fields lie at `spans` of `bytes`. Throws `fold/event-value` for bytes and links. */
  add(bytes: Uint8Array, spans: EventSpans): void {
    if (this.#source.bytes !== bytes) this.#source = new Utf8Source(bytes);
    const out = this.#begin();
    out.size(ROW_FIELDS);
    const reader = new Transcoder(this.#source, this.#writer, this.count);
    reader.value(spans.ulidStart);
    reader.value(spans.typeStart);
    if (spans.keyEnd > spans.keyStart) reader.value(spans.keyStart);
    else out.byte(TAG.null);
    reader.value(spans.payloadStart);
    this.#starts.push(this.#writer.end());
  }

  /** Adds a row that is there as a value. */
  addRow(row: readonly JsonValue[]): void {
    this.#begin().size(row.length);
    for (const field of row) writeValue(this.#writer, field);
    this.#starts.push(this.#writer.end());
  }

  /** What was added since the last call; the bytes are a view, valid until the next `add`. */
  take(): EncodedRows {
    const { out } = this.#writer;
    const rows = { bytes: out.bytes.subarray(0, out.length), offsets: [...this.#starts, out.length] };
    out.length = 0;
    this.#starts = [];
    return rows;
  }

  #begin(): ByteSink {
    const out = this.#writer.begin();
    out.byte(TAG.list);
    return out;
  }
}

/** Rows of a JSON list of rows. Throws `fold/event-value`, and what `parseJson` throws. */
export function encodeJsonRows(rows: string | Uint8Array): EncodedRows {
  const sink = new EventSink();
  const list = parseJson(rows, { integers: 'printed', maxBytes: LIMITS.blockBytes });
  for (const row of Array.isArray(list) ? (list as readonly JsonValue[]) : []) {
    const fields = Array.isArray(row) ? (row as readonly JsonValue[]) : [];
    if (fields.length !== ROW_FIELDS)
      throw foldError('event-value', { index: sink.count, why: 'a row is [ulid, type, key or null, payload]' });
    sink.addRow(fields);
  }
  return sink.take();
}

const MAJOR = { uint: 0, negative: 1, text: 3, list: 4, map: 5 } as const;
const FALSE = 0xf4;
const TRUE = 0xf5;
const NULL = 0xf6;
const FLOAT = 0xfb;
/** Additional information of a head: below 24 the argument itself, then 1, 2, 4 or 8 bytes of it. */
const ONE_BYTE = 24;
const TWO_BYTES = 25;
const FOUR_BYTES = 26;
const TWO_32 = 2 ** 32;
const TWO_16 = 2 ** 16;
const FLOAT_BYTES = 8;

/** Reads valid DAG-CBOR. */
class Transcoder {
  readonly #source: Utf8Source;
  readonly #bytes: Uint8Array;
  readonly #to: GuestWriter;
  readonly #index: number;
  #at = 0;

  constructor(source: Utf8Source, to: GuestWriter, index: number) {
    this.#source = source;
    this.#bytes = source.bytes;
    this.#to = to;
    this.#index = index;
  }

  value(at: number): void {
    this.#at = at;
    this.#value();
  }

  #value(): void {
    const { out } = this.#to;
    const head = this.#bytes[this.#at++] as number;
    const major = head >> 5;
    if (major === MAJOR.text) {
      const length = this.#argument(head);
      out.byte(TAG.text);
      out.utf8(this.#source, this.#at, this.#at + length);
      this.#at += length;
    } else if (major === MAJOR.uint) out.number(this.#argument(head));
    else if (major === MAJOR.negative) out.number(-1 - this.#argument(head));
    else if (major === MAJOR.map) this.#map(this.#argument(head));
    else if (major === MAJOR.list) this.#list(this.#argument(head));
    else if (head === NULL) out.byte(TAG.null);
    else if (head === TRUE) out.byte(TAG.true);
    else if (head === FALSE) out.byte(TAG.false);
    else if (head === FLOAT) out.number(this.#float());
    else throw foldError('event-value', { index: this.#index, why: 'its payload holds bytes or a link' });
  }

  #map(count: number): void {
    this.#to.out.byte(TAG.object);
    this.#to.out.size(count);
    for (let i = 0; i < count; i++) {
      const length = this.#argument(this.#bytes[this.#at++] as number);
      this.#to.nameUtf8(this.#source, this.#at, this.#at + length);
      this.#at += length;
      this.#value();
    }
  }

  #list(count: number): void {
    this.#to.out.byte(TAG.list);
    this.#to.out.size(count);
    for (let i = 0; i < count; i++) this.#value();
  }

  #argument(head: number): number {
    const info = head & 0x1f;
    if (info < ONE_BYTE) return info;
    if (info === ONE_BYTE) return this.#bytes[this.#at++] as number;
    if (info === TWO_BYTES) return this.#uint16();
    if (info === FOUR_BYTES) return this.#uint32();
    return this.#uint32() * TWO_32 + this.#uint32();
  }

  #uint16(): number {
    const high = this.#bytes[this.#at++] as number;
    return (high << 8) | (this.#bytes[this.#at++] as number);
  }

  #uint32(): number {
    return this.#uint16() * TWO_16 + this.#uint16();
  }

  #float(): number {
    const value = this.#source.view.getFloat64(this.#at);
    this.#at += FLOAT_BYTES;
    return value;
  }
}
