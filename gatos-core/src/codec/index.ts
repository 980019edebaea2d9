/**
 * Ring 1. The bytes of GATOS: strict DAG-CBOR, CIDs, strict JSON, canonical text forms, and the schemas that give decoded
 * values a type. Invariant: one value has one byte form and one text form, and whatever is read was the one that we write.
 */
import { bool, bytes, cid, int, json, literal, oneOf, text, value } from './schema-leaves.js';
import { list, nullable, optional, record, refine, struct } from './schema-nodes.js';

export { canOfJson, canView, integerView, jsonOfCan } from './can-json.js';
export { CAN_TAG, CAN_TAG_NAME, CanReader, type CanReaderOptions } from './can-reader.js';
export {
  CanMap,
  CanSigned,
  type CanValue,
  type DecodeCanOptions,
  decodeCan,
  encodeCan,
  scanCan,
} from './can-value.js';
export { CanWriter } from './can-writer.js';
export { CID_LENGTH, Cid, type CidCodec } from './cid.js';
export { type DecodeOptions, decode } from './dag-cbor-decode.js';
export { type Encodable, Encoded, encode } from './dag-cbor-encode.js';
export { JsonSink, toJsonText } from './dag-cbor-json.js';
export { scan } from './dag-cbor-scan.js';
export { type ScannedList, scanList } from './dag-cbor-scan-list.js';
export { listItems, mapEntries, measure, type Span } from './dag-cbor-spans.js';
export { decodeIpld, encodeIpld, ForeignCid, type IpldValue } from './ipld.js';
export { type FormatJsonOptions, formatJson } from './json-format.js';
export { type ParseJsonOptions, parseJson } from './json-parse.js';
export type { JsonIntegers } from './json-reader.js';
export { jsonSchemaOf } from './json-schema.js';
export { LEB_MAX_BYTES, type Leb, lebLength, readLeb, U64_MAX, writeLeb } from './leb128.js';
export type { Infer, Optional, Schema, Shape } from './schema.js';
export { formatBase32, formatBase64url, parseBase32, parseBase64url } from './text-base.js';
export { formatHex, parseHex } from './text-hex.js';
export { formatDigest, formatKey, formatSignature, parseDigest, parseKey, parseSignature } from './text-tagged.js';
export { formatTime, parseTime } from './text-time.js';
export { formatUlid, parseUlid, type Ulid } from './text-ulid.js';
export { formatPath, isWellFormed, type JsonValue, type Step, setEntry, utf8Length, type Value } from './value.js';

/** Schema combinators: `s.struct({ name: s.text({ maxBytes: 64 }), size: s.int({ min: 0 }) })`. */
export const s = {
  struct,
  optional,
  nullable,
  text,
  int,
  bool,
  bytes,
  cid,
  list,
  record,
  refine,
  literal,
  oneOf,
  json,
  value,
} as const;
