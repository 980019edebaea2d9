/** Templates: the texts of `message` and `hint`, in which `{expression}` shows a value. */
import type { Expr, Template } from './ast.js';
import { decodeText } from './lex-text.js';
import { lexToBrace } from './lexer.js';
import { BodyParser } from './parse-body.js';
import { mappedSink, mapSpan, type Sink } from './sink.js';
import type { Source } from './source.js';
import type { Token } from './token.js';

/** Parses what stands between the braces of a template. */
class TemplateExpression extends BodyParser {
  whole(): Expr | null {
    const expr = this.within(true, () => this.expression());
    if (expr !== null) this.ended();
    return expr;
  }
}

class TemplateReader {
  readonly #source: Source;
  readonly #sink: Sink;
  readonly #value: string;
  readonly #offsets: readonly number[];
  readonly #parts: (string | Expr)[] = [];
  #text = '';
  #at = 0;

  constructor(source: Source, token: Token, sink: Sink) {
    const { value, offsets } = decodeText({ text: source.text, start: token.start }, sink);
    this.#source = source;
    this.#sink = sink;
    this.#value = value;
    this.#offsets = offsets;
  }

  read(): readonly (string | Expr)[] {
    while (this.#at < this.#value.length) {
      const next = this.#value.slice(this.#at, this.#at + 2);
      if (next === '{{' || next === '}}') {
        this.#text += next[0];
        this.#at += 2;
      } else if (next.startsWith('{')) this.#expression();
      else {
        if (next.startsWith('}')) this.#fault(this.#at, 'this `}` closes nothing');
        this.#text += next[0];
        this.#at += 1;
      }
    }
    if (this.#text !== '') this.#parts.push(this.#text);
    return this.#parts;
  }

  #fault(at: number, why: string | null): void {
    const span = mapSpan({ start: at, end: at + 1 }, this.#offsets);
    if (why === null) this.#sink.report(span, 'template-unclosed', {});
    else this.#sink.report(span, 'template', { why });
  }

  #expression(): void {
    const open = this.#at;
    const mapped = mappedSink(this.#sink, this.#offsets);
    const { tokens, end } = lexToBrace({ text: this.#value, start: open + 1 }, mapped);
    this.#at = end + 1;
    const closed = end < this.#value.length;
    if (!closed) this.#fault(open, null);
    else if (tokens.length === 1) this.#fault(open, 'nothing stands between `{` and `}`');
    const expr = closed && tokens.length > 1 ? this.#parse(tokens) : null;
    if (expr === null) return;
    if (this.#text !== '') this.#parts.push(this.#text);
    this.#text = '';
    this.#parts.push(expr);
  }

  #parse(tokens: readonly Token[]): Expr | null {
    const placed = tokens.map((token) => ({ ...token, ...mapSpan(token, this.#offsets) }));
    const lineOf = (offset: number): number => this.#source.positionOf(offset).line;
    return new TemplateExpression({ tokens: placed, sink: this.#sink, lineOf }).whole();
  }
}

/** The template that the text token holds; what is wrong in it is reported and left out. */
export function readTemplate(source: Source, token: Token, sink: Sink): Template {
  return { parts: new TemplateReader(source, token, sink).read(), span: { start: token.start, end: token.end } };
}
