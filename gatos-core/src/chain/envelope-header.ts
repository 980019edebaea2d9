/**
 * The header of an envelope: the ten fields before its records, in the order of their encoded keys (design 2.3). Reading is one
 * strict pass by hand, because verification reads millions of headers that differ in four fields.
 */
import { Cid, encode, type Schema, s } from '../codec/index.js';
import { ACTOR_KINDS, nameFault } from '../identity/index.js';
import { concatBytes, LIMITS, Memo } from '../kernel/index.js';
import { chainError } from './errors.js';
import { chainNameFault } from './names.js';

export interface EnvelopeHeader {
  readonly v: 1;
  /** CID of the genesis trust envelope; null only in genesis itself. */
  readonly repo: Cid | null;
  /** Ref name without `refs/gatos/`. */
  readonly chain: string;
  /** Index of the first record in the chain, from 0. */
  readonly seq: number;
  /** CID of the previous envelope of this chain. */
  readonly prev: Cid | null;
  /** Lamport clock: the place in history (ADR-0006). */
  readonly clock: number;
  /** `user:alice`, `agent:…`, `service:…` */
  readonly actor: string;
  /** Microseconds since the epoch, informative. */
  readonly time: number;
  /** CID of the policy in force for the writer. */
  readonly policy: Cid | null;
  /** Such as `journal.event`. */
  readonly kind: string;
}

/** Schema of an actor, in headers and in records. */
export const ACTOR: Schema<string> = s.refine(s.text({ maxBytes: LIMITS.actorBytes }), (actor) => {
  const colon = actor.indexOf(':');
  const known = ACTOR_KINDS.some((kind) => kind === actor.slice(0, Math.max(colon, 0)));
  if (!known) return `is not an actor: its kind is none of ${ACTOR_KINDS.join(', ')}`;
  const why = nameFault(actor.slice(colon + 1));
  return why === null ? undefined : `is not an actor: ${why}`;
});

const CHAIN: Schema<string> = s.refine(s.text({ maxBytes: LIMITS.chainBytes }), (chain) => {
  const why = chainNameFault(chain);
  return why === null ? undefined : `is not the name of a chain: ${why}`;
});

const COUNT = { min: 0, max: Number.MAX_SAFE_INTEGER } as const;

/** Fields in the order of their encoded keys (by length, then bytes). */
const FIELDS: { readonly [K in keyof EnvelopeHeader]: Schema<EnvelopeHeader[K]> } = {
  v: s.literal(1),
  seq: s.int(COUNT),
  kind: s.text({ maxBytes: LIMITS.kindBytes, pattern: /^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)+$/ }),
  prev: s.nullable(s.cid),
  repo: s.nullable(s.cid),
  time: s.int(COUNT),
  actor: ACTOR,
  chain: CHAIN,
  clock: s.int(COUNT),
  policy: s.nullable(s.cid),
};
const KEYS = Object.fromEntries(Object.keys(FIELDS).map((name) => [name, encode(name)])) as Readonly<
  Record<keyof EnvelopeHeader, Uint8Array>
>;
const MAP = 0xa0;
const FIELD_COUNT = Object.keys(FIELDS).length;
const RECORDS_KEY = encode('records');

/**
 * Encoded header up to and with the key of the records: the list of records follows. Whether each field is in its form shows
 * when the envelope is read back.
 */
export function encodeHeader({
  v,
  repo,
  chain,
  seq,
  prev,
  clock,
  actor,
  time,
  policy,
  kind,
}: EnvelopeHeader): Uint8Array {
  const header = { v, repo, chain, seq, prev, clock, actor, time, policy, kind };
  const bytes = encode(header);
  // The records are an eleventh field, whose key sorts last.
  bytes[0] = MAP + FIELD_COUNT + 1;
  return concatBytes([bytes, RECORDS_KEY]);
}

type TextField = 'kind' | 'actor' | 'chain';

/** A text of the header, which its schema holds to ASCII. Throws `chain/malformed-envelope`. */
function textOf(name: TextField): (bytes: Uint8Array) => string {
  return (bytes) => {
    const text = String.fromCharCode(...bytes);
    const fault = bytes.some((byte) => byte > 0x7f) ? { why: 'is not ASCII' } : FIELDS[name].find(text);
    if (fault === undefined) return text;
    throw chainError('malformed-envelope', { why: `field \`${name}\` ${fault.why}` });
  };
}

// Fields that seldom change from one envelope to the next.
const TEXTS: Readonly<Record<TextField, Memo<string>>> = {
  kind: new Memo(textOf('kind')),
  actor: new Memo(textOf('actor')),
  chain: new Memo(textOf('chain')),
};
const REPOS = new Memo((bytes) => Cid.decode(bytes));
const POLICIES = new Memo((bytes) => Cid.decode(bytes));

const NULL = 0xf6;
const TEXT = 0x60;
const TEXT_8 = 0x78;
/** Tag 42, a byte string of 37, a zero byte; the CID follows (DAG-CBOR specification, "Links"). */
const LINK = Uint8Array.of(0xd8, 0x2a, 0x58, 0x25, 0x00);
const CID_BYTES = 36;
/** Least value that takes 1, 2, 4 and 8 bytes after its head (RFC 8949 section 4.2.1). */
const LEAST = [24, 0x100, 0x10000, 2 ** 32] as const;

class HeaderReader {
  at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** Moves behind the key of a field, or behind anything else that is always the same. */
  expect(what: Uint8Array, name: string): void {
    if (!startsWith(this.bytes, what, this.at)) throw this.#bad(name, 'is missing');
    this.at += what.length;
  }

  uint(name: 'v' | 'seq' | 'time' | 'clock'): number {
    this.expect(KEYS[name], name);
    const start = this.at;
    const initial = this.bytes[start] ?? 0xff;
    this.at = start + 1;
    if (initial < 24) return initial;
    if (initial > 27) throw this.#bad(name, 'is no unsigned integer');
    const end = this.at + (1 << (initial - 24));
    if (end > this.bytes.length) throw this.#bad(name, 'is cut off');
    let value = 0;
    for (let i = this.at; i < end; i++) value = value * 256 + (this.bytes[i] as number);
    if (value < (LEAST[initial - 24] as number)) throw this.#bad(name, 'is not in its shortest form');
    if (value > Number.MAX_SAFE_INTEGER) throw this.#bad(name, 'is beyond 2^53−1');
    this.at = end;
    return value;
  }

  /** Every text of a header is ASCII by its schema and shorter than 256 bytes by its bound. */
  text(name: TextField): string {
    this.expect(KEYS[name], name);
    const initial = this.bytes[this.at] ?? 0;
    const long = initial === TEXT_8;
    const length = long ? (this.bytes[this.at + 1] ?? 0) : initial - TEXT;
    if (length < 0 || length > (long ? 255 : 23) || (long && length < 24)) throw this.#bad(name, 'is no short text');
    const start = this.at + (long ? 2 : 1);
    this.at = start + length;
    if (this.at > this.bytes.length) throw this.#bad(name, 'is cut off');
    return TEXTS[name].get(this.bytes, start, this.at);
  }

  link(name: 'prev' | 'repo' | 'policy', memo?: Memo<Cid>): Cid | null {
    this.expect(KEYS[name], name);
    const { bytes } = this;
    if (bytes[this.at] === NULL) {
      this.at += 1;
      return null;
    }
    const start = this.at + LINK.length;
    const end = start + CID_BYTES;
    if (!startsWith(bytes, LINK, this.at) || end > bytes.length) throw this.#bad(name, 'is neither a link nor null');
    this.at = end;
    if (memo === undefined) return Cid.decodeAt(bytes, start, CID_BYTES);
    return memo.get(bytes, start, end);
  }

  #bad(name: string, why: string) {
    return chainError('malformed-envelope', { why: `field \`${name}\` ${why} (byte ${this.at})` });
  }
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array, at: number): boolean {
  for (let i = 0; i < prefix.length; i++) if (bytes[at + i] !== prefix[i]) return false;
  return true;
}

/**
 * Reads the header at the start of an envelope, strictly. `end` is the offset of the list of records. Throws
 * `chain/malformed-envelope`, `codec/cid`, and `chain/newer-version` for a map whose `v` is larger than 1.
 */
export function decodeHeader(bytes: Uint8Array): { readonly header: EnvelopeHeader; readonly end: number } {
  const read = new HeaderReader(bytes);
  checkVersion(bytes);
  read.at = 1;
  // In the order of the bytes.
  const header: EnvelopeHeader = {
    v: read.uint('v') as 1,
    seq: read.uint('seq'),
    kind: read.text('kind'),
    prev: read.link('prev'),
    repo: read.link('repo', REPOS),
    time: read.uint('time'),
    actor: read.text('actor'),
    chain: read.text('chain'),
    clock: read.uint('clock'),
    policy: read.link('policy', POLICIES),
  };
  read.expect(RECORDS_KEY, 'records');
  return { header, end: read.at };
}

/** A later format keeps a map whose first key is `v`; whatever else is in it is not ours to judge. */
function checkVersion(bytes: Uint8Array): void {
  const initial = bytes[0] ?? 0;
  const read = new HeaderReader(bytes);
  read.at = 1;
  const versioned = initial >= MAP && initial < MAP + 24 && startsWith(bytes, KEYS.v, 1);
  const version = versioned ? read.uint('v') : 0;
  if (version > 1) throw chainError('newer-version', { version });
  if (initial !== MAP + FIELD_COUNT + 1)
    throw chainError('malformed-envelope', { why: 'it is not a map of eleven fields' });
  if (version !== 1) throw chainError('malformed-envelope', { why: 'field `v` is missing or not 1' });
}
