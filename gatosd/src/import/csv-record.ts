/**
 * One CSV record (RFC 4180, section 2), fed line by line: a cell in quotes may go on in the next line. Strict: a quote inside an
 * unquoted cell, or anything between a closing quote and the delimiter, is a fault and not a guess.
 */

const QUOTE = '"';

export type RecordState =
  | { readonly state: 'done'; readonly cells: readonly string[] }
  /** A quoted cell goes on in the next line. */
  | { readonly state: 'open' }
  | { readonly state: 'bad'; readonly why: string };

const OPEN: RecordState = { state: 'open' };

export class CsvRecord {
  readonly #cells: string[] = [];
  /** What was read of a quoted cell that is still open; null between cells. */
  #open: string | null = null;

  constructor(private readonly delimiter: string) {}

  /** Takes the next line, without its line feed. */
  feed(line: string): RecordState {
    if (this.#open === null && !line.includes(QUOTE)) return this.#plain(line);
    let at = 0;
    for (;;) {
      const step = this.#open !== null || line[at] === QUOTE ? this.#quoted(line, at) : this.#unquoted(line, at);
      if (typeof step !== 'number') return step;
      at = step;
    }
  }

  /** A line without any quote is split at once. */
  #plain(line: string): RecordState {
    const text = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (text.includes('\r')) return LONE_RETURN;
    return { state: 'done', cells: text.split(this.delimiter) };
  }

  /** Where the next cell starts, or the end of the line's reading. */
  #unquoted(line: string, start: number): number | RecordState {
    const found = line.indexOf(this.delimiter, start);
    const last = found < 0;
    let end = last ? line.length : found;
    if (last && line[end - 1] === '\r') end -= 1;
    const cell = line.slice(start, end);
    if (cell.includes(QUOTE)) return { state: 'bad', why: 'a quote stands inside a cell that does not start with one' };
    if (cell.includes('\r')) return LONE_RETURN;
    this.#cells.push(cell);
    return last ? this.#done() : found + 1;
  }

  #quoted(line: string, start: number): number | RecordState {
    let cell = this.#open ?? '';
    let at = this.#open === null ? start + 1 : start;
    for (;;) {
      const quote = line.indexOf(QUOTE, at);
      if (quote < 0) {
        this.#open = `${cell}${line.slice(at)}\n`;
        return OPEN;
      }
      cell += line.slice(at, quote);
      at = quote + 1;
      if (line[at] !== QUOTE) break;
      cell += QUOTE;
      at += 1;
    }
    this.#open = null;
    this.#cells.push(cell);
    const rest = line.slice(at, at + 2);
    if (rest === '' || rest === '\r') return this.#done();
    if (rest[0] === this.delimiter) return at + 1;
    return { state: 'bad', why: 'something stands between a closing quote and the end of its cell' };
  }

  #done(): RecordState {
    return { state: 'done', cells: this.#cells };
  }
}

const LONE_RETURN: RecordState = { state: 'bad', why: 'a carriage return stands without a line feed' };
