/** The events of one request on their way into envelopes: checked, encoded once, and told from those that are recorded already. */
import { RECORD_DEPTH, recordHasher } from '../chain/index.js';
import { type Cid, encode, type Value } from '../codec/index.js';
import type { GitBackend } from '../git/index.js';
import { bytesEqual, GatosError, LIMITS } from '../kernel/index.js';
import { journalError } from './errors.js';
import { EventView } from './event-view.js';
import { cidOfEntry, encodedContentHash, findKeys, type KeyIndex, keyHash } from './key-index.js';
import { EVENT_KIND, EVENT_SCHEMA, type Event, type NewEvent } from './schema.js';
import type { UlidSource } from './ulid.js';

/** What a batch takes from a request. */
export interface Batchable {
  readonly events: readonly NewEvent[];
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

export interface PreparedEvent {
  /** Its place in the request. */
  readonly index: number;
  readonly event: Event;
  /** Canonical DAG-CBOR of the record body. */
  readonly body: Uint8Array;
}

/** Fixes ulid and bytes of an event, so that every attempt records the same. */
function prepareEvent(
  { type, payload, key }: NewEvent,
  { index, ulid }: { index: number; ulid: string },
): PreparedEvent {
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
export class EmitBatch {
  readonly #known = new Map<PreparedEvent, Cid | PreparedEvent>();
  readonly #onRefused: Batchable['onRefused'];
  #items: PreparedEvent[] = [];

  constructor({ events, onRefused }: Batchable, ulids: UlidSource) {
    this.#onRefused = onRefused;
    events.forEach((event, index) => {
      this.#prepare(event, { index, ulid: ulids.next() });
    });
    const byKey = new Map<string, PreparedEvent>();
    if (events.some(({ key }) => key !== undefined)) this.#filter((item) => this.#checkRepeated(item, byKey));
  }

  #prepare(event: NewEvent, place: { index: number; ulid: string }): void {
    // As `#unlessRefused`, without a closure for each of thousands.
    try {
      this.#items.push(prepareEvent(event, place));
    } catch (error) {
      this.#refuse(place.index, error);
    }
  }

  #checkRepeated(item: PreparedEvent, byKey: Map<string, PreparedEvent>): void {
    const { key } = item.event;
    if (key === undefined) return;
    const first = byKey.get(key);
    if (first === undefined) byKey.set(key, item);
    else if (bytesEqual(contentOf(first), contentOf(item))) this.#known.set(item, first);
    else throw journalError('repeated-key', { key, index: item.index });
  }

  /** False when `body` threw a fault of this one event, which was then reported. */
  #unlessRefused(index: number, body: () => void): boolean {
    try {
      body();
      return true;
    } catch (error) {
      this.#refuse(index, error);
      return false;
    }
  }

  #refuse(index: number, error: unknown): void {
    if (this.#onRefused === undefined || !(error instanceof GatosError)) throw error;
    this.#onRefused(index, error);
  }

  /** Keeps the events that `check` does not refuse. */
  #filter(check: (item: PreparedEvent) => void): void {
    this.#items = this.#items.filter((item) => this.#unlessRefused(item.index, () => check(item)));
  }

  /** Looks up the keys against what the namespace holds now. */
  async settle({ backend, keys }: { backend: GitBackend; keys: KeyIndex }, ns: string): Promise<void> {
    const keyed = this.#items.filter(({ event }) => event.key !== undefined);
    if (keyed.length === 0) return;
    const hashes = keyed.map(({ event }) => keyHash(event.key ?? ''));
    const found = await findKeys(backend, { index: keys, ns }, hashes);
    const entries = new Map(keyed.map((item, i) => [item, found[i]]));
    this.#filter((item) => {
      const entry = entries.get(item);
      if (entry === undefined) return;
      const cid = cidOfEntry(entry);
      if (!bytesEqual(entry.content, contentOf(item))) {
        throw journalError('duplicate-key', { ns, key: item.event.key ?? '', cid: String(cid), index: item.index });
      }
      this.#known.set(item, cid);
    });
  }

  fresh(): readonly PreparedEvent[] {
    return this.#known.size === 0 ? this.#items : this.#items.filter((item) => !this.#known.has(item));
  }

  results(): Recorded[] {
    return this.#items.map((item) => {
      const known = this.#known.get(item);
      if (known === undefined) return new Written('recorded', item.body);
      return 'body' in known ? new Written('exists', known.body) : { status: 'exists', cid: known };
    });
  }
}

const hashRecord = recordHasher(EVENT_KIND.kind);

/** An event that this request recorded: few callers ask for the CIDs of thousands. */
class Written implements Recorded {
  constructor(
    readonly status: Recorded['status'],
    private readonly body: Uint8Array,
  ) {}

  get cid(): Cid {
    return hashRecord(this.body);
  }
}
