/** A call before anything is recorded: the body held against its schema, the exact bytes of the request, the key. */
import { createHash } from 'node:crypto';
import { encodeToolRequest, idempotencyId, type JsonValue, type Random, utf8 } from 'gatos-core';
import { gatewayError } from './errors.js';
import type { CallToolRequest } from './request.js';
import type { ReadyTool } from './tools.js';

export interface PreparedCall {
  readonly ready: ReadyTool;
  readonly body: JsonValue;
  /** Null: nothing is deduplicated. */
  readonly key: Uint8Array | null;
  /** Idempotency id; without a key random bytes, which tell this use of a capability from others. */
  readonly id: Uint8Array;
  /** The exact bytes on the wire. */
  readonly request: Uint8Array;
  /** Their SHA-256. */
  readonly hash: Uint8Array;
}

export function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}

/** Throws `tools/body-refused`, `tools/bad-request`, `tools/too-large`, `gateway/key-without`. */
export function prepareCall(ready: ReadyTool, { body, key: asked }: CallToolRequest, random: Random): PreparedCall {
  ready.checks.check('request', body);
  const { id: tool_id } = ready.tool;
  const key = keyOf(ready, { body, key: asked });
  const request = encodeToolRequest({ tool_id, body, ...(key === null ? {} : { idempotency_key: key }) });
  const id = key === null ? random.bytes(32) : idempotencyId(tool_id, key);
  return { ready, body, key, id, request, hash: sha256(request) };
}

/** That of the caller; for a tool whose answers may be kept, the hash of the request. */
function keyOf(
  { tool: { id: tool_id, manifest } }: ReadyTool,
  { body, key }: Pick<CallToolRequest, 'body' | 'key'>,
): Uint8Array | null {
  if (key !== undefined) {
    const bytes = typeof key === 'string' ? utf8(key) : key;
    if (bytes.length === 0) throw gatewayError('key-without', {});
    return bytes;
  }
  return manifest.cacheable ? sha256(encodeToolRequest({ tool_id, body })) : null;
}
