/** Clocks for tests. Times are microseconds since 1970-01-01T00:00:00Z; nobody really waits. */
import type { Clock } from '../src/kernel/index.js';

/** A clock that stands still. */
export function fixedClock(time: number): Clock {
  return { now: () => time, sleep: async () => {} };
}

export interface SteppingClock extends Clock {
  /** Moves the clock by that many microseconds, backwards when negative. */
  advance(microseconds: number): void;
}

/** A clock that moves by `step` microseconds with every look at it, and by the time slept with every sleep. */
export function steppingClock({ start, step }: { readonly start: number; readonly step: number }): SteppingClock {
  let next = start;
  return {
    now: () => {
      const time = next;
      next += step;
      return time;
    },
    sleep: async (milliseconds) => {
      next += milliseconds * 1000;
    },
    advance: (microseconds) => {
      next += microseconds;
    },
  };
}
