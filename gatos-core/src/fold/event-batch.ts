/** Events on their way into the sandbox: JSON rows written straight from the signed bytes. */
import type { Envelope } from '../chain/index.js';
import { JsonSink } from '../codec/index.js';
import { EventView } from '../journal/index.js';
import type { EventBatch } from './sandbox/index.js';

// Crossing the boundary costs some microseconds: a few hundred events at a time make that vanish.
const BATCH_EVENTS = 512;
const BATCH_BYTES = 512 * 1024;

interface Group {
  readonly actor: string;
  readonly time: number;
  count: number;
}

export class EventBatcher {
  readonly #sink = new JsonSink();
  readonly #view = new EventView();
  #groups: Group[] = [];
  #count = 0;
  #envelope: Envelope | null = null;

  get full(): boolean {
    return this.#count >= BATCH_EVENTS || this.#sink.length >= BATCH_BYTES;
  }

  /** Adds record `index` of an envelope as the row `[ulid, type, key, payload]`. */
  add(envelope: Envelope, index: number): void {
    const sink = this.#sink;
    const view = this.#view;
    const { bytes, offsets } = envelope;
    view.read(bytes, offsets[index] as number, offsets[index + 1] as number);
    sink.ascii(this.#count === 0 ? '[[' : ',[');
    sink.value(bytes, view.ulidStart, view.ulidEnd);
    sink.ascii(',');
    sink.value(bytes, view.typeStart, view.typeEnd);
    sink.ascii(',');
    if (view.hasKey) sink.value(bytes, view.keyStart, view.keyEnd);
    else sink.ascii('null');
    sink.ascii(',');
    sink.value(bytes, view.payloadStart, view.payloadEnd);
    sink.ascii(']');
    this.#count += 1;
    this.#group(envelope);
  }

  /** What was added since the last call. The rows are a view, valid until the next `add`. */
  take(): EventBatch {
    this.#sink.ascii(']');
    const batch = { rows: this.#sink.bytes(), groups: this.#groups, count: this.#count };
    this.#sink.clear();
    this.#groups = [];
    this.#count = 0;
    this.#envelope = null;
    return batch;
  }

  #group(envelope: Envelope): void {
    const last = this.#groups.at(-1);
    if (last !== undefined && this.#envelope === envelope) last.count += 1;
    else this.#groups.push({ actor: envelope.actor, time: envelope.time, count: 1 });
    this.#envelope = envelope;
  }
}
