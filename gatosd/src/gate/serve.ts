/**
 * The gate that stays: one process for one repository, which the hook asks over a socket. It judges as the hook would by itself, with the
 * repository open and what it has verified before at hand; what it remembers is named by what it was made from, so it is never stale.
 */
import { statSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { GateState } from 'gatos-core';
import type { Environment } from '../git-run.js';
import type { FloodBounds } from './flood.js';
import { GateRepository } from './gate-repository.js';
import { environmentOf, receive } from './pre-receive.js';
import { MOST_INPUT } from './push-lines.js';
import { gateSocketPath, type Listening, listenAt } from './socket.js';
import { formatAnswer, type GateRequest, RequestReader } from './wire.js';

export interface ServeGateRequest {
  readonly cwd: string;
  readonly env: Environment;
  /** Where to listen. Default: where the hook looks, `<git dir>/gatos/gate.sock`. */
  readonly socket?: string | undefined;
  /** Milliseconds without a push after which it ends. Default: none. */
  readonly idleMs?: number | undefined;
  /** Milliseconds after which a push is refused that is not judged yet. */
  readonly timeoutMs?: number | undefined;
  readonly bounds?: FloodBounds | undefined;
  /** Told of every push that was judged, for logs. */
  readonly onPush?:
    | ((push: { readonly verdict: 'allow' | 'deny'; readonly ms: number; readonly audit: string | null }) => void)
    | undefined;
}

export interface ServedGate {
  readonly socket: string;
  /** Resolves when it has ended: closed, idle for too long, or replaced by another one. */
  readonly ended: Promise<void>;
  /** Takes no more pushes, answers those that are there, and ends. */
  close(): Promise<void>;
}

/** Hooks that are listened to at a time; others decide by themselves. */
const MOST_HOOKS = 256;
/** A hook sends its request at once. */
const REQUEST_MS = 10_000;
/** Pushes that are judged when it closes get so long; their hooks then decide by themselves. */
const GRACE_MS = 10_000;
const LOOK_MS = 1000;

/** Throws `gate-service/already-running`, `gate-service/no-socket`, `git/*`. */
export async function serveGate(request: ServeGateRequest): Promise<ServedGate> {
  const repository = await GateRepository.open(request);
  try {
    const gate = new Gate(repository, request);
    // Pushes come to the repository, whichever of its worktrees the gate was started in.
    await gate.listen(request.socket ?? gateSocketPath({ gitDir: repository.own.commonDir }));
    return gate;
  } catch (error) {
    await repository.close();
    throw error;
  }
}

class Gate implements ServedGate {
  readonly ended: Promise<void>;
  socket = '';
  readonly #server: Server;
  readonly #state = new GateState();
  readonly #stop = new AbortController();
  readonly #open = new Map<Socket, Promise<void>>();
  /** The end of the last one that records. */
  #recorded: Promise<unknown> = Promise.resolve();
  #listening: Listening | null = null;
  #look: NodeJS.Timeout | undefined;
  #lastUse = performance.now();
  #closing: Promise<void> | null = null;
  #end: () => void = () => undefined;

  constructor(
    private readonly repository: GateRepository,
    private readonly request: ServeGateRequest,
  ) {
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#take(socket));
    this.#server.maxConnections = MOST_HOOKS;
  }

  async listen(path: string): Promise<void> {
    this.#listening = await listenAt(this.#server, path);
    this.socket = path;
    this.#server.on('error', () => void this.close());
    this.#look = setInterval(() => this.#lookAround(), LOOK_MS);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#look);
    this.#listening?.remove();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const timer = setTimeout(() => {
      this.#stop.abort();
      for (const socket of this.#open.keys()) socket.destroy();
    }, GRACE_MS);
    await Promise.all(this.#open.values());
    await closed;
    clearTimeout(timer);
    await this.repository.close();
    this.#end();
  }

  /** Ends when nobody needs it, and when hooks no longer find it. */
  #lookAround(): void {
    const { idleMs } = this.request;
    if (this.#open.size > 0) this.#lastUse = performance.now();
    const isIdle = idleMs !== undefined && performance.now() - this.#lastUse > idleMs;
    if (isIdle || this.#listening?.isOurs() !== true) void this.close();
  }

  #take(socket: Socket): void {
    const reader = new RequestReader(MOST_INPUT);
    let judging = false;
    // A hook that has gone, or says something else, gets no answer: it decides by itself, or is no hook.
    socket.on('error', () => socket.destroy());
    socket.setTimeout(REQUEST_MS, () => {
      if (!judging) socket.destroy();
    });
    const done = new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
    });
    this.#open.set(socket, done);
    void done.then(() => this.#open.delete(socket));
    socket.on('end', () => {
      if (!judging) socket.destroy();
    });
    socket.on('data', (chunk: Buffer) => {
      const found = judging ? 'bad' : reader.push(chunk);
      if (found === 'bad') socket.destroy();
      else if (found !== null) {
        judging = true;
        void this.#answer(socket, found);
      }
    });
  }

  async #answer(socket: Socket, { place, env, input }: GateRequest): Promise<void> {
    try {
      const start = performance.now();
      if (place !== placeOf(this.repository.own.commonDir)) {
        socket.destroy();
        return;
      }
      const gone = new AbortController();
      socket.once('close', () => gone.abort());
      const result = await receive(this.repository, {
        ...this.request,
        env: environmentOf(this.request.env, env),
        input,
        state: this.#state,
        signal: AbortSignal.any([gone.signal, this.#stop.signal]),
        serially: (body) => this.#serially(body),
      });
      const { verdict } = result.judgement;
      socket.end(formatAnswer(verdict, result.lines));
      this.request.onPush?.({ verdict, ms: performance.now() - start, audit: result.audit });
    } catch {
      // A bug, or a disk that fails under it: the hook decides by itself.
      socket.destroy();
    }
  }

  #serially<T>(body: () => Promise<T>): Promise<T> {
    const run = this.#recorded.then(body, body);
    this.#recorded = run.catch(() => undefined);
    return run;
  }
}

/** As the client tells it: two names of one folder are one place. */
function placeOf(path: string): string {
  const { dev, ino } = statSync(path, { bigint: true });
  return `${dev}:${ino}`;
}
