/** What is recorded: the ledger, receipts, capabilities. */
import { etagOf, isKnown, notModified } from './caching.js';
import type { Exchange } from './exchange.js';
import type { Answer } from './send.js';
import { viewed } from './viewed.js';

const PAGE = '100';

export async function listEffects({ query, services }: Exchange): Promise<Answer> {
  const { tool, status, cursor, limit = PAGE } = query;
  return { status: 200, body: { json: await services.effects({ tool, status, cursor, limit: Number(limit) }) } };
}

export async function getEffect(exchange: Exchange): Promise<Answer> {
  return viewed(exchange, await exchange.services.effect(exchange.params.id as string));
}

/** A receipt is signed and never changes; what is said of its place in the ledger may. */
export async function getReceipt(exchange: Exchange): Promise<Answer> {
  const id = exchange.params.id as string;
  const found = await exchange.services.receipt(id);
  const headers = { 'Cache-Control': 'private, no-cache', ETag: etagOf(id) };
  return isKnown(exchange, id) ? notModified({ ...headers, Vary: 'Accept' }) : viewed(exchange, found, headers);
}

export async function getCapability(exchange: Exchange): Promise<Answer> {
  return viewed(exchange, await exchange.services.capability(exchange.params.id as string));
}

export async function checkCapability({ params, query, services }: Exchange): Promise<Answer> {
  return { status: 200, body: { json: await services.checkCapability(params.id as string, { tool: query.tool }) } };
}
