/** One record of an envelope: its bytes, its body and its CID, which does not depend on the envelope that carries it. */
import { Cid, decode, encode, type Schema } from '../codec/index.js';
import { concatBytes } from '../kernel/index.js';
import type { Envelope } from './envelope.js';

/** The part of a record kind that reading a body takes. */
interface Readable<T> {
  readonly schema: Schema<T>;
}

/** The canonical bytes of record `index`, without copying. */
export function recordBytes(envelope: Envelope, index: number): Uint8Array {
  return envelope.bytes.subarray(envelope.offsets[index], envelope.offsets[index + 1]);
}

/** The body of record `index`, checked against its kind. Throws `codec/schema`. */
export function recordBody<T>(envelope: Envelope, index: number, kind: Readable<T>): T {
  return kind.schema.read(decode(recordBytes(envelope, index)), `records[${index}]`);
}

// The DAG-CBOR of `{ body, kind }` around a body that is already encoded.
const RECORD_HEAD = concatBytes([Uint8Array.of(0xa2), encode('body')]);
const KIND_KEY = encode('kind');

function tailOf(kind: string): Uint8Array {
  return concatBytes([KIND_KEY, encode(kind)]);
}

/** The DAG-CBOR of `{ kind, body }`, whose hash is the record's CID. */
export function encodeRecord(kind: string, body: Uint8Array): Uint8Array {
  return concatBytes([RECORD_HEAD, body, tailOf(kind)]);
}

/** Where the body lies in the DAG-CBOR of `{ kind, body }` with this kind, or null when the bytes are no such record. */
export function bodyOfRecord(kind: string, record: Uint8Array): Uint8Array | null {
  const tail = tailOf(kind);
  const end = record.length - tail.length;
  if (end <= RECORD_HEAD.length) return null;
  const holds = (part: Uint8Array, at: number) => part.every((byte, i) => record[at + i] === byte);
  return holds(RECORD_HEAD, 0) && holds(tail, end) ? record.subarray(RECORD_HEAD.length, end) : null;
}

/** Records up to this many bytes are put together in one place, which saves most of the cost of hashing a small one. */
const SCRATCH_BYTES = 8192;

/** Hashes the records of one kind: the constant bytes around a body are made once. */
export function recordHasher(kind: string): (body: Uint8Array) => Cid {
  const tail = tailOf(kind);
  const scratch = concatBytes([RECORD_HEAD, new Uint8Array(SCRATCH_BYTES)]);
  return (body) => {
    const end = RECORD_HEAD.length + body.length;
    if (end + tail.length > SCRATCH_BYTES) return Cid.hash('dag-cbor', concatBytes([RECORD_HEAD, body, tail]));
    scratch.set(body, RECORD_HEAD.length);
    scratch.set(tail, end);
    return Cid.hash('dag-cbor', scratch.subarray(0, end + tail.length));
  };
}

/** CID of the DAG-CBOR of `{ kind, body }` (design 2.3). */
export function recordCid(kind: string, body: Uint8Array): Cid {
  return recordHasher(kind)(body);
}
