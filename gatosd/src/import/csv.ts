/** CSV (RFC 4180) with a header row: each row becomes a map from column to cell. */
import { type CsvError, type Info, parse } from 'csv-parse';
import type { JsonValue } from 'gatos-core';
import { importError } from '../errors.js';
import { readLines } from './lines.js';
import type { Row } from './row.js';

export interface CsvOptions {
  readonly source: string;
  /** `auto`: cells that read as JSON numbers, `true` and `false` become such, empty cells null; `text`: every cell stays text. */
  readonly cells: 'auto' | 'text';
  /** Default: a comma, or a tab for `.tsv`. */
  readonly delimiter: string;
}

interface Parsed {
  readonly record: readonly string[];
  readonly info: Info;
  readonly raw: string;
}

/** Rows below the header. Malformed ones have a fault and the reading goes on. Throws `import/no-header`, `import/bad-row` for the header. */
export async function* csvRows(chunks: AsyncIterable<Uint8Array>, options: CsvOptions): AsyncGenerator<Row, void, undefined> {
  const faults: Row[] = [];
  const parser = parse({
    bom: true,
    delimiter: options.delimiter,
    info: true,
    raw: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: 4 * 1024 * 1024,
    on_skip: (error: CsvError | undefined, raw: string | undefined) => {
      const line = Number(error?.['lines'] ?? 0);
      faults.push({ line, fault: error?.message ?? 'malformed', raw: Buffer.from(raw ?? '') });
      return undefined;
    },
  });
  const feeding = feed(chunks, parser, faults);
  let columns: readonly string[] | null = null;
  let line = 1;
  for await (const { record, info, raw } of parser as AsyncIterable<Parsed>) {
    const at = line;
    line = Number(info.lines) + 1;
    if (columns === null) columns = header(record, options.source);
    else yield toRow({ line: at, record, raw }, columns, options);
    yield* faults.splice(0);
  }
  await feeding;
  yield* faults.splice(0);
  if (columns === null) throw importError('no-header', { source: options.source });
}

type Parser = ReturnType<typeof parse>;

/** Passes on the lines that are UTF-8; the others become faults. */
async function feed(chunks: AsyncIterable<Uint8Array>, parser: Parser, faults: Row[]): Promise<void> {
  try {
    for await (const { number, text, fault, raw } of readLines(chunks)) {
      if (text === null) faults.push({ line: number, fault: fault ?? 'unreadable', raw });
      // An unreadable line leaves an empty one in its place, so that the numbers of those after it stay right.
      if (!parser.write(`${text ?? ''}\n`)) await new Promise((resolve) => parser.once('drain', resolve));
    }
    parser.end();
  } catch (error) {
    parser.destroy(error as Error);
  }
}

function header(record: readonly string[], source: string): readonly string[] {
  const seen = new Set<string>();
  for (const column of record) {
    if (column === '') throw importError('bad-row', { source, line: 1, why: 'a column has no name' });
    if (seen.has(column)) throw importError('bad-row', { source, line: 1, why: `two columns are called \`${column}\`` });
    seen.add(column);
  }
  return record;
}

function toRow({ line, record, raw }: { line: number; record: readonly string[]; raw: string }, columns: readonly string[], { cells }: CsvOptions): Row {
  const bytes = Buffer.from(raw);
  if (record.length !== columns.length) {
    return { line, fault: `${record.length} cells, the header has ${columns.length}`, raw: bytes };
  }
  const value: [string, JsonValue][] = columns.map((column, i) => [column, cells === 'auto' ? readCell(record[i] ?? '') : (record[i] ?? '')]);
  // Own properties only: a column may be called `__proto__`.
  return { line, value: Object.fromEntries(value), raw: bytes };
}

const NUMBER = /^-?(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{1,15})?(?:[eE][+-]?[0-9]{1,3})?$/;

/** A cell as the number, boolean or null that it reads as; text when a number would not keep every digit of it. */
export function readCell(cell: string): JsonValue {
  if (cell === '') return null;
  if (cell === 'true') return true;
  if (cell === 'false') return false;
  if (!NUMBER.test(cell)) return cell;
  const number = Number(cell);
  if (!Number.isFinite(number) || (Number.isInteger(number) && !Number.isSafeInteger(number))) return cell;
  return number === 0 ? 0 : number;
}
