import { expect, it } from 'vitest';
import { fixedClock, steppingClock } from './clock.js';

it('a fixed clock stands still, through sleep as well', async () => {
  const clock = fixedClock(5);
  await clock.sleep(1000);
  expect([clock.now(), clock.now()]).toEqual([5, 5]);
});

it('a stepping clock moves with each look and each sleep, and backwards on demand', async () => {
  const clock = steppingClock({ start: 100, step: 3 });
  expect([clock.now(), clock.now()]).toEqual([100, 103]);
  await clock.sleep(2);
  expect(clock.now()).toBe(2106);
  clock.advance(-2000);
  expect(clock.now()).toBe(109);
});
