import { describe, expect, it } from 'vitest';
import { Bell } from './bell.js';

const FOREVER = 2 ** 31 - 1;

describe('a bell', () => {
  it('ends the sleep of whoever sleeps', async () => {
    const bell = new Bell();
    const slept = bell.sleep(FOREVER);
    bell.ring();
    await slept;
  });

  it('that rang before ends the next sleep, and only that', async () => {
    const bell = new Bell();
    bell.ring();
    bell.ring();
    await bell.sleep(FOREVER);
    let over = false;
    const second = bell.sleep(FOREVER).then(() => {
      over = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(over).toBe(false);
    bell.ring();
    await second;
  });

  it('that does not ring lets sleep to the end', async () => {
    await new Bell().sleep(1);
  });
});
