/**
 * The budget of a task. Processor time is counted, not measured: each operation costs what the table says, so that a task that fits one
 * machine fits every machine. What would go beyond a budget is not done.
 */
import type { Clock } from '../kernel/index.js';
import type { Budget } from '../mythos/index.js';
import { irError } from './errors.js';

/** An operation, for messages. */
export interface Place {
  readonly at: number;
  readonly op: string;
}

/** What a run has used. */
export interface Spent {
  readonly cpu_us: bigint;
  readonly io_count: number;
  readonly state_writes: number;
}

export class Meter {
  readonly #budget: Budget;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #started: number;
  #cpu = 0n;
  #io = 0;
  #writes = 0;

  constructor(budget: Budget, clock: Pick<Clock, 'now'>) {
    this.#budget = budget;
    this.#clock = clock;
    this.#started = clock.now();
  }

  get spent(): Spent {
    return { cpu_us: this.#cpu, io_count: this.#io, state_writes: this.#writes };
  }

  /** µs since the epoch; undefined when the task has all the time there is. */
  get deadline(): number | undefined {
    const { deadline_us } = this.#budget;
    return deadline_us === undefined ? undefined : this.#started + Number(deadline_us);
  }

  /** Throws `ir/budget`; with the fault that it came by, if there was one. */
  checkDeadline(place: Place, cause?: unknown): void {
    const { deadline_us } = this.#budget;
    const passed = BigInt(Math.max(0, Math.floor(this.#clock.now() - this.#started)));
    if (deadline_us === undefined || passed <= deadline_us) return;
    throw exhausted(place, { budget: 'deadline_us', limit: deadline_us, spent: passed, cause });
  }

  /** Throws `ir/budget` and charges nothing. */
  charge(place: Place, cost: bigint): void {
    const { cpu_us } = this.#budget;
    if (this.#cpu + cost > cpu_us) throw exhausted(place, { budget: 'cpu_us', limit: cpu_us, spent: this.#cpu });
    this.#cpu += cost;
  }

  /** Throws `ir/budget` and counts nothing. */
  countEffect(place: Place, { writes }: { readonly writes: boolean }): void {
    const { io_count, state_writes } = this.#budget;
    if (this.#io + 1 > io_count) throw exhausted(place, { budget: 'io_count', limit: io_count, spent: this.#io });
    if (writes && this.#writes + 1 > state_writes)
      throw exhausted(place, { budget: 'state_writes', limit: state_writes, spent: this.#writes });
    this.#io += 1;
    if (writes) this.#writes += 1;
  }
}

interface Exhausted {
  readonly budget: keyof Budget & string;
  readonly limit: bigint | number;
  readonly spent: bigint | number;
  readonly cause?: unknown;
}

function exhausted(place: Place, { budget, limit, spent, cause }: Exhausted): Error {
  return irError('budget', { ...place, budget, limit: String(limit), spent: String(spent) }, { cause });
}
