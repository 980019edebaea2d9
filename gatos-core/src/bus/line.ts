/**
 * The line of a topic: it starts where its first record on the summary chain says, each segment ends by naming the next one, and
 * of those that were pruned the summary says the same. So it never forks, and whatever is missing shows.
 */
import {
  type ChainEntry,
  chainOfRef,
  REF_PREFIX,
  readChain,
  recordBody,
  recordBytes,
  recordCid,
  refOfChain,
} from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { compareText, type LongCall } from '../kernel/index.js';
import { busError } from './errors.js';
import { checkTopic, isBusName, OFFSETS, parseSegment, SEGMENTS, SUMMARIES, summaryChain } from './names.js';
import { SUMMARY_KIND, type Summary, TOPIC_KIND } from './schema.js';

/** A segment that is here. */
export interface SegmentRef {
  readonly topic: string;
  readonly ulid: string;
  readonly chain: string;
  readonly oid: Oid;
}

/** The segments of a topic that are here, in the order of the topic. */
export async function listSegments(backend: GitBackend, topic: string): Promise<readonly SegmentRef[]> {
  const refs = await backend.refs.list(`${REF_PREFIX}${SEGMENTS}${checkTopic(topic)}/`);
  const segments: SegmentRef[] = [];
  for (const { name, oid } of refs) {
    const chain = chainOfRef(name) ?? name;
    const parsed = parseSegment(chain);
    if (parsed !== null) segments.push({ ...parsed, chain, oid });
  }
  return segments.sort((a, b) => compareText(a.ulid, b.ulid));
}

export interface HeldSummary {
  readonly summary: Summary;
  /** CID of its record. */
  readonly cid: Cid;
}

/** What the summary chain of a topic says. */
export interface TopicLine {
  readonly topic: string;
  readonly oid: Oid;
  /** ULID of the first segment; null in a chain that is out of form. */
  readonly first: string | null;
  /** Summaries by the ULID of the segment, in the order in which they were written; of two of one segment the first counts. */
  readonly pruned: ReadonlyMap<string, HeldSummary>;
  /** Summaries of a segment that had one already. */
  readonly repeated: readonly HeldSummary[];
}

/** Null: the topic was never opened, as far as is known here. Throws as `readChain`. */
export async function readLine(backend: GitBackend, topic: string, options?: LongCall): Promise<TopicLine | null> {
  const oid = await backend.refs.read(refOfChain(summaryChain(topic)));
  if (oid === null) return null;
  let first: string | null = null;
  const pruned = new Map<string, HeldSummary>();
  const repeated: HeldSummary[] = [];
  for await (const batch of readChain(backend, { head: oid }, options))
    for (const entry of batch) {
      if (entry.envelope.kind === TOPIC_KIND.kind) first ??= recordBody(entry.envelope, 0, TOPIC_KIND).first;
      for (const held of summariesIn(entry)) {
        const { ulid = '' } = parseSegment(held.summary.segment) ?? {};
        if (pruned.has(ulid)) repeated.push(held);
        else pruned.set(ulid, held);
      }
    }
  return { topic, oid, first, pruned, repeated };
}

function summariesIn({ envelope }: ChainEntry): HeldSummary[] {
  if (envelope.kind !== SUMMARY_KIND.kind) return [];
  return Array.from({ length: envelope.count }, (_, i) => ({
    summary: recordBody(envelope, i, SUMMARY_KIND),
    cid: recordCid(envelope.kind, recordBytes(envelope, i)),
  }));
}

/** Every topic of which anything is here, sorted. Refs whose name is out of form have no topic. */
export async function listTopics(backend: GitBackend): Promise<readonly string[]> {
  const topics = new Set<string>();
  for (const prefix of [SUMMARIES, SEGMENTS])
    for (const { name } of await backend.refs.list(REF_PREFIX + prefix))
      topics.add(name.slice(REF_PREFIX.length + prefix.length).split('/')[0] ?? '');
  return [...topics].filter(isBusName).sort(compareText);
}

/** The consumers of a topic that have acknowledged anything, and the commit of their last word. */
export async function listConsumers(
  backend: GitBackend,
  topic: string,
): Promise<readonly { readonly consumer: string; readonly oid: Oid }[]> {
  const prefix = `${REF_PREFIX}${OFFSETS}${checkTopic(topic)}/`;
  const listed = (await backend.refs.list(prefix)).map(({ name, oid }) => ({
    consumer: name.slice(prefix.length),
    oid,
  }));
  return listed.filter(({ consumer }) => isBusName(consumer));
}

/** Throws `bus/no-topic`. */
export async function requireTopic(backend: GitBackend, topic: string): Promise<void> {
  checkTopic(topic);
  const known = await listTopics(backend);
  if (!known.includes(topic)) throw busError('no-topic', { topic, known: known.slice(0, 20) });
}
