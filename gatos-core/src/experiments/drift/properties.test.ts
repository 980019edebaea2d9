/** What a comparison names is what was changed: JSON, tables and texts that differ in known places. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyJson } from '../../../testing/arbitrary-value.js';
import { formatJson, type JsonValue } from '../../codec/index.js';
import { utf8 } from '../../kernel/index.js';
import { type ContentDifference, compareContents } from './index.js';
import { compareJson } from './json.js';

const SEED = Number(process.env.GATOS_SEED ?? 20261120);
const RUNS = { seed: SEED, numRuns: Number(process.env.GATOS_FUZZ_RUNS ?? 300) };

function compare(path: string, recorded: string, reproduced: string): ContentDifference | null {
  return compareContents({ path, recorded: utf8(recorded), reproduced: utf8(reproduced) });
}

/** Names that are written as they are in a place. */
const name = fc.stringMatching(/^[a-z]{1,6}$/);
const cell = fc.stringMatching(/^[a-z0-9 ]{0,6}$/);

describe(`properties of comparisons (seed ${SEED})`, () => {
  it('JSON: nothing is named exactly when both say the same', () => {
    fc.assert(
      fc.property(anyJson, anyJson, (a, b) => {
        expect(compareJson(a, a)).toEqual({ items: [], complete: true });
        const same = formatJson(a, { sorted: true }) === formatJson(b, { sorted: true });
        expect(compareJson(a, b).items.length === 0).toBe(same);
      }),
      RUNS,
    );
  });

  it('JSON: it is the same the other way round, with the sides exchanged', () => {
    fc.assert(
      fc.property(anyJson, anyJson, (a, b) => {
        const [there, back] = [compareJson(a, b), compareJson(b, a)];
        expect(back.complete).toBe(there.complete);
        expect(back.items).toEqual(
          there.items.map((item) => ({ ...item, recorded: item.reproduced, reproduced: item.recorded })),
        );
      }),
      RUNS,
    );
  });

  it('JSON: the one member that was changed is named by its path, with both values', () => {
    const document = fc.dictionary(name, fc.dictionary(name, fc.integer(), { minKeys: 1, maxKeys: 4 }), {
      minKeys: 1,
      maxKeys: 4,
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(document, fc.nat(), fc.nat(), fc.boolean(), (value, one, two, wide) => {
        const outer = Object.keys(value)[one % Object.keys(value).length] as string;
        const inner = value[outer] as Record<string, number>;
        const key = Object.keys(inner)[two % Object.keys(inner).length] as string;
        const changed: JsonValue = { ...value, [outer]: { ...inner, [key]: 'changed' } };
        const found = compare(
          'm.json',
          formatJson(value),
          formatJson(changed, wide ? { indent: 2, sorted: true } : {}),
        );
        expect(found).toMatchObject({ kind: 'json', complete: true });
        expect(found?.items).toEqual([
          { place: `${outer}.${key}`, recorded: String(inner[key]), reproduced: '"changed"', relative: null },
        ]);
      }),
      RUNS,
    );
  });

  it('tables: the cells that were changed are named by row and column, and no other', () => {
    const table = fc
      .tuple(fc.uniqueArray(name, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 12 }))
      .chain(([columns, rows]) => {
        const row = fc.array(cell, { minLength: columns.length, maxLength: columns.length });
        return fc.record({
          columns: fc.constant(columns),
          rows: fc.array(row, { minLength: rows, maxLength: rows }),
        });
      });
    const changes = fc.uniqueArray(fc.tuple(fc.nat(11), fc.nat(4)), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(table, changes, fc.constantFrom(',', ';', '\t'), ({ columns, rows }, places, separator) => {
        // A column more, so that there is a separator, and its cells name their rows.
        const line = (cells: readonly string[], i: number) => `r${i}${separator}${cells.join(separator)}\n`;
        const text = (body: readonly (readonly string[])[]) =>
          line(columns, 0) + body.map((each, i) => line(each, i + 1)).join('');
        const changed = rows.map((row) => [...row]);
        const want = new Set<string>();
        for (const [at, column] of places) {
          const [r, c] = [at % rows.length, column % columns.length];
          (changed[r] as string[])[c] = `!${rows[r]?.[c]}`;
          want.add(`row ${r + 2}, column ${columns[c]}`);
        }
        const found = compare('t.csv', text(rows), text(changed));
        expect(found).toMatchObject({ kind: 'csv', complete: true });
        expect(new Set(found?.items.map(({ place }) => place))).toEqual(want);
        for (const { recorded, reproduced } of found?.items ?? []) expect(reproduced).toBe(`!${recorded}`);
      }),
      RUNS,
    );
  });

  it('text: what a diff removes stood in the one, and what it adds in the other', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', 'dd', ''), { maxLength: 30 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [recorded, reproduced] = [`${a.join('\n')}\n`, `${b.join('\n')}\n`];
        const found = compare('t.txt', recorded, reproduced);
        expect(found === null).toBe(recorded === reproduced);
        const lines = (mark: string) =>
          found?.diff.filter((line) => line.startsWith(mark)).map((line) => line.slice(1)) ?? [];
        for (const line of lines('-')) expect(recorded.split('\n')).toContain(line);
        for (const line of lines('+')) expect(reproduced.split('\n')).toContain(line);
        // Lines that are added less those that are removed is by how many lines the one is longer.
        expect(lines('+').length - lines('-').length).toBe(reproduced.split('\n').length - recorded.split('\n').length);
      }),
      RUNS,
    );
  });
});
