/** Figures of a topic: how much there is, how old it is, how far its consumers have come, and what these suggest. */
import { readEntry, recordBody } from '../chain/index.js';
import type { GitBackend } from '../git/index.js';
import { LIMITS } from '../kernel/index.js';
import { readOffset } from './consumer.js';
import { listConsumers, listSegments, readLine, requireTopic, type SegmentRef } from './line.js';
import type { SegmentLimits } from './publish.js';
import { isBefore, type Offset } from './read.js';
import { END_KIND } from './schema.js';
import { SegmentMemo } from './segment-state.js';

export interface SegmentStats {
  readonly segment: string;
  readonly messages: number;
  /** Bytes of message bodies. */
  readonly bytes: number;
  /** Time of its last envelope, in microseconds. */
  readonly time: number;
  readonly ended: boolean;
}

export interface ConsumerStats {
  readonly consumer: string;
  readonly position: Offset;
  /** Messages behind its position that are here. */
  readonly lag: number;
  readonly handled: number;
  readonly conflicts: number;
  /** When it last said how far it is, in microseconds. */
  readonly time: number;
}

export type Suggestion =
  /** The active segment is full: the next message begins another one. */
  | { readonly what: 'rotates-next'; readonly segment: string }
  /** Segments that have ended and are older than asked: `compact` would look at them. */
  | { readonly what: 'compact'; readonly segments: number; readonly bytes: number }
  /** Nothing can be pruned before this consumer has gone on. */
  | { readonly what: 'consumer-behind'; readonly consumer: string; readonly lag: number };

export interface TopicStats {
  readonly topic: string;
  readonly segments: readonly SegmentStats[];
  readonly messages: number;
  readonly bytes: number;
  /** Refs that the topic takes. */
  readonly refs: number;
  /** Microseconds since the last envelope of the oldest and the newest segment; null: there is none. */
  readonly oldestAge: number | null;
  readonly newestAge: number | null;
  readonly pruned: { readonly segments: number; readonly messages: number; readonly bytes: number };
  readonly consumers: readonly ConsumerStats[];
  readonly suggestions: readonly Suggestion[];
}

export interface StatsRequest {
  readonly topic: string;
  /** In microseconds. */
  readonly now: number;
  /** Microseconds after which messages need not be kept; absent: no suggestion is made. */
  readonly olderThan?: number | undefined;
  readonly limits?: SegmentLimits | undefined;
}

/** Reads one envelope a segment, and the active one whole. Throws `bus/no-topic`, and as `readChain`. */
export async function topicStats(
  backend: GitBackend,
  request: StatsRequest,
  memo: SegmentMemo = new SegmentMemo(),
): Promise<TopicStats> {
  const { topic, now } = request;
  await requireTopic(backend, topic);
  const segments: SegmentStats[] = [];
  for (const segment of await listSegments(backend, topic)) segments.push(await segmentStats(backend, segment, memo));
  const summaries = [...((await readLine(backend, topic))?.pruned.values() ?? [])].map(({ summary }) => summary);
  const consumers: ConsumerStats[] = [];
  for (const each of await listConsumers(backend, topic)) consumers.push(await consumerStats(backend, each, segments));
  const ageOf = (segment: SegmentStats | undefined) => (segment === undefined ? null : Math.max(0, now - segment.time));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    topic,
    segments,
    messages: sum(segments.map(({ messages }) => messages)),
    bytes: sum(segments.map(({ bytes }) => bytes)),
    refs: segments.length + consumers.length + 1,
    oldestAge: ageOf(segments[0]),
    newestAge: ageOf(segments.at(-1)),
    pruned: {
      segments: summaries.length,
      messages: sum(summaries.map(({ count }) => count)),
      bytes: sum(summaries.map(({ bytes }) => bytes)),
    },
    consumers,
    suggestions: suggest({ segments, consumers }, request),
  };
}

async function segmentStats(backend: GitBackend, segment: SegmentRef, memo: SegmentMemo): Promise<SegmentStats> {
  const { envelope } = await readEntry(backend, segment.oid);
  const place = { segment: segment.ulid, time: envelope.time };
  if (envelope.kind === END_KIND.kind) {
    const { count, bytes } = recordBody(envelope, 0, END_KIND);
    return { ...place, messages: count, bytes, ended: true };
  }
  const { count, bytes } = await memo.follow(backend, segment);
  return { ...place, messages: count, bytes, ended: false };
}

async function consumerStats(
  backend: GitBackend,
  { consumer, oid }: { readonly consumer: string; readonly oid: string },
  segments: readonly SegmentStats[],
): Promise<ConsumerStats> {
  const { segment, seq, handled, conflicts } = await readOffset(backend, oid);
  const { time } = (await readEntry(backend, oid)).envelope;
  let lag = 0;
  for (const each of segments) {
    if (each.segment > segment) lag += each.messages;
    if (each.segment === segment) lag += Math.max(0, each.messages - seq - 1);
  }
  return { consumer, position: { segment, seq }, lag, handled, conflicts, time };
}

function suggest(
  { segments, consumers }: Pick<TopicStats, 'segments' | 'consumers'>,
  { now, olderThan, limits }: StatsRequest,
): Suggestion[] {
  const suggestions: Suggestion[] = [];
  const active = segments.at(-1);
  const { maxMessages = LIMITS.busSegmentMessages, maxBytes = LIMITS.busSegmentBytes } = limits ?? {};
  if (active !== undefined && !active.ended && (active.messages >= maxMessages || active.bytes >= maxBytes))
    suggestions.push({ what: 'rotates-next', segment: active.segment });
  if (olderThan === undefined) return suggestions;
  const old = segments.slice(0, -1).filter(({ ended, time }) => ended && now - time >= olderThan);
  if (old.length === 0) return suggestions;
  suggestions.push({ what: 'compact', segments: old.length, bytes: old.reduce((sum, { bytes }) => sum + bytes, 0) });
  for (const { consumer, position, lag } of consumers)
    if (old.some(({ segment, messages }) => isBefore(position, { segment, seq: messages - 1 })))
      suggestions.push({ what: 'consumer-behind', consumer, lag });
  return suggestions;
}
