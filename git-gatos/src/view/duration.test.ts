import { describe, expect, it } from 'vitest';
import { parseDuration } from './duration.js';

describe('parseDuration', () => {
  it.each([
    ['1s', 1_000_000],
    ['90m', 5_400_000_000],
    ['12h', 43_200_000_000],
    ['7d', 604_800_000_000],
    ['2w', 1_209_600_000_000],
    ['0d', 0],
  ])('%s', (text, micros) => expect(parseDuration(text)).toBe(micros));

  it.each(['', '7', 'd', '-1d', '1.5h', '7 d', '7D', '1y', '1234567s', '1d2h'])('%j is none', (text) =>
    expect(parseDuration(text)).toBeUndefined(),
  );
});
