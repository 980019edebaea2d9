/** A module's text with its lines, so that an offset becomes a place that a person finds. */
import type { Span } from './ast.js';

export interface SourceText {
  /** Name of the file as the bundle gives it. */
  readonly file: string;
  readonly text: string;
}

export interface Position {
  /** Both from 1; columns count UTF-16 units, a tab is one. */
  readonly line: number;
  readonly column: number;
}

export class Source implements SourceText {
  readonly file: string;
  readonly text: string;
  /** Offset of the first unit of each line. */
  readonly #starts: readonly number[];

  constructor({ file, text }: SourceText) {
    this.file = file;
    this.text = text;
    const starts = [0];
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.#starts = starts;
  }

  positionOf(offset: number): Position {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 };
  }

  /** The range of a line without its end, which is LF or CR LF; lines count from 1. */
  lineAt(line: number): Span {
    const start = this.#starts[line - 1] ?? this.text.length;
    const next = this.#starts[line];
    let end = next === undefined ? this.text.length : next - 1;
    if (end > start && this.text[end - 1] === '\r') end -= 1;
    return { start, end };
  }
}
