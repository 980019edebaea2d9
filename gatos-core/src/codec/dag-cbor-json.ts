/**
 * DAG-CBOR straight to compact JSON text, without building values: the way records enter a fold. As strict about its input
 * as `decode` (rules: `dag-cbor-reader.ts`); bytes and links have no JSON form and are refused. Keys stay in the order of
 * the encoding.
 */
import { FALSE, FLOAT64, LEAST, MAJOR, NULL, Reader, TRUE } from './dag-cbor-reader.js';
import { JsonBuffer } from './json-buffer.js';

const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_MAP = 0x7b;
const CLOSE_MAP = 0x7d;

interface Source {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly out: JsonBuffer;
}

class Transcoder extends Reader {
  private readonly out: JsonBuffer;

  constructor({ bytes, start, end, out }: Source) {
    super(bytes, start, end);
    this.out = out;
  }

  value(depth: number): void {
    const at = this.at;
    const major = this.head();
    switch (major) {
      case MAJOR.text:
        this.text(this.span());
        return;
      case MAJOR.uint:
      case MAJOR.negative:
        this.out.number(this.integer(major, at));
        return;
      case MAJOR.map:
        this.map(depth, at);
        return;
      case MAJOR.list:
        this.list(depth, at);
        return;
      case MAJOR.bytes:
        throw this.notInModel(at, 'bytes, which have no JSON form');
      case MAJOR.tag:
        this.skipLink(at);
        throw this.notInModel(at, 'a link, which has no JSON form');
      default:
        this.other(at);
    }
  }

  private other(at: number): void {
    switch (this.bytes[at]) {
      case FALSE:
        this.out.ascii('false');
        return;
      case TRUE:
        this.out.ascii('true');
        return;
      case NULL:
        this.out.ascii('null');
        return;
      case FLOAT64:
        this.out.number(this.float(at));
        return;
      default:
        throw this.refusedSimple(at);
    }
  }

  /** The text from `start` to the current offset. */
  private text(start: number): void {
    if (!this.out.quoted(this.bytes, start, this.at)) this.checkText(start, this.at);
  }

  private list(depth: number, at: number): void {
    const count = this.enter(depth, LEAST.item, at);
    this.out.byte(OPEN_LIST);
    for (let i = 0; i < count; i++) {
      if (i > 0) this.out.byte(COMMA);
      this.value(depth + 1);
    }
    this.out.byte(CLOSE_LIST);
  }

  private map(depth: number, at: number): void {
    const count = this.enter(depth, LEAST.entry, at);
    let previous = 0;
    let previousLength = -1;
    this.out.byte(OPEN_MAP);
    for (let i = 0; i < count; i++) {
      if (i > 0) this.out.byte(COMMA);
      const start = this.keySpan(previous, previousLength);
      previous = start;
      previousLength = this.at - start;
      this.text(start);
      this.out.byte(COLON);
      this.value(depth + 1);
    }
    this.out.byte(CLOSE_MAP);
  }
}

/** A growing JSON text (UTF-8): encoded values, and the ASCII that the caller puts between them with `ascii`. */
export class JsonSink extends JsonBuffer {
  /**
   * Appends the JSON of the one value encoded between two offsets (of the whole, when absent). After an error, what the
   * sink holds is of no use.
   *
   * Throws what `decode` throws (except `codec/too-large`), and `codec/not-in-model` for bytes and links.
   */
  value(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    const transcoder = new Transcoder({ bytes, start, end, out: this });
    transcoder.value(0);
    transcoder.finish();
  }
}

/**
 * Compact JSON text of the one DAG-CBOR value between two offsets (of the whole, when absent). For many values, one
 * `JsonSink` saves copies. Throws as `JsonSink.value`.
 */
export function toJsonText(bytes: Uint8Array, offset = 0, end: number = bytes.length): string {
  const sink = new JsonSink();
  sink.value(bytes, offset, end);
  return sink.text();
}
