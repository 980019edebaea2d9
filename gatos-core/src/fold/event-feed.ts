/** Events on their way into the sandbox: rows written straight from the signed bytes, a batch at a time. */
import { type Envelope, recordBytes } from '../chain/index.js';
import { decode } from '../codec/index.js';
import { EVENT_SCHEMA, EventView } from '../journal/index.js';
import { type EventBatch, type EventGroup, EventSink } from './sandbox/index.js';

export class EventFeed {
  readonly #sink = new EventSink();
  readonly #view = new EventView();
  #groups: EventGroup[] = [];

  /** Events waiting. */
  get count(): number {
    return this.#sink.count;
  }

  /** Bytes of the events waiting. */
  get length(): number {
    return this.#sink.length;
  }

  /**
   * Adds the records from `start` to `end` of an envelope of events. Throws `journal/bad-event`, `codec/schema` for the first that
   * is none; those before it are waiting then.
   */
  add(envelope: Envelope, start: number, end: number): void {
    const { bytes, offsets, actor, time, plain } = envelope;
    const before = this.count;
    try {
      for (let i = start; i < end; i++) {
        this.#view.read(bytes, offsets[i] as number, offsets[i + 1] as number);
        if (!plain) EVENT_SCHEMA.read(decode(recordBytes(envelope, i)), 'event');
        this.#sink.add(bytes, this.#view);
      }
    } finally {
      if (this.count > before) this.#groups.push({ actor, time, count: this.count - before });
    }
  }

  /** What was added since the last call: a view, valid until the next `add`. */
  take(): EventBatch {
    const rows = this.#sink.take();
    const batch = { rows, groups: this.#groups, count: rows.offsets.length - 1 };
    this.#groups = [];
    return batch;
  }
}
