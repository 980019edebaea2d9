/** How contents differ: bytes, JSON, tables, text; and that no content costs more than its size. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOSTILE } from '../../../testing/experiment-world.js';
import { concatBytes, LIMITS, utf8 } from '../../kernel/index.js';
import { align } from './align.js';
import { cellsOf, rowEnd } from './csv.js';
import { boundContents, type ContentDifference, compareContents } from './index.js';
import { lineEnd } from './unified.js';

function compare(path: string, recorded: string, reproduced: string): ContentDifference {
  const found = compareContents({ path, recorded: utf8(recorded), reproduced: utf8(reproduced) });
  if (found === null) throw new Error('the contents are the same');
  return found;
}

describe('the first differing byte', () => {
  it.each([
    ['abc', 'abd', 2],
    ['', 'x', 0],
    ['abc', 'ab', 2],
    ['x'.repeat(100), `${'x'.repeat(99)}y`, 99],
  ])('of %j and %j', (a, b, offset) => {
    expect(compare('f', a, b).offset).toBe(offset);
  });

  it('is shown with what is around it, as hex and as visible text', () => {
    const { recorded, reproduced } = compare('f', '0123456789abc\n', '0123456789\u001b[2J');
    expect(recorded).toEqual({ start: 2, hex: '32333435363738396162630a', text: '23456789abc\\n' });
    expect(reproduced.text).toBe('23456789\\u{1b}[2J');
  });

  it('is none when the bytes are the same', () => {
    expect(compareContents({ path: 'f', recorded: utf8('a'), reproduced: utf8('a') })).toBeNull();
  });
});

describe('JSON', () => {
  it('names paths and both values, and how far numbers are apart', () => {
    const { kind, items, complete } = compare(
      'm.json',
      '{"a":1,"b":[1,2,3],"c":{"d":"x"},"e":1}',
      '{"a":1.1,"b":[1,2],"c":{"d":"y","f":null},"__proto__":2}',
    );
    expect([kind, complete]).toEqual(['json', true]);
    expect(items).toEqual([
      { place: '__proto__', recorded: null, reproduced: '2', relative: null },
      { place: 'a', recorded: '1', reproduced: '1.1', relative: '0.0909' },
      { place: 'b[2]', recorded: '3', reproduced: null, relative: null },
      { place: 'c.d', recorded: '"x"', reproduced: '"y"', relative: null },
      { place: 'c.f', recorded: null, reproduced: 'null', relative: null },
      { place: 'e', recorded: '1', reproduced: null, relative: null },
    ]);
  });

  it('says when the values are the same', () => {
    expect(compare('m.json', '{"a":1,"b":2}', '{"b": 2, "a": 1}')).toMatchObject({
      kind: 'json',
      items: [],
      complete: true,
    });
  });

  it('of two kinds is told as a whole', () => {
    expect(compare('m.json', '{"a":1}', '[1]').items).toEqual([
      { place: '(all of it)', recorded: '{"a":1}', reproduced: '[1]', relative: null },
    ]);
  });

  it('is bounded, and says so', () => {
    const list = (n: number): string => JSON.stringify(Array.from({ length: 1000 }, (_, i) => i + n));
    const { items, complete } = compare('m.json', list(0), list(1));
    expect([items.length, complete]).toEqual([LIMITS.driftItems, false]);
  });

  it.each(['{"a":1', '\ud7ff{', '{"a":1,"a":2}', `${'['.repeat(200)}${']'.repeat(200)}`])(
    'that is none is compared as text: %j',
    (text) => {
      expect(compare('m.json', text, '{}').kind).toBe('text');
    },
  );
});

describe('tables', () => {
  const TABLE = 'name,price\nbread,1.50\nmilk,0.99\nsalt,2\n';
  it('name row, column and both cells', () => {
    expect(compare('t.csv', TABLE, TABLE.replace('0.99', '1.10'))).toMatchObject({
      kind: 'csv',
      complete: true,
      items: [{ place: 'row 3, column price', recorded: '0.99', reproduced: '1.10', relative: '0.100' }],
    });
  });

  it('name rows that came and went', () => {
    const { items } = compare('t.csv', TABLE, 'name,price\nmilk,0.99\nsalt,2\nrice,3\n');
    expect(items).toEqual([
      { place: 'row 2 (removed)', recorded: 'bread,1.50\\n', reproduced: null, relative: null },
      { place: 'row 4 (added)', recorded: null, reproduced: 'rice,3\\n', relative: null },
    ]);
  });

  it('tell a changed row from one that came or went by its first cell', () => {
    const { items } = compare('t.csv', TABLE, 'name,price\nmilk,1.10\nsalt,2\nrice,3\n');
    expect(items.map(({ place }) => place)).toEqual(['row 2 (removed)', 'row 3, column price', 'row 4 (added)']);
  });

  it('know quotes, separators and rows of other lengths', () => {
    expect(compare('t.csv', 'a;b\n"x;""y""\nz";1\n', 'a;b\n"x;""y""\nz";2\n').items).toEqual([
      { place: 'row 2, column b', recorded: '1', reproduced: '2', relative: '0.500' },
    ]);
    expect(compare('t.tsv', 'a\tb\n1\t2\n', 'a\tb\n1\t2\t3\n').items.map(({ place }) => place)).toEqual([
      'row 2 (removed)',
      'row 2 (added)',
    ]);
    expect(compare('t.csv', 'a,b\n1,2\n', 'a,b\n1,"2"\n').items.map(({ place }) => place)).toEqual(['row 2']);
  });

  it('end where their rows do', () => {
    expect(rowEnd(utf8('"a\nb"\nc'), 0)).toBe(6);
    expect(rowEnd(utf8('"open\n'), 0)).toBe(6);
    expect(cellsOf(utf8('a,"b,c",""\r\n'), ',')).toEqual(['a', 'b,c', '']);
  });
});

describe('text', () => {
  it('is a unified diff', () => {
    const lines = Array.from({ length: 20 }, (_, i) => `line ${i + 1}`);
    const other = [...lines];
    other[9] = 'LINE 10';
    other.splice(15, 1);
    const { diff, complete } = compare('t.txt', `${lines.join('\n')}\n`, `${other.join('\n')}\n`);
    expect(complete).toBe(true);
    expect(diff).toEqual([
      '@@ -7,13 +7,12 @@',
      ' line 7',
      ' line 8',
      ' line 9',
      '-line 10',
      '+LINE 10',
      ' line 11',
      ' line 12',
      ' line 13',
      ' line 14',
      ' line 15',
      '-line 16',
      ' line 17',
      ' line 18',
      ' line 19',
    ]);
  });

  it('shows an appended line, an emptied file, and no final line feed', () => {
    expect(compare('t', 'a\n', 'a\nb\n').diff).toEqual(['@@ -1,1 +1,2 @@', ' a', '+b']);
    expect(compare('t', 'a\n', '').diff).toEqual(['@@ -1,1 +0,0 @@', '-a']);
    expect(compare('t', 'a\nb', 'a\nc').diff).toEqual(['@@ -1,2 +1,2 @@', ' a', '-b', '+c']);
  });

  it('that is hostile is shown, not obeyed', () => {
    const { diff, recorded } = compare('t', HOSTILE, 'x');
    for (const text of [...diff, recorded.text]) expect(text).not.toMatch(/\p{C}/u);
  });

  it('with a NUL is bytes', () => {
    expect(compare('t', 'a\0b', 'a\0c')).toMatchObject({ kind: 'bytes', diff: [], items: [] });
  });
});

describe('align', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', 'dd', ''), { maxLength: 40 }).map((lines) => lines.join('\n'));
  it('gives edits that turn one text into the other (seed 11)', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [recorded, reproduced] = [utf8(a), utf8(b)];
        const { places, complete } = align(recorded, reproduced, lineEnd);
        expect(complete).toBe(true);
        let at = 0;
        const out: Uint8Array[] = [];
        for (const { edits, recorded: start } of places) {
          out.push(recorded.subarray(at, start.offset));
          at = start.offset;
          for (const edit of edits) {
            if (edit.op !== 'added') at += edit.recorded.bytes.length;
            if (edit.op !== 'removed') out.push(edit.reproduced.bytes);
          }
        }
        out.push(recorded.subarray(at));
        expect(concatBytes(out)).toEqual(reproduced);
      }),
      { seed: 11, numRuns: 500 },
    );
  });

  it('says that it is not complete where nothing in reach lines up', () => {
    const rows = (mark: string): Uint8Array => utf8(Array.from({ length: 2000 }, (_, i) => `${mark}${i}`).join('\n'));
    expect(align(rows('a'), rows('b'), lineEnd).complete).toBe(false);
  });

  it('goes on behind what it lined up', () => {
    const lines = Array.from({ length: 5000 }, (_, i) => `line ${i}`);
    const other = lines.flatMap((line, i) => (i % 1000 === 500 ? ['new', line] : [line]));
    const { places, complete } = align(utf8(lines.join('\n')), utf8(other.join('\n')), lineEnd);
    expect([places.length, complete]).toEqual([5, true]);
    expect(places.map(({ edits }) => edits.filter(({ op }) => op === 'added').length)).toEqual([1, 1, 1, 1, 1]);
  });
});

describe('large and hostile contents', () => {
  const SIZE = LIMITS.jobFileBytes;
  const filled = (unit: string): Uint8Array => {
    const bytes = new Uint8Array(SIZE);
    const part = utf8(unit);
    for (let i = 0; i < SIZE; i++) bytes[i] = part[i % part.length] as number;
    return bytes;
  };
  const listed = ({ items, diff }: ContentDifference): number =>
    [...diff, ...items.flatMap(({ place, recorded, reproduced }) => [place, recorded ?? '', reproduced ?? ''])].join('')
      .length;

  it.each([
    ['one line of 64 MiB', 'big.txt', 'x'],
    ['64 Mi lines', 'big.txt', '\n'],
    ['quotes', 'big.csv', '"'],
    ['quotes and line feeds', 'big.csv', '"\n'],
    ['separators', 'big.csv', ','],
    ['brackets', 'big.json', '['],
    ['control characters', 'big.txt', '\u001b[2J\n'],
  ])(
    '%s: compared, bounded',
    (_, path, unit) => {
      const [recorded, reproduced] = [filled(unit), filled(unit)];
      reproduced[SIZE / 2] = 0x41;
      reproduced[SIZE - 1] = 0x42;
      const found = compareContents({ path, recorded, reproduced });
      expect(found?.offset).toBe(SIZE / 2);
      expect(listed(found as ContentDifference)).toBeLessThan(1024 * 1024);
    },
    60_000,
  );

  it('every line another one', () => {
    const lines = (from: number): Uint8Array =>
      utf8(Array.from({ length: 300_000 }, (_, i) => `${i * 2 + from}`).join('\n'));
    const found = compareContents({ path: 'a.txt', recorded: lines(0), reproduced: lines(1) });
    expect(found?.complete).toBe(false);
    expect(found?.diff.length).toBeLessThanOrEqual(4 * LIMITS.driftItems);
  });

  it('alternating lines, which line up again and again, stop at the bound', () => {
    const lines = (mark: string): Uint8Array =>
      utf8(Array.from({ length: 100_000 }, (_, i) => (i % 2 === 0 ? `same ${i}` : `${mark} ${i}`)).join('\n'));
    const found = compareContents({ path: 'a.txt', recorded: lines('a'), reproduced: lines('b') });
    expect(found?.complete).toBe(false);
  });
});

describe('boundContents', () => {
  it('keeps the first by path', () => {
    const many = Array.from({ length: 100 }, (_, i) => compare(`f${999 - i}`, 'a', 'b'));
    const kept = boundContents(many);
    expect([kept.length, kept[0]?.path]).toEqual([LIMITS.driftContents, 'f900']);
  });
});
