/** The tokens under the parser's hand: looking, taking, and what to do when something else stands there. */
import { LIMITS } from '../../kernel/index.js';
import type { Name, Span } from './ast.js';
import { shown } from './shown.js';
import type { Sink } from './sink.js';
import type { Token } from './token.js';
import { isItemWord, isReserved } from './words.js';

const CLOSERS: Readonly<Record<string, string>> = { '{': '}', '[': ']', '(': ')' };

/** What a person sees of a token. */
export function describeToken(token: Token): string {
  if (token.kind === 'end') return 'the end of the file';
  if (token.kind === 'text') return `the text \`"${shown(token.text)}"\``;
  return `\`${shown(token.text)}\``;
}

export class Cursor {
  readonly sink: Sink;
  /** Tokens looked at, for the test that work is linear. */
  steps = 0;
  readonly #tokens: readonly Token[];
  readonly #end: Token;
  readonly #lines: (offset: number) => number;
  #at = 0;
  #depth = 0;
  /** Inside round or square brackets a line may end anywhere. */
  #loose = false;
  readonly #heights = new WeakMap<object, number>();

  constructor({ tokens, sink, lineOf }: { tokens: readonly Token[]; sink: Sink; lineOf: (offset: number) => number }) {
    this.sink = sink;
    this.#tokens = tokens;
    this.#lines = lineOf;
    this.#end = tokens.at(-1) ?? { kind: 'end', text: '', start: 0, end: 0, first: true };
  }

  protected lineOf(offset: number): number {
    return this.#lines(offset);
  }

  protected get token(): Token {
    return this.peek(0);
  }

  protected peek(ahead: number): Token {
    this.steps += 1;
    return this.#tokens[this.#at + ahead] ?? this.#end;
  }

  /** Number of tokens taken. */
  protected get taken(): number {
    return this.#at;
  }

  /** End of the token before this one. */
  protected get before(): number {
    return this.#tokens[this.#at - 1]?.end ?? 0;
  }

  protected next(): Token {
    const { token } = this;
    if (token.kind !== 'end') this.#at += 1;
    return token;
  }

  /** Is the token this word or symbol? */
  protected is(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.text === text && (token.kind === 'name' || token.kind === 'symbol');
  }

  protected take(text: string): Token | null {
    return this.is(text) ? this.next() : null;
  }

  /** May the token belong to what stands before it, or does a new line part them? */
  protected get joined(): boolean {
    return this.#loose || !this.token.first;
  }

  protected atItem(): boolean {
    const { token } = this;
    return token.kind === 'end' || (token.kind === 'name' && token.first && isItemWord(token.text));
  }

  /** Runs `read` where line ends mean nothing (`true`) or end a literal (`false`). */
  protected within<T>(loose: boolean, read: () => T): T {
    const before = this.#loose;
    this.#loose = loose;
    const result = read();
    this.#loose = before;
    return result;
  }

  /** Runs `read` one level deeper; null, reported, beyond the limit, so that the stack cannot overflow. */
  protected deeper<T>(read: () => T): T | null {
    if (this.#depth >= LIMITS.policyNesting) {
      this.sink.report(this.token, 'too-deep', { limit: LIMITS.policyNesting });
      return null;
    }
    this.#depth += 1;
    const result = read();
    this.#depth -= 1;
    return result;
  }

  /** Notes how high the tree is that `node` is the root of; null, reported, beyond the limit. */
  protected built<T extends { readonly span: Span }>(node: T, parts: readonly object[]): T | null {
    let height = 0;
    for (const part of parts) height = Math.max(height, this.#heights.get(part) ?? 0);
    if (height >= LIMITS.policyNesting) {
      this.sink.report(node.span, 'too-deep', { limit: LIMITS.policyNesting });
      return null;
    }
    this.#heights.set(node, height + 1);
    return node;
  }

  protected expected(wanted: string, hint: string | null = null): null {
    const { token } = this;
    this.sink.report(this.#spanOf(token), 'expected', { wanted, found: describeToken(token), hint });
    return null;
  }

  /** The end of the file is pointed at where the last thing ends. */
  #spanOf(token: Token): Span {
    return token.kind === 'end' ? { start: this.before, end: this.before } : token;
  }

  /** Takes the symbol or word, or reports that it is missing. */
  protected expect(text: string, hint: string | null = null): Token | null {
    return this.take(text) ?? this.expected(`\`${text}\``, hint);
  }

  protected unclosed(opener: Token): void {
    const { token } = this;
    const [bracket, closer] = [opener.text, CLOSERS[opener.text] ?? ''];
    const found = describeToken(token);
    this.sink.report(opener, 'unclosed', { bracket, closer, found, line: this.lineOf(token.start) });
  }

  /** A name that is no word of the language; `wanted` says what for. */
  protected name(wanted: string): Name | null {
    const { token } = this;
    if (token.kind !== 'name') return this.expected(`the name of ${wanted}`);
    if (isReserved(token.text)) {
      if (this.atItem()) return this.expected(`the name of ${wanted}`);
      this.sink.report(token, 'reserved', { word: token.text, wanted: `name of ${wanted}` });
    }
    this.next();
    return { text: token.text, span: { start: token.start, end: token.end } };
  }

  protected text(wanted: string, hint: string | null = null): Name | null {
    const { token } = this;
    if (token.kind !== 'text') return this.expected(wanted, hint);
    this.next();
    return { text: token.text, span: { start: token.start, end: token.end } };
  }

  /**
   * Leaves out what cannot be understood, up to a token for which `stop` holds outside of the brackets that were
   * left out, to the closing bracket around it all, or to the next item.
   */
  protected skipTo(stop: (token: Token) => boolean): void {
    const open: string[] = [];
    while (!this.atItem()) {
      const { token } = this;
      if (open.length === 0 && stop(token)) return;
      if (token.kind === 'symbol') {
        const closer = CLOSERS[token.text];
        if (closer !== undefined) open.push(closer);
        else if (token.text === '}' || token.text === ']' || token.text === ')') {
          const at = open.lastIndexOf(token.text);
          if (at === -1 && (token.text === '}' || open.length === 0)) return;
          if (at !== -1) open.length = at;
        }
      }
      this.next();
    }
  }
}
