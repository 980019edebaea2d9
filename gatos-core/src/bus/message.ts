/** A message as a reader gets it, and the marks by which a repeated one is known. */
import { sha256 } from '#hash';
import { type Envelope, recordBody, recordBytes, recordHasher } from '../chain/index.js';
import type { Cid, JsonValue } from '../codec/index.js';
import { type Event, EventView } from '../journal/index.js';
import { concatBytes, utf8 } from '../kernel/index.js';
import { MESSAGE_KIND } from './schema.js';

const VIEW = new EventView();
const HALF = 16;

/** Half of SHA-256 of what a message is known by. */
export function keyMark(key: string): Uint8Array {
  return sha256(utf8(key)).subarray(0, HALF);
}

/**
 * What an encoded message says: the key that it chose, or null; what it is known by, which is that key or its ulid; and half of SHA-256
 * of type and payload as encoded.
 */
export function marksOf(body: Uint8Array): {
  readonly key: string | null;
  readonly name: string;
  readonly content: Uint8Array;
} {
  VIEW.read(body, 0, body.length);
  const { typeStart, typeEnd, payloadStart, payloadEnd, ulidStart, ulidEnd } = VIEW;
  const said = joined(body.subarray(typeStart, typeEnd), body.subarray(payloadStart, payloadEnd));
  const key = VIEW.hasKey ? VIEW.text(VIEW.keyStart, VIEW.keyEnd) : null;
  return { key, name: key ?? VIEW.text(ulidStart, ulidEnd), content: sha256(said).subarray(0, HALF) };
}

const SCRATCH = new Uint8Array(4096);

/** Two parts in one, where short for as long as nobody asks again: this is done for every message that is read. */
function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const length = a.length + b.length;
  if (length > SCRATCH.length) return concatBytes([a, b]);
  SCRATCH.set(a);
  SCRATCH.set(b, a.length);
  return SCRATCH.subarray(0, length);
}

/** The key of an encoded message, or null, without looking at the rest. */
export function hasKey(bytes: Uint8Array, start: number, end: number): boolean {
  VIEW.read(bytes, start, end);
  return VIEW.hasKey;
}

export const hashMessage = recordHasher(MESSAGE_KIND.kind);

/** A message of a segment. What it holds is decoded when it is asked for; none of it is verified. */
export class Message {
  #event: Event | undefined;

  constructor(
    private readonly envelope: Envelope,
    private readonly index: number,
    /** ULID of its segment. */
    readonly segment: string,
  ) {}

  /** Its number in the segment, from 0. */
  get seq(): number {
    return this.envelope.seq + this.index;
  }

  /** Canonical DAG-CBOR of its body. */
  get body(): Uint8Array {
    return recordBytes(this.envelope, this.index);
  }

  get cid(): Cid {
    return hashMessage(this.body);
  }

  get ulid(): string {
    return this.#decoded().ulid;
  }

  get type(): string {
    return this.#decoded().type;
  }

  get payload(): JsonValue {
    return this.#decoded().payload;
  }

  /** The idempotency key that it was given; null: its ulid stands for it. */
  get key(): string | null {
    return this.#decoded().key ?? null;
  }

  get actor(): string {
    return this.envelope.actor;
  }

  /** When its envelope was signed, in microseconds. */
  get time(): number {
    return this.envelope.time;
  }

  /** CID of the envelope that brings it. */
  get envelopeCid(): Cid {
    return this.envelope.cid;
  }

  #decoded(): Event {
    this.#event ??= recordBody(this.envelope, this.index, MESSAGE_KIND);
    return this.#event;
  }
}
