/** What the server says of itself. */
import type { JsonValue } from 'gatos-core';
import { httpError } from './errors.js';
import type { Exchange } from './exchange.js';
import { openApiDocument } from './openapi.js';
import type { Answer } from './send.js';

export async function about({ services, caller }: Exchange): Promise<Answer> {
  const { id, actor, scopes, expires } = caller();
  const told = await services.about();
  const token = { id, actor, scopes, expires };
  return { status: 200, body: { json: { ...told, token } as JsonValue } };
}

export function openapi(): Answer {
  return { status: 200, headers: { 'Cache-Control': 'no-cache' }, body: { json: openApiDocument() } };
}

export function health({ closing }: Exchange): Answer {
  if (closing) throw httpError('closing', {});
  return { status: 200, body: { json: { status: 'ok' } } };
}
