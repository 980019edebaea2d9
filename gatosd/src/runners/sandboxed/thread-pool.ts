/**
 * Threads for sandboxed jobs, so that no program holds up the event loop of whoever runs it. They are started when needed, reused,
 * and ended: on a time-out or an abort at once, and after a while without work. An idle pool keeps no process alive.
 */
import { Worker } from 'node:worker_threads';
import { sandboxedError } from './errors.js';
import type { Outcome, ThreadReply, ThreadRequest } from './messages.js';

export type Ended =
  | { readonly is: 'done'; readonly outcome: Outcome }
  | { readonly is: 'timed-out' }
  /** V8 ended the thread: the program made the host need more than `HEAP_MB`. */
  | { readonly is: 'out-of-memory' };

export interface ThreadJob {
  readonly request: ThreadRequest;
  readonly timeMs: number;
  readonly signal?: AbortSignal | undefined;
  /** It left the queue. */
  started?(): void;
}

export interface ThreadPoolOptions {
  /** Threads at most. */
  readonly size: number;
  /** The program of a thread. */
  readonly thread: URL;
  /** Milliseconds after which a thread without work ends. */
  readonly idleMs?: number | undefined;
}

const IDLE_MS = 10_000;
/** A thread that has run so many jobs makes room for a new one: V8 is in no hurry to give back the memories of guests. */
const MOST_JOBS = 100;
/** V8's heap of a thread; the memory of a guest and the bytes of files are outside of it. */
const HEAP_MB = 1024;
/** Stack of a thread, on which the calls of a wasm program are. The same everywhere, since a program sees where it ends. */
const STACK_MB = 4;
/** setTimeout takes no more. */
const LONGEST_TIMER = 2 ** 31 - 1;

interface Waiting {
  readonly job: ThreadJob;
  readonly settle: { resolve(ended: Ended): void; reject(error: unknown): void };
}

export class ThreadPool {
  readonly #options: ThreadPoolOptions;
  readonly #threads = new Set<Thread>();
  readonly #queue: Waiting[] = [];
  #closed = false;

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
  }

  /** Rejects with the reason of the signal, and for faults of ours: `sandboxed/thread-failed`, `sandboxed/no-room`, `sandboxed/closed`. */
  run(job: ThreadJob): Promise<Ended> {
    if (this.#closed) return Promise.reject(sandboxedError('closed', {}));
    if (job.signal?.aborted === true) return Promise.reject(job.signal.reason);
    return new Promise((resolve, reject) => {
      const waiting = { job, settle: { resolve, reject } };
      this.#queue.push(waiting);
      // What still waits is taken out; what runs is ended by its thread.
      job.signal?.addEventListener('abort', () => this.#forget(waiting), { once: true });
      this.#next();
    });
  }

  /** Ends all threads. Jobs that run or wait reject with `sandboxed/closed`. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { settle } of this.#queue.splice(0)) settle.reject(sandboxedError('closed', {}));
    await Promise.all([...this.#threads].map((thread) => thread.end(sandboxedError('closed', {}))));
  }

  #forget(waiting: Waiting): void {
    const at = this.#queue.indexOf(waiting);
    if (at < 0) return;
    this.#queue.splice(at, 1);
    waiting.settle.reject(waiting.job.signal?.reason);
  }

  #next(): void {
    const idle = [...this.#threads].find((thread) => thread.idle);
    const full = this.#threads.size >= this.#options.size;
    if (this.#queue.length === 0 || (idle === undefined && full)) return;
    const { job, settle } = this.#queue.shift() as Waiting;
    const thread = idle ?? this.#start();
    thread.run(job).then(settle.resolve, settle.reject);
  }

  #start(): Thread {
    const thread: Thread = new Thread(this.#options, {
      free: () => this.#next(),
      gone: () => {
        this.#threads.delete(thread);
        this.#next();
      },
    });
    this.#threads.add(thread);
    return thread;
  }
}

interface Running {
  readonly resolve: (ended: Ended) => void;
  readonly reject: (error: unknown) => void;
  /** No more timer and signal. */
  readonly release: () => void;
}

class Thread {
  readonly #worker: Worker;
  readonly #idleMs: number;
  readonly #tell: { free(): void; gone(): void };
  #running: Running | undefined;
  #jobs = 0;
  #ending: Promise<unknown> | undefined;
  #rest: NodeJS.Timeout | undefined;

  constructor({ thread, idleMs = IDLE_MS }: ThreadPoolOptions, tell: { free(): void; gone(): void }) {
    this.#tell = tell;
    this.#idleMs = idleMs;
    const resourceLimits = { maxOldGenerationSizeMb: HEAP_MB, stackSizeMb: STACK_MB };
    // Nothing of how this process was started reaches the thread: no variables, no flags.
    this.#worker = new Worker(thread, { env: {}, argv: [], execArgv: [], resourceLimits });
    this.#worker.on('message', (reply: ThreadReply) => this.#answered(reply));
    this.#worker.on('error', (error) => this.#failed(error));
    this.#worker.on('exit', () => this.#gone());
  }

  get idle(): boolean {
    return this.#running === undefined && this.#ending === undefined;
  }

  run(job: ThreadJob): Promise<Ended> {
    clearTimeout(this.#rest);
    this.#worker.ref();
    this.#jobs += 1;
    return new Promise((resolve, reject) => {
      const stop = startTimer(job.timeMs, () => this.#stop((running) => running.resolve({ is: 'timed-out' })));
      const abort = (): void => this.#stop((running) => running.reject(job.signal?.reason));
      job.signal?.addEventListener('abort', abort, { once: true });
      const release = (): void => {
        stop();
        job.signal?.removeEventListener('abort', abort);
      };
      this.#running = { resolve, reject, release };
      job.started?.();
      this.#worker.postMessage(job.request);
    });
  }

  /** Ends the thread; what it runs rejects with the error. */
  async end(error: unknown): Promise<void> {
    this.#stop((running) => running.reject(error));
    await this.#ending;
  }

  /** Ends the thread, and tells of it once it has ended: whoever is told finds the processor free. */
  #stop(tell: (running: Running) => void): void {
    const running = this.#take();
    clearTimeout(this.#rest);
    this.#ending ??= this.#worker.terminate();
    if (running !== undefined) this.#ending.then(() => tell(running), running.reject);
  }

  #take(): Running | undefined {
    const running = this.#running;
    this.#running = undefined;
    running?.release();
    return running;
  }

  #answered(reply: ThreadReply): void {
    const running = this.#take();
    if (running === undefined) return;
    if ('fault' in reply) {
      const { fault } = reply;
      running.reject(
        'room' in fault ? sandboxedError('no-room', { what: fault.room }) : sandboxedError('thread-failed', fault),
      );
      // Whatever went wrong, the next job starts without it.
      this.#stop(() => {});
      return;
    }
    running.resolve({ is: 'done', outcome: reply.outcome });
    this.#worker.unref();
    if (this.#jobs >= MOST_JOBS) {
      this.#stop(() => {});
      return;
    }
    this.#rest = setTimeout(() => this.#stop(() => {}), this.#idleMs).unref();
    this.#tell.free();
  }

  #failed(error: unknown): void {
    const running = this.#take();
    this.#ending ??= this.#worker.terminate();
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ERR_WORKER_OUT_OF_MEMORY') running?.resolve({ is: 'out-of-memory' });
    else running?.reject(sandboxedError('thread-failed', { why: String(error) }, { cause: error }));
  }

  #gone(): void {
    this.#ending ??= Promise.resolve();
    this.#take()?.reject(sandboxedError('thread-failed', { why: 'it ended by itself' }));
    this.#tell.gone();
  }
}

/** Calls after so many milliseconds, however many; returns what stops it. */
function startTimer(milliseconds: number, call: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (left: number): void => {
    const step = Math.min(left, LONGEST_TIMER);
    timer = setTimeout(() => (left > step ? wait(left - step) : call()), step);
  };
  wait(milliseconds);
  return () => clearTimeout(timer);
}
