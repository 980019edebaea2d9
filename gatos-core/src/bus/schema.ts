/** Record kinds of the bus (design 3.7). */
import { defineKind } from '../chain/index.js';
import { type Infer, type JsonValue, s } from '../codec/index.js';
import { EVENT_KIND, EVENT_SCHEMA, EventView } from '../journal/index.js';
import { LIMITS } from '../kernel/index.js';
import { isBusName, isUlid, parseSegment, ULID_LENGTH } from './names.js';

const COUNT = s.int({ min: 0, max: Number.MAX_SAFE_INTEGER });
const ULID = s.refine(s.text({ maxBytes: ULID_LENGTH }), (text) => (isUlid(text) ? undefined : 'is not a ulid'));
const NAME = s.refine(s.text({ maxBytes: LIMITS.nameBytes }), (text) =>
  isBusName(text) ? undefined : 'is no name on the bus',
);
const SEGMENT = s.refine(s.text({ maxBytes: LIMITS.chainBytes }), (chain) =>
  parseSegment(chain) === null ? 'is not the name of a segment' : undefined,
);

/** A message that a caller wants published. */
export interface NewMessage {
  readonly payload: JsonValue;
  /** What it is about; default `message`. */
  readonly type?: string | undefined;
  /** Idempotency key: in the active segment, and in the window of a consumer, it stands for one message. */
  readonly key?: string | undefined;
}

export const DEFAULT_TYPE = 'message';

const VIEW = new EventView();

/** A message has the shape of an event, so that what reads events fast reads messages as fast. No fold sees it. */
export const MESSAGE_KIND = defineKind({
  kind: 'bus.message',
  schema: EVENT_SCHEMA,
  describe: ({ type }, count) => describeMessages(type, count),
  accepts: (envelope, index) => EVENT_KIND.accepts?.(envelope, index) === true,
  describeEnvelope: ({ bytes, offsets, count }) => {
    VIEW.read(bytes, offsets[0] ?? 0, offsets[1] ?? 0);
    return describeMessages(VIEW.text(VIEW.typeStart, VIEW.typeEnd), count);
  },
});

function describeMessages(type: string, count: number) {
  return { title: count === 1 ? `message: ${type}` : `messages: ${count}, first ${type}` };
}

const END = s.struct({
  /** The segment in which the topic goes on; it starts in the step that ends this one. */
  next: ULID,
  /** Messages of this segment. */
  count: COUNT,
  /** Bytes of their bodies. */
  bytes: COUNT,
});
export type End = Infer<typeof END>;

export const END_KIND = defineKind<End>({
  kind: 'bus.end',
  schema: END,
  describe: ({ next, count }) => ({ title: `end after ${count} messages`, trailers: [['Next-Segment', next]] }),
});

const TOPIC = s.struct({ topic: NAME, first: ULID });
export type Topic = Infer<typeof TOPIC>;

export const TOPIC_KIND = defineKind<Topic>({
  kind: 'bus.topic',
  schema: TOPIC,
  describe: ({ topic, first }) => ({ title: `topic ${topic}`, trailers: [['First-Segment', first]] }),
});

const SUMMARY = s.struct({
  topic: NAME,
  /** The chain that was pruned. */
  segment: SEGMENT,
  /** Its last envelope, which is its end. */
  head: s.cid,
  next: ULID,
  /** `seq` of the first and the last message. */
  first: s.literal(0),
  last: s.int({ min: -1, max: Number.MAX_SAFE_INTEGER }),
  count: COUNT,
  bytes: COUNT,
  /** RFC 9162 root over the record CIDs of the messages. */
  root: s.bytes({ length: 32 }),
  /** Times of the first and the last envelope, in microseconds. */
  from: COUNT,
  to: COUNT,
});
export type Summary = Infer<typeof SUMMARY>;

export const SUMMARY_KIND = defineKind<Summary>({
  kind: 'bus.summary',
  schema: s.refine(SUMMARY, ({ topic, segment, last, count }) => {
    if (parseSegment(segment)?.topic !== topic) return 'is of a segment of another topic';
    return last === count - 1 ? undefined : 'counts other messages than it numbers';
  }),
  describe: ({ topic, count }, summaries) => ({
    title: summaries === 1 ? `summary: ${count} messages of ${topic}` : `summaries: ${summaries} segments of ${topic}`,
  }),
});

const OFFSET = s.struct({
  topic: NAME,
  consumer: NAME,
  /** Everything up to this message, and all segments before, is done. */
  segment: ULID,
  seq: COUNT,
  /** Messages handled so far, without duplicates. */
  handled: COUNT,
  /** Duplicates of another content met so far: they were not handled. */
  conflicts: COUNT,
  /** Of messages handled since the offset before: half of SHA-256 of the key (or ulid), then half of that of the content. */
  seen: s.list(s.bytes({ length: 32 }), { max: LIMITS.busWindow }),
});
export type OffsetRecord = Infer<typeof OFFSET>;

export const OFFSET_KIND = defineKind<OffsetRecord>({
  kind: 'bus.offset',
  schema: OFFSET,
  describe: ({ consumer, segment, seq }) => ({
    title: `${consumer} is done up to ${seq}`,
    trailers: [['Segment', segment]],
  }),
});
