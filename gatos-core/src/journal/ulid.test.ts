import { describe, expect, it } from 'vitest';
import { seededRandom, steppingClock } from '../../testing/index.js';
import { parseUlid } from '../codec/index.js';
import { UlidSource } from './index.js';

const START = 1_700_000_000_000_000;

describe('ulids of one writer', () => {
  it('rise, whatever the clock does', () => {
    const clock = steppingClock({ start: START, step: 300 });
    const source = new UlidSource({ clock, random: seededRandom(1) });
    const ulids: string[] = [];
    for (let i = 0; i < 2000; i++) {
      ulids.push(source.next());
      if (i % 7 === 0) clock.advance(-5_000);
      if (i % 500 === 0) clock.advance(-3_600_000_000);
      if (i % 300 === 0) clock.advance(3_600_000_000);
    }
    expect([...ulids].sort()).toEqual(ulids);
    expect(new Set(ulids).size).toBe(ulids.length);
  });

  it('take the time of the clock in milliseconds, and count up within one', () => {
    const source = new UlidSource({
      clock: { now: () => START + 999, sleep: async () => undefined },
      random: { bytes: () => new Uint8Array(10).fill(0xff) },
    });
    const [a, b] = [source.next(), source.next()].map(parseUlid);
    expect(a?.timeMs).toBe(START / 1000);
    expect([...(a?.random ?? [])]).toEqual([0x7f, ...new Array(9).fill(0xff)]);
    expect([...(b?.random ?? [])]).toEqual([0x80, ...new Array(9).fill(0)]);
  });

  it('stay valid before 1970 and never touch the bytes that the random source gave', () => {
    const given = new Uint8Array(10).fill(0xff);
    const source = new UlidSource({
      clock: { now: () => -5, sleep: async () => undefined },
      random: { bytes: () => given },
    });
    source.next();
    expect(parseUlid(source.next()).timeMs).toBe(0);
    expect(given).toEqual(new Uint8Array(10).fill(0xff));
  });
});
