/** One request from its target to its answer: route, token, bounds, parameters, handler. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type BodyRequest, type ReceivedBody, readBody } from './body.js';
import { httpError } from './errors.js';
import { ANY_MEDIA, chooseMedia } from './media.js';
import { parseHeaders, parseQuery, soleHeader } from './parameters.js';
import type { MemoryBudget, Rates } from './rate.js';
import type { BodyDeclaration, Route } from './route.js';
import type { Matched, Router } from './router.js';
import type { Answer } from './send.js';
import type { Services } from './services.js';
import { splitTarget } from './target.js';
import type { TokenInfo, Tokens } from './tokens.js';

/** What a handler gets. */
export interface Exchange {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** Declared headers, by their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Only the head of the answer is wanted. */
  readonly head: boolean;
  /** The type of the answer that the caller wants most. */
  readonly media: string;
  readonly services: Services;
  readonly budget: MemoryBudget;
  /** Aborted when the caller has gone, or the server ends by force. */
  readonly gone: AbortSignal;
  /** Aborted when the server ends by force: what has effects is not given up for less. */
  readonly killed: AbortSignal;
  /** The server is about to end. */
  readonly closing: boolean;
  /** Whose token it is. Only routes that are open have none. */
  caller(): TokenInfo;
  /** The body. Throws as `readBody`. */
  body(onBytes?: BodyRequest['onBytes']): Promise<ReceivedBody>;
}

export type Handler = (exchange: Exchange) => Promise<Answer> | Answer;

export interface Desk {
  readonly router: Router;
  readonly handlers: Readonly<Record<string, Handler>>;
  readonly tokens: Tokens;
  readonly rates: Rates;
  readonly perSecond: number;
  readonly budget: MemoryBudget;
  readonly services: Services;
  readonly killed: AbortSignal;
  /** Takes one of the places of those that are answered at the same time. Throws `http/busy`, `http/closing`. */
  readonly seat: () => void;
  readonly isClosing: () => boolean;
  /** µs since 1970. */
  readonly now: () => number;
}

/** What is known of a request for the log, as far as it came. */
export interface Traced {
  route: string | null;
  token: string | null;
  actor: string | null;
}

export interface Incoming {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly gone: AbortSignal;
  readonly traced: Traced;
}

/** The answer to a request. Throws every fault; nothing was sent then. */
export async function answer(desk: Desk, incoming: Incoming): Promise<Answer> {
  const { request, traced } = incoming;
  const { path, query } = splitTarget(request.url);
  const matched = desk.router.match(request.method ?? '', path);
  traced.route = matched.route.id;
  const caller = await admit(desk, incoming, matched.route);
  if (matched.route.access !== 'open') desk.seat();
  const exchange = open(desk, incoming, { ...matched, query, caller });
  const handler = desk.handlers[matched.route.id] as Handler;
  return handler(exchange);
}

/** Who asks, if they may. Throws `http/no-token`, `http/bad-token`, `http/actor-revoked`, `http/missing-scope`, `http/too-fast`. */
async function admit(desk: Desk, { request, traced }: Incoming, { access }: Route): Promise<TokenInfo | null> {
  if (access === 'open') return null;
  const token = desk.tokens.authenticate(soleHeader(request.headersDistinct, 'authorization'), { now: desk.now() });
  traced.token = token.id;
  traced.actor = token.actor;
  const waitMs = desk.rates.take(token.id);
  if (waitMs > 0) throw httpError('too-fast', { perSecond: desk.perSecond, waitMs });
  if (access !== 'any' && !token.scopes.includes(access))
    throw httpError('missing-scope', { scope: access, has: token.scopes });
  if (await desk.services.isRevoked(token.actor)) throw httpError('actor-revoked', { actor: token.actor });
  return token;
}

function open(
  desk: Desk,
  incoming: Incoming,
  { route, params, head, query, caller }: Matched & { readonly query: string; readonly caller: TokenInfo | null },
): Exchange {
  const { request, response, gone } = incoming;
  const headers = parseHeaders(request.headersDistinct, route.headers ?? {});
  return {
    route,
    params,
    query: parseQuery(query, route.query ?? {}),
    headers,
    head,
    media: mediaOf(route, request.headers.accept),
    services: desk.services,
    budget: desk.budget,
    gone,
    killed: desk.killed,
    closing: desk.isClosing(),
    caller: () => {
      if (caller === null) throw httpError('no-token', {});
      return caller;
    },
    body: (onBytes) => {
      const declared = route.body as BodyDeclaration;
      return readBody({ request, response, declared, budget: desk.budget, gone, onBytes });
    },
  };
}

/** Throws `http/not-acceptable`. */
function mediaOf({ answers }: Route, accept: string | undefined): string {
  const offered = Object.keys(answers[0]?.media ?? {});
  const [first = ANY_MEDIA] = offered;
  if (first === ANY_MEDIA) return first;
  const media = chooseMedia(accept, offered);
  if (media === null) throw httpError('not-acceptable', { accept: (accept ?? '').slice(0, 128), offered });
  return media;
}
