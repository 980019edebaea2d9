/**
 * A worker: follows the queue, claims jobs that it can run, and records what came of them. Any number of workers share a queue; the claim
 * decides. It sleeps until refs move, a lease ends or a job of its own does. What concerns one job, or a remote that does not answer for a
 * while, never ends it.
 */
import { type Cid, formatTime, GatosError, LIMITS, parseTime } from 'gatos-core';
import { type RefWatch, watchRefs } from 'gatos-core/node';
import { requireTrusted } from '../require-trusted.js';
import type { Workspace } from '../workspace.js';
import { attemptJob, isTemporary } from './attempt.js';
import { Bell } from './bell.js';
import { JOBS_TOPIC, JobQueue, WORKERS } from './queue.js';
import type { WorkRequest, WorkSummary } from './work-request.js';

/**
 * Works until it is told to stop, or, with `drain`, until the queue is empty. Throws faults of the repository itself, what the first
 * look at the remote throws, and `trust/*` when nothing that it wrote would count; the jobs that run then are killed and given back.
 */
export async function work(workspace: Workspace, request: WorkRequest): Promise<WorkSummary> {
  return new Worker(workspace, request).run();
}

const MICROS = 1000;
/** A fault of the machine may pass: after this, and twice as long after each more. */
const RETRY_MS = 5000;
const LONGEST_RETRY_MS = 600_000;
/** With `drain`, so often. */
const DRAIN_TRIES = 3;
/** What was submitted without a message, or fell to a worker that is gone, is found within this time. */
const SCAN_MS = 60_000;
/** After a look that failed. */
const BLIND_MS = 1000;
/** Between two acknowledgements. */
const ACK_MS = 10_000;
/** With `drain`, while others have what is left. */
const DRAIN_SCAN_MS = 500;

class Worker {
  readonly #queue: JobQueue;
  readonly #running = new Set<Promise<void>>();
  readonly #bell = new Bell();
  readonly #kill = new AbortController();
  #fault: { readonly error: unknown } | null = null;
  #finished = 0;
  #succeeded = 0;
  #lost = 0;
  #nextScan = 0;
  #nextFetch = 0;
  #nextAck = 0;
  /** Looks that failed since the last one that did not. */
  #blind = 0;

  constructor(
    private readonly workspace: Workspace,
    private readonly request: WorkRequest,
  ) {
    const { repository } = workspace;
    const open = async () => ({ ...(await repository.writer()), topic: JOBS_TOPIC, consumer: WORKERS });
    this.#queue = new JobQueue(repository.ports, open);
  }

  async run(): Promise<WorkSummary> {
    const { stop, kill } = this.request;
    const { repository } = this.workspace;
    const watch = watchRefs(this.workspace.backend.commonDir, {
      prefixes: [`refs/gatos/mbus/${JOBS_TOPIC}/`],
      signal: stop,
    });
    const following = this.#follow(watch);
    const ring = () => this.#bell.ring();
    const end = () => this.#kill.abort(kill?.reason);
    stop.addEventListener('abort', ring);
    kill?.addEventListener('abort', end);
    if (kill?.aborted === true) end();
    try {
      await this.#look();
      requireTrusted(await repository.writer(), repository.ports, 'jobs/');
      await this.#loop();
      await Promise.all(this.#running);
      await this.#acknowledge();
      if (this.#fault !== null) throw this.#fault.error;
    } catch (error) {
      this.#kill.abort(error);
      throw error;
    } finally {
      stop.removeEventListener('abort', ring);
      kill?.removeEventListener('abort', end);
      watch.dispose();
      await Promise.all([...this.#running, following]);
    }
    return { finished: this.#finished, succeeded: this.#succeeded, lost: this.#lost, left: this.#queue.size };
  }

  async #loop(): Promise<void> {
    const { stop, drain } = this.request;
    while (!stop.aborted) {
      this.#start();
      if (drain === true && this.#running.size === 0 && this.#queue.nextTry() === Number.POSITIVE_INFINITY) return;
      await this.#bell.sleep(this.#pause());
      if (this.#fault !== null) throw this.#fault.error;
      if (!stop.aborted) await this.#tolerating(() => this.#look());
    }
  }

  /** Never rejects. */
  async #follow(watch: RefWatch): Promise<void> {
    try {
      while (await watch.next()) this.#bell.ring();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#fault ??= { error };
    this.#bell.ring();
  }

  get #now(): number {
    return this.workspace.repository.ports.clock.now();
  }

  /** What is new: on the remote, on the bus, and from time to time anywhere. */
  async #look(): Promise<void> {
    const { fetch, fetchMs = 0 } = this.request;
    if (fetch !== undefined && this.#now >= this.#nextFetch) {
      this.#nextFetch = this.#now + this.#backOff(fetchMs);
      await fetch();
      this.#nextFetch = this.#now + fetchMs * MICROS;
    }
    await this.#queue.refresh();
    const scans = this.#now >= this.#nextScan;
    if (scans) {
      await this.#queue.scan();
      this.#nextScan = this.#now + SCAN_MS * MICROS;
    }
    if (scans || this.#acknowledges()) {
      this.#nextAck = this.#now + ACK_MS * MICROS;
      await this.#acknowledge();
    }
    this.#blind = 0;
  }

  /** It costs a record, and only saves whoever starts later from looking at the same messages: so not after every job. */
  #acknowledges(): boolean {
    return this.#running.size === 0 && this.#queue.hasToAcknowledge && this.#now >= this.#nextAck;
  }

  /** Work goes on without: whoever starts later looks at some messages again. */
  async #acknowledge(): Promise<void> {
    try {
      await this.#queue.acknowledge();
    } catch (error) {
      if (!(error instanceof GatosError)) throw error;
      // The law that it was opened under may be another now.
      this.#queue.reopen();
    }
  }

  /** µs until a remote that did not answer is asked again. */
  #backOff(ms: number): number {
    return Math.min(ms * 2 ** Math.min(this.#blind, 10), SCAN_MS) * MICROS;
  }

  /** What passes is told once, and tried again. */
  async #tolerating(body: () => Promise<void>): Promise<void> {
    try {
      await body();
    } catch (error) {
      if (!isTemporary(error)) throw error;
      this.#blind += 1;
      this.#nextScan = Math.max(this.#nextScan, this.#now + this.#backOff(BLIND_MS));
      if (this.#blind === 1) this.request.onEvent?.({ what: 'blind', error });
    }
  }

  /** Fills the free places. */
  #start(): void {
    const { ports } = this.workspace.repository;
    while (this.#running.size < this.request.concurrency) {
      const job = this.#queue.take(this.#now, ports.random);
      if (job === null) return;
      const attempt: Promise<void> = this.#attempt(job)
        .catch((error: unknown) => this.#fail(error))
        .finally(() => {
          this.#running.delete(attempt);
          this.#bell.ring();
        });
      this.#running.add(attempt);
    }
  }

  async #attempt(job: Cid): Promise<void> {
    const { runners, leaseMs, libraries, onEvent, onStep } = this.request;
    let claimed = false;
    const onClaimed = ({ attempt }: { readonly attempt: number }) => {
      claimed = true;
      onEvent?.({ what: 'claimed', job, attempt });
    };
    const kill = this.#kill.signal;
    try {
      const { execution } = await attemptJob(this.workspace, {
        ...{ job, runners, leaseMs, libraries, kill, onClaimed },
        onStep: (step) => onStep?.(step, job),
      });
      const { status, failure } = execution;
      this.#finished += 1;
      if (status === 'succeeded') this.#succeeded += 1;
      this.#queue.forget(job);
      onEvent?.({ what: 'finished', job, status, failure });
    } catch (error) {
      if (kill.aborted) return;
      if (!(error instanceof GatosError)) throw error;
      this.#settle(job, error, claimed);
    }
  }

  /** What a job that was not done here means for the next try. */
  #settle(job: Cid, error: GatosError, claimed: boolean): void {
    const { onEvent } = this.request;
    switch (error.code) {
      case 'jobs/held':
        this.#queue.later(job, leaseEnd(error) + LIMITS.leaseSkew + MICROS);
        return;
      case 'jobs/done':
        this.#queue.forget(job);
        if (claimed) this.#tellLost(job, error);
        return;
      case 'jobs/no-such-job':
        // Somebody has told of a job that is not here: when it comes, a scan finds it.
        this.#queue.forget(job);
        return;
      case 'jobs/lost-lease':
        this.#queue.later(job, this.#now + RETRY_MS * MICROS);
        this.#tellLost(job, error);
        return;
    }
    const refused = !isTemporary(error);
    this.#queue.later(job, refused ? Number.POSITIVE_INFINITY : this.#retryAt(job));
    onEvent?.({ what: refused ? 'refused' : 'fault', job, error });
  }

  #tellLost(job: Cid, error: GatosError): void {
    this.#lost += 1;
    this.request.onEvent?.({ what: 'lost', job, error });
  }

  /** µs since the epoch. */
  #retryAt(job: Cid): number {
    const faults = this.#queue.failed(job);
    if (this.request.drain === true && faults >= DRAIN_TRIES) return Number.POSITIVE_INFINITY;
    return this.#now + Math.min(RETRY_MS * 2 ** Math.min(faults - 1, 10), LONGEST_RETRY_MS) * MICROS;
  }

  /** Milliseconds until something has to be done that nobody rings for. */
  #pause(): number {
    const { fetch, concurrency, drain } = this.request;
    const idle = this.#running.size === 0;
    if (drain === true && idle) this.#nextScan = Math.min(this.#nextScan, this.#now + DRAIN_SCAN_MS * MICROS);
    const nextTry = this.#running.size < concurrency ? this.#queue.nextTry() : Number.POSITIVE_INFINITY;
    const nextFetch = fetch === undefined ? Number.POSITIVE_INFINITY : this.#nextFetch;
    const nextAck = idle && this.#queue.hasToAcknowledge ? this.#nextAck : Number.POSITIVE_INFINITY;
    return Math.max(0, Math.min(nextTry, this.#nextScan, nextFetch, nextAck) - this.#now) / MICROS;
  }
}

/** When the lease ends that the refusal tells of, µs since the epoch. */
function leaseEnd(error: GatosError): number {
  const { until } = error.data as { until?: unknown };
  return parseTime(typeof until === 'string' ? until : formatTime(0));
}
