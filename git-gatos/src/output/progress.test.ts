import { describe, expect, it } from 'vitest';
import { fakePlatform } from '../../testing/platform.js';
import { formatCount, formatProgress, formatRate, formatSeconds, progressLine } from './progress.js';
import { PLAIN } from './style.js';

describe('numbers for people', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [1234567, '1,234,567'],
  ])('count %d is %s', (value, want) => expect(formatCount(value)).toBe(want));

  it.each([
    [0.25, '0.3'],
    [9.96, '10.0'],
    [42.2, '42'],
    [1234, '1.2k'],
    [56_789, '57k'],
    [2_500_000, '2.5M'],
  ])('rate %d is %s', (value, want) => expect(formatRate(value)).toBe(want));

  it.each([
    [0.1, '0:01'],
    [59, '0:59'],
    [61, '1:01'],
    [3599.5, '1:00:00'],
    [7325, '2:02:05'],
  ])('%d seconds are %s', (value, want) => expect(formatSeconds(value)).toBe(want));
});

describe('formatProgress', () => {
  const report = { task: 'import a.csv', done: 250, total: 1000, unit: 'rows' };
  it('shows a bar, the share, the rate and the time left', () => {
    expect(formatProgress(report, { rate: 50, columns: 100 })).toBe(
      'import a.csv  [██████░░░░░░░░░░░░░░░░░░]  25 %  250/1,000 rows · 50/s · 0:15 left',
    );
  });

  it('does without what is not known', () => {
    expect(formatProgress(report, { rate: undefined, columns: 60 })).toBe(
      'import a.csv  [█████░░░░░░░░░░░░░░░░]  25 %  250/1,000 rows',
    );
    expect(formatProgress({ task: 'read', done: 3, unit: 'lines' }, { rate: 2, columns: 80 })).toBe(
      'read  3 lines · 2.0/s',
    );
    expect(formatProgress({ task: 'read', done: 0, total: 0, unit: 'lines' }, { rate: 0, columns: 80 })).toBe(
      'read  0/0 lines',
    );
  });

  it('never wraps, and never passes a control on', () => {
    for (let columns = 10; columns < 120; columns++) {
      const line = formatProgress({ ...report, task: `journal/\u001b[2J${'x'.repeat(40)}` }, { rate: 12, columns });
      expect(line.length).toBeLessThan(columns);
      expect(line).not.toContain('\u001b');
    }
  });

  it('stays between nothing and all', () => {
    expect(formatProgress({ ...report, done: 2000 }, { rate: undefined, columns: 80 })).toContain('100 %');
    expect(formatProgress({ ...report, done: -5 }, { rate: undefined, columns: 80 })).toContain('  0 %');
  });
});

describe('progressLine', () => {
  it('draws at most ten times a second, and the end', () => {
    const platform = fakePlatform({ terminal: true, columns: 100 });
    const line = progressLine({ terminal: platform.stderr, style: PLAIN, now: platform.now });
    for (let done = 0; done <= 1000; done++) {
      line.report({ task: 'verify', done, total: 1000, unit: 'records' });
      platform.advance(1);
    }
    const drawn = platform
      .err()
      .split('\r')
      .filter((text) => text !== '');
    expect(drawn).toHaveLength(11);
    expect(drawn.at(-1)).toContain('100 %  1,000/1,000 records');
    expect(drawn[5]).toContain('1.0k/s');
  });

  it('clears what it has drawn, once', () => {
    const platform = fakePlatform({ terminal: true });
    const line = progressLine({ terminal: platform.stderr, style: PLAIN, now: platform.now });
    line.clear();
    expect(platform.err()).toBe('');
    line.report({ task: 'verify', done: 1, unit: 'records' });
    line.clear();
    line.clear();
    expect(platform.err()).toBe('\r\u001b[2Kverify  1 records\r\u001b[2K');
  });
});
