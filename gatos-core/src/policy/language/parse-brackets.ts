/** What stands in brackets: lists, records, arguments, aggregates, comprehensions; and what to do when a bracket is missing. */
import type { AggregateFn, Body, Expr, Name } from './ast.js';
import { Cursor, describeToken } from './cursor.js';
import type { Token } from './token.js';

/** Words before a body: no bracket of an expression is still open there. */
const BODY_WORDS: ReadonlySet<string> = new Set(['if', 'when', 'for', 'that']);

function closerOf(opener: Token): string {
  if (opener.text === '(') return ')';
  return opener.text === '[' ? ']' : '}';
}

export abstract class BracketParser extends Cursor {
  abstract expression(): Expr | null;
  /** The literals up to the closing bracket of `opener`, which it takes. */
  protected abstract bodyAfter(opener: Token): Body;

  /** Takes the bracket that closes `opener`, leaving out what stands before it; gives its end. */
  protected close(opener: Token): number | null {
    const closer = closerOf(opener);
    if (this.#forgotten(opener)) return this.before;
    const found = this.token;
    if (!this.#endsBlock()) this.skipTo((token) => token.kind === 'symbol' && token.text === closer);
    const token = this.take(closer);
    if (token === null) this.unclosed(opener);
    else if (token !== found)
      this.sink.report(found, 'expected', { wanted: `\`${closer}\``, found: describeToken(found) });
    return token?.end ?? null;
  }

  /** Does a line end inside brackets that were opened in it? Then the closing one was forgotten, and the next line is another literal. */
  #forgotten(opener: Token): boolean {
    const { token } = this;
    if (opener.text === '{' || !token.first || this.is(closerOf(opener))) return false;
    if (this.lineOf(opener.start) !== this.lineOf(Math.max(0, this.before - 1))) return false;
    this.unclosed(opener);
    return true;
  }

  /** Can the bracket not be closed any more, because what surrounds it ends here? */
  #endsBlock(): boolean {
    const { token } = this;
    if (token.kind === 'name') return this.atItem() || BODY_WORDS.has(token.text);
    return token.kind === 'end' || this.is('}') || this.is(']') || this.is(')');
  }

  /** The expressions between the parenthesis that stands here and the one that closes it. */
  protected callArguments(): readonly Expr[] | null {
    return this.items(this.next());
  }

  /** Expressions between commas up to the closing bracket; null when one of them is wrong. */
  protected items(opener: Token): readonly Expr[] | null {
    return this.#listed(opener, () => this.expression());
  }

  #listed<T>(opener: Token, read: () => T | null): readonly T[] | null {
    const closer = closerOf(opener);
    return this.within(true, () => {
      const items: T[] = [];
      let sound = true;
      while (!this.is(closer) && !this.#endsBlock()) {
        const item = read();
        if (item === null) sound = false;
        else items.push(item);
        if (item === null) this.skipTo((token) => token.kind === 'symbol' && token.text === ',');
        if (this.take(',') !== null || this.is(closer)) continue;
        sound = false;
        if (this.#endsBlock() || this.#forgotten(opener)) break;
        this.#missingComma(closer);
        if (!this.#startsExpression()) break;
      }
      return this.close(opener) !== null && sound ? items : null;
    });
  }

  #missingComma(closer: string): void {
    this.expected(`\`,\` or \`${closer}\``, this.token.first ? 'elements of a list are parted by `,`' : null);
  }

  /** Is what stands here the next element, and only the comma is missing? */
  #startsExpression(): boolean {
    const { token } = this;
    if (token.kind === 'symbol') return token.text === '[' || token.text === '{' || token.text === '(';
    return token.kind !== 'end';
  }

  protected parenthesis(): Expr | null {
    const opener = this.next();
    const inner = this.within(true, () => this.expression());
    return this.close(opener) === null ? null : inner;
  }

  protected list(): Expr | null {
    const opener = this.next();
    if (this.is(']')) return { kind: 'list', items: [], span: { start: opener.start, end: this.next().end } };
    const first = this.within(true, () => this.expression());
    if (first !== null && this.is('|')) return this.#comprehension(opener, first);
    if (first === null) this.within(true, () => this.skipTo((token) => token.kind === 'symbol' && token.text === ','));
    const comma = this.take(',');
    if (comma === null && !this.is(']') && !this.#endsBlock()) {
      if (this.#forgotten(opener)) return null;
      this.#missingComma(']');
    }
    const rest = this.items(opener);
    if (first === null || rest === null) return null;
    const items = [first, ...rest];
    return this.built({ kind: 'list', items, span: { start: opener.start, end: this.before } }, items);
  }

  #comprehension(opener: Token, value: Expr): Expr | null {
    this.next();
    const body = this.bodyAfter(opener);
    const span = { start: opener.start, end: this.before };
    return this.built({ kind: 'comprehension', value, body, span }, [value, body]);
  }

  protected aggregate(fn: AggregateFn): Expr | null {
    const { start } = this.next();
    const opener = this.next();
    const value = this.within(true, () => this.expression());
    const bar = this.take('|') ?? this.#bar(fn);
    const body = this.bodyAfter(opener);
    if (value === null || bar === null) return null;
    return this.built({ kind: 'aggregate', fn, value, body, span: { start, end: this.before } }, [value, body]);
  }

  /** Null, reported: the value of an aggregate does not end in `|`. What stands before a later `|` is left out. */
  #bar(fn: AggregateFn): null {
    this.expected('`|`', `\`${fn} { EXPRESSION | BODY }\`; of a list it is \`${fn}(list)\``);
    this.skipTo((token) => token.kind === 'symbol' && token.text === '|');
    this.take('|');
    return null;
  }

  protected record(): Expr | null {
    const opener = this.next();
    const keys = new Map<string, number>();
    const entries = this.#listed(opener, () => this.#entry(keys));
    if (entries === null) return null;
    const span = { start: opener.start, end: this.before };
    return this.built(
      { kind: 'record', entries, span },
      entries.map((entry) => entry.value),
    );
  }

  #entry(keys: Map<string, number>): { readonly key: Name; readonly value: Expr } | null {
    const { token } = this;
    const key = this.text(
      'a key in quotes, such as `"ref"`',
      token.kind === 'name' ? `write \`"${token.text}"\`` : null,
    );
    if (key === null) return null;
    const earlier = keys.get(key.text);
    if (earlier !== undefined) this.sink.report(key.span, 'same-key', { key: key.text, line: this.lineOf(earlier) });
    else keys.set(key.text, key.span.start);
    const colon = this.expect(':', this.is('=') ? 'in a record, `:` stands between key and value' : null);
    const value = colon === null ? null : this.expression();
    return value === null ? null : { key, value };
  }
}
