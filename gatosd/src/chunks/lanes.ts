/**
 * Threads that work on chunks. Each has a few requests before it, so that it never waits for the caller's. They are started with the lanes
 * and end with them. Without threads the caller's own does the work, with a breath between any two chunks.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setImmediate as breathe } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { abandonDone, type ChunkDone, type ChunkWork, doWork, transfersOf } from './chunk-work.js';
import { chunkError } from './errors.js';
import { threadsFor } from './sizes.js';

const THREAD = new URL('./chunk-thread.js', import.meta.url);

/** Below so many bytes a thread is not worth its start. */
const WORTH_BYTES = 8 * 1024 * 1024;
const AHEAD = 2;

export interface LaneOptions {
  /** Threads; 0 is the caller's own. By default by the cores, the size of the chunks and what there is to do. */
  readonly threads?: number | undefined;
  /** The program of the threads; only tests give another than the one beside this file. */
  readonly thread?: URL | undefined;
}

export interface Lanes {
  /** Requests that are worth making at once. */
  readonly width: number;
  /** Throws `chunks/thread-failed`. What a request gives in arrays is gone for the caller. */
  run(work: ChunkWork): Promise<ChunkDone>;
  /** To be called when nothing is under way any more. */
  close(): Promise<void>;
}

export interface LaneNeeds {
  readonly chunkSize: number;
  /** Plain bytes of all that there is to do; undefined while unknown. */
  readonly bytes: number | undefined;
}

export function openLanes({ threads, thread = THREAD }: LaneOptions, { chunkSize, bytes }: LaneNeeds): Lanes {
  const worth = bytes === undefined || bytes >= WORTH_BYTES;
  const count = threads ?? (worth ? threadsFor({ chunkSize, cores: availableParallelism() }) : 0);
  return count === 0 || !existsSync(fileURLToPath(thread)) ? ownLane() : threadLanes(count, thread);
}

function ownLane(): Lanes {
  let last: Promise<unknown> = Promise.resolve();
  const run = (work: ChunkWork): Promise<ChunkDone> => {
    // One after the other: they share scratch memory.
    const done = last.then(() => breathe()).then(() => doWork(work));
    last = done.catch(() => undefined);
    return done;
  };
  return { width: 2, run, close: async () => undefined };
}

function threadLanes(count: number, program: URL): Lanes {
  const lanes = Array.from({ length: count }, () => new Lane(program));
  const waiting: { readonly work: ChunkWork; readonly take: (done: Promise<ChunkDone>) => void }[] = [];
  const next = (): void => {
    for (;;) {
      const lane = lanes.reduce((best, each) => (each.load < best.load ? each : best));
      if (lane.load >= AHEAD) return;
      const first = waiting.shift();
      if (first === undefined) return;
      const done = lane.run(first.work);
      done.then(next, next);
      first.take(done);
    }
  };
  return {
    width: count * AHEAD,
    run: (work) =>
      new Promise((resolve) => {
        waiting.push({ work, take: resolve });
        next();
      }),
    close: async () => {
      await Promise.all(lanes.map((lane) => lane.close()));
    },
  };
}

interface Asked {
  readonly resolve: (done: ChunkDone) => void;
  readonly reject: (error: unknown) => void;
}

class Lane {
  readonly #worker: Worker;
  readonly #asked: Asked[] = [];
  #broken: unknown;

  constructor(program: URL) {
    // Files that a thread opens are closed by whoever gets them from it.
    this.#worker = new Worker(program, {
      trackUnmanagedFds: false,
      // Flags of whoever calls, such as those of `node -e`, are not meant for it.
      execArgv: [],
    });
    this.#worker.on('message', (done: ChunkDone) => {
      const asked = this.#asked.shift();
      if (asked === undefined) abandonDone(done);
      else asked.resolve(done);
    });
    this.#worker.on('error', (error) => this.#fail(error.message));
    this.#worker.on('exit', (status) => this.#fail(`it ended with ${status}`));
  }

  get load(): number {
    return this.#asked.length;
  }

  run(work: ChunkWork): Promise<ChunkDone> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    return new Promise((resolve, reject) => {
      this.#asked.push({ resolve, reject });
      this.#worker.postMessage(work, transfersOf(work));
    });
  }

  async close(): Promise<void> {
    this.#broken ??= chunkError('thread-failed', { why: 'it was ended' });
    await this.#worker.terminate();
  }

  #fail(why: string): void {
    this.#broken ??= chunkError('thread-failed', { why });
    for (const { reject } of this.#asked.splice(0)) reject(this.#broken);
  }
}
