/** A help document as a man page in the man(7) language, clean under `mandoc -T lint -W warning`. */

import { type Block, type DocumentSection, type HelpDocument, pageName } from '../help/index.js';
import { RELEASED, VERSION } from '../version.js';

/** Text for troff: backslashes, and everything outside ASCII, as escapes. */
function escapeText(text: string): string {
  let out = '';
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (character === '\\') out += '\\e';
    else if (code < 0x20 || code > 0x7e) out += `\\[u${code.toString(16).toUpperCase().padStart(4, '0')}]`;
    else out += character;
  }
  return out;
}

/** Text meant to be typed: hyphens, quotes and accents must survive copying. */
function escapeLiteral(text: string): string {
  return escapeText(text)
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll('`', '\\(ga');
}

/** A line that starts with a dot or a quote would be a request. */
const guard = (line: string): string => (/^[.']/.test(line) ? `\\&${line}` : line);

/** `code` in bold. */
function prose(text: string): string {
  const parts = text.split('`');
  // An odd number of backticks: the last one is just a backtick.
  const formatted = parts.map((part, i) =>
    i % 2 === 1 && i < parts.length - 1
      ? `\\fB${escapeLiteral(part)}\\fR`
      : (i % 2 === 1 ? '\\(ga' : '') + escapeText(part),
  );
  return guard(formatted.join('').trim());
}

/** Literal in bold, `<placeholders>` in italics. */
function term(text: string): string {
  return text
    .split(/(<[^>]+>)/)
    .filter((part) => part !== '')
    .map((part) => (part.startsWith('<') ? `\\fI${escapeLiteral(part)}\\fR` : `\\fB${escapeLiteral(part)}\\fR`))
    .join('');
}

function renderBlock(block: Block, first: boolean): string[] {
  switch (block.kind) {
    case 'paragraph':
      return [...(first ? [] : ['.PP']), prose(block.text)];
    case 'verbatim':
      return [
        ...(first ? [] : ['.PP']),
        '.RS 4',
        '.nf',
        ...block.lines.map((line) => guard(escapeLiteral(line))),
        '.fi',
        '.RE',
      ];
    case 'definitions':
      return block.items.flatMap((item) => ['.TP', guard(term(item.term)), prose(item.text)]);
    case 'usage':
      return [`.SY "${escapeLiteral(block.command)}"`, ...block.parts.map((part) => guard(term(part))), '.YS'];
  }
}

function renderSection({ title, blocks }: DocumentSection): string[] {
  return [
    `.SH ${title.includes(' ') ? `"${escapeText(title)}"` : escapeText(title)}`,
    ...blocks.flatMap((block, i) => renderBlock(block, i === 0)),
  ];
}

export interface ManPage {
  /** `git-gatos-fold-run.1`. */
  readonly file: string;
  readonly text: string;
}

export function renderManPage(document: HelpDocument): ManPage {
  const name = pageName(document.path);
  const lines = [
    `.TH ${escapeLiteral(name.toUpperCase())} 1 ${RELEASED} "gatos ${VERSION}" "GATOS Manual"`,
    '.SH NAME',
    `${escapeLiteral(name)} \\- ${prose(document.summary)}`,
    ...document.sections.flatMap(renderSection),
  ];
  return { file: `${name}.1`, text: `${lines.join('\n')}\n` };
}
