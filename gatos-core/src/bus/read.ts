/** Reading a topic from a position on: segment after segment, in the order of the topic. */
import { readBackwards, readChain } from '../chain/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { isGatosError, type LongCall } from '../kernel/index.js';
import { busError } from './errors.js';
import { listSegments, readLine, type SegmentRef } from './line.js';
import { Message } from './message.js';
import { checkTopic, isUlid } from './names.js';
import { MESSAGE_KIND } from './schema.js';

/** A place in a topic: everything up to and including message `seq` of the segment, and every segment before it. */
export interface Offset {
  /** ULID of the segment. */
  readonly segment: string;
  /** Number of the message in it, from 0. */
  readonly seq: number;
}

/** Where a reader is: with the commit, from which reading goes on without looking at what comes before. */
export interface ReadOffset extends Offset {
  readonly oid?: Oid | undefined;
}

export interface ReadRequest extends Pick<LongCall, 'signal'> {
  readonly topic: string;
  /** Behind this message; `end`: nothing that is there now. */
  readonly from: ReadOffset | 'start' | 'end';
  /** About how many bytes of envelopes one batch holds; default 4 MiB. */
  readonly batchBytes?: number | undefined;
}

export interface MessageBatch {
  readonly messages: readonly Message[];
  /** Of the last of them. */
  readonly offset: ReadOffset;
  /** ULIDs of segments that were pruned before this reader had read them to their end, since the batch before. */
  readonly skipped: readonly string[];
}

/** Throws `bus/bad-offset`. */
export function checkOffset<O extends Offset>(offset: O): O {
  if (!isUlid(offset.segment)) throw busError('bad-offset', { why: 'its segment is not a ulid' });
  if (!Number.isSafeInteger(offset.seq) || offset.seq < 0) throw busError('bad-offset', { why: 'its number is none' });
  return offset;
}

/** Is `a` before `b`? */
export function isBefore(a: Offset, b: Offset): boolean {
  return a.segment === b.segment ? a.seq < b.seq : a.segment < b.segment;
}

/** The last place of a topic now, or null when it holds no message. */
export async function lastOffset(backend: GitBackend, topic: string): Promise<ReadOffset | null> {
  const { ulid, oid } = (await listSegments(backend, topic)).at(-1) ?? {};
  if (ulid === undefined || oid === undefined) return null;
  for await (const { envelope } of readBackwards(backend, oid))
    if (envelope.kind === MESSAGE_KIND.kind) return { segment: ulid, seq: envelope.seq + envelope.count - 1, oid };
  return null;
}

/**
 * The messages of a topic that are here, in batches, and ends when there are no more: whoever follows a topic calls again from
 * the last offset. A segment that is pruned while it is read is left for the next one. Throws `bus/name`, `bus/bad-offset`, as
 * `readChain`, and what the signal is aborted with.
 */
export async function* readMessages(
  backend: GitBackend,
  { topic, from, batchBytes, signal }: ReadRequest,
): AsyncGenerator<MessageBatch, void, undefined> {
  checkTopic(topic);
  let at: ReadOffset | null = typeof from === 'string' ? null : checkOffset(from);
  if (from === 'end') at = await lastOffset(backend, topic);
  let done: Pick<SegmentRef, 'ulid' | 'oid'> | null = null;
  let skipped: readonly string[] = [];
  for (;;) {
    const segment = nextSegment(await listSegments(backend, topic), { at, done });
    if (segment === null) return;
    if (at !== null && segment.ulid !== at.segment)
      skipped = [...skipped, ...(await prunedBetween(backend, { topic, at, segment }))];
    done = segment;
    try {
      const start = at?.segment === segment.ulid ? at : null;
      for await (const batch of readSegment(backend, { segment, from: start, batchBytes }, { signal })) {
        at = batch.offset;
        yield { ...batch, skipped };
        skipped = [];
      }
    } catch (error) {
      if (!isGatosError(error, 'git/missing-object') || (await isHere(backend, segment))) throw error;
      skipped = [...skipped, segment.ulid];
    }
    signal?.throwIfAborted();
  }
}

interface Progress {
  readonly at: Offset | null;
  /** Read up to this commit: it may have grown since, and then it is read on before the next one. */
  readonly done: Pick<SegmentRef, 'ulid' | 'oid'> | null;
}

function nextSegment(segments: readonly SegmentRef[], { at, done }: Progress): SegmentRef | null {
  const from = done?.ulid ?? at?.segment ?? '';
  return segments.find(({ ulid, oid }) => ulid >= from && oid !== done?.oid) ?? null;
}

async function isHere(backend: GitBackend, { topic, ulid }: SegmentRef): Promise<boolean> {
  return (await listSegments(backend, topic)).some((each) => each.ulid === ulid);
}

interface Gap {
  readonly topic: string;
  readonly at: Offset;
  readonly segment: SegmentRef;
}

/** Segments that summaries say were there between a position and the segment that is read next, and held more than was read. */
async function prunedBetween(backend: GitBackend, { topic, at, segment }: Gap): Promise<readonly string[]> {
  const line = await readLine(backend, topic);
  const missed: string[] = [];
  for (const [ulid, { summary }] of line?.pruned ?? []) {
    if (ulid < at.segment || ulid >= segment.ulid) continue;
    if (ulid > at.segment || summary.last > at.seq) missed.push(ulid);
  }
  return missed;
}

interface SegmentRead {
  readonly segment: SegmentRef;
  readonly from: ReadOffset | null;
  readonly batchBytes?: number | undefined;
}

/** The messages of a segment behind an offset. */
async function* readSegment(
  backend: GitBackend,
  { segment, from, batchBytes }: SegmentRead,
  options: Pick<LongCall, 'signal'>,
): AsyncGenerator<Omit<MessageBatch, 'skipped'>, void, undefined> {
  const { ulid, oid: head } = segment;
  if (from?.oid === head) return;
  for await (const batch of readChain(backend, { head, after: from?.oid, batchBytes }, options)) {
    const messages: Message[] = [];
    let oid = head;
    for (const { envelope, oid: commit } of batch) {
      oid = commit;
      if (envelope.kind !== MESSAGE_KIND.kind) continue;
      const first = from === null ? 0 : Math.max(0, from.seq + 1 - envelope.seq);
      for (let i = first; i < envelope.count; i++) messages.push(new Message(envelope, i, ulid));
    }
    const last = messages.at(-1);
    if (last !== undefined) yield { messages, offset: { segment: ulid, seq: last.seq, oid } };
  }
}
