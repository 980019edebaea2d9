/** What a register holds. Every value has one encoding, whose SHA-256 stands in the trace. */
import {
  CanSigned,
  type CanValue,
  canView,
  decodeCan,
  encodeCan,
  formatHex,
  type JsonValue,
  jsonOfCan,
} from '../codec/index.js';
import { isGatosError } from '../kernel/index.js';
import { BLOB_REF, type BlobRef, encodeStruct, RECEIPT, type Receipt, structJson } from '../mythos/index.js';
import { hashValue } from './blob-ops.js';

export type IrValue =
  | { readonly type: 'i64'; readonly value: bigint }
  | { readonly type: 'u64'; readonly value: bigint }
  | { readonly type: 'bytes'; readonly value: Uint8Array }
  | { readonly type: 'text'; readonly value: string }
  | { readonly type: 'hash'; readonly value: Uint8Array }
  /** What a tool answered, or a node with the names of its type: the JSON data model with integers. */
  | { readonly type: 'data'; readonly value: CanValue }
  | { readonly type: 'blob'; readonly value: BlobRef }
  | { readonly type: 'receipt'; readonly value: Receipt };

export type ValueType = IrValue['type'];

/** Canonical MYTHOS-CAN of a value. Throws `codec/can-unencodable`. */
export function encodeValue(value: IrValue): Uint8Array {
  if (value.type === 'blob') return encodeStruct(BLOB_REF, value.value);
  if (value.type === 'receipt') return encodeStruct(RECEIPT, value.value);
  return encodeCan(canOf(value));
}

function canOf(value: Exclude<IrValue, { type: 'blob' | 'receipt' }>): CanValue {
  if (value.type === 'i64') return new CanSigned(value.value);
  return value.type === 'hash' ? hashValue(value.value) : value.value;
}

/**
 * A value as the body of a request: integers from 0 as unsigned ones, whatever the constant says, as JSON has one kind. Undefined where
 * the JSON data model has no word for it: bytes, digests, blobs, receipts, integers beyond ±(2^53−1).
 */
export function bodyOf(value: IrValue): Uint8Array | undefined {
  if (value.type === 'text') return encodeCan(value.value);
  if (value.type === 'i64' || value.type === 'u64') {
    if (!Number.isSafeInteger(Number(value.value))) return undefined;
    return encodeCan(value.value < 0n ? new CanSigned(value.value) : value.value);
  }
  return value.type === 'data' ? encodeCan(value.value) : undefined;
}

/** A value for people. */
export function valueJson(value: IrValue): JsonValue {
  if (value.type === 'blob') return structJson(BLOB_REF, value.value);
  if (value.type === 'receipt') return structJson(RECEIPT, value.value);
  if (value.type === 'hash') return formatHex(value.value);
  if (value.type === 'data') return dataJson(value.value);
  return canView(canOf(value));
}

function dataJson(value: CanValue): JsonValue {
  try {
    return jsonOfCan(value);
  } catch (error) {
    if (isGatosError(error, 'codec/can-not-json')) return canView(value);
    throw error;
  }
}

/** The data in these bytes. Throws `codec/can`. */
export function dataOf(bytes: Uint8Array): IrValue {
  return { type: 'data', value: decodeCan(bytes) };
}
