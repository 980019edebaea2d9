/** The requests of one call for many objects: sent as ids come in, answered in order. */
import { gitError, isOid, type ObjectFormat, type Oid } from '../../src/git/index.js';
import { Garbled } from './batch-parser.js';
import { OidQueue } from './oid-queue.js';

/** Requests that are sent with one flush; git answers them in one go. */
const REQUESTS_PER_FLUSH = 256;
/** Requests that may be under way. */
const WINDOW = 1024;

export type Oids = AsyncIterable<Oid> | Iterable<Oid>;
/** Ids as a caller gives them, or many at a time. */
export type OidSource = Oids | AsyncIterable<readonly Oid[]>;

/** What takes requests: a child of git. */
export interface Receiver {
  /** Does it answer only when told to flush? */
  readonly buffered: boolean;
  send(text: string): void;
}

/** Sends ids to the child as they come from the caller, never more than a window ahead of the answers. */
export class Requests {
  readonly #oids: OidSource;
  readonly #format: ObjectFormat;
  readonly #queue = new OidQueue();
  #worker: Receiver | null = null;
  #unsent = '';
  #unsentCount = 0;
  #flushing = false;
  #ended = false;
  #stopped = false;
  #fault: { error: unknown } | null = null;
  #wakeFeeder: (() => void) | null = null;
  #wakeReader: (() => void) | null = null;

  constructor(oids: OidSource, format: ObjectFormat) {
    this.#oids = oids;
    this.#format = format;
  }

  start(worker: Receiver): void {
    this.#worker = worker;
    this.#feed().catch((error: unknown) => {
      this.#fault = { error };
      this.#end();
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#wakeFeeder?.();
  }

  /** The id that the next answer is for. Throws Garbled when nothing was asked. */
  first(): Oid {
    const oid = this.#queue.first();
    if (oid === undefined) throw new Garbled('an answer to no question');
    return oid;
  }

  /** The first answer is there. */
  answered(): void {
    this.#queue.shift();
    if (this.#queue.length >= WINDOW) return;
    this.#wakeFeeder?.();
    this.#wakeFeeder = null;
  }

  /** Asks a fresh child for everything that the old one left unanswered. */
  resend(worker: Receiver): void {
    this.#worker = worker;
    this.#unsent = '';
    this.#unsentCount = 0;
    for (const oid of this.#queue.all()) this.#ask(oid);
    this.#flush();
  }

  /** Waits until an answer is due (true) or everything is answered (false). Throws what the caller's iterable threw. */
  async pending(): Promise<boolean> {
    while (this.#queue.length === 0) {
      if (this.#fault !== null) throw this.#fault.error;
      if (this.#ended) return false;
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve;
      });
    }
    return true;
  }

  async #feed(): Promise<void> {
    const source = Symbol.iterator in this.#oids ? this.#chunked(this.#oids) : this.#oids;
    for await (const some of source) {
      if (this.#stopped) return;
      if (typeof some === 'string') this.#add(some);
      else for (const oid of some) this.#add(oid);
      while (this.#queue.length >= WINDOW && !this.#stopped) {
        this.#flush();
        await new Promise<void>((resolve) => {
          this.#wakeFeeder = resolve;
        });
      }
      if (this.#stopped) return;
    }
    this.#flush();
    this.#end();
  }

  /** One promise for many ids, where the caller has them ready. */
  *#chunked(oids: Iterable<Oid>): Generator<Oid[]> {
    let chunk: Oid[] = [];
    for (const oid of oids) {
      chunk.push(oid);
      if (chunk.length < REQUESTS_PER_FLUSH) continue;
      yield chunk;
      chunk = [];
    }
    yield chunk;
  }

  #end(): void {
    this.#ended = true;
    this.#wakeReader?.();
    this.#wakeReader = null;
  }

  #add(oid: Oid): void {
    // Also what keeps anything else from being read as a command.
    if (!isOid(oid, this.#format)) throw gitError('missing-object', { oid });
    this.#queue.push(oid);
    this.#ask(oid);
    this.#wakeReader?.();
    this.#wakeReader = null;
    if (this.#unsentCount >= REQUESTS_PER_FLUSH) this.#flush();
    else if (!this.#flushing) {
      this.#flushing = true;
      setImmediate(() => {
        this.#flushing = false;
        this.#flush();
      });
    }
  }

  #ask(oid: Oid): void {
    this.#unsent += this.#worker?.buffered ? `contents ${oid}\n` : `${oid}\n`;
    this.#unsentCount++;
  }

  #flush(): void {
    if (this.#unsentCount === 0 || this.#worker === null || this.#stopped) return;
    this.#worker.send(this.#worker.buffered ? `${this.#unsent}flush\n` : this.#unsent);
    this.#unsent = '';
    this.#unsentCount = 0;
  }
}
