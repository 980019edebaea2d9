/** From text to tokens, in one pass without going back. What is no token is reported and left out. */
import { LIMITS } from '../../kernel/index.js';
import type { Comment } from './ast.js';
import { lexNumber } from './lex-number.js';
import { decodeText } from './lex-text.js';
import { codePoint, isHidden, shown } from './shown.js';
import type { Sink } from './sink.js';
import type { Lexed, Token } from './token.js';

const SPACE = /[ \t]+/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
/** Letters of any script, so that an odd name is reported once and whole. */
const ANY_WORD = /[\p{L}\p{N}\p{M}_]+/uy;
const NAME = /^(?:_|_?[a-z][a-z0-9_]*)$/;
/** Those of the language, and those of others that the parser explains. */
const SYMBOL = /===|!==|==|!=|<=|>=|<>|:=|&&|\|\||=>|->|[{}()[\],;:.|=<>+\-*!&/%?@^~$]/y;

function match(shape: RegExp, text: string, at: number): string {
  shape.lastIndex = at;
  return shape.exec(text)?.[0] ?? '';
}

function whyNoName(name: string): { readonly why: string; readonly hint: string | null } {
  const foreign = [...name].find((character) => character > '\u{7f}');
  if (foreign !== undefined) {
    const why = `\`${foreign}\` is ${codePoint(foreign)}, not one of a-z, 0-9 and \`_\``;
    return { why, hint: 'a field with such a name is read as `value["name"]`' };
  }
  const lower = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
  if (/[A-Z]/.test(name))
    return {
      why: 'names are lower-case',
      hint: `write \`${shown(lower)}\`; a field is also read as \`value["name"]\``,
    };
  return { why: 'a name starts with a letter, after one `_` at most', hint: null };
}

class Lexer {
  readonly #text: string;
  readonly #sink: Sink;
  readonly #tokens: Token[] = [];
  readonly #comments: Comment[] = [];
  #at: number;
  #first = true;

  constructor(text: string, start: number, sink: Sink) {
    this.#text = text;
    this.#at = start;
    this.#sink = sink;
  }

  /** Up to the end of the text or, for the expression of a template, to the `}` that closes it. */
  run(untilBrace: boolean): Lexed & { readonly end: number } {
    let depth = 0;
    while (this.#at < this.#text.length) {
      const unit = this.#text[this.#at];
      if (untilBrace && unit === '}' && depth === 0) break;
      if (untilBrace && (unit === '{' || unit === '}')) depth += unit === '{' ? 1 : -1;
      if (this.#tokens.length >= LIMITS.policyTokens) {
        const data = { what: 'tokens of this module', size: this.#tokens.length + 1, limit: LIMITS.policyTokens };
        this.#sink.report({ start: this.#at, end: this.#at + 1 }, 'too-large', data);
        break;
      }
      this.#step();
    }
    const end = this.#at;
    this.#tokens.push({ kind: 'end', text: '', start: end, end, first: true });
    return { tokens: this.#tokens, comments: this.#comments, end };
  }

  #step(): void {
    const [text, at] = [this.#text, this.#at];
    const unit = text[at] ?? '';
    if (unit === '\n' || (unit === '\r' && text[at + 1] === '\n')) {
      this.#at += unit === '\n' ? 1 : 2;
      this.#first = true;
      return;
    }
    const space = match(SPACE, text, at);
    if (space !== '') this.#at += space.length;
    else if (unit === '#') this.#comment(at);
    else if (unit === '"' || unit === "'" || unit === '`') this.#quoted(unit);
    else if (unit >= '0' && unit <= '9') {
      const { end, ...number } = lexNumber({ text, start: at }, this.#sink);
      this.#push({ kind: 'number', ...number }, end);
    } else this.#word(unit);
  }

  #push(
    token:
      | { kind: 'name' | 'symbol' }
      | { kind: 'text'; text: string }
      | Pick<Token & { kind: 'number' }, 'kind' | 'value' | 'form'>,
    end: number,
  ): void {
    const written = this.#text.slice(this.#at, end);
    this.#tokens.push({ text: written, ...token, start: this.#at, end, first: this.#first });
    this.#at = end;
    this.#first = false;
  }

  #word(unit: string): void {
    const [text, at] = [this.#text, this.#at];
    const word = match(WORD, text, at);
    const isAscii = word !== '' && (text[at + word.length] ?? '') <= '\u{7f}';
    const whole = isAscii ? word : match(ANY_WORD, text, at);
    if (whole !== '') {
      const span = { start: at, end: at + whole.length };
      if (!NAME.test(whole)) this.#sink.report(span, 'name', { name: shown(whole), ...whyNoName(whole) });
      this.#push({ kind: 'name' }, span.end);
    } else if (unit === '/' && text[at + 1] === '/') {
      this.#sink.report({ start: at, end: at + 2 }, 'comment', {});
      this.#comment(at);
    } else {
      const symbol = match(SYMBOL, text, at);
      if (symbol === '') this.#unknown();
      else this.#push({ kind: 'symbol' }, at + symbol.length);
    }
  }

  #unknown(): void {
    const character = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
    const span = { start: this.#at, end: this.#at + character.length };
    this.#at = span.end;
    const isMark = character === '\u{feff}' && span.start === 0;
    if (isMark) return;
    const code = codePoint(character);
    if (isHidden(character) || /\s/.test(character)) this.#sink.report(span, 'invisible', { character: code });
    else if (/[\u201c\u201d\u201e]/.test(character)) this.#sink.report(span, 'quotes', { quote: `\`${character}\`` });
    else this.#sink.report(span, 'character', { character: shown(character), code });
  }

  #quoted(quote: string): void {
    const start = this.#at;
    if (quote !== '"') this.#sink.report({ start, end: start + 1 }, 'quotes', { quote: `\`${quote}\`` });
    const { value, end } = decodeText({ text: this.#text, start }, this.#sink);
    this.#push({ kind: 'text', text: value }, end);
  }

  #comment(start: number): void {
    const feed = this.#text.indexOf('\n', start);
    const line = this.#text.slice(start, feed === -1 ? this.#text.length : feed);
    const text = line.trimEnd();
    this.#at = start + line.length;
    let at = start;
    for (const character of text) {
      const span = { start: at, end: at + character.length };
      if (isHidden(character) && character !== '\t')
        this.#sink.report(span, 'invisible', { character: codePoint(character) });
      at = span.end;
    }
    this.#comments.push({ text, span: { start, end: start + text.length } });
  }
}

export function lex(text: string, sink: Sink): Lexed {
  return new Lexer(text, 0, sink).run(false);
}

/** The tokens from `start` to the `}` that ends the expression of a template, and where that stands. */
export function lexToBrace(
  { text, start }: { text: string; start: number },
  sink: Sink,
): Lexed & { readonly end: number } {
  return new Lexer(text, start, sink).run(true);
}
