/** The server: sockets, bounds on them, and an end that leaves nothing half done. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GatosError } from 'gatos-core';
import { systemClock } from 'gatos-core/node';
import type { ToolLog } from '../gateway/index.js';
import type { Workspace } from '../workspace.js';
import { DEFAULT_ADDRESS, formatAddress, isLoopback, type ListenAddress, resolveHost } from './address.js';
import { agentOfWorkspace } from './agent-service.js';
import { httpError, httpServerError } from './errors.js';
import { answer, type Desk, type Traced } from './exchange.js';
import { HANDLERS } from './handlers.js';
import { DEFAULT_LIMITS, type HttpLimits } from './limits.js';
import { serverOf, type TlsFiles } from './listener.js';
import { type HiddenFolder, hiddenFolders, problemOf } from './problem.js';
import { MemoryBudget, Rates } from './rate.js';
import { refuseRaw } from './raw-refusal.js';
import { Router } from './router.js';
import { ROUTES } from './routes.js';
import { type Answer, answerOfProblem, send } from './send.js';
import type { About, Services } from './services.js';
import { servicesOf } from './services-of.js';
import { Tokens } from './tokens.js';

/** One request as the log tells it: no token, no query, no header. */
export interface ServedRequest {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  /** Id of the route, or null when there is none. */
  readonly route: string | null;
  readonly status: number;
  readonly ms: number;
  /** Id of the token, which is no secret. */
  readonly token: string | null;
  readonly actor: string | null;
  /** `area/what` of the fault, if it was one. */
  readonly code: string | null;
  /** What broke, where it is a bug of ours. */
  readonly bug: unknown;
}

export interface ServeHttpRequest {
  readonly workspace: Workspace;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of the program that serves. */
  readonly version: string;
  /** Default: 127.0.0.1:8090. */
  readonly listen?: ListenAddress | undefined;
  readonly tls?: TlsFiles | undefined;
  /** Listen where other machines can reach it although nothing is encrypted. */
  readonly withoutTls?: boolean | undefined;
  readonly limits?: Partial<HttpLimits> | undefined;
  readonly onRequest?: ((request: ServedRequest) => void) | undefined;
  /** How long a lease on a call lasts, and how long a caller waits for one that somebody else holds; as the gateway has it. */
  readonly leaseMs?: number | undefined;
  readonly waitMs?: number | undefined;
  /** Told what a tool wrote to its standard error; callers are not. */
  readonly onToolLog?: ((log: ToolLog) => void) | undefined;
  /** In place of those of the workspace. */
  readonly services?: Services | undefined;
}

export interface ServedHttp {
  /** `http://127.0.0.1:8090`. */
  readonly url: string;
  readonly address: ListenAddress;
  /** Who acts here; null: nobody is set, so no tool is called. */
  readonly agent: About['agent'];
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  /** Takes no more requests, answers those that it has taken, and ends. */
  close(): Promise<void>;
  /** As `close`, and gives up what runs. */
  kill(): Promise<void>;
}

/** Throws `http-server/*`, `trust/*`. */
export async function serveHttp(request: ServeHttpRequest): Promise<ServedHttp> {
  const { listen = DEFAULT_ADDRESS, tls, withoutTls } = request;
  const host = await resolveHost(listen.host);
  if (tls === undefined && withoutTls !== true && !isLoopback(host))
    throw httpServerError('public-address', { address: formatAddress({ host, port: listen.port }) });
  // Without a trust chain nothing here could be believed: that is said now, and not to every caller.
  await request.workspace.repository.trust();
  // Their key is opened before the first request, since somebody may be asked for a passphrase.
  const agent = await agentOfWorkspace(request.workspace);
  const served = new HttpService(request, { agent, services: request.services ?? servicesOf(request) });
  await served.listen({ host, port: listen.port });
  return served;
}

/** Callers that are still connected when all is answered get so long to take what was sent. */
const GRACE_MS = 2000;

class HttpService implements ServedHttp {
  readonly ended: Promise<void>;
  readonly agent: About['agent'];
  url = '';
  address: ListenAddress = { host: '', port: 0 };
  readonly #limits: HttpLimits;
  readonly #hide: readonly HiddenFolder[];
  readonly #server: Server;
  readonly #desk: Omit<Desk, 'seat'>;
  readonly #killed = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #seats = 0;
  #closing: Promise<void> | null = null;
  #end: () => void = () => undefined;

  constructor(
    private readonly request: ServeHttpRequest,
    { agent, services }: { readonly agent: About['agent']; readonly services: Services },
  ) {
    this.agent = agent;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    const limits = { ...DEFAULT_LIMITS, ...request.limits };
    this.#limits = limits;
    const { commonDir, gitDir, workTree } = request.workspace.backend;
    const places = { $GIT_DIR: commonDir, $WORKTREE_GIT_DIR: gitDir, $WORK_TREE: workTree };
    this.#hide = hiddenFolders({ ...places, $HOME: request.env.HOME });
    this.#desk = {
      router: new Router(ROUTES),
      handlers: HANDLERS,
      tokens: new Tokens(request.workspace.backend.commonDir),
      rates: new Rates({ perSecond: limits.perSecond, burst: limits.burst }),
      perSecond: limits.perSecond,
      budget: new MemoryBudget(limits.memoryBytes),
      services,
      killed: this.#killed.signal,
      isClosing: () => this.#closing !== null,
      now: () => systemClock.now(),
    };
    this.#server = serverOf(limits, request.tls);
    const take = (asked: IncomingMessage, response: ServerResponse): void => this.#take(asked, response);
    this.#server.on('request', take);
    // The body is asked for when it is wanted; see `readBody`.
    this.#server.on('checkContinue', take);
    this.#server.on('clientError', refuseRaw);
  }

  async listen({ host, port }: ListenAddress): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        this.#server.once('error', reject);
        this.#server.listen({ host, port }, () => {
          this.#server.off('error', reject);
          resolve();
        });
      });
    } catch (error) {
      const why = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
      throw httpServerError('cannot-listen', { address: formatAddress({ host, port }), why }, { cause: error });
    }
    // A connection that could not be accepted is lost; the others go on.
    this.#server.on('error', () => undefined);
    const bound = this.#server.address() as AddressInfo;
    this.address = { host: bound.address, port: bound.port };
    this.url = `${this.request.tls === undefined ? 'http' : 'https'}://${formatAddress(this.address)}`;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  kill(): Promise<void> {
    this.#killed.abort(httpError('killed', {}));
    return this.close();
  }

  async #close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    while (this.#running.size > 0) await Promise.all(this.#running);
    const timer = setTimeout(() => this.#server.closeAllConnections(), GRACE_MS);
    this.#server.closeIdleConnections();
    await closed;
    clearTimeout(timer);
    await this.#desk.services.close();
    this.#end();
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const done = this.#serve(request, response).finally(() => this.#running.delete(done));
    this.#running.add(done);
  }

  /** Never rejects. */
  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const start = performance.now();
    const requestId = randomBytes(8).toString('hex');
    const traced: Traced = { route: null, token: null, actor: null };
    const left = new AbortController();
    response.once('close', () => left.abort(httpError('gone', {})));
    // Writing to somebody who has gone is no fault of ours.
    response.on('error', () => undefined);
    const gone = AbortSignal.any([left.signal, this.#killed.signal]);
    const seat = this.#seat();
    const found = await this.#answer({ request, response, gone, traced, requestId, take: seat.take });
    const limit = this.#limitSending(found.answer, response);
    let { bug, code } = found;
    try {
      if (!response.destroyed && !request.socket.destroyed)
        await send(found.answer, {
          request,
          response,
          requestId,
          head: request.method === 'HEAD',
          last: this.#closing !== null,
        });
    } catch (error) {
      // Its status was sent before: only the log can say how it went on.
      if (error instanceof GatosError) code = error.code;
      else bug = error;
    } finally {
      clearTimeout(limit);
      found.answer.done?.();
      seat.leave();
    }
    this.request.onRequest?.({
      id: requestId,
      method: request.method ?? '',
      path: (request.url ?? '').split('?', 1)[0] as string,
      ...traced,
      status: found.answer.status,
      ms: performance.now() - start,
      code,
      bug,
    });
  }

  async #answer(asked: Asked): Promise<{ answer: Answer; code: string | null; bug: unknown }> {
    const { request, response, gone, traced, requestId, take } = asked;
    try {
      return {
        answer: await answer({ ...this.#desk, seat: take }, { request, response, gone, traced }),
        code: null,
        bug: null,
      };
    } catch (error) {
      const problem = problemOf(error, { requestId, hide: this.#hide });
      const { error: told } = problem.document as { readonly error: { readonly code: string } };
      return { answer: answerOfProblem(problem), code: told.code, bug: problem.bug };
    }
  }

  /** One of the places of those that are answered at the same time. */
  #seat(): { take: () => void; leave: () => void } {
    let taken = false;
    return {
      take: () => {
        if (this.#closing !== null) throw httpError('closing', {});
        if (this.#seats >= this.#limits.concurrent) throw httpError('busy', { limit: this.#limits.concurrent });
        taken = true;
        this.#seats += 1;
      },
      leave: () => {
        if (taken) this.#seats -= 1;
      },
    };
  }

  /** Whoever takes an answer too slowly holds a place and memory: the connection is broken off. */
  #limitSending({ body }: Answer, response: ServerResponse): NodeJS.Timeout {
    const length = body === undefined || 'json' in body ? 0 : 'bytes' in body ? body.bytes.length : body.length;
    const { sendMs, slowestBytesPerSecond } = this.#limits;
    // A delay that does not fit 32 bits would count as none.
    const ms = Math.min(sendMs + (length * 1000) / slowestBytesPerSecond, 2 ** 31 - 1);
    return setTimeout(() => response.destroy(), ms);
  }
}

interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly gone: AbortSignal;
  readonly traced: Traced;
  readonly requestId: string;
  readonly take: () => void;
}
