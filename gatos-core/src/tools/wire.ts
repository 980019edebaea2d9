/**
 * Requests and answers of tools on the wire: canonical MYTHOS-CAN, whose SHA-256 receipts carry. The same bytes for every kind of tool.
 *
 *     ToolRequest  { 1 tool_id: Hash, 2 idempotency_key?: bytes, 3 body }
 *     ToolResponse { 1 status: u16 (200 = done), 2 body?, 3 error?: text }
 *
 * A body is what JSON can say, with integers and no fractions. Both structs are closed: other fields are refused.
 */
import { canOfJson, decodeCan, encodeCan, type JsonValue, jsonOfCan, utf8Length } from '../codec/index.js';
import { type GatosError, isGatosError, LIMITS } from '../kernel/index.js';
import { decodeStruct, encodeStruct, type Struct, TOOL_REQUEST, TOOL_RESPONSE } from '../mythos/index.js';
import { toolError } from './errors.js';

export interface ToolRequest {
  /** 32 bytes. */
  readonly tool_id: Uint8Array;
  readonly idempotency_key?: Uint8Array | undefined;
  readonly body: JsonValue;
}

export interface ToolResponse {
  /** 200: done. */
  readonly status: number;
  readonly body?: JsonValue | undefined;
  /** Why it is not done. */
  readonly error?: string | undefined;
}

/** The status of an answer that says that it is done. */
export const DONE = 200;

type Refused = (why: string) => GatosError;
const badRequest: Refused = (why) => toolError('bad-request', { why });
const badResponse: Refused = (why) => toolError('bad-response', { why });

/** Throws `tools/bad-request` for what is no request, `tools/too-large`. */
export function encodeToolRequest(request: ToolRequest): Uint8Array {
  const bytes = reading(badRequest, () => {
    const body = encodeCan(canOfJson(request.body));
    return encodeStruct(TOOL_REQUEST, { ...request, body });
  });
  checkSize({ what: 'the request', size: bytes.length, limit: LIMITS.toolRequestBytes });
  checkKey(request);
  return bytes;
}

/** Throws `tools/bad-request`, `tools/too-large`. */
export function decodeToolRequest(bytes: Uint8Array): ToolRequest {
  checkSize({ what: 'the request', size: bytes.length, limit: LIMITS.toolRequestBytes });
  const { tool_id, idempotency_key, body } = closed(TOOL_REQUEST, bytes, badRequest);
  const request = { tool_id, idempotency_key, body: jsonIn(body, badRequest) };
  checkKey(request);
  return request;
}

function checkKey({ idempotency_key: key }: ToolRequest): void {
  if (key === undefined) return;
  if (key.length === 0) throw badRequest('the idempotency key is empty; without one it is left out');
  const most = LIMITS.eventKeyBytes;
  if (key.length > most) throw badRequest(`the idempotency key has ${key.length} bytes, the limit is ${most}`);
}

/** Throws `tools/bad-response`, `tools/too-large`. */
export function encodeToolResponse(response: ToolResponse): Uint8Array {
  checkResponse(response);
  const bytes = reading(badResponse, () => {
    const body = response.body === undefined ? undefined : encodeCan(canOfJson(response.body));
    return encodeStruct(TOOL_RESPONSE, { ...response, body });
  });
  checkSize({ what: 'the answer', size: bytes.length, limit: LIMITS.toolResponseBytesMax });
  return bytes;
}

/** Most bytes default to `LIMITS.toolResponseBytesMax`. Throws `tools/bad-response`, `tools/too-large`. */
export function decodeToolResponse(
  bytes: Uint8Array,
  { maxBytes = LIMITS.toolResponseBytesMax }: { readonly maxBytes?: number | undefined } = {},
): ToolResponse {
  checkSize({ what: 'the answer', size: bytes.length, limit: maxBytes });
  const { status, body, error } = closed(TOOL_RESPONSE, bytes, badResponse);
  const response = { status, body: body === undefined ? undefined : jsonIn(body, badResponse), error };
  checkResponse(response);
  return response;
}

function checkResponse({ status, body, error }: ToolResponse): void {
  if (status === 0) throw badResponse('its status is 0');
  if (status === DONE && body === undefined) throw badResponse(`it has status ${DONE} and no body`);
  if (status === DONE && error !== undefined) throw badResponse(`it has status ${DONE} and an error`);
  if (status !== DONE && error === undefined) throw badResponse(`it has status ${status} and does not say why`);
  if (error !== undefined && utf8Length(error) > LIMITS.toolErrorBytes)
    throw badResponse(`its error has more than ${LIMITS.toolErrorBytes} bytes`);
}

function checkSize(found: { what: string; size: number; limit: number }): void {
  if (found.size > found.limit) throw toolError('too-large', found);
}

/** The struct that these bytes are, which has no fields but those that we know. */
function closed<T extends { readonly unknown?: readonly unknown[] | undefined }>(
  struct: Struct<T>,
  bytes: Uint8Array,
  refused: Refused,
): T {
  const value = reading(refused, () => decodeStruct(struct, bytes, { maxBytes: bytes.length }));
  if ((value.unknown?.length ?? 0) > 0) throw refused('it has a field that is not known');
  return value;
}

function jsonIn(body: Uint8Array, refused: Refused): JsonValue {
  return reading(refused, () => jsonOfCan(decodeCan(body, { maxBytes: body.length })));
}

/** Faults of the codec are faults of the message. */
function reading<T>(refused: Refused, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (isGatosError(error)) throw refused(error.message);
    throw error;
  }
}
