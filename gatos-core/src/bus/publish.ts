/** Publishing: messages are appended to the active segment; a full one is ended and the next one begun in the same step. */
import { type AppendRequest, appendTogether, draftRecord, refOfChain, type WriterPorts } from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import { UlidSource } from '../journal/index.js';
import { invariant, isGatosError, LIMITS } from '../kernel/index.js';
import { requestBy, type Writer } from '../trust/index.js';
import { busError } from './errors.js';
import { listSegments } from './line.js';
import { hashMessage } from './message.js';
import { checkTopic, segmentChain, summaryChain, ulidAfter } from './names.js';
import { type PlannedSegment, planSegments, type SegmentTerms } from './plan.js';
import { knownKey, type PreparedMessage, prepareMessages, type Settled, type Settling, settle } from './prepare.js';
import { SEGMENT_RULE, SUMMARY_RULE } from './rules.js';
import { type NewMessage, TOPIC_KIND } from './schema.js';
import { SegmentMemo, type SegmentState } from './segment-state.js';

export interface BusPorts extends WriterPorts {
  readonly ulids: UlidSource;
  /** Saves reading the active segment again at every call. */
  readonly segments?: SegmentMemo | undefined;
}

/** What publishing takes, for as long as a program runs. */
export function openBus(ports: WriterPorts): Required<BusPorts> {
  const { backend, clock, random } = ports;
  return { backend, clock, random, ulids: new UlidSource(ports), segments: new SegmentMemo() };
}

/** When a segment is full. A segment may pass `maxBytes` by one message. */
export interface SegmentLimits {
  /** Default and most: LIMITS.busSegmentMessages. */
  readonly maxMessages?: number | undefined;
  /** Bytes of message bodies. Default and most: LIMITS.busSegmentBytes. */
  readonly maxBytes?: number | undefined;
}

export interface PublishRequest extends Writer {
  readonly topic: string;
  readonly messages: readonly NewMessage[];
  readonly limits?: SegmentLimits | undefined;
  /** Records in one envelope; default 1000. */
  readonly perEnvelope?: number | undefined;
  /** What becomes visible in the same step, on chains of other planes: also when all messages are published already. */
  readonly together?: readonly AppendRequest[] | undefined;
}

export interface Published {
  /** `exists`: the same message under the same key stands in the active segment, and nothing was written for it. */
  readonly status: 'recorded' | 'exists';
  /** Computed when it is asked for. */
  readonly cid: Cid;
  /** ULID of the segment, and its number there. */
  readonly segment: string;
  readonly seq: number;
}

/**
 * Publishes messages, all of them or none, and says of each where it stands, in the order of the request. A key is looked up in
 * the active segment only: a message that is published again later is a duplicate that consumers know by the same key.
 * Throws `bus/name`, `bus/bad-message`, `bus/message-too-large`, `bus/duplicate-key`, `bus/repeated-key`, `bus/no-successor`,
 * `bus/overtaken`, and as `appendTogether`.
 */
export async function publishMessages(ports: BusPorts, request: PublishRequest): Promise<readonly Published[]> {
  checkTopic(request.topic);
  const items = prepareMessages(request.messages, ports.ulids);
  return publishPrepared(ports, { request, items, conflicts: 'refuse' });
}

type PublishTerms = Omit<PublishRequest, 'messages'>;

interface Publishing extends Pick<Settling, 'conflicts'> {
  readonly request: PublishTerms;
  readonly items: readonly PreparedMessage[];
}

/** As `publishMessages`, of messages that are encoded. */
export async function publishPrepared(given: BusPorts, publishing: Publishing): Promise<readonly Published[]> {
  const { topic } = publishing.request;
  const ports = { ...given, segments: given.segments ?? new SegmentMemo() };
  for (let attempt = 1; attempt <= LIMITS.appendAttempts; attempt++) {
    try {
      return await publishOnce(ports, publishing);
    } catch (error) {
      if (!isGatosError(error, 'bus/overtaken')) throw error;
    }
  }
  throw busError('overtaken', { topic });
}

/** Throws `bus/overtaken` when the active segment is not any more the one for which it was planned. */
async function publishOnce(ports: OpenPorts, { request, items, conflicts }: Publishing): Promise<readonly Published[]> {
  const { topic } = request;
  const state = await activeSegment(ports, topic);
  const settled = settle(items, { state, topic, conflicts });
  const { fresh } = settled;
  if (fresh.length === 0) {
    await appendTogether(ports, request.together ?? []);
    return resultsOf({ items, settled, state, planned: [] });
  }
  const planned = planSegments({
    start: state ?? { ulid: ports.ulids.next(), oid: null, count: 0, bytes: 0 },
    items: fresh,
    terms: termsOf(request),
    nextUlid: (before) => ulidAfter(ports.ulids.next(), before),
  });
  const oids = await write(ports, { request, planned, isNew: state === null });
  ports.segments.keep(stateAfter({ topic, state, planned, oid: oids.at(-1) ?? '' }));
  return resultsOf({ items, settled, state, planned });
}

/** More than a header and the encoding around it take. */
const HEADER_BYTES = 4096;

function termsOf({ limits = {}, perEnvelope = 1000, signer }: PublishTerms): SegmentTerms {
  const { busSegmentMessages, busSegmentBytes, envelopeRecords, envelopeBytes } = LIMITS;
  const within = (value: number | undefined, most: number) => Math.max(1, Math.min(value ?? most, most));
  return {
    maxMessages: within(limits.maxMessages, busSegmentMessages),
    maxBytes: within(limits.maxBytes, busSegmentBytes),
    perEnvelope: within(perEnvelope, envelopeRecords),
    // Some signers, such as ssh-agent, take short messages only.
    room: Math.min(envelopeBytes, signer.maxMessageBytes ?? envelopeBytes) - HEADER_BYTES,
  };
}

type OpenPorts = BusPorts & { readonly segments: SegmentMemo };

/** The segment that gets the next message; null: the topic is new. Throws `bus/no-successor`, `bus/overtaken`. */
async function activeSegment({ backend, segments }: OpenPorts, topic: string): Promise<SegmentState | null> {
  const last = (await listSegments(backend, topic)).at(-1);
  const state = last === undefined ? null : await segments.follow(backend, last);
  if (state?.end === null) return state;
  const opened = summaryChain(topic);
  if (state === null && (await backend.refs.read(refOfChain(opened))) === null) return null;
  // Somebody has begun the next one since the list was made, or it was not brought here.
  const now = (await listSegments(backend, topic)).at(-1);
  if (now !== undefined && now.ulid !== last?.ulid) throw busError('overtaken', { topic });
  throw busError('no-successor', { topic, segment: state === null ? opened : segmentChain(topic, state.end.next) });
}

interface Writing {
  readonly request: PublishTerms;
  readonly planned: readonly PlannedSegment[];
  readonly isNew: boolean;
}

/** Writes all segments in one step, a new topic with its opening. Returns the heads of the segments. Throws `bus/overtaken`. */
async function write(ports: OpenPorts, { request, planned, isNew }: Writing): Promise<readonly string[]> {
  const { topic } = request;
  // Places in history are counted from trust on in every segment by itself: pruning takes no places away by which others are measured.
  const requests = planned.map(({ ulid, oid, drafts }) =>
    requestBy(request, {
      chain: segmentChain(topic, ulid),
      rule: SEGMENT_RULE,
      prepare: async (head) => {
        if ((head?.oid ?? null) !== oid) throw busError('overtaken', { topic });
        return drafts;
      },
    }),
  );
  // One ref that all first publishers want to create: so a topic starts once.
  if (isNew) requests.unshift(opening(request, planned[0]?.ulid ?? ''));
  const appended = await appendTogether(ports, [...requests, ...(request.together ?? [])]);
  return appended.slice(isNew ? 1 : 0, requests.length).map((each) => each.at(-1)?.oid ?? '');
}

function opening(request: PublishTerms, first: string): AppendRequest {
  const { topic } = request;
  const { draft } = draftRecord(TOPIC_KIND, { topic, first });
  return requestBy(request, {
    chain: summaryChain(topic),
    rule: SUMMARY_RULE,
    prepare: async (head) => {
      if (head !== null) throw busError('overtaken', { topic });
      return [draft];
    },
  });
}

interface Outcome {
  readonly state: SegmentState | null;
  readonly planned: readonly PlannedSegment[];
}

/** What is known of the active segment once the plan is carried out. */
function stateAfter({ topic, state, planned, oid }: Outcome & { readonly topic: string; readonly oid: string }) {
  const last = planned.at(-1);
  invariant(last !== undefined && !last.isEnded, 'the last segment that is written goes on');
  const { ulid, count, bytes, items, seq } = last;
  const keys = new Map(state?.ulid === ulid ? state.keys : []);
  items.forEach((item, i) => {
    if (item.key !== undefined) keys.set(item.key, knownKey(item, seq + i));
  });
  return { topic, ulid, chain: segmentChain(topic, ulid), oid, count, bytes, end: null, keys };
}

interface Telling extends Outcome {
  readonly items: readonly PreparedMessage[];
  readonly settled: Settled;
}

function resultsOf({ items, settled: { known }, state, planned }: Telling): Published[] {
  const places = new Map<PreparedMessage, Place>();
  for (const { ulid: segment, seq, items: placed } of planned)
    for (let i = 0; i < placed.length; i++) places.set(placed[i] as PreparedMessage, { segment, seq: seq + i });
  const written = (status: Published['status'], item: PreparedMessage): Published => {
    const place = places.get(item);
    invariant(place !== undefined, 'what was not known was written');
    return new Written(status, item.body, place);
  };
  return items.map((item) => {
    const twin = known.get(item.index);
    if (twin === undefined) return written('recorded', item);
    if ('body' in twin) return written('exists', twin);
    return { status: 'exists', cid: twin.cid, segment: state?.ulid ?? '', seq: twin.seq };
  });
}

type Place = Pick<Published, 'segment' | 'seq'>;

/** A message that this request wrote: few callers ask for the CIDs of thousands. */
class Written implements Published {
  constructor(
    readonly status: Published['status'],
    private readonly body: Uint8Array,
    private readonly place: Place,
  ) {}

  get cid(): Cid {
    return hashMessage(this.body);
  }

  get segment(): string {
    return this.place.segment;
  }

  get seq(): number {
    return this.place.seq;
  }
}
