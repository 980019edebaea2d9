/**
 * Two clones published on one topic, or acknowledged as one consumer, without knowing of each other: there are two histories. Messages of
 * ours that the other line lacks are published again behind it; they keep ulid, key and content, and so their CIDs, the envelopes around
 * them are new. Nothing moves before the caller makes the edits.
 */
import {
  append,
  type ChainEntry,
  draftRecord,
  readBackwards,
  recordBody,
  recordBytes,
  refOfChain,
} from '../chain/index.js';
import { formatHex } from '../codec/index.js';
import type { GitBackend, Oid, RefEdit } from '../git/index.js';
import { LIMITS } from '../kernel/index.js';
import { requestBy, type Writer } from '../trust/index.js';
import { readOffset } from './consumer.js';
import { busError } from './errors.js';
import { listConsumers, listSegments, readLine } from './line.js';
import { marksOf } from './message.js';
import { OFFSETS, offsetsChain, parseSegment, SEGMENTS, summaryChain } from './names.js';
import { OverlayRefs, overlaid } from './overlay.js';
import type { PreparedMessage } from './prepare.js';
import { type BusPorts, publishPrepared } from './publish.js';
import { isBefore, type Offset } from './read.js';
import { OFFSETS_RULE } from './rules.js';
import { MESSAGE_KIND, OFFSET_KIND, type OffsetRecord } from './schema.js';
import { SegmentMemo } from './segment-state.js';

export interface RejoinRequest extends Writer {
  readonly topic: string;
  /** The other line, verified and here: heads of its segments, its summary chain and its offsets, by chain. */
  readonly theirs: ReadonlyMap<string, Oid>;
}

export interface RejoinedTopic {
  /** What makes it so, in one step. */
  readonly edits: readonly RefEdit[];
  /** Messages that were signed again. */
  readonly records: number;
  /** Messages that the other line has already. */
  readonly dropped: number;
}

/**
 * Builds the one line. Consumers go back to the last place that both lines have: what they handled since comes again. Throws
 * `bus/not-ours` when a message or an offset that would go is somebody else's, and as `publishMessages`.
 */
export async function rejoinTopic(ports: BusPorts, request: RejoinRequest): Promise<RejoinedTopic> {
  const { backend } = ports;
  const { topic, theirs } = request;
  const stray = await findStray(backend, request);
  const [before, after] = [await headsOf(backend, topic), new Map<string, Oid>()];
  const summaries = refOfChain(summaryChain(topic));
  for (const [chain, oid] of theirs) after.set(refOfChain(chain), oid);
  const opened = await laterOf(backend, { ours: before.get(summaries), theirs: after.get(summaries) });
  if (opened !== undefined) after.set(summaries, opened);
  const refs = new OverlayRefs(backend.refs, prefixesOf(topic), after);
  const joined = { ...ports, backend: overlaid(backend, refs), segments: new SegmentMemo() };
  for (const ulid of (await readLine(joined.backend, topic))?.pruned.keys() ?? [])
    for (const [name, oid] of refs.heads)
      if (name.endsWith(`/${ulid}`)) await refs.transaction([{ name, expected: oid, next: null }]);
  await rewindConsumers(backend, { topic, stray, refs });
  await publishPrepared(joined, { request, items: stray.messages, conflicts: 'publish' });
  return { edits: editsBetween(before, refs.heads), records: stray.messages.length, dropped: stray.dropped };
}

function prefixesOf(topic: string): readonly string[] {
  return [refOfChain(`${SEGMENTS}${topic}`), refOfChain(`${OFFSETS}${topic}`)]
    .map((name) => `${name}/`)
    .concat(refOfChain(summaryChain(topic)));
}

async function headsOf({ refs }: GitBackend, topic: string): Promise<Map<string, Oid>> {
  const heads = new Map<string, Oid>();
  for (const prefix of prefixesOf(topic)) for (const { name, oid } of await refs.list(prefix)) heads.set(name, oid);
  return heads;
}

function editsBetween(before: ReadonlyMap<string, Oid>, after: ReadonlyMap<string, Oid>): readonly RefEdit[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((name) => ({ name, expected: before.get(name) ?? null, next: after.get(name) ?? null }))
    .filter(({ expected, next }) => expected !== next);
}

interface Stray {
  readonly messages: PreparedMessage[];
  dropped: number;
  /** Of segments that are not as they are there: how many messages are, by ulid. */
  readonly shared: Map<string, number>;
}

/** Messages that stand only in our line, in its order. */
async function findStray(backend: GitBackend, { topic, theirs, actor }: RejoinRequest): Promise<Stray> {
  const known = new Set<string>();
  const pruned = (await readLine(backend, topic))?.pruned ?? new Map();
  const ours = await listSegments(backend, topic);
  for (const [chain, oid] of theirs) {
    if (parseSegment(chain) === null) continue;
    const { only } = await split(backend, { head: oid, other: ours.find((each) => each.chain === chain)?.oid });
    for (const body of bodiesOf(only)) known.add(markOf(body));
  }
  const stray: Stray = { messages: [], dropped: 0, shared: new Map() };
  for (const { ulid, chain, oid } of ours) {
    if (pruned.has(ulid)) continue;
    const { only, base } = await split(backend, { head: oid, other: theirs.get(chain) });
    if (only.length === 0) continue;
    stray.shared.set(ulid, base === null ? 0 : base.envelope.seq + base.envelope.count);
    requireOwn(only, { chain, actor });
    collect(only, { stray, known });
  }
  return stray;
}

function collect(entries: readonly ChainEntry[], { stray, known }: { stray: Stray; known: Set<string> }): void {
  for (const { envelope } of entries) {
    if (envelope.kind !== MESSAGE_KIND.kind) continue;
    for (let i = 0; i < envelope.count; i++) {
      const body = recordBytes(envelope, i);
      const mark = markOf(body);
      if (known.has(mark)) stray.dropped += 1;
      else {
        const { type, key } = recordBody(envelope, i, MESSAGE_KIND);
        stray.messages.push({ index: stray.messages.length, type, key, body });
      }
      known.add(mark);
    }
  }
}

function* bodiesOf(entries: readonly ChainEntry[]): Generator<Uint8Array> {
  for (const { envelope } of entries)
    if (envelope.kind === MESSAGE_KIND.kind) for (let i = 0; i < envelope.count; i++) yield recordBytes(envelope, i);
}

function markOf(body: Uint8Array): string {
  const { name, content } = marksOf(body);
  return `${formatHex(content)} ${name}`;
}

function requireOwn(
  entries: readonly ChainEntry[],
  { chain, actor }: { readonly chain: string; readonly actor: string },
): void {
  const foreign = entries.find(({ envelope }) => envelope.actor !== actor)?.envelope;
  if (foreign !== undefined) throw busError('not-ours', { chain, actor: foreign.actor, seq: foreign.seq });
}

interface Fork {
  readonly head: Oid;
  readonly other: Oid | undefined;
}

/** What leads to a head and not to the other one, oldest first, and the last entry that both have. */
async function split(
  backend: GitBackend,
  { head, other }: Fork,
): Promise<{ readonly only: readonly ChainEntry[]; readonly base: ChainEntry | null }> {
  const known = new Set<Oid>();
  if (other !== undefined) for await (const { oid } of readBackwards(backend, other)) known.add(oid);
  const only: ChainEntry[] = [];
  for await (const entry of readBackwards(backend, head)) {
    if (known.has(entry.oid)) return { only: only.reverse(), base: entry };
    only.push(entry);
  }
  return { only: only.reverse(), base: null };
}

/** Ours where it goes on from theirs, else theirs. */
async function laterOf(
  backend: GitBackend,
  { ours, theirs }: { readonly ours: Oid | undefined; readonly theirs: Oid | undefined },
): Promise<Oid | undefined> {
  if (ours === undefined || theirs === undefined) return theirs;
  return (await split(backend, { head: ours, other: theirs })).base?.oid === theirs ? ours : theirs;
}

interface Rewinding {
  readonly topic: string;
  readonly stray: Stray;
  readonly refs: OverlayRefs;
}

/** A place in the line that goes is none in the one that stays: offsets end at the last place that both have. */
async function rewindConsumers(backend: GitBackend, { topic, stray, refs }: Rewinding): Promise<void> {
  for (const { consumer, oid } of await listConsumers(backend, topic)) {
    const name = refOfChain(offsetsChain(topic, consumer));
    let kept: Oid | undefined;
    for await (const entry of readBackwards(backend, oid)) {
      const { segment, seq } = recordBody(entry.envelope, entry.envelope.count - 1, OFFSET_KIND);
      if (seq >= (stray.shared.get(segment) ?? Number.MAX_SAFE_INTEGER)) continue;
      kept = entry.oid;
      break;
    }
    const theirs = refs.heads.get(name);
    const isWhole = kept === oid;
    const next = theirs === undefined ? kept : await laterOf(backend, { ours: kept, theirs });
    // Where nothing was taken from ours, whatever there is to exchange is exchanged as always.
    const head = isWhole ? oid : next;
    await refs.transaction([{ name, expected: theirs ?? null, next: head ?? null }]);
  }
}

export interface JoinRequest extends Writer {
  readonly topic: string;
  readonly consumer: string;
  /** Heads of the two histories of its offsets; theirs is verified. */
  readonly ours: Oid;
  readonly theirs: Oid;
}

/**
 * One history of offsets out of two: the further one counts. Returns its head, which is theirs, or goes on from theirs. Throws
 * `bus/not-ours`, and as `append`.
 */
export async function joinOffsets(ports: BusPorts, request: JoinRequest): Promise<Oid> {
  const { backend } = ports;
  const { topic, consumer, ours, theirs, actor } = request;
  const [mine, other] = [await readOffset(backend, ours), await readOffset(backend, theirs)];
  if (!isBefore(other, mine)) return theirs;
  const chain = offsetsChain(topic, consumer);
  const { only, base } = await split(backend, { head: ours, other: theirs });
  requireOwn(only, { chain, actor });
  const refs = new OverlayRefs(backend.refs, [refOfChain(chain)], new Map([[refOfChain(chain), theirs]]));
  const body = joined({ mine, other, records: only.map(lastOf), base: base === null ? null : lastOf(base) });
  const prepare = async () => [draftRecord(OFFSET_KIND, body).draft];
  await append(
    { ...ports, backend: overlaid(backend, refs) },
    requestBy(request, { chain, rule: OFFSETS_RULE, prepare }),
  );
  return refs.heads.get(refOfChain(chain)) ?? theirs;
}

function lastOf({ envelope }: ChainEntry): OffsetRecord {
  return recordBody(envelope, envelope.count - 1, OFFSET_KIND);
}

interface Offsets {
  readonly mine: OffsetRecord;
  readonly other: OffsetRecord;
  /** Ours that the other history lacks. */
  readonly records: readonly OffsetRecord[];
  readonly base: OffsetRecord | null;
}

/** What both have handled may count twice: nobody knows it apart any more. */
function joined({ mine, other, records, base }: Offsets): OffsetRecord {
  const seen = records.flatMap((record) => record.seen).slice(-LIMITS.busWindow);
  const place: Offset = { segment: mine.segment, seq: mine.seq };
  return {
    ...other,
    ...place,
    handled: other.handled + (mine.handled - (base?.handled ?? 0)),
    conflicts: other.conflicts + (mine.conflicts - (base?.conflicts ?? 0)),
    seen,
  };
}
