/** Pruning: segments that are old and done with give way to signed summaries, in the step that writes those. */
import { appendTogether, readEntry, refOfChain } from '../chain/index.js';
import { type Cid, encode, parseUlid, type Value } from '../codec/index.js';
import type { GitBackend, RefEdit } from '../git/index.js';
import { LIMITS, type LongCall } from '../kernel/index.js';
import { requestBy, type Writer } from '../trust/index.js';
import { readOffset } from './consumer.js';
import { digestSegment, type SegmentAt, summaryOf } from './digest.js';
import { listConsumers, listSegments, readLine, requireTopic, type SegmentRef } from './line.js';
import { summaryChain } from './names.js';
import type { BusPorts } from './publish.js';
import { isBefore, type Offset } from './read.js';
import { SUMMARY_RULE } from './rules.js';
import { SUMMARY_KIND, type Summary } from './schema.js';

export interface CompactRequest extends Writer, LongCall {
  readonly topic: string;
  /** Microseconds: a segment whose last envelope is at least so old may be pruned. */
  readonly olderThan: number;
  /** Now, in microseconds; default: the clock. */
  readonly now?: number | undefined;
  /** Also what consumers have not passed, or remotes do not hold yet. Default: false. */
  readonly force?: boolean | undefined;
  /** Names of remotes that do not hold a segment as it is here: pruned now, it could never be brought there. Default: none. */
  readonly unsentTo?: ((segment: SegmentRef) => Promise<readonly string[]>) | undefined;
}

/** Why a segment that is old enough stays. */
export interface KeptSegment {
  readonly segment: string;
  /** Consumers that have not passed it. */
  readonly waitsFor: readonly string[];
  /** Remotes that do not hold it yet. */
  readonly unsentTo: readonly string[];
}

export interface Compacted {
  readonly summaries: readonly Summary[];
  /** CID of the envelope that holds them; null: nothing was pruned. */
  readonly envelope: Cid | null;
  readonly kept: readonly KeptSegment[];
}

/**
 * Prunes the segments of a topic that have ended, are old enough and were passed by every consumer known here, which is one that
 * has acknowledged anything. The active segment always stays. Throws `bus/no-topic`, `bus/bad-end` and the like for a segment that is not valid, and as `appendTogether`.
 */
export async function compactTopic(ports: BusPorts, request: CompactRequest): Promise<Compacted> {
  const { topic } = request;
  await requireTopic(ports.backend, topic);
  let found: Prunable = { summaries: [], edits: [], kept: [] };
  const chain = summaryChain(topic);
  const [appended = []] = await appendTogether(
    ports,
    [
      requestBy(request, {
        chain,
        rule: SUMMARY_RULE,
        prepare: async () => {
          found = await findPrunable(ports, request);
          const [first] = found.summaries;
          if (first === undefined) return [];
          const bodies = found.summaries.map((summary) => encode(summary as unknown as Value));
          return [{ kind: SUMMARY_KIND.kind, bodies, description: SUMMARY_KIND.describe(first, bodies.length) }];
        },
      }),
    ],
    { also: () => found.edits },
  );
  const { summaries, kept } = found;
  return { summaries, kept, envelope: appended[0]?.envelope.cid ?? null };
}

interface Prunable {
  readonly summaries: readonly Summary[];
  readonly edits: readonly RefEdit[];
  readonly kept: readonly KeptSegment[];
}

async function findPrunable({ backend, clock }: BusPorts, request: CompactRequest): Promise<Prunable> {
  const { topic, olderThan, now = Math.floor(clock.now()), force = false, unsentTo } = request;
  const segments = await listSegments(backend, topic);
  const pruned = (await readLine(backend, topic, request))?.pruned ?? new Map();
  const positions = await positionsOf(backend, topic);
  const summaries: Summary[] = [];
  const edits: RefEdit[] = [];
  const kept: KeptSegment[] = [];
  for (const segment of await oldEnough(backend, segments, now - olderThan)) {
    if (pruned.has(segment.ulid) || summaries.length >= LIMITS.envelopeRecords) continue;
    const summary = await summarise(backend, segment, request);
    if (summary === null) continue;
    const last = { segment: segment.ulid, seq: summary.last };
    const waitsFor = positions.filter(({ position }) => isBefore(position, last)).map(({ consumer }) => consumer);
    const unsent = force ? [] : ((await unsentTo?.(segment)) ?? []);
    if (waitsFor.length + unsent.length > 0 && !force) kept.push({ segment: segment.ulid, waitsFor, unsentTo: unsent });
    else {
      summaries.push(summary);
      edits.push({ name: refOfChain(segment.chain), expected: segment.oid, next: null });
    }
  }
  return { summaries, edits, kept };
}

async function summarise(backend: GitBackend, at: SegmentAt, options: LongCall): Promise<Summary | null> {
  return summaryOf(await digestSegment(backend, at, { signal: options.signal }));
}

/**
 * Those whose last envelope is not after `until`. Times are what writers say: a segment is no younger than the one after it, which was
 * named when it ended, so that a clock that once ran ahead keeps nothing for ever.
 */
async function oldEnough(
  backend: GitBackend,
  segments: readonly SegmentRef[],
  until: number,
): Promise<readonly SegmentRef[]> {
  let bound = Number.MAX_SAFE_INTEGER;
  const old: SegmentRef[] = [];
  for (const [i, segment] of [...segments.entries()].reverse()) {
    const next = segments[i + 1];
    // The active one, which comes last, always stays.
    if (next === undefined) continue;
    const { time } = (await readEntry(backend, segment.oid)).envelope;
    bound = Math.min(bound, time, parseUlid(next.ulid).timeMs * MICROS);
    if (bound <= until) old.unshift(segment);
  }
  return old;
}

const MICROS = 1000;

interface ConsumerAt {
  readonly consumer: string;
  readonly position: Offset;
}

async function positionsOf(backend: GitBackend, topic: string): Promise<readonly ConsumerAt[]> {
  const positions: ConsumerAt[] = [];
  for (const { consumer, oid } of await listConsumers(backend, topic))
    positions.push({ consumer, position: await readOffset(backend, oid) });
  return positions;
}
