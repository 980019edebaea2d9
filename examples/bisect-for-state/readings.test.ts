/** What the observers of this example send: the published rows in turns, wrong in two places and nowhere else. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { shiftsOf } from './readings.mjs';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const TABLE = at('../../node_modules/vega-datasets/data/seattle-weather.csv');
const published = readFileSync(TABLE, 'utf8');

interface Shift {
  readonly name: string;
  readonly observer: string;
  readonly rows: number;
  readonly csv: string;
}

describe('the readings', () => {
  const shifts: Shift[] = shiftsOf(published, ['ana', 'ben', 'cleo']);
  const [header, ...rows] = published.trimEnd().split('\n');
  const sent = shifts.flatMap(({ csv }) => csv.trimEnd().split('\n').slice(1));

  it('come in half-years, in turns, each with the head of the table', () => {
    expect(shifts.map(({ name, observer }) => `${name} ${observer}`)).toEqual([
      '2012-H1 ana',
      '2012-H2 ben',
      '2013-H1 cleo',
      '2013-H2 ana',
      '2014-H1 ben',
      '2014-H2 cleo',
      '2015-H1 ana',
      '2015-H2 ben',
    ]);
    expect(shifts.every(({ csv }) => csv.startsWith(`${header}\n`))).toBe(true);
    expect(shifts.reduce((sum, shift) => sum + shift.rows, 0)).toBe(1461);
  });

  it('are those of the table but for the rain of one half-year and the temperatures of one day', () => {
    expect(sent.length).toBe(rows.length);
    const altered = rows.flatMap((row, i) => (sameFigures(row, sent[i] ?? '') ? [] : [row.slice(0, 10)]));
    expect(altered[0]).toBe('2014-03-16');
    expect(altered.at(-1)).toBe('2014-08-11');
    expect(altered.slice(0, -1).every((date) => date <= '2014-06-30')).toBe(true);
    expect(sent.find((row) => row.startsWith('2014-08-11'))).toMatch(/^2014-08-11,0\.5,96\.1,64\.0,/);
    expect(sent.find((row) => row.startsWith('2014-03-16'))).toMatch(/^2014-03-16,1\.09,10\.6,4\.4,/);
  });
});

describe('the command', () => {
  const judge = (state: { readonly days: number; readonly rain_mm: number }) =>
    spawnSync(process.execPath, [at('lab/compare.mjs'), TABLE], { input: JSON.stringify(state) }).status;

  it('calls a state bad that has other rain than as many days of the table', () => {
    expect(judge({ days: 0, rain_mm: 0 })).toBe(1);
    expect(judge({ days: 2, rain_mm: 10.9 })).toBe(1);
    expect(judge({ days: 2, rain_mm: 0.43 })).toBe(0);
  });
});

function sameFigures(a: string, b: string): boolean {
  const [x, y] = [a, b].map((row) => row.split(','));
  return x?.length === y?.length && (x ?? []).every((cell, i) => cell === y?.[i] || Number(cell) === Number(y?.[i]));
}
