/** Bounds on how much is done at a time: requests a second by token, requests at once, bytes of memory. */

export interface RateOptions {
  readonly perSecond: number;
  /** Requests that may come at once after a pause. */
  readonly burst: number;
}

interface Bucket {
  level: number;
  at: number;
}

/** Names that are remembered; whoever was silent for longest is forgotten, which is to their advantage. */
const MOST_BUCKETS = 4096;

/** A token bucket for each name. */
export class Rates {
  readonly #buckets = new Map<string, Bucket>();

  constructor(
    private readonly options: RateOptions,
    /** Milliseconds of a clock that never goes back. */
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Takes one; gives 0, or the milliseconds after which there is one again. */
  take(name: string): number {
    const { perSecond, burst } = this.options;
    const at = this.now();
    const known = this.#buckets.get(name);
    const level = known === undefined ? burst : Math.min(burst, known.level + ((at - known.at) * perSecond) / 1000);
    // Set anew, so that the order of the map is that of use.
    this.#buckets.delete(name);
    const granted = level >= 1;
    this.#buckets.set(name, { level: granted ? level - 1 : level, at });
    if (this.#buckets.size > MOST_BUCKETS) this.#buckets.delete(this.#buckets.keys().next().value as string);
    return granted ? 0 : Math.ceil(((1 - level) * 1000) / perSecond);
  }
}

interface Waiting {
  readonly bytes: number;
  readonly start: () => void;
}

/** Bytes that bodies and chunks may take in memory together. Whoever finds none left waits, first come, first served. */
export class MemoryBudget {
  #free: number;
  readonly #queue: Waiting[] = [];

  constructor(readonly total: number) {
    this.#free = total;
  }

  get free(): number {
    return this.#free;
  }

  /** Resolves to what gives the bytes back, once. More than there is in all counts as all of it. Throws the reason of the signal. */
  async take(wanted: number, signal: AbortSignal): Promise<() => void> {
    const bytes = Math.min(wanted, this.total);
    signal.throwIfAborted();
    if (this.#queue.length > 0 || this.#free < bytes) await this.#turn(bytes, signal);
    else this.#free -= bytes;
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.#free += bytes;
      this.#serve();
    };
  }

  /** Resolves when the bytes are taken. */
  #turn(bytes: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#queue.splice(this.#queue.indexOf(waiting), 1);
        reject(signal.reason as Error);
        // Whoever stood behind may be small enough.
        this.#serve();
      };
      const waiting: Waiting = {
        bytes,
        start: () => {
          signal.removeEventListener('abort', leave);
          resolve();
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#queue.push(waiting);
    });
  }

  #serve(): void {
    for (let next = this.#queue[0]; next !== undefined && next.bytes <= this.#free; next = this.#queue[0]) {
      this.#queue.shift();
      this.#free -= next.bytes;
      next.start();
    }
  }
}
