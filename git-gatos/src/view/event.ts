/** Events in words: one line each, and whole. */
import {
  type Envelope,
  EVENT_KIND,
  type Event,
  formatJson,
  formatTime,
  type JsonValue,
  recordBody,
  recordBytes,
  recordHasher,
} from 'gatos-core';
import { type Style, visible } from '../output/style.js';

/** An event with where it stands. */
export interface PlacedEvent {
  readonly cid: string;
  readonly ns: string;
  readonly actor: string;
  readonly seq: number;
  readonly clock: number;
  /** RFC 3339, as the actor claims it. */
  readonly time: string;
  readonly event: Event;
}

const hash = recordHasher(EVENT_KIND.kind);

export function placeEvent(envelope: Envelope, index: number): PlacedEvent {
  return {
    cid: String(hash(recordBytes(envelope, index))),
    ns: envelope.chain.split('/')[1] ?? '',
    actor: envelope.actor,
    seq: envelope.seq + index,
    clock: envelope.clock,
    time: formatTime(envelope.time),
    event: recordBody(envelope, index, EVENT_KIND),
  };
}

/** The event as a flat JSON object, for `--json` and `--jsonl`. */
export function eventValue({ event, ...place }: PlacedEvent): { readonly [key: string]: JsonValue } {
  const { ulid, type, payload, key } = event;
  return { ...place, ulid, type, payload, ...(key === undefined ? {} : { key }) };
}

const WIDTH = 100;

export function eventLine({ cid, time, actor, event }: PlacedEvent, style: Style): string {
  const payload = formatJson(event.payload);
  const shown = payload.length > WIDTH ? `${payload.slice(0, WIDTH)}…` : payload;
  const short = cid.slice(-12);
  return `${style.yellow(short)} ${style.dim(time.slice(0, 19))} ${visible(actor)} ${style.bold(visible(event.type))} ${visible(shown)}`;
}
