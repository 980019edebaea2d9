/**
 * Policies in Markdown: the ```` ```rgs ```` blocks of a decision, where they stand. What a reader of the page sees as code is law,
 * and nothing else is: not a block inside an HTML comment, and not one inside another block (CommonMark 0.31, 4.5 and 4.6).
 */
import type { Span } from './ast.js';
import type { SourceText } from './source.js';

const OPENING = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})[ \t]*([^ \t]*)/;
/** A fence of rules in a list item, a quotation or indented code, which is not read. */
const NESTED =
  /^((?: {4}|\t| {0,3}(?:>|[-*+][ \t]|\d{1,9}[.)][ \t]))(?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t])*)(?:`{3,}|~{3,})[ \t]*rgs(?=[ \t]|$)/;
const NESTED_END = /^[ \t]*(?:`{3,}|~{3,})[ \t]*$/;
const CLOSING = /^ {0,3}(`{3,}|~{3,})[ \t]*$/;

/** HTML blocks that end at a certain text (CommonMark 4.6, conditions 1 to 5). */
const HTML: readonly { readonly start: RegExp; readonly end: RegExp }[] = [
  { start: /^ {0,3}<(?:script|pre|style|textarea)(?=[\s>]|$)/i, end: /<\/(?:script|pre|style|textarea)>/i },
  { start: /^ {0,3}<!--/, end: /-->/ },
  { start: /^ {0,3}<\?/, end: /\?>/ },
  { start: /^ {0,3}<![A-Za-z]/, end: />/ },
  { start: /^ {0,3}<!\[CDATA\[/, end: /\]\]>/ },
];

/** Elements whose block ends at a blank line (CommonMark 4.6, condition 6). */
const BLOCK_NAMES = [
  'address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|fieldset',
  'figcaption|figure|footer|form|frame|frameset|h1|h2|h3|h4|h5|h6|head|header|hr|html|iframe|legend|li|link|main|menu|menuitem',
  'nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul',
].join('|');
const ELEMENT = new RegExp(`^ {0,3}</?(?:${BLOCK_NAMES})(?=\\s|/?>|$)`, 'i');
const BLANK = /^[ \t]*$/;

type State =
  | { readonly in: 'page' }
  | { readonly in: 'html'; readonly end: RegExp }
  /** Ends at a fence, or where a line stands further left. */
  | { readonly in: 'nested'; readonly indent: number }
  | { readonly in: 'fence'; readonly mark: string; readonly length: number; readonly rgs: boolean };

const PAGE: State = { in: 'page' };

function enter(line: string): State {
  const html = HTML.find(({ start }) => start.test(line));
  if (html !== undefined) {
    const opening = html.start.exec(line)?.[0] ?? '';
    return html.end.test(line.slice(opening.length)) ? PAGE : { in: 'html', end: html.end };
  }
  if (ELEMENT.test(line)) return { in: 'html', end: BLANK };
  const nested = NESTED.exec(line)?.[1];
  if (nested !== undefined)
    return { in: 'nested', indent: nested.includes('>') ? Number.POSITIVE_INFINITY : nested.length };
  const [, fence = '', info = ''] = OPENING.exec(line) ?? [];
  if (fence === '') return PAGE;
  return { in: 'fence', mark: fence.charAt(0), length: fence.length, rgs: info === 'rgs' };
}

const isRules = (line: string): boolean => OPENING.exec(line)?.[2] === 'rgs';

/** Out of a block that is not read: past its last line, or at a line that is none of it. */
function leave(state: State & { readonly in: 'nested' }, line: string): State {
  if (BLANK.test(line)) return state;
  const indent = line.length - line.trimStart().length;
  if (indent < state.indent) return PAGE;
  // The closing fence itself opens nothing.
  return NESTED_END.test(line) ? { in: 'nested', indent: Number.POSITIVE_INFINITY } : state;
}

function closes(state: State & { readonly in: 'fence' }, line: string): boolean {
  const fence = CLOSING.exec(line)?.[1] ?? '';
  return fence.startsWith(state.mark) && fence.length >= state.length;
}

/** Spaces in place of every unit, so that offsets, lines and columns stay what they are. */
const blanked = (line: string): string => line.replace(/[^\r\n]/g, ' ');

interface Scan {
  /** Null where there is no block of rules. */
  readonly text: string | null;
  readonly skipped: readonly Span[];
}

function scan(text: string): Scan {
  const out: string[] = [];
  const skipped: Span[] = [];
  let state: State = PAGE;
  let [found, start] = [false, 0];
  for (const whole of text.split(/(?<=\n)/)) {
    const line = whole.replace(/\r?\n$/, '');
    let kept = false;
    if (state.in === 'nested') state = leave(state, line);
    if (state.in === 'page') {
      state = enter(line);
      found ||= state.in === 'fence' && state.rgs;
      if (state.in === 'nested') skipped.push({ start, end: start + line.length });
    } else if (state.in === 'html') {
      if (state.end.test(line)) state = PAGE;
      else if (state.end === BLANK && isRules(line)) skipped.push({ start, end: start + line.length });
    } else if (state.in === 'fence') {
      if (closes(state, line)) state = PAGE;
      else kept = state.rgs;
    }
    out.push(kept ? whole : blanked(whole));
    start += whole.length;
  }
  return { text: found ? out.join('') : null, skipped };
}

/**
 * The same file with everything but its `rgs` blocks blanked out, so that places in the module are places in the Markdown
 * file; null when it has none. A block is fenced with at least three backticks or tildes, indented by at most three spaces.
 */
export function extractModule({ file, text }: SourceText): SourceText | null {
  const { text: rules } = scan(text);
  return rules === null ? null : { file, text: rules };
}

/** The first lines of `rgs` blocks that `extractModule` does not take although somebody may think so. */
export function skippedBlocks({ text }: SourceText): readonly Span[] {
  return scan(text).skipped;
}
