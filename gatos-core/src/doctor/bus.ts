/** The bus: segments that could give way to summaries, consumers that hold that up, and segments that were pruned and are here again. */

import {
  listSegments,
  type Offset,
  pruningFault,
  readLine,
  type SegmentStats,
  type TopicStats,
  topicStats,
} from '../bus/index.js';
import { refOfChain } from '../chain/index.js';
import type { GitBackend } from '../git/index.js';
import { compareText, LIMITS, type LongCall } from '../kernel/index.js';
import type { Finding } from './finding.js';
import { finding } from './symptoms.js';

/** On which topic jobs are told, and which consumer all workers are together. */
export interface JobQueueNames {
  readonly topic: string;
  readonly consumer: string;
}

interface TopicRequest extends LongCall {
  readonly topic: string;
  /** Microseconds since the epoch. */
  readonly time: number;
  readonly queue: JobQueueNames | null;
}

const DAY = 86_400 * 1_000_000;
/** Days for which messages are kept without a word, in a topic with few segments and in one with many: each is a ref. */
const KEPT_DAYS = 30;
const KEPT_DAYS_OF_MANY = 1;
const MANY_SEGMENTS = 500;

/** Throws as `topicStats`. */
export async function examineTopic(backend: GitBackend, request: TopicRequest): Promise<readonly Finding[]> {
  const { topic, time, queue } = request;
  const stats = await topicStats(backend, { topic, now: time });
  const days = stats.segments.length > MANY_SEGMENTS ? KEPT_DAYS_OF_MANY : KEPT_DAYS;
  const old = stats.segments.slice(0, -1).filter((segment) => segment.ended && time - segment.time >= days * DAY);
  return [...oldSegments(stats, old, days), ...behind(stats, old, queue), ...(await prunedSegments(backend, request))];
}

/** Those that every consumer has passed: `bus compact` leaves the others alone. */
function oldSegments({ topic, consumers }: TopicStats, old: readonly SegmentStats[], days: number): readonly Finding[] {
  const prunable = old.filter((segment) => consumers.every(({ position }) => hasPassed(position, segment)));
  if (prunable.length === 0) return [];
  const bytes = prunable.reduce((sum, segment) => sum + segment.bytes, 0);
  const data = { topic, segments: prunable.length, bytes, age: `${days}d` };
  return [finding('old-segments', { subject: topic, data })];
}

function hasPassed(position: Offset, { segment, messages }: SegmentStats): boolean {
  const order = compareText(position.segment, segment);
  return order > 0 || (order === 0 && position.seq >= messages - 1);
}

/** Workers acknowledge jobs that are done: what they leave is told of the jobs. */
function behind(
  { topic, consumers }: TopicStats,
  old: readonly SegmentStats[],
  queue: JobQueueNames | null,
): readonly Finding[] {
  return consumers.flatMap(({ consumer, lag, position }) => {
    if (topic === queue?.topic && consumer === queue.consumer) return [];
    const isFar = lag >= LIMITS.busWindow || old.some((segment) => !hasPassed(position, segment));
    return isFar
      ? [finding('consumer-behind', { subject: `${topic}/${consumer}`, data: { topic, consumer, lag } })]
      : [];
  });
}

/** A summary that does not tell the truth of a segment is for verification to tell. */
async function prunedSegments(backend: GitBackend, { topic, signal }: TopicRequest): Promise<readonly Finding[]> {
  const pruned = (await readLine(backend, topic))?.pruned ?? new Map();
  const found: Finding[] = [];
  for (const segment of await listSegments(backend, topic)) {
    if (!pruned.has(segment.ulid) || (await pruningFault(backend, segment, { signal })) !== null) continue;
    const ref = refOfChain(segment.chain);
    found.push(finding('pruned-segment', { subject: ref, data: { ref, oid: segment.oid } }));
  }
  return found;
}
