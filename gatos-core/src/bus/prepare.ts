/** Messages on their way into envelopes: checked, encoded once, and told from those that are published already. */
import { RECORD_DEPTH } from '../chain/index.js';
import { encode, type Value } from '../codec/index.js';
import { EVENT_SCHEMA, type Event, type UlidSource } from '../journal/index.js';
import { bytesEqual, GatosError, LIMITS } from '../kernel/index.js';
import { busError } from './errors.js';
import { hashMessage, marksOf } from './message.js';
import { DEFAULT_TYPE, type NewMessage } from './schema.js';
import type { KnownKey, SegmentState } from './segment-state.js';

export interface PreparedMessage {
  /** Its place in the request. */
  readonly index: number;
  readonly type: string;
  readonly key: string | undefined;
  /** Canonical DAG-CBOR of the record body. */
  readonly body: Uint8Array;
}

/** Fixes ulid and bytes of every message, so that each attempt publishes the same. Throws `bus/bad-message`, `bus/message-too-large`. */
export function prepareMessages(messages: readonly NewMessage[], ulids: UlidSource): readonly PreparedMessage[] {
  return messages.map((message, index) => prepareMessage(message, { index, ulid: ulids.next() }));
}

const ANY_ULID = '01000000000000000000000000';

/** What publishing finds wrong with a message by itself, without publishing it. Throws `bus/bad-message`, `bus/message-too-large`. */
export function checkMessage(message: NewMessage, index: number): void {
  prepareMessage(message, { index, ulid: ANY_ULID });
}

function prepareMessage(
  { payload, key, type = DEFAULT_TYPE }: NewMessage,
  { index, ulid }: { index: number; ulid: string },
): PreparedMessage {
  const event: Event = key === undefined ? { ulid, type, payload } : { ulid, type, payload, key };
  try {
    // Encoded at the depth that it has in an envelope: two lists around it, one byte each, in the place of envelope and records.
    const body = encode([[EVENT_SCHEMA.read(event, 'message') as unknown as Value]]).subarray(RECORD_DEPTH);
    if (body.length > LIMITS.recordBytes)
      throw busError('message-too-large', { index, bytes: body.length, limit: LIMITS.recordBytes });
    return { index, type, key, body };
  } catch (error) {
    if (!(error instanceof GatosError) || !error.code.startsWith('codec/')) throw error;
    throw busError('bad-message', { index, why: error.message }, { cause: error });
  }
}

/** What became of the messages of a request, before anything is written. */
export interface Settled {
  readonly fresh: readonly PreparedMessage[];
  /** By place in the request: the message that stands for it, published before or in this request. */
  readonly known: ReadonlyMap<number, KnownKey | PreparedMessage>;
}

export interface Settling {
  readonly state: SegmentState | null;
  readonly topic: string;
  /** Another message under a used key: `refuse` it, or `publish` it for consumers to tell. */
  readonly conflicts: 'refuse' | 'publish';
}

/** Throws `bus/duplicate-key`, `bus/repeated-key`. */
export function settle(items: readonly PreparedMessage[], { state, topic, conflicts }: Settling): Settled {
  const known = new Map<number, KnownKey | PreparedMessage>();
  const byKey = new Map<string, PreparedMessage>();
  const fresh = items.filter((item) => {
    const { key, index, body } = item;
    if (key === undefined) return true;
    const published = state?.keys.get(key);
    const twin = published ?? byKey.get(key);
    if (twin === undefined) {
      byKey.set(key, item);
      return true;
    }
    const content = 'body' in twin ? marksOf(twin.body).content : twin.content;
    if (!bytesEqual(content, marksOf(body).content)) {
      if (conflicts === 'publish') return true;
      if ('body' in twin) throw busError('repeated-key', { key, index });
      throw busError('duplicate-key', { topic, key, index, cid: String(twin.cid) });
    }
    known.set(index, twin);
    return false;
  });
  return { fresh, known };
}

export function knownKey({ body }: PreparedMessage, seq: number): KnownKey {
  return { content: marksOf(body).content, seq, cid: hashMessage(body) };
}
