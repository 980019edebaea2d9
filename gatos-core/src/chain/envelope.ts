/**
 * The envelope: 1..n records of one kind, by one actor, for one chain, signed once (design 2.3). Its DAG-CBOR map has the
 * records last (keys sort by length), so a header is followed by record bytes that are sliced and hashed without decoding.
 */
import { Cid, scanList } from '../codec/index.js';
import { concatBytes, GatosError, LIMITS } from '../kernel/index.js';
import { decodeHeader, type EnvelopeHeader, encodeHeader } from './envelope-header.js';
import { chainError } from './errors.js';

export interface Envelope extends EnvelopeHeader {
  /** CID of `bytes`: independent of the signatures and of where it is stored. */
  readonly cid: Cid;
  readonly bytes: Uint8Array;
  /** Number of records. */
  readonly count: number;
  /** Where each record body starts in `bytes`, and at last where the last one ends: `count + 1` offsets. */
  readonly offsets: readonly number[];
  /** Does every record lie in the JSON data model: no bytes, no links? */
  readonly plain: boolean;
}

/** Lists and maps around a record: the envelope and the list of its records. */
export const RECORD_DEPTH = 2;

/**
 * The envelope with these record bodies, each given as its canonical DAG-CBOR (`encode(body)`). Whatever it returns can be read
 * back by `decodeEnvelope`.
 * Throws `chain/too-many-records`, `chain/record-too-large`, `chain/envelope-too-large`, `chain/malformed-envelope` for a header
 * out of form, and `codec/*` for a body that is not canonical or, inside of the envelope, nested deeper than LIMITS.depth.
 */
export function buildEnvelope(header: EnvelopeHeader, bodies: readonly Uint8Array[]): Envelope {
  const count = bodies.length;
  if (count < 1 || count > LIMITS.envelopeRecords)
    throw chainError('too-many-records', { count, limit: LIMITS.envelopeRecords });
  const parts = [encodeHeader(header), listHead(count), ...bodies];
  let size = 0;
  for (let i = 0; i < parts.length; i++) {
    const bytes = (parts[i] as Uint8Array).length;
    if (i > 1 && bytes > LIMITS.recordBytes)
      throw chainError('record-too-large', { index: i - 2, bytes, limit: LIMITS.recordBytes });
    size += bytes;
  }
  if (size > LIMITS.envelopeBytes) throw chainError('envelope-too-large', { bytes: size, limit: LIMITS.envelopeBytes });
  return readEnvelope(concatBytes(parts));
}

/** Head of a definite-length list (RFC 8949 section 3): envelopes hold at most 10,000 records, so two bytes suffice. */
function listHead(count: number): Uint8Array {
  if (count < 24) return Uint8Array.of(0x80 + count);
  return count < 256 ? Uint8Array.of(0x98, count) : Uint8Array.of(0x99, count >> 8, count & 0xff);
}

/**
 * Reads an envelope strictly: canonical bytes, exactly the ten header fields, 1..n records within bounds. Record bodies are
 * validated as DAG-CBOR but not decoded. Throws `chain/malformed-envelope`, `chain/newer-version`.
 */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  if (bytes.length > LIMITS.envelopeBytes) {
    throw chainError('malformed-envelope', { why: `${bytes.length} bytes, the limit is ${LIMITS.envelopeBytes}` });
  }
  try {
    return readEnvelope(bytes);
  } catch (error) {
    if (error instanceof GatosError && error.code.startsWith('codec/')) {
      throw chainError('malformed-envelope', { why: error.message }, { cause: error });
    }
    throw error;
  }
}

function readEnvelope(bytes: Uint8Array): Envelope {
  const { header, end } = decodeHeader(bytes);
  const { offsets, json } = scanList(bytes, end, { depth: RECORD_DEPTH - 1 });
  const count = offsets.length - 1;
  if (offsets[count] !== bytes.length) throw chainError('malformed-envelope', { why: 'bytes follow the records' });
  checkSizes(offsets);
  const { v, repo, chain, seq, prev, clock, actor, time, policy, kind } = header;
  const cid = Cid.hash('dag-cbor', bytes);
  // Field by field: spreading the header would cost as much as reading it.
  return { v, repo, chain, seq, prev, clock, actor, time, policy, kind, cid, bytes, count, offsets, plain: json };
}

function checkSizes(offsets: readonly number[]): void {
  const count = offsets.length - 1;
  if (count < 1 || count > LIMITS.envelopeRecords) {
    throw chainError('malformed-envelope', { why: `${count} records, 1 to ${LIMITS.envelopeRecords} are allowed` });
  }
  for (let i = 0; i < count; i++) {
    const size = (offsets[i + 1] as number) - (offsets[i] as number);
    if (size > LIMITS.recordBytes) {
      throw chainError('malformed-envelope', {
        why: `record ${i} has ${size} bytes, the limit is ${LIMITS.recordBytes}`,
      });
    }
  }
}
