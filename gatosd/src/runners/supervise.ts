/**
 * One process of a job from start to end: in a session of its own, with no input but what it is given, its output kept and counted, ended with all
 * that it started when it takes too much of anything. What it leaves running when it ends is ended too.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobLimits } from 'gatos-core';
import { OutputLog } from './output-log.js';
import {
  endFamily,
  type Family,
  membersOf,
  memoryOf,
  outlive,
  type ProcessEntry,
  readProcess,
} from './process-table.js';
import type { Task } from './runner.js';

export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Bytes that it reads from file descriptor 3; what it writes to 4 is then reported. Null: it gets neither. */
  readonly side: Uint8Array | null;
  /** Bytes on its standard input; absent: it has none. */
  readonly input?: Uint8Array | undefined;
  /** By this folder processes are known that left the tree; null: none can. */
  readonly folder: string | null;
  /** The process and its child only hold the namespace of the job. */
  readonly boxed: boolean;
  /** Ends what does not end with the process, such as a container. */
  readonly stop?: (() => Promise<void>) | undefined;
  /** Is memory watched from here? */
  readonly watchMemory: boolean;
}

export type Stop = 'time' | 'memory' | 'output' | 'abort';

export interface Ended {
  readonly exit: number | null;
  readonly signal: string | null;
  /** Why we ended it; null: it ended by itself. */
  readonly stop: Stop | null;
  /** It could not be started: an errno such as `ENOENT`. */
  readonly fault: string | null;
  /** What it wrote to file descriptor 4. */
  readonly report: string;
  readonly stdout: OutputLog;
  readonly stderr: OutputLog;
  /** µs since the epoch. */
  readonly started: number;
  readonly finished: number;
}

export interface Bounds {
  readonly limits: JobLimits;
  readonly onOutput: Task['onOutput'];
  readonly signal: AbortSignal | undefined;
}

type Exit = Pick<Ended, 'exit' | 'signal' | 'fault'>;

/** Settles when nothing of it runs any more. Rejects with what `onOutput` throws, never for what the program does. */
export async function supervise(launch: Launch, bounds: Bounds): Promise<Ended> {
  const [started, ticks] = [Date.now() * 1000, performance.now()];
  const supervised = new Supervised(launch, bounds);
  const exit = await supervised.ended();
  const finished = started + Math.round((performance.now() - ticks) * 1000);
  const { stop, report, stdout, stderr } = supervised;
  return { ...exit, stop, report, stdout, stderr, started, finished };
}

const REPORT_BYTES = 64 * 1024;
/** How long output may still come when all processes of a job have ended: somebody else holds the pipe then. */
const DRAIN_MS = 1000;

class Supervised {
  readonly stdout = new OutputLog();
  readonly stderr = new OutputLog();
  report = '';
  stop: Stop | null = null;
  readonly #launch: Launch;
  readonly #bounds: Bounds;
  readonly #child: ChildProcess;
  readonly #exited: Promise<Exit>;
  readonly #closed: Promise<void>;
  #family: Family | null = null;
  /** First process of the namespace: when it is gone, so are all. */
  #holder: ProcessEntry | null = null;
  #ending: Promise<unknown> | null = null;
  #fault: { readonly error: unknown } | null = null;
  #over = false;

  constructor(launch: Launch, bounds: Bounds) {
    const { file, args, env, cwd, side, input, folder, boxed } = launch;
    this.#launch = launch;
    this.#bounds = bounds;
    const more = side === null ? [] : (['pipe', 'pipe'] as const);
    const first = input === undefined ? 'ignore' : 'pipe';
    const child = spawn(file, [...args], { cwd, env, detached: true, stdio: [first, 'pipe', 'pipe', ...more] });
    this.#child = child;
    this.#exited = new Promise((resolve) => {
      child.once('error', (error: NodeJS.ErrnoException) => {
        if (child.pid === undefined) resolve({ exit: null, signal: null, fault: error.code ?? String(error) });
      });
      child.once('exit', (exit, signal) => resolve({ exit, signal, fault: null }));
    });
    this.#closed = new Promise((resolve) => child.once('close', () => resolve()));
    this.#read(child.stdout, 'stdout');
    this.#read(child.stderr, 'stderr');
    if (side !== null) this.#serveSide(side);
    // It may end without reading.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
    const pid = child.pid;
    if (pid === undefined) return;
    // It cannot be gone before we come to ask how it ended.
    const leader = { pid, started: readProcess(pid)?.started ?? 0 };
    this.#family = { leader, folder, boxed, known: new Set() };
  }

  async ended(): Promise<Exit> {
    const disarm = this.#arm();
    try {
      const exit = await this.#exited;
      this.#over = true;
      await this.#ending;
      if (this.#launch.boxed) {
        await this.#drain(exit);
        if (this.#holder !== null) await outlive(this.#holder);
      } else {
        if (this.#family !== null) await endFamily(this.#family, { grace: false });
        await this.#drain(exit);
      }
      if (this.#fault !== null) throw this.#fault.error;
      return exit;
    } finally {
      this.#over = true;
      disarm();
    }
  }

  #end(why: Stop): void {
    if (this.#over || this.stop !== null || this.#family === null) return;
    this.stop = why;
    this.#ending = Promise.all([endFamily(this.#family, { grace: true }), this.#launch.stop?.()]);
    // It is awaited when the process has ended.
    this.#ending.catch(() => undefined);
  }

  /** Starts all that may end it early; the answer takes it back. */
  #arm(): () => void {
    const { limits, signal } = this.#bounds;
    const until = performance.now() + limits.time_ms;
    let timer: NodeJS.Timeout;
    const wait = (): void => {
      const left = until - performance.now();
      // A timer of Node holds 2^31 - 1 ms, less than 25 days.
      timer = setTimeout(() => (left <= LONGEST_TIMER ? this.#end('time') : wait()), Math.min(left, LONGEST_TIMER));
    };
    wait();
    const abort = (): void => this.#end('abort');
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort();
    const unwatch = this.#watch();
    return () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      unwatch();
    };
  }

  /** Looks at its processes now and then: their memory, and who of them is about to leave the tree. */
  #watch(): () => void {
    const { folder, watchMemory } = this.#launch;
    const family = this.#family;
    if (family === null || (folder === null && !watchMemory)) return () => undefined;
    let timer: NodeJS.Timeout;
    const look = (): void => {
      const before = performance.now();
      const members = membersOf(family);
      if (watchMemory && memoryOf(members) > this.#bounds.limits.memory_bytes) this.#end('memory');
      // A machine with many processes takes longer to look at: a twentieth of the time at most.
      timer = setTimeout(look, Math.max(WATCH_MS, 20 * (performance.now() - before)));
    };
    timer = setTimeout(look, WATCH_MS);
    return () => clearTimeout(timer);
  }

  #read(stream: Readable | null, name: 'stdout' | 'stderr'): void {
    stream?.on('data', (chunk: Uint8Array) => {
      this[name].add(chunk);
      this.#show(name, chunk);
      if (this.stdout.printed + this.stderr.printed > this.#bounds.limits.output_bytes) this.#end('output');
    });
    // The process has ended in the middle; what it printed is here.
    stream?.on('error', () => undefined);
  }

  /** A fault of whoever looks on ends the job, and is theirs again when nothing of it runs any more. */
  #show(name: 'stdout' | 'stderr', chunk: Uint8Array): void {
    if (this.#fault !== null) return;
    try {
      this.#bounds.onOutput?.(name, chunk);
    } catch (error) {
      this.#fault = { error };
      this.#end('abort');
    }
  }

  #serveSide(side: Uint8Array): void {
    const [, , , input, output] = this.#child.stdio as unknown as (Readable & Writable)[];
    // It could not be started, or it did not want to read: its end says so.
    input?.on('error', () => undefined);
    input?.end(side);
    output?.on('error', () => undefined);
    output?.on('data', (chunk: Uint8Array) => {
      if (this.report.length < REPORT_BYTES) this.report += Buffer.from(chunk).toString('utf8');
      const pid = /"child-pid"\s*:\s*(\d+)/.exec(this.report)?.[1];
      if (pid !== undefined) this.#holder ??= readProcess(Number(pid));
    });
  }

  async #drain({ fault }: Exit): Promise<void> {
    if (fault !== null) return;
    const waiting = new AbortController();
    const late = sleep(DRAIN_MS, undefined, { signal: waiting.signal }).catch(() => undefined);
    await Promise.race([this.#closed, late]);
    waiting.abort();
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }
}

const WATCH_MS = 150;
const LONGEST_TIMER = 2 ** 31 - 1;
