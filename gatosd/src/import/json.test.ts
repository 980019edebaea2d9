import fc from 'fast-check';
import { formatJson, type JsonValue, LIMITS } from 'gatos-core';
import { describe, expect, it } from 'vitest';
import { jsonRows } from './json.js';
import { ndjsonRows } from './ndjson.js';
import type { Row } from './row.js';
import { chunksOf } from './scratch-import.js';

type Content = string | Uint8Array;
type Reader = (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<readonly Row[]>;

async function read(reader: Reader, content: Content, chunkSize?: number): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const batch of reader(chunksOf(content, chunkSize))) rows.push(...batch);
  return rows;
}

/** Good rows as `[line, value]`, bad ones as `[line, fault, raw]`. */
async function summary(reader: Reader, content: Content, chunkSize?: number): Promise<unknown[]> {
  return (await read(reader, content, chunkSize)).map(({ line, value, fault, raw }) =>
    fault === undefined ? [line, value] : [line, fault, Buffer.from(raw).toString('latin1')],
  );
}

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const any = expect.any(String);

describe('NDJSON', () => {
  it.each<[string, Content, unknown[]]>([
    [
      'objects',
      '{"a":1}\n{"a":2}\n',
      [
        [1, { a: 1 }],
        [2, { a: 2 }],
      ],
    ],
    [
      'no final line feed',
      '{"a":1}\n{"a":2}',
      [
        [1, { a: 1 }],
        [2, { a: 2 }],
      ],
    ],
    [
      'CRLF and blank lines',
      '\r\n{"a":1}\r\n\r\n \t\n{"a":2}\r\n',
      [
        [2, { a: 1 }],
        [5, { a: 2 }],
      ],
    ],
    ['a byte order mark', '\ufeff{"a":1}\n', [[1, { a: 1 }]]],
    [
      'values that are no objects',
      '1\n"x"\nnull\n[true]\n',
      [
        [1, 1],
        [2, 'x'],
        [3, null],
        [4, [true]],
      ],
    ],
    ['a prototype', '{"__proto__":1}\n', [[1, Object.fromEntries([['__proto__', 1]])]]],
    ['an empty file', '', []],
    [
      'a line that is cut',
      '{"a":1}\n{"a":\n{"a":2}\n',
      [
        [1, { a: 1 }],
        [2, any, '{"a":'],
        [3, { a: 2 }],
      ],
    ],
    ['two values in a line', '{"a":1} {"a":2}\n', [[1, any, '{"a":1} {"a":2}']]],
    ['a trailing comma', '{"a":1},\n', [[1, any, '{"a":1},']]],
    ['single quotes', "{'a':1}\r\n", [[1, any, "{'a':1}"]]],
    ['a comment', '{} // x\n', [[1, any, '{} // x']]],
    ['a key twice', '{"a":1,"a":2}\n', [[1, any, '{"a":1,"a":2}']]],
    ['NaN', '{"a":NaN}\n', [[1, any, '{"a":NaN}']]],
    ['a number that is too large', '{"a":9007199254740993}\n', [[1, any, '{"a":9007199254740993}']]],
    ['a lone surrogate', '{"a":"\\ud800"}\n', [[1, any, '{"a":"\\ud800"}']]],
    ['NUL', '{"a":"\0"}\n', [[1, any, '{"a":"\0"}']]],
    ['NUL between values', '\0\n', [[1, any, '\0']]],
    ['no break space', latin1('\xc2\xa0\n'), [[1, any, '\xc2\xa0']]],
    ['deep nesting', `${'['.repeat(65)}${']'.repeat(65)}\n`, [[1, any, any]]],
    [
      'bytes that are no UTF-8',
      latin1('{"a":1}\n{"a":"\xff"}\n{"a":2}\n'),
      [
        [1, { a: 1 }],
        [2, 'it is not UTF-8', '{"a":"\xff"}'],
        [3, { a: 2 }],
      ],
    ],
  ])('%s', async (_what, content, want) => {
    expect(await summary(ndjsonRows, content)).toEqual(want);
    expect(await summary(ndjsonRows, content, 1)).toEqual(want);
  });

  it('names the column and not a line of its own', async () => {
    expect(await summary(ndjsonRows, '{}\n{"a":x}\n')).toEqual([
      [1, {}],
      [2, expect.stringMatching(/^column 6: /), '{"a":x}'],
    ]);
  });

  it('names the column of what is nested too deep, and no line of its own', async () => {
    expect(await summary(ndjsonRows, `{}\n${'['.repeat(100_000)}\n[]`)).toEqual([
      [1, {}],
      [2, 'column 65: lists and maps are nested deeper than 64', '['.repeat(100_000)],
      [3, []],
    ]);
  });

  it('passes over a line that is too long', async () => {
    const content = Buffer.concat([Buffer.from('1\n"'), Buffer.alloc(LIMITS.jsonBytes, 'x'), Buffer.from('"\n2\n')]);
    const rows = await read(ndjsonRows, content);
    expect(rows.map(({ line, value, cut }) => [line, value, cut])).toEqual([
      [1, 1, undefined],
      [2, undefined, true],
      [3, 2, undefined],
    ]);
  });

  it('says that a file is UTF-16', async () => {
    const [row] = await read(ndjsonRows, Buffer.from('\ufeff{}\n', 'utf16le'));
    expect(row?.fault).toContain('UTF-16');
  });
});

const LOST = '; nothing after this was read';

describe('JSON arrays', () => {
  it.each<[string, Content, unknown[]]>([
    [
      'objects',
      '[{"a":1},{"a":2}]',
      [
        [1, { a: 1 }],
        [1, { a: 2 }],
      ],
    ],
    [
      'over lines',
      '[\n  {\n    "a": 1\n  },\n  {"a": 2}\n]\n',
      [
        [2, { a: 1 }],
        [5, { a: 2 }],
      ],
    ],
    ['empty', ' [ ] \n', []],
    ['a byte order mark', '\ufeff[1]', [[1, 1]]],
    [
      'values that are no objects',
      '[1, "x,]", null, [true, []], -2.5e3 ]',
      [
        [1, 1],
        [1, 'x,]'],
        [1, null],
        [1, [true, []]],
        [1, -2500],
      ],
    ],
    [
      'quotes and brackets in text',
      '["\\"]", "\\\\", "{", "\\u005d"]',
      [
        [1, '"]'],
        [1, '\\'],
        [1, '{'],
        [1, ']'],
      ],
    ],
    [
      'an element that is no JSON',
      '[1,\n{"a":x},\n2]',
      [
        [1, 1],
        [2, any, '{"a":x}'],
        [3, 2],
      ],
    ],
    [
      'bytes that are no UTF-8',
      latin1('["a",\n"\xff",\n"b"]'),
      [
        [1, 'a'],
        [2, any, '"\xff"'],
        [3, 'b'],
      ],
    ],
    [
      'words',
      '[true,fals,\n1 2]',
      [
        [1, true],
        [1, any, 'fals'],
        [2, any, '1 2'],
      ],
    ],
    [
      'a trailing comma',
      '[1,\n]',
      [
        [1, 1],
        [2, `an element should stand here${LOST}`, ''],
      ],
    ],
    ['a leading comma', '[,1]', [[1, `an element or \`]\` should stand here${LOST}`, '']]],
    [
      'a missing comma',
      '[{}\n{}]',
      [
        [1, {}],
        [2, `\`,\` or \`]\` should stand here${LOST}`, ''],
      ],
    ],
    [
      'two arrays',
      '[1]\n[2]',
      [
        [1, 1],
        [2, `the end of the file should stand here${LOST}`, ''],
      ],
    ],
    ['an object', '{"a":1}', [[1, `a JSON array should stand here${LOST}`, '']]],
    ['an empty file', '', [[1, `the file ends where a JSON array should stand${LOST}`, '']]],
    [
      'a cut file',
      '[1,\n2',
      [
        [1, 1],
        [2, 'the file ends inside this element', '2'],
      ],
    ],
    [
      'a file that is cut behind a comma',
      '[1,\n',
      [
        [1, 1],
        [2, `the file ends where an element should stand${LOST}`, ''],
      ],
    ],
    [
      'a file that is cut behind an element',
      '[1,\n{}\n',
      [
        [1, 1],
        [2, {}],
        [3, `the file ends where \`,\` or \`]\` should stand${LOST}`, ''],
      ],
    ],
    ['a bracket of the wrong kind', '[1}', [[1, any, '1}']]],
    ['brackets that do not fit', '[{"a":1]]', [[1, any, '{"a":1]']]],
    ['UTF-16', Buffer.from('\ufeff[1]', 'utf16le'), [[1, `it is UTF-16; convert the file to UTF-8${LOST}`, '']]],
  ])('%s', async (_what, content, want) => {
    expect(await summary(jsonRows, content)).toEqual(want);
    expect(await summary(jsonRows, content, 1)).toEqual(want);
  });

  it('names the line inside of an element', async () => {
    const rows = await read(jsonRows, '[\n{},\n{\n "a": 1,\n "b": x\n}\n]');
    expect(rows[1]).toMatchObject({ line: 3, fault: expect.stringMatching(/^line 5, column 7: /) });
  });

  it('names the line of what is nested too deep', async () => {
    const rows = await read(jsonRows, `[\n{},\n[\n${'['.repeat(100_000)}${']'.repeat(100_000)}],\n2]`);
    expect(rows.map(({ line, fault }) => [line, fault])).toEqual([
      [2, undefined],
      [3, 'line 4, column 64: lists and maps are nested deeper than 64'],
      [5, undefined],
    ]);
  });

  it('numbers the elements, for keys', async () => {
    expect((await read(jsonRows, '[1,2,x,4]')).map(({ position }) => position)).toEqual([1, 2, 3, 4]);
  });

  it('passes over an element that is too long', async () => {
    const content = Buffer.concat([Buffer.from('[1,["'), Buffer.alloc(LIMITS.jsonBytes, 'x'), Buffer.from('"],\n2]')]);
    const rows = await read(jsonRows, content);
    expect(rows.map(({ line, value, cut }) => [line, value, cut])).toEqual([
      [1, 1, undefined],
      [1, undefined, true],
      [2, 2, undefined],
    ]);
  });

  it('reads what was written, whatever the values, the layout and the chunks (seed 5)', async () => {
    // Whole numbers beyond 2^53 are refused, which is another test's business.
    const small = (each: unknown): boolean => !/[0-9]{16}/.test(formatJson(each as JsonValue));
    const value = fc.jsonValue({ maxDepth: 3 }).filter(small);
    await fc.assert(
      fc.asyncProperty(
        fc.array(value),
        fc.constantFrom(0, 2),
        fc.integer({ min: 1, max: 40 }),
        async (values, indent, chunkSize) => {
          const rows = await read(jsonRows, formatJson(values as JsonValue, { indent }), chunkSize);
          const want = values.map((each) => formatJson(each as JsonValue));
          expect(rows.map(({ value: got = null, fault }) => fault ?? formatJson(got))).toEqual(want);
        },
      ),
      { seed: 5, numRuns: 300 },
    );
  });
});
