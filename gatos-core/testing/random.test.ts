import { describe, expect, it } from 'vitest';
import { seededRandom, xoshiro128 } from './random.js';

describe('seeded random', () => {
  it('is xoshiro128**: the published outputs from the state 1, 2, 3, 4', () => {
    const state: [number, number, number, number] = [1, 2, 3, 4];
    const outputs = Array.from({ length: 10 }, () => xoshiro128(state));
    expect(outputs).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  it('gives the same values for the same seed and others for another', () => {
    const values = (seed: number) => seededRandom(seed).bytes(64);
    expect(values(7)).toEqual(values(7));
    expect(values(7)).not.toEqual(values(8));
  });

  it('starts well even from seed 0', () => {
    const random = seededRandom(0);
    expect(new Set(Array.from({ length: 100 }, () => random.uint32())).size).toBe(100);
  });

  it('draws evenly below a bound and with a probability', () => {
    const random = seededRandom(1);
    const counts = [0, 0, 0, 0, 0];
    let hits = 0;
    for (let i = 0; i < 50_000; i++) {
      const drawn = random.below(5);
      counts[drawn] = (counts[drawn] as number) + 1;
      if (random.chance(0.1)) hits += 1;
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400);
    expect(Math.abs(hits - 5000)).toBeLessThan(300);
    expect(random.chance(0)).toBe(false);
    expect(random.chance(1)).toBe(true);
  });

  it('refuses bounds outside of its range', () => {
    for (const bound of [0, -1, 1.5, 2 ** 32 + 1, Number.NaN])
      expect(() => seededRandom(1).below(bound)).toThrow(/bound/);
  });

  it('forks generators that do not disturb each other', () => {
    const draw = (disturb: boolean) => {
      const random = seededRandom(3);
      const a = random.fork('a');
      const b = random.fork('b');
      if (disturb) b.bytes(100);
      return [...a.bytes(16)];
    };
    expect(draw(false)).toEqual(draw(true));
    const random = seededRandom(3);
    expect(seededRandom(3).fork('a').bytes(16)).not.toEqual(random.fork('b').bytes(16));
  });
});
