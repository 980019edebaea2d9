/** What the bus promises beyond valid chains: segments form one line and end truthfully, summaries and offsets are true. */
import { type ChainEntry, chainOfRef, isAmong, REF_PREFIX, readChain, readEntry, recordBody } from '../chain/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { type Check, compareText, type GatosError, type LongCall, runCheck } from '../kernel/index.js';
import { readOffset } from './consumer.js';
import { digestSegment, type SegmentAt, summaryFault } from './digest.js';
import { busError } from './errors.js';
import {
  type HeldSummary,
  listConsumers,
  listSegments,
  listTopics,
  readLine,
  type SegmentRef,
  type TopicLine,
} from './line.js';
import { OFFSETS, offsetsChain, segmentChain, summaryChain, topicOf } from './names.js';
import { END_KIND, type End, OFFSET_KIND, type OffsetRecord } from './schema.js';

export interface VerifyBusRequest extends LongCall {
  /** Only these chains and what is below them, such as `mbus/jobs` or `mbus-ack/`; absent: all. */
  readonly only?: readonly string[] | undefined;
  /** Heads up to which chains are known to be good: only what follows is looked at, of a segment until it ends. */
  readonly since?: ReadonlyMap<string, Oid> | undefined;
}

/**
 * One check for each segment, summary chain and chain of offsets, sorted by chain. That the chains are valid themselves is for
 * `verifyChain` to tell. Faults become failed checks.
 */
export async function verifyBus(backend: GitBackend, request: VerifyBusRequest = {}): Promise<readonly Check[]> {
  const { only, signal } = request;
  const wanted = (chain: string): boolean => isAmong(chain, only);
  const checks: Check[] = [];
  for (const topic of await topicsOf(backend)) {
    if (only !== undefined && !only.some((name) => mayName(name, topic))) continue;
    const run = new TopicRun(backend, topic, request);
    checks.push(...(await run.all(wanted)));
    signal?.throwIfAborted();
  }
  return checks.sort((a, b) => compareText(a.subject, b.subject));
}

/** Could a name ask for anything of this topic? */
function mayName(name: string, topic: string): boolean {
  const named = topicOf(name.endsWith('/') ? name : `${name}/`);
  return named === null || named === '' || named === topic;
}

/** Those of offsets alone too. */
async function topicsOf(backend: GitBackend): Promise<readonly string[]> {
  const refs = await backend.refs.list(REF_PREFIX + OFFSETS);
  const acknowledged = refs.map(({ name }) => topicOf(chainOfRef(name) ?? '') ?? '');
  return [...new Set([...(await listTopics(backend)), ...acknowledged])].sort(compareText);
}

class TopicRun {
  #line: TopicLine | null = null;
  #segments: readonly SegmentRef[] = [];
  /** The segment that names another one as the next, by that one. */
  readonly #before = new Map<string, string>();

  constructor(
    private readonly backend: GitBackend,
    private readonly topic: string,
    private readonly request: VerifyBusRequest,
  ) {}

  async all(wanted: (chain: string) => boolean): Promise<readonly Check[]> {
    const { backend, topic } = this;
    const subject = summaryChain(topic);
    const opened = await runCheck('topic', subject, () => this.#open());
    const consumers = await listConsumers(backend, topic);
    const offsets = consumers.map(({ consumer, oid }) => ({ chain: offsetsChain(topic, consumer), oid }));
    const segments = (await listSegments(backend, topic)).filter(({ chain }) => wanted(chain));
    if (opened.outcome !== 'pass') {
      // Where the topic cannot be read as a whole nothing of it passes.
      const chains = [subject, ...segments.map(({ chain }) => chain), ...offsets.map(({ chain }) => chain)];
      return chains.filter(wanted).map((chain) => ({ ...opened, subject: chain }));
    }
    const checks: Check[] = [];
    if (this.#line !== null && wanted(subject)) checks.push(await runCheck('topic', subject, () => this.#summaries()));
    for (const segment of segments) {
      checks.push(await runCheck('segment', segment.chain, () => this.#segment(segment)));
      this.request.signal?.throwIfAborted();
    }
    for (const { chain, oid } of offsets)
      if (wanted(chain)) checks.push(await runCheck('offsets', chain, () => this.#offsets(chain, oid)));
    return checks;
  }

  async #open(): Promise<string> {
    const { backend, topic } = this;
    this.#segments = await listSegments(backend, topic);
    this.#line = await readLine(backend, topic, this.request);
    for (const { ulid, oid } of this.#segments) {
      const end = endOf(await readEntry(backend, oid));
      if (end !== null) this.#before.set(end.next, ulid);
    }
    for (const [ulid, { summary }] of this.#line?.pruned ?? []) this.#before.set(summary.next, ulid);
    return 'it can be read';
  }

  /** The line starts somewhere, and every summary is of a segment of it, and true of one that is still here. */
  async #summaries(): Promise<string> {
    const { topic } = this;
    const line = this.#line;
    if (line === null) return 'there is no summary';
    if (line.first === null)
      throw busError('misplaced', { chain: summaryChain(topic), why: 'it does not open the topic' });
    const [repeated] = line.repeated;
    if (repeated !== undefined) throw this.#bad(repeated, 'there is another one of that segment');
    for (const [ulid, held] of line.pruned) {
      this.#requireLinked(ulid);
      const here = this.#segments.find((segment) => segment.ulid === ulid);
      if (here !== undefined) await this.#compare(held, here);
    }
    return `${line.pruned.size} pruned segments are of the line that the topic started`;
  }

  #bad({ summary: { segment }, cid }: HeldSummary, why: string) {
    return busError('bad-summary', { segment, summary: String(cid), why });
  }

  async #compare(held: HeldSummary, segment: SegmentAt): Promise<void> {
    const fault = summaryFault(held, await digestSegment(this.backend, segment, { signal: this.request.signal }));
    if (fault !== null) throw fault;
  }

  #requireLinked(ulid: string): void {
    if (this.#line?.first === ulid || this.#before.has(ulid)) return;
    throw busError('not-linked', { chain: segmentChain(this.topic, ulid), topic: this.topic });
  }

  async #segment(segment: SegmentRef): Promise<string> {
    const { backend, request, topic } = this;
    const { ulid, chain, oid } = segment;
    this.#requireLinked(ulid);
    const held = this.#line?.pruned.get(ulid);
    if (held !== undefined) await this.#compare(held, segment);
    const since = request.since?.get(chain);
    const end = endOf(await readEntry(backend, oid));
    if (end === null) {
      await refuseInnerEnd(backend, { chain, oid, since });
      return 'it is of the line of its topic, and goes on';
    }
    const { count } = await digestSegment(backend, { chain, oid }, { signal: request.signal });
    const goesOn = this.#segments.some((each) => each.ulid === end.next) || this.#line?.pruned.has(end.next) === true;
    if (!goesOn) throw busError('no-successor', { topic, segment: segmentChain(topic, end.next) });
    return `${count} messages, as its end says; the topic goes on`;
  }

  /** Offsets go forward, count what they list, and name messages that there are. */
  async #offsets(chain: string, oid: Oid): Promise<string> {
    const since = this.request.since?.get(chain);
    let last = since === undefined ? null : await readOffset(this.backend, since);
    let count = 0;
    for await (const batch of readChain(this.backend, { head: oid, after: since }, this.request))
      for (const { envelope } of batch)
        for (let i = 0; i < envelope.count; i++) {
          const record = recordBody(envelope, i, OFFSET_KIND);
          const why = offsetFault(last, record) ?? (await this.#beyond(record));
          if (why !== null) throw busError('bad-offsets', { chain, seq: envelope.seq + i, why });
          last = record;
          count += 1;
        }
    return `${count} offsets go forward`;
  }

  /** Says the record more than a segment that has ended holds? Of one that goes on, there may be more elsewhere. */
  async #beyond({ segment, seq }: OffsetRecord): Promise<string | null> {
    const summary = this.#line?.pruned.get(segment)?.summary;
    if (summary !== undefined) return seq <= summary.last ? null : `\`${segment}\` has ${summary.count} messages`;
    const here = this.#segments.find(({ ulid }) => ulid === segment);
    if (here === undefined) throw busError('no-segment', { segment: segmentChain(this.topic, segment) });
    const end = endOf(await readEntry(this.backend, here.oid));
    return end === null || seq < end.count ? null : `\`${segment}\` has ${end.count} messages`;
  }
}

function endOf({ envelope }: ChainEntry): End | null {
  return envelope.kind === END_KIND.kind ? recordBody(envelope, 0, END_KIND) : null;
}

function offsetFault(before: OffsetRecord | null, after: OffsetRecord): string | null {
  const gained = after.handled - (before?.handled ?? 0);
  if (gained < after.seen.length) return `it lists ${after.seen.length} messages and counts ${gained}`;
  if (before === null) return null;
  const isForward =
    after.segment === before.segment ? after.seq > before.seq : compareText(after.segment, before.segment) > 0;
  if (!isForward) return 'it goes back';
  return after.conflicts >= before.conflicts ? null : 'conflicts become fewer';
}

/** A segment that goes on has no end inside. */
async function refuseInnerEnd(
  backend: GitBackend,
  { chain, oid, since }: SegmentAt & { readonly since: Oid | undefined },
): Promise<void> {
  let end = since === undefined ? null : endOf(await readEntry(backend, since));
  if (since === oid) return;
  for await (const batch of readChain(backend, { head: oid, after: since }))
    for (const entry of batch) {
      if (end !== null) throw busError('after-end', { chain, seq: entry.envelope.seq });
      end = endOf(entry);
    }
}

/**
 * May a segment that stood at this commit be deleted? Null when a summary in the repository covers exactly what it held; else
 * `bus/not-summarised` or `bus/bad-summary`. Throws as `readChain`.
 */
export async function pruningFault(
  backend: GitBackend,
  { topic, ulid, chain, oid }: SegmentRef,
  options: LongCall = {},
): Promise<GatosError | null> {
  const held = (await readLine(backend, topic))?.pruned.get(ulid);
  if (held === undefined) return busError('not-summarised', { segment: chain });
  return summaryFault(held, await digestSegment(backend, { chain, oid }, options));
}

/** The summary into which a segment was pruned, or null. */
export async function summaryFor(
  backend: GitBackend,
  { topic, ulid }: Pick<SegmentRef, 'topic' | 'ulid'>,
): Promise<HeldSummary | null> {
  return (await readLine(backend, topic))?.pruned.get(ulid) ?? null;
}
