/** A help document on a terminal. */
import type { Style } from '../output/style.js';
import type { Block, DocumentSection, HelpDocument } from './document.js';

interface Page {
  readonly style: Style;
  /** In columns. */
  readonly width: number;
}

/** Breaks at spaces; a word longer than the width stands alone. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((w) => w !== '')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  if (line !== '') lines.push(line);
  return lines;
}

const INDENT = 4;
const indented = (lines: readonly string[], by: number): string[] => lines.map((line) => `${' '.repeat(by)}${line}`);

/** `code` in bold, without its backticks where bold can be seen. Applied after wrapping, so widths are those of plain text. */
const emphasize = (line: string, { style }: Page): string =>
  style.bold('') === '' ? line : line.replaceAll(/`([^`]+)`/g, (_, code: string) => style.bold(code));

function renderDefinitions(items: readonly { term: string; text: string }[], page: Page): string[] {
  const longest = Math.max(...items.map(({ term }) => term.length));
  const column = Math.min(longest, 24) + 2;
  return items.flatMap(({ term, text }) => {
    const lines = wrap(text, Math.max(20, page.width - INDENT - column)).map((line) => emphasize(line, page));
    const pad = ' '.repeat(INDENT + column);
    const head = ' '.repeat(INDENT) + page.style.bold(term);
    if (term.length > column - 2) return [head, ...lines.map((line) => pad + line)];
    const [first = '', ...rest] = lines;
    return [`${head}${' '.repeat(column - term.length)}${first}`.trimEnd(), ...rest.map((line) => pad + line)];
  });
}

function renderUsage(
  { command, parts }: { command: string; parts: readonly string[] },
  { style, width }: Page,
): string[] {
  const room = width - INDENT - command.length - 1;
  const lines: string[] = [];
  let line = '';
  for (const part of parts) {
    if (line !== '' && line.length + 1 + part.length > room) {
      lines.push(line);
      line = part;
    } else line = line === '' ? part : `${line} ${part}`;
  }
  lines.push(line);
  const pad = ' '.repeat(command.length);
  return indented(
    lines.map((text, i) => `${i === 0 ? style.bold(command) : pad} ${text}`.trimEnd()),
    INDENT,
  );
}

function renderBlock(block: Block, page: Page): string[] {
  switch (block.kind) {
    case 'paragraph':
      return indented(
        wrap(block.text, page.width - INDENT).map((line) => emphasize(line, page)),
        INDENT,
      );
    case 'verbatim':
      return indented(block.lines, INDENT + 4);
    case 'definitions':
      return renderDefinitions(block.items, page);
    case 'usage':
      return renderUsage(block, page);
  }
}

function renderSection({ title, blocks }: DocumentSection, page: Page): string[] {
  const body = blocks.flatMap((block, i) => (i === 0 ? renderBlock(block, page) : ['', ...renderBlock(block, page)]));
  return [page.style.bold(title), ...body, ''];
}

/** What `-h` leaves out; of the root it also shows the common options. */
const LONG_ONLY = new Set(['DESCRIPTION', 'EXAMPLES', 'EXIT STATUS', 'ENVIRONMENT', 'FILES', 'SEE ALSO']);

/** `long` is the whole document; otherwise a usage that fits a screen. */
export function renderHelp(document: HelpDocument, { long, style, width }: Page & { long: boolean }): string {
  const page = { style, width: Math.min(width, 100) };
  const words = document.path.split(' ').slice(2);
  const isShort = (title: string): boolean =>
    !LONG_ONLY.has(title) && (words.length === 0 || title !== 'COMMON OPTIONS');
  const sections = document.sections.filter(({ title }) => long || isShort(title));
  const topic = words.length === 0 ? '<command>' : words.join(' ');
  const lines = [
    `${style.bold(document.path)}: ${document.summary}`,
    '',
    ...sections.flatMap((section) => renderSection(section, page)),
    ...(long ? [] : [style.dim(`\`git gatos help ${topic}\` says more`)]),
  ];
  return lines.join('\n').trimEnd();
}
