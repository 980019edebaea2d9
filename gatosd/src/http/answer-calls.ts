/**
 * Calling a tool. A token only brings a request to the gateway: authority comes from the capability, and that has to be one that the
 * token's actor gave to this server, or that the token was made for.
 */
import { decodeToolRequest, GatosError, type JsonValue, parseJson } from 'gatos-core';
import { httpError } from './errors.js';
import type { Exchange } from './exchange.js';
import { parseIdempotencyKey } from './idempotency-key.js';
import { CAN_MEDIA, JSON_MEDIA } from './media.js';
import type { Answer } from './send.js';
import { CALL_REQUEST } from './shapes.js';

interface Asked {
  readonly body: JsonValue;
  readonly key: Uint8Array | null;
  readonly capability: string | null;
  readonly toolId: Uint8Array | null;
}

export async function callTool(exchange: Exchange): Promise<Answer> {
  const { media, bytes, release } = await exchange.body();
  // What is made of the body lives as long as the call.
  try {
    return await callWith(exchange, media === CAN_MEDIA ? fromCan(bytes) : fromJson(bytes));
  } finally {
    release();
  }
}

async function callWith(exchange: Exchange, asked: Asked): Promise<Answer> {
  const { params, services, media } = exchange;
  const capability = one('the capability', headerCapability(exchange), asked.capability);
  if (capability === null)
    throw httpError('bad-body', { why: 'no capability is named, and without one nothing is called' });
  await checkTokenMay(exchange, capability);
  const { headers } = exchange;
  const header = headers['idempotency-key'];
  const key = one('the key', header === undefined ? null : parseIdempotencyKey(header), asked.key);
  const request = { tool: params.tool as string, key, capability, body: asked.body, toolId: asked.toolId };
  // Whoever hangs up does not undo what has begun: only the end of the server does.
  const { receiptId, bytes, replayed, json } = await services.call(request, { signal: exchange.killed });
  const told = { 'Gatos-Receipt': receiptId, 'Gatos-Replayed': String(replayed), Vary: 'Accept' };
  return { status: 200, headers: told, body: media === JSON_MEDIA ? { json } : { media, bytes } };
}

const headerCapability = ({ headers }: Exchange): string | null => headers['gatos-capability'] ?? null;

/** What is said at two places has to be the same at both. */
function one<T extends string | Uint8Array>(what: string, a: T | null, b: T | null): T | null {
  if (a !== null && b !== null && Buffer.compare(Buffer.from(a as string), Buffer.from(b as string)) !== 0)
    throw httpError('bad-body', { why: `${what} in the body is another one than in the header` });
  return a ?? b;
}

function fromCan(bytes: Uint8Array): Asked {
  const { tool_id: toolId, idempotency_key: key = null, body } = decodeToolRequest(bytes);
  return { body, key, capability: null, toolId };
}

function fromJson(bytes: Uint8Array): Asked {
  try {
    const value = CALL_REQUEST.read(parseJson(bytes));
    const { body, capability = null, idempotency_key: key } = value;
    return { body, capability, key: key === undefined ? null : new Uint8Array(Buffer.from(key, 'utf8')), toolId: null };
  } catch (error) {
    if (!(error instanceof GatosError)) throw error;
    throw httpError('bad-body', { why: error.message }, { cause: error });
  }
}

async function checkTokenMay({ services, caller }: Exchange, capability: string): Promise<void> {
  const { actor, capabilities } = caller();
  if (capabilities.includes(capability) || (await services.mayUse(capability, actor))) return;
  throw httpError('capability-not-yours', { capability, actor });
}
