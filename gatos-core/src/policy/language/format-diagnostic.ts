/** A finding as a person reads it: where, what, the line with a caret under the place, and what to do. */
import type { Diagnostic } from './diagnostic.js';
import { isHidden, shown } from './shown.js';
import { Source } from './source.js';

/** Code points of a source line that are shown, so that a line without end does not fill the screen. */
const WIDTH = 120;
/** Code points before the place when the line is cut. */
const BEFORE = 40;

interface Marked {
  readonly line: string;
  readonly carets: string;
}

const visible = (character: string): string =>
  character === '\t' ? '\t' : isHidden(character) ? shown(character) : character;

/** The line and the carets below it; a tab stays a tab in both, so that they stand below one another. */
function mark(text: string, from: number, to: number): Marked {
  const units = [...text];
  let [start, offset] = [0, 0];
  while (start < units.length && offset + (units[start]?.length ?? 1) <= from) offset += units[start++]?.length ?? 1;
  const cut = units.length > WIDTH ? Math.max(0, Math.min(start - BEFORE, units.length - WIDTH)) : 0;
  let [line, carets, at] = [cut > 0 ? '…' : '', cut > 0 ? ' ' : '', units.slice(0, cut).join('').length];
  for (const unit of units.slice(cut, cut + WIDTH)) {
    const seen = visible(unit);
    const marked = at >= from && at < to;
    line += seen;
    carets += unit === '\t' ? '\t' : (marked ? '^' : ' ').repeat(seen === unit ? 1 : seen.length);
    at += unit.length;
  }
  if (cut + WIDTH < units.length) line += '…';
  if (!carets.includes('^')) carets = `${carets.slice(0, carets.length)}^`;
  return { line, carets: carets.trimEnd() };
}

/** `file:line:column: error: message`, the line, carets, `hint: …`; without a final line feed. `text` is that of the file. */
export function formatDiagnostic(diagnostic: Diagnostic, text: string): string {
  const { file, line, column, severity, message, hint, span } = diagnostic;
  const source = new Source({ file, text });
  const { start, end } = source.lineAt(line);
  const from = Math.min(span.start, end) - start;
  const to = Math.max(from + 1, Math.min(span.end, end) - start);
  const { line: shownLine, carets } = mark(text.slice(start, end), from, to);
  const number = String(line);
  const gutter = ' '.repeat(number.length);
  const lines = [
    `${file}:${line}:${column}: ${severity}: ${message}`,
    ` ${number} | ${shownLine}`,
    ` ${gutter} | ${carets}`,
  ];
  if (hint !== null) lines.push(` ${gutter} = hint: ${hint}`);
  return lines.join('\n');
}
