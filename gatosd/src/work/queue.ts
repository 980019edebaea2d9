/** The jobs that a worker knows to be waiting: told of by messages, found by a scan, forgotten when they are done. */
import {
  type Cid,
  type Consumer,
  isGatosError,
  listJobs,
  type Message,
  type NewMessage,
  type Offset,
  openConsumer,
  type ProgramKind,
  parseJobId,
  type Random,
  type WriterPorts,
} from 'gatos-core';

/** The topic on which submissions are told, and the consumer that all workers are together. */
export const JOBS_TOPIC = 'jobs';
export const WORKERS = 'workers';

/** The message that tells of a job. */
export function submittedMessage(job: Cid, kind: ProgramKind): NewMessage {
  return { type: 'submitted', key: String(job), payload: { job: String(job), kind } };
}

interface Waiting {
  readonly job: Cid;
  /** µs since the epoch: not worth a try before. */
  notBefore: number;
  /** Faults of the machine so far. */
  faults: number;
}

/** A message that is not acknowledged yet. */
interface Told {
  readonly offset: Offset;
  readonly job: string;
}

/** Of so many jobs one is picked by chance, so that workers who race for the queue do not all want the same one. */
const PICK = 16;

export class JobQueue {
  readonly #waiting = new Map<string, Waiting>();
  #told: Told[] = [];
  #consumer: Consumer | null = null;

  constructor(
    private readonly ports: WriterPorts,
    private readonly open: () => Promise<Parameters<typeof openConsumer>[1]>,
  ) {}

  /** How many jobs are not known to be done. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Looks at every job once: what was submitted without a message, or claimed by a worker that is gone. */
  async scan(): Promise<void> {
    for (const { job, done } of await listJobs(this.ports.backend)) {
      if (done) this.forget(job);
      else this.#add(job);
    }
  }

  /** Reads what was published since. */
  async refresh(signal?: AbortSignal): Promise<void> {
    this.#consumer ??= await openConsumer(this.ports, await this.open());
    for await (const { messages, duplicates } of this.#consumer.deliveries({ signal }))
      for (const message of [...messages, ...duplicates]) this.#hear(message);
  }

  #hear(message: Message): void {
    const job = jobIn(message);
    if (job === null) return;
    this.#told.push({ offset: { segment: message.segment, seq: message.seq }, job: String(job) });
    this.#add(job);
  }

  #add(job: Cid): void {
    const key = String(job);
    if (!this.#waiting.has(key)) this.#waiting.set(key, { job, notBefore: 0, faults: 0 });
  }

  /** A job that may be tried now, or null. It is not given again before `later` or `forget` is called. */
  take(now: number, random: Random): Cid | null {
    const ready: Waiting[] = [];
    for (const waiting of this.#waiting.values()) {
      if (waiting.notBefore <= now) ready.push(waiting);
      if (ready.length === PICK) break;
    }
    const [byte = 0] = random.bytes(1);
    const picked = ready[byte % Math.max(1, ready.length)];
    if (picked === undefined) return null;
    picked.notBefore = Number.POSITIVE_INFINITY;
    return picked.job;
  }

  /** A job is tried again at this time, µs since the epoch; Infinity: not by this worker. */
  later(job: Cid, notBefore: number): void {
    const waiting = this.#waiting.get(String(job));
    if (waiting !== undefined) waiting.notBefore = notBefore;
  }

  /** A fault of this machine: how many there were with this job. */
  failed(job: Cid): number {
    const waiting = this.#waiting.get(String(job));
    if (waiting === undefined) return 0;
    waiting.faults += 1;
    return waiting.faults;
  }

  /** A job is done, or is none. */
  forget(job: Cid): void {
    this.#waiting.delete(String(job));
  }

  /** When the next job is to be tried, µs since the epoch; Infinity while there is none. */
  nextTry(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { notBefore } of this.#waiting.values()) next = Math.min(next, notBefore);
    return next;
  }

  /** Is the first message that is not acknowledged about a job that is done? */
  get hasToAcknowledge(): boolean {
    const [first] = this.#told;
    return first !== undefined && !this.#waiting.has(first.job);
  }

  /** Reads on from what is acknowledged, as whoever writes now. */
  reopen(): void {
    this.#consumer = null;
    this.#told = [];
  }

  /** Acknowledges the messages whose jobs are done, up to the first that is not. */
  async acknowledge(): Promise<void> {
    const open = this.#told.findIndex(({ job }) => this.#waiting.has(job));
    const done = open === -1 ? this.#told : this.#told.slice(0, open);
    const last = done.at(-1);
    if (last === undefined || this.#consumer === null) return;
    await this.#consumer.ack(last.offset);
    this.#told = this.#told.slice(done.length);
  }
}

/** The job that a message tells of; null for a message that tells of none. */
function jobIn({ payload }: Message): Cid | null {
  const id = payload !== null && typeof payload === 'object' && 'job' in payload ? payload.job : null;
  if (typeof id !== 'string') return null;
  try {
    return parseJobId(id);
  } catch (error) {
    if (isGatosError(error)) return null;
    throw error;
  }
}
