/** Recording events: signed in batches, refused when a key was used for another event, a no-op when it was used for the same one. */
import {
  type Appended,
  append,
  type Draft,
  largestClock,
  RECORD_DEPTH,
  recordHasher,
  type WriterPorts,
} from '../chain/index.js';
import { type Cid, encode, type Value } from '../codec/index.js';
import type { Signer } from '../identity/index.js';
import { bytesEqual, GatosError, LIMITS } from '../kernel/index.js';
import type { TrustHistory } from '../trust/index.js';
import { journalError } from './errors.js';
import { EventView } from './event-view.js';
import { cidOfEntry, encodedContentHash, findKeys, type KeyIndex, keyHash } from './key-index.js';
import {
  EVENT_KIND,
  EVENT_SCHEMA,
  type Event,
  JOURNAL_PREFIX,
  journalChain,
  type NewEvent,
} from './schema.js';
import type { UlidSource } from './ulid.js';

export interface JournalPorts extends WriterPorts {
  readonly keys: KeyIndex;
  readonly ulids: UlidSource;
}

export interface EmitRequest {
  readonly ns: string;
  readonly actor: string;
  readonly signer: Signer;
  readonly trust: TrustHistory;
  readonly policy: Cid | null;
  readonly events: readonly NewEvent[];
  /** Records in one envelope; default 1000. */
  readonly perEnvelope?: number | undefined;
  /**
   * Gets every event that cannot be recorded, by its index and with the fault; the others are recorded. Absent: one such event
   * refuses the whole request.
   */
  readonly onRefused?: ((index: number, fault: GatosError) => void) | undefined;
}

export interface Recorded {
  /** `exists`: the same event under the same key was recorded before, nothing was written for it. */
  readonly status: 'recorded' | 'exists';
  readonly cid: Cid;
}

export interface EmitResult {
  /** In the order of the events, without those that were refused. CIDs are computed when asked for. */
  readonly events: readonly Recorded[];
  readonly appended: readonly Appended[];
}

/**
 * Records events in `journal/<ns>/<actor>`; all of them, or none. Throws `journal/bad-event`, `journal/payload-too-large`,
 * `journal/duplicate-key`, `journal/repeated-key`, `journal/namespace`, `chain/contended`, and the faults of git and keys.
 */
export async function emit(ports: JournalPorts, request: EmitRequest): Promise<EmitResult> {
  const { ns, actor, signer, trust, policy } = request;
  const chain = journalChain(ns, actor);
  const batch = new EmitBatch(request, ports.ulids);
  const appended = await append(ports, {
    chain,
    repo: trust.repo,
    actor,
    policy,
    signers: [signer],
    floor: async () => {
      const others = await largestClock(ports.backend, `${JOURNAL_PREFIX}${ns}/`, { except: chain });
      return Math.max(trust.head.clock, others);
    },
    prepare: async () => {
      await batch.settle(ports, ns);
      return draftsOf(batch.fresh(), perEnvelopeOf(request));
    },
  });
  return { events: batch.results(), appended };
}

interface PreparedEvent {
  /** Its place in the request. */
  readonly index: number;
  readonly event: Event;
  /** Canonical DAG-CBOR of the record body. */
  readonly body: Uint8Array;
}

/** Fixes ulid and bytes of an event, so that every attempt records the same. */
function prepareEvent({ type, payload, key }: NewEvent, { index, ulid }: { index: number; ulid: string }): PreparedEvent {
  const event: Event = key === undefined ? { ulid, type, payload } : { ulid, type, payload, key };
  try {
    const body = encodeBody(EVENT_SCHEMA.read(event, 'event') as unknown as Value);
    if (body.length > LIMITS.recordBytes)
      throw journalError('payload-too-large', { index, bytes: body.length, limit: LIMITS.recordBytes });
    return { index, event, body };
  } catch (error) {
    if (error instanceof GatosError && error.code.startsWith('codec/')) {
      throw journalError('bad-event', { index, why: error.message }, { cause: error });
    }
    throw error;
  }
}

/** The encoding of a body at the depth that it has in an envelope. Throws `codec/depth` where the envelope would. */
function encodeBody(body: Value): Uint8Array {
  // Two lists around it, one byte each, in the place of the envelope and of the list of its records.
  return encode([[body]]).subarray(RECORD_DEPTH);
}

const VIEW = new EventView();

/** As `contentHash`, of the bytes that are recorded. */
function contentOf({ body }: PreparedEvent): Uint8Array {
  VIEW.read(body, 0, body.length);
  return encodedContentHash(VIEW, body);
}

/** The events of one request: which are new, and what became of each. */
class EmitBatch {
  readonly #known = new Map<PreparedEvent, Cid | PreparedEvent>();
  readonly #hashRecord = recordHasher(EVENT_KIND.kind);
  readonly #onRefused: EmitRequest['onRefused'];
  #items: PreparedEvent[] = [];

  constructor({ events, onRefused }: EmitRequest, ulids: UlidSource) {
    this.#onRefused = onRefused;
    events.forEach((event, index) => {
      const ulid = ulids.next();
      this.#unlessRefused(index, () => this.#items.push(prepareEvent(event, { index, ulid })));
    });
    const byKey = new Map<string, PreparedEvent>();
    this.#filter((item) => this.#checkRepeated(item, byKey));
  }

  #checkRepeated(item: PreparedEvent, byKey: Map<string, PreparedEvent>): void {
    const { key } = item.event;
    if (key === undefined) return;
    const first = byKey.get(key);
    if (first === undefined) byKey.set(key, item);
    else if (bytesEqual(contentOf(first), contentOf(item))) this.#known.set(item, first);
    else throw journalError('repeated-key', { key });
  }

  /** False when `body` threw a fault of this one event, which was then reported. */
  #unlessRefused(index: number, body: () => void): boolean {
    try {
      body();
      return true;
    } catch (error) {
      if (this.#onRefused === undefined || !(error instanceof GatosError)) throw error;
      this.#onRefused(index, error);
      return false;
    }
  }

  /** Keeps the events that `check` does not refuse. */
  #filter(check: (item: PreparedEvent) => void): void {
    this.#items = this.#items.filter((item) => this.#unlessRefused(item.index, () => check(item)));
  }

  /** Looks up the keys against what the namespace holds now. */
  async settle(ports: JournalPorts, ns: string): Promise<void> {
    const keyed = this.#items.filter(({ event }) => event.key !== undefined);
    if (keyed.length === 0) return;
    const hashes = keyed.map(({ event }) => keyHash(event.key ?? ''));
    const found = await findKeys(ports.backend, { index: ports.keys, ns }, hashes);
    const entries = new Map(keyed.map((item, i) => [item, found[i]]));
    this.#filter((item) => {
      const entry = entries.get(item);
      if (entry === undefined) return;
      const cid = cidOfEntry(entry);
      if (!bytesEqual(entry.content, contentOf(item))) {
        throw journalError('duplicate-key', { ns, key: item.event.key ?? '', cid: String(cid) });
      }
      this.#known.set(item, cid);
    });
  }

  fresh(): readonly PreparedEvent[] {
    return this.#known.size === 0 ? this.#items : this.#items.filter((item) => !this.#known.has(item));
  }

  results(): Recorded[] {
    const hash = this.#hashRecord;
    return this.#items.map((item) => {
      const known = this.#known.get(item);
      const source = known !== undefined && 'body' in known ? known : item;
      if (known !== undefined && !('body' in known)) return { status: 'exists', cid: known };
      return {
        status: known === undefined ? 'recorded' : 'exists',
        get cid() {
          return hash(source.body);
        },
      };
    });
  }
}

function perEnvelopeOf({ perEnvelope = 1000 }: EmitRequest): number {
  return Math.max(1, Math.min(perEnvelope, LIMITS.envelopeRecords));
}

/** Leaves room for the header below LIMITS.envelopeBytes. */
const BODY_ROOM = LIMITS.envelopeBytes - 4096;

function draftsOf(items: readonly PreparedEvent[], perEnvelope: number): Draft[] {
  const drafts: Draft[] = [];
  let start = 0;
  let bytes = 0;
  const flush = (end: number): void => {
    const part = items.slice(start, end);
    const [first] = part;
    if (first === undefined) return;
    drafts.push({
      kind: EVENT_KIND.kind,
      bodies: part.map(({ body }) => body),
      description: EVENT_KIND.describe(first.event, part.length),
    });
    start = end;
    bytes = 0;
  };
  items.forEach(({ body }, i) => {
    if (i - start >= perEnvelope || bytes + body.length > BODY_ROOM) flush(i);
    bytes += body.length;
  });
  flush(items.length);
  return drafts;
}
