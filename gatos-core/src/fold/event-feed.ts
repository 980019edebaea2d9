/** Events on their way into the sandbox: rows written straight from the signed bytes, a batch at a time. */
import type { Envelope } from '../chain/index.js';
import { EventView } from '../journal/index.js';
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

  /** Adds the records from `start` to `end` of an envelope of events. Throws `journal/bad-event`, `fold/event-value`. */
  add(envelope: Envelope, start: number, end: number): void {
    const { bytes, offsets, actor, time } = envelope;
    for (let i = start; i < end; i++) {
      this.#view.read(bytes, offsets[i] as number, offsets[i + 1] as number);
      this.#sink.add(bytes, this.#view);
    }
    this.#groups.push({ actor, time, count: end - start });
  }

  /** What was added since the last call: a view, valid until the next `add`. */
  take(): EventBatch {
    const batch = { rows: this.#sink.take(), groups: this.#groups, count: 0 };
    this.#groups = [];
    return { ...batch, count: batch.rows.offsets.length - 1 };
  }
}
