/**
 * Cooperative scheduling for the simulator: tasks that wait are resumed one at a time, in an order that a seed decides, and
 * time is a number that moves only here.
 */
import type { SeededRandom } from './random.js';

// In Node and in every browser; used only when a task waits for something outside of the simulation.
declare function setTimeout(callback: () => void, milliseconds: number): unknown;

/** Whoever waits and is resumed. `events` counts what the scheduler can see of it: pauses and its end. */
export interface Actor {
  events: number;
  waiting: number;
}

interface Task {
  readonly actor: Actor;
  readonly resume: () => void;
  /** Microseconds of virtual time. */
  readonly wakeAt: number;
  /** Step before which it is resumed only if nothing else can be. */
  readonly notBefore: number;
}

// A task whose other branches wait may have ended one of them without a trace; after this many turns it is taken for quiet.
const QUIET_TURNS = 256;
const MICRO_TURNS = 10_000;
const MACRO_TURNS = 1_000;

export class Scheduler {
  #tasks: Task[] = [];
  #time = 0;
  #steps = 0;
  constructor(private readonly random: SeededRandom) {}

  /** Virtual microseconds since the start. */
  get time(): number {
    return this.#time;
  }

  get steps(): number {
    return this.#steps;
  }

  /** Waits until the scheduler chooses this task. */
  pause(actor: Actor, { wakeAt = 0, turns = 0 }: { wakeAt?: number; turns?: number } = {}): Promise<void> {
    return new Promise((resume) => {
      actor.events += 1;
      actor.waiting += 1;
      this.#tasks.push({ actor, resume, wakeAt, notBefore: this.#steps + turns });
    });
  }

  /** Resumes everything that this actor waits for, outside of any order: it is dead and will only notice. */
  release(actor: Actor): void {
    const mine = this.#tasks.filter((task) => task.actor === actor);
    this.#tasks = this.#tasks.filter((task) => task.actor !== actor);
    for (const task of mine) this.#resume(task);
  }

  /** Resumes one task and waits until its actor pauses or ends. `idle`: nothing waits. `stuck`: the actor does neither. */
  async step(): Promise<'done' | 'idle' | 'stuck'> {
    const task = this.#choose();
    if (task === undefined) return 'idle';
    this.#steps += 1;
    this.#time = Math.max(this.#time + 1 + this.random.below(1000), task.wakeAt);
    const { actor } = task;
    const { events } = actor;
    this.#resume(task);
    const branches = actor.waiting > 0;
    for (let turn = 0; actor.events === events; turn++) {
      if (branches && turn > QUIET_TURNS) break;
      if (turn > MICRO_TURNS + MACRO_TURNS) return 'stuck';
      await (turn > MICRO_TURNS ? new Promise<void>((resolve) => setTimeout(resolve, 0)) : undefined);
    }
    return 'done';
  }

  #resume(task: Task): void {
    task.actor.waiting -= 1;
    task.resume();
  }

  #choose(): Task | undefined {
    const ready = this.#tasks.filter(({ wakeAt, notBefore }) => wakeAt <= this.#time && notBefore <= this.#steps);
    const chosen =
      ready.length > 0
        ? this.random.pick(ready)
        : [...this.#tasks].sort((a, b) => a.wakeAt - b.wakeAt || a.notBefore - b.notBefore)[0];
    this.#tasks = this.#tasks.filter((task) => task !== chosen);
    return chosen;
  }
}
