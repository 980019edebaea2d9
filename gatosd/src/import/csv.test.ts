import fc from 'fast-check';
import { type JsonValue, LIMITS } from 'gatos-core';
import { describe, expect, it } from 'vitest';
import { type CsvOptions, csvRows } from './csv.js';
import { readCell } from './csv-cell.js';
import type { Row } from './row.js';
import { chunksOf } from './scratch-import.js';

type Content = string | Uint8Array;

async function read(content: Content, options: Partial<CsvOptions> & { chunkSize?: number } = {}): Promise<Row[]> {
  const rows: Row[] = [];
  const { chunkSize, ...rest } = options;
  const chunks = chunksOf(content, chunkSize);
  for await (const batch of csvRows(chunks, { source: 'file', cells: 'text', delimiter: ',', ...rest }))
    rows.push(...batch);
  return rows;
}

/** Good rows as `[line, value]`, bad ones as `[line, fault, raw]`. */
async function summary(content: Content, options?: Parameters<typeof read>[1]): Promise<unknown[]> {
  const rows = await read(content, options);
  return rows.map(({ line, value, fault, raw }) =>
    fault === undefined ? [line, value] : [line, fault, Buffer.from(raw).toString('latin1')],
  );
}

const CELLS = 'it has 3 cells, the header has 2';
const STRAY = 'a quote stands inside a cell that does not start with one';
const BEHIND = 'something stands between a closing quote and the end of its cell';
const OPEN = 'a quote is opened and never closed';
const RETURN = 'a carriage return stands without a line feed';

describe('well-formed rows', () => {
  it.each<[string, Content, unknown[]]>([
    [
      'plain',
      'a,b\n1,2\n3,4\n',
      [
        [2, { a: '1', b: '2' }],
        [3, { a: '3', b: '4' }],
      ],
    ],
    ['no final line feed', 'a,b\n1,2', [[2, { a: '1', b: '2' }]]],
    [
      'CRLF',
      'a,b\r\n1,2\r\n"3","4"\r\n',
      [
        [2, { a: '1', b: '2' }],
        [3, { a: '3', b: '4' }],
      ],
    ],
    ['a byte order mark', '\ufeffa,b\n1,2\n', [[2, { a: '1', b: '2' }]]],
    ['a byte order mark before a quote', '\ufeff"a",b\n1,2\n', [[2, { a: '1', b: '2' }]]],
    ['quotes', 'a,b\n"x, y","say ""hi"""\n', [[2, { a: 'x, y', b: 'say "hi"' }]]],
    ['only escaped quotes', 'a,b\n"""","""""" \n'.replace(' ', ''), [[2, { a: '"', b: '""' }]]],
    [
      'empty cells',
      'a,b\n,\n"",\n',
      [
        [2, { a: '', b: '' }],
        [3, { a: '', b: '' }],
      ],
    ],
    [
      'a cell of several lines',
      'a,b\n"x\ny\n\nz",1\n2,3\n',
      [
        [2, { a: 'x\ny\n\nz', b: '1' }],
        [6, { a: '2', b: '3' }],
      ],
    ],
    [
      'a cell of several lines with CRLF',
      'a,b\r\n"x\r\ny",1\r\n2,3\r\n',
      [
        [2, { a: 'x\r\ny', b: '1' }],
        [4, { a: '2', b: '3' }],
      ],
    ],
    [
      'a quote that closes on a line of its own',
      'a,b\n1,"x\n"\n2,3\n',
      [
        [2, { a: '1', b: 'x\n' }],
        [4, { a: '2', b: '3' }],
      ],
    ],
    [
      'blank lines',
      '\n\na,b\n\n1,2\n\r\n\n3,4\n\n',
      [
        [5, { a: '1', b: '2' }],
        [8, { a: '3', b: '4' }],
      ],
    ],
    ['a header of several lines', '"a\nb",c\n1,2\n', [[3, { 'a\nb': '1', c: '2' }]]],
    [
      'one column',
      'a\n1\n\n2\n',
      [
        [2, { a: '1' }],
        [4, { a: '2' }],
      ],
    ],
    ['only a header', 'a,b\n', []],
    ['spaces', 'a,b\n 1 ,2 \n', [[2, { a: ' 1 ', b: '2 ' }]]],
    [
      'accents, Chinese, astral',
      'ä,b\né,日本\n😀,x\n',
      [
        [2, { ä: 'é', b: '日本' }],
        [3, { ä: '😀', b: 'x' }],
      ],
    ],
    [
      'names of prototypes',
      '__proto__,constructor\n1,2\n',
      [
        [
          2,
          Object.fromEntries([
            ['__proto__', '1'],
            ['constructor', '2'],
          ]),
        ],
      ],
    ],
  ])('%s', async (_what, content, want) => {
    expect(await summary(content)).toEqual(want);
    expect(await summary(content, { chunkSize: 1 })).toEqual(want);
  });

  it('takes another delimiter', async () => {
    expect(await summary('a\tb\n1,2\t"3\t4"\n', { delimiter: '\t' })).toEqual([[2, { a: '1,2', b: '3\t4' }]]);
  });

  it('keeps what was written, whatever the cells and the chunks (seed 11)', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r\n', ' ', 'é', '😀', "'"), maxLength: 6 });
    const quoted = (text: string, always: boolean): string =>
      always || /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell, fc.boolean()), { maxLength: 8 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom('\n', '\r\n'),
        async (table, chunkSize, end) => {
          const lines = table.map(([a, b, always]) => `${quoted(a, always)},${quoted(b, always)}`);
          const rows = await read([`a,b`, ...lines, ''].join(end), { chunkSize });
          expect(rows.map(({ fault }) => fault)).toEqual(table.map(() => undefined));
          expect(rows.map(({ value }) => value)).toEqual(table.map(([a, b]) => ({ a, b })));
          // The line of each row is one more than the line feeds before it.
          let line = 2;
          for (const [i, text] of lines.entries()) {
            expect(rows[i]?.line).toBe(line);
            expect(Buffer.from(rows[i]?.raw ?? []).toString()).toBe(text);
            line += text.split('\n').length;
          }
        },
      ),
      { seed: 11, numRuns: 300 },
    );
  });
});

describe('malformed rows', () => {
  it.each<[string, Content, unknown[]]>([
    [
      'too many cells',
      'a,b\n1,2\n1,2,3\n4,5\n',
      [
        [2, { a: '1', b: '2' }],
        [3, CELLS, '1,2,3'],
        [4, { a: '4', b: '5' }],
      ],
    ],
    ['too few cells', 'a,b\n1\n', [[2, 'it has 1 cells, the header has 2', '1']]],
    [
      'the same behind a cell of several lines',
      'a,b\n"x\ny",2\n1,2,3\n',
      [
        [2, { a: 'x\ny', b: '2' }],
        [4, CELLS, '1,2,3'],
      ],
    ],
    [
      'the same inside of one',
      'a,b\n"x\ny",2,3\n4,5\n',
      [
        [2, CELLS, '"x\ny",2,3'],
        [4, { a: '4', b: '5' }],
      ],
    ],
    [
      'a stray quote',
      'a,b\n1,2"3\n4,5\n',
      [
        [2, STRAY, '1,2"3'],
        [3, { a: '4', b: '5' }],
      ],
    ],
    [
      'a quote behind a space',
      'a,b\n1, "2"\n4,5\n',
      [
        [2, STRAY, '1, "2"'],
        [3, { a: '4', b: '5' }],
      ],
    ],
    [
      'text behind a quote',
      'a,b\n1,"2"3\n4,5\n',
      [
        [2, BEHIND, '1,"2"3'],
        [3, { a: '4', b: '5' }],
      ],
    ],
    [
      'text behind a quote that closes later',
      'a,b\n1,"2\n3"x\n4,5\n',
      [
        [2, BEHIND, '1,"2\n3"x'],
        [4, { a: '4', b: '5' }],
      ],
    ],
    [
      'a quote that is never closed',
      'a,b\n1,2\n3,"4\n5,6\n7,8\n',
      [
        [2, { a: '1', b: '2' }],
        [3, OPEN, '3,"4'],
        [4, { a: '5', b: '6' }],
        [5, { a: '7', b: '8' }],
      ],
    ],
    [
      'the same on the last line',
      'a,b\n1,2\n3,"4',
      [
        [2, { a: '1', b: '2' }],
        [3, OPEN, '3,"4'],
      ],
    ],
    [
      'the same behind a cell of several lines',
      'a,b\n"x\n\ny",2\n3,"4\n5,6\n',
      [
        [2, { a: 'x\n\ny', b: '2' }],
        [5, OPEN, '3,"4'],
        [6, { a: '5', b: '6' }],
      ],
    ],
    ['the same before quoted cells', 'a,b\n3,"4\n5,6\n"7",8\n', [[2, BEHIND, '3,"4\n5,6\n"7",8']]],
    [
      'NUL',
      'a,b\n1,\0\n2,3\n',
      [
        [2, 'it holds a NUL byte', '1,\0'],
        [3, { a: '2', b: '3' }],
      ],
    ],
    [
      'a lone carriage return',
      'a,b\n1,2\r3\n4,5\n',
      [
        [2, RETURN, '1,2\r3'],
        [3, { a: '4', b: '5' }],
      ],
    ],
    ['carriage returns as line ends', 'a,b\n1,2\r3,4\r', [[2, RETURN, '1,2\r3,4']]],
    [
      'bytes that are no UTF-8',
      Buffer.from('a,b\n1,\xff\n2,3\n', 'latin1'),
      [
        [2, 'it is not UTF-8', '1,\xff'],
        [3, { a: '2', b: '3' }],
      ],
    ],
    [
      'the same in the second line of a cell',
      Buffer.from('a,b\n1,"x\n\xff"\n2,3\n', 'latin1'),
      [
        [2, 'line 3 is not UTF-8', '1,"x\n\xff"'],
        [4, { a: '2', b: '3' }],
      ],
    ],
    [
      'a surrogate in UTF-8',
      Buffer.from('a,b\n1,\xed\xa0\x80\n', 'latin1'),
      [[2, 'it is not UTF-8', '1,\xed\xa0\x80']],
    ],
  ])('%s', async (_what, content, want) => {
    expect(await summary(content)).toEqual(want);
    expect(await summary(content, { chunkSize: 1 })).toEqual(want);
  });

  it('a line that is too long is passed over in bounded memory', async () => {
    const long = Buffer.alloc(LIMITS.jsonBytes + 10, 'x');
    const content = Buffer.concat([Buffer.from('a,b\n1,2\n'), long, Buffer.from('\n3,4\n')]);
    const rows = await read(content);
    expect(rows.map(({ line, value }) => [line, value])).toEqual([
      [2, { a: '1', b: '2' }],
      [3, undefined],
      [4, { a: '3', b: '4' }],
    ]);
    expect(rows[1]).toMatchObject({ cut: true, fault: expect.stringContaining(`${LIMITS.jsonBytes + 10} bytes`) });
    expect(rows[1]?.raw.length).toBe(4096);
    // One byte less than too long is not.
    const most = Buffer.concat([Buffer.from('a\n'), Buffer.alloc(LIMITS.jsonBytes, 'x'), Buffer.from('\n')]);
    expect((await read(most)).map(({ fault }) => fault)).toEqual([undefined]);
  });

  it('a quote that is not closed within the bound spoils only its own line', async () => {
    const row = `1,${'y'.repeat(998)}\n`;
    const many = row.repeat(Math.ceil((LIMITS.jsonBytes * 2.5) / row.length));
    const rows = await read(`a,b\n0,"0\n${many}`);
    const fault = `a quote is opened and not closed within ${LIMITS.jsonBytes} bytes`;
    expect(rows[0]).toMatchObject({ line: 2, fault });
    expect(rows.length).toBe(1 + many.length / row.length);
    expect(rows.slice(1).every(({ fault, line }, i) => fault === undefined && line === i + 3)).toBe(true);
  });

  it.each([
    ['an empty file', '', 'import/no-header'],
    ['only blank lines', '\n\r\n\n', 'import/no-header'],
    ['only a byte order mark', '\ufeff', 'import/no-header'],
    ['a column without a name', 'a,,b\n1,2,3\n', 'import/bad-row'],
    ['a column name twice', 'a,b,a\n1,2,3\n', 'import/bad-row'],
    ['a malformed header', 'a,b"c\n1,2\n', 'import/bad-row'],
    ['a header whose quote is never closed', 'a,"b\n1,2\n', 'import/bad-row'],
    ['UTF-16', Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'), 'import/bad-row'],
    ['NUL in the header', 'a,b\0\n', 'import/bad-row'],
  ])('%s is refused as a whole', async (_what, content, code) => {
    await expect(read(content)).rejects.toMatchObject({ code });
  });

  it('names the line of a bad header', async () => {
    await expect(read('\n\na,a\n')).rejects.toMatchObject({
      data: { line: 3 },
      message: expect.stringContaining('two columns are called `a`'),
    });
    await expect(read(Buffer.from('\ufeffa,b\n', 'utf16le'))).rejects.toThrow(/UTF-16/);
  });

  it('says at once when a column that is needed is not there', async () => {
    await expect(read('a,b\n1,2\n', { columns: ['a', 'id'] })).rejects.toMatchObject({
      code: 'import/unknown-column',
      data: { column: 'id', columns: ['a', 'b'] },
    });
  });

  it('takes time in proportion to its length, however the quotes stand', async () => {
    // Quadratic work on half a megabyte would run into the limit of this test.
    for (const line of ['x,"\n', 'x,"""\n', '""""\n', '"a"b\n', '"\n"\n', 'x,""\n'])
      await read(`a,b\n${line.repeat(80_000)}`);
  }, 60_000);
});

describe('cells', () => {
  it.each<[string, JsonValue]>([
    ['', null],
    ['true', true],
    ['false', false],
    ['True', 'True'],
    ['null', 'null'],
    ['0', 0],
    ['-0', 0],
    ['-0.0', 0],
    ['0e99', 0],
    ['12', 12],
    ['-12.5', -12.5],
    ['1.50', 1.5],
    ['1e3', 1000],
    ['1.5E-3', 0.0015],
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', '9007199254740992'],
    ['9007199254740993', '9007199254740993'],
    ['123456789012345678', '123456789012345678'],
    ['0.1', 0.1],
    ['0.1234567890123456', 0.1234567890123456],
    ['0.12345678901234567890', '0.12345678901234567890'],
    ['123456789.123456789', '123456789.123456789'],
    ['1e400', '1e400'],
    ['1e-400', '1e-400'],
    ['5e-324', 5e-324],
    ['4.9e-324', '4.9e-324'],
    ['1e21', '1e21'],
    ['007', '007'],
    ['+5', '+5'],
    ['1.', '1.'],
    ['.5', '.5'],
    ['1_000', '1_000'],
    ['0x10', '0x10'],
    ['Infinity', 'Infinity'],
    ['NaN', 'NaN'],
    [' 5', ' 5'],
    ['٣', '٣'],
    ['2024-01-01', '2024-01-01'],
  ])('%j reads as %j', (cell, want) => {
    expect(readCell(cell)).toBe(want);
  });

  it('of any length is read', () => {
    const long = '1'.repeat(100_000);
    expect(readCell(long)).toBe(long);
  });

  it('is a number only when no digit is lost (seed 3)', () => {
    const digits = fc.stringMatching(/^-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?(e-?[0-9]{1,3})?$/);
    fc.assert(
      fc.property(digits, (cell) => {
        const value = readCell(cell);
        if (typeof value === 'string') expect(value).toBe(cell);
        // Exact decimal arithmetic: both as integers over one power of ten.
        else expect(scaled(String(value))).toBe(scaled(cell));
      }),
      { seed: 3, numRuns: 2000 },
    );
  });
});

/** A decimal number as an integer of 10^-1200. */
function scaled(text: string): bigint {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const value = BigInt(whole + fraction) * 10n ** BigInt(1200 + Number(exponent) - fraction.length);
  return mantissa.startsWith('-') ? -value : value;
}
