/**
 * CSV (RFC 4180) with a header row: each row becomes a map from column to cell. Blank lines are passed over.
 *
 * A malformed row is one faulty row, from the line on which it starts to the one on which it goes wrong. A quote that is never
 * closed is the exception: it would swallow the rest, so it spoils only its own line and the reading goes on behind that.
 */
import { type JsonValue, LIMITS } from 'gatos-core';
import { importError } from '../errors.js';
import { readCell } from './csv-cell.js';
import { CsvRecord, type RecordState } from './csv-record.js';
import { BYTE_ORDER_MARK, type Line, looksLikeUtf16, readLines, withoutReturn } from './lines.js';
import type { Row } from './row.js';

export interface CsvOptions {
  readonly source: string;
  /** `auto`: cells that read as JSON numbers, `true` and `false` become such, empty cells null; `text`: every cell stays text. */
  readonly cells: 'auto' | 'text';
  /** One character: a comma, or a tab for `.tsv`. */
  readonly delimiter: string;
  /** Columns that must be there. */
  readonly columns?: readonly string[] | undefined;
}

/**
 * Rows below the header, in batches. Malformed ones have a fault and the reading goes on.
 * Throws `import/no-header`, `import/unknown-column`, `import/bad-row` for the header.
 */
export async function* csvRows(
  chunks: AsyncIterable<Uint8Array>,
  options: CsvOptions,
): AsyncGenerator<readonly Row[], void, undefined> {
  const reader = new CsvReader(options);
  for await (const lines of readLines(chunks)) {
    for (const line of lines) reader.push(line);
    yield reader.take();
  }
  reader.end();
  yield reader.take();
}

class CsvReader {
  #columns: readonly string[] | null = null;
  #rows: Row[] = [];
  /** The record that is being read, and its lines. */
  #record: CsvRecord | null = null;
  #lines: Line[] = [];
  #bytes = 0;

  constructor(private readonly options: CsvOptions) {}

  /** The rows read since the last call. */
  take(): readonly Row[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  push(line: Line): void {
    const text = structureOf(line);
    if (this.#record === null && (text === '' || text === '\r') && line.cut === undefined) return;
    this.#record ??= new CsvRecord(this.options.delimiter);
    this.#lines.push(line);
    this.#bytes += line.raw.length;
    // Where the cells of a line end that was not read whole is anybody's guess.
    const step: RecordState = line.cut
      ? { state: 'bad', why: line.fault ?? 'it is too long' }
      : this.#record.feed(text);
    if (step.state === 'done') this.#accept(step.cells);
    else if (step.state === 'bad') this.#refuse(step.why);
    else if (this.#bytes > LIMITS.jsonBytes) this.#unclosed(`not closed within ${LIMITS.jsonBytes} bytes`);
  }

  end(): void {
    while (this.#record !== null) this.#unclosed('never closed');
    if (this.#columns === null) throw importError('no-header', { source: this.options.source });
  }

  /** The quote that the first line opens has no end: that line is bad, and those after it are read anew. */
  #unclosed(how: string): void {
    const rest = this.#lines.splice(1);
    this.#refuse(`a quote is opened and ${how}`);
    for (const line of rest) this.push(line);
  }

  #refuse(fault: string): void {
    const { line, raw, cut } = this.#endRecord();
    if (this.#columns === null) throw importError('bad-row', { source: this.options.source, line, why: fault });
    this.#rows.push({ line, fault, raw, cut });
  }

  #accept(cells: readonly string[]): void {
    const lines = this.#lines;
    const { line, raw } = this.#endRecord();
    const fault = faultOf(lines) ?? this.#faultOfCells(cells);
    if (this.#columns === null) {
      if (fault !== undefined) throw importError('bad-row', { source: this.options.source, line, why: fault });
      this.#columns = checkHeader(cells, { ...this.options, line });
    } else if (fault !== undefined) this.#rows.push({ line, fault, raw });
    else this.#rows.push({ line, value: this.#toValue(cells), raw });
  }

  #faultOfCells(cells: readonly string[]): string | undefined {
    if (cells.some((cell) => cell.includes('\0'))) return 'it holds a NUL byte';
    const want = this.#columns?.length ?? cells.length;
    return cells.length === want ? undefined : `it has ${cells.length} cells, the header has ${want}`;
  }

  #toValue(cells: readonly string[]): JsonValue {
    const read = this.options.cells === 'auto' ? readCell : (cell: string): JsonValue => cell;
    // Own properties only: a column may be called `__proto__`.
    return Object.fromEntries((this.#columns ?? []).map((column, i) => [column, read(cells[i] ?? '')]));
  }

  #endRecord(): { readonly line: number; readonly raw: Uint8Array; readonly cut: true | undefined } {
    const lines = this.#lines;
    this.#record = null;
    this.#lines = [];
    this.#bytes = 0;
    const feed = Buffer.from('\n');
    const [first] = lines;
    const raw =
      lines.length === 1
        ? first?.raw
        : Buffer.concat(lines.flatMap(({ raw: each }, i) => (i === 0 ? [each] : [feed, each])));
    return { line: first?.number ?? 0, raw: withoutReturn(raw ?? feed), cut: lines.at(-1)?.cut };
  }
}

/** The text by which a line is cut into cells: quotes and delimiters are ASCII, so that works for bytes of any encoding. */
function structureOf({ number, text, raw }: Line): string {
  const structure = text ?? Buffer.from(raw).toString('latin1');
  return number === 1 && structure.startsWith(BYTE_ORDER_MARK) ? structure.slice(1) : structure;
}

/** The first of these lines that cannot be read. */
function faultOf(lines: readonly Line[]): string | undefined {
  const [first] = lines;
  const bad = lines.find(({ text }) => text === null);
  if (bad === undefined) return undefined;
  if (bad.number === 1 && looksLikeUtf16(bad.raw)) return 'it is UTF-16; convert the file to UTF-8';
  return bad === first ? bad.fault : `line ${bad.number} is not UTF-8`;
}

function checkHeader(
  header: readonly string[],
  { source, columns = [], line }: CsvOptions & { line: number },
): readonly string[] {
  const seen = new Set<string>();
  for (const column of header) {
    if (column === '') throw importError('bad-row', { source, line, why: 'a column has no name' });
    if (seen.has(column)) throw importError('bad-row', { source, line, why: `two columns are called \`${column}\`` });
    seen.add(column);
  }
  for (const column of columns) if (!seen.has(column)) throw importError('unknown-column', { column, columns: header });
  return header;
}
