/** The system's clock and random source as ports. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Random } from '../src/kernel/index.js';

export const systemClock: Clock = {
  now: () => Date.now() * 1000,
  sleep: async (milliseconds) => {
    await sleep(milliseconds);
  },
};

export const systemRandom: Random = {
  bytes: (length) => randomBytes(length),
};
