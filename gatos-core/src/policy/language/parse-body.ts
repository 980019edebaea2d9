/** Bodies and their literals. A literal that cannot be understood is left out, up to the next line. */
import type { Body, Literal, Name } from './ast.js';
import { describeToken } from './cursor.js';
import { ExpressionParser } from './parse-expression.js';
import type { Token } from './token.js';
import { isReserved } from './words.js';

const AND = 'literals stand one a line, or are parted by `;`';
const OR = 'alternatives are rules of one name: write a second `rule` with the other condition';

/** What joins literals elsewhere. */
const JOINERS: ReadonlyMap<string, string> = new Map([
  ['&&', AND],
  ['&', AND],
  ['and', AND],
  [',', AND],
  ['||', OR],
  ['or', OR],
]);

/** What other languages start a literal with. */
const STARTERS: ReadonlyMap<string, string> = new Map([
  ['some', 'leave it out: `x in list` takes each element in turn'],
  ['exists', 'leave it out: `x in list` takes each element in turn'],
  ['let', 'leave it out: `x = …` names a value'],
  ['forall', 'write `every x in list { … }`'],
  ['where', 'leave it out: each line is a condition'],
]);

interface Head {
  readonly key: Name | null;
  readonly value: Name;
}

export class BodyParser extends ExpressionParser {
  protected bodyAfter(opener: Token): Body {
    const start = this.before;
    const closer = opener.text === '[' ? ']' : '}';
    const literals = this.within(false, () => this.#literals(opener, closer));
    const body: Body = { literals, span: { start, end: Math.max(start, this.before - 1) } };
    return this.built(body, literals) ?? { literals: [], span: body.span };
  }

  /** The body in braces that stands here; null, reported, when none does. */
  protected block(hint: string | null): Body | null {
    const opener = this.expect('{', hint);
    return opener === null ? null : this.bodyAfter(opener);
  }

  #literals(opener: Token, closer: string): readonly Literal[] {
    const literals: Literal[] = [];
    for (;;) {
      if (this.take(';') !== null) continue;
      if (this.take(closer) !== null) return literals;
      if (this.atItem() || this.is('}')) {
        this.unclosed(opener);
        return literals;
      }
      const { taken } = this;
      const literal = this.#stray() ? null : this.deeper(() => this.#literal());
      if (literal === null) this.#leaveOut();
      else literals.push(literal);
      this.#separator(closer);
      if (this.taken === taken) this.next();
    }
  }

  /** Up to the next literal. */
  #leaveOut(): void {
    this.skipTo((token) => token.first || (token.kind === 'symbol' && token.text === ';'));
  }

  #stray(): boolean {
    const { token } = this;
    if (!this.is(')') && !this.is(']')) return false;
    this.sink.report(token, 'unopened', { bracket: token.text });
    this.next();
    return true;
  }

  #separator(closer: string): void {
    const { token } = this;
    if (this.is(';') || this.is(closer) || this.is('}') || this.atItem()) return;
    const joiner = token.kind === 'text' ? undefined : JOINERS.get(token.text);
    if (joiner !== undefined && !this.#namesValue()) {
      this.sink.report(token, 'operator', { found: token.text, hint: joiner });
      this.next();
      return;
    }
    if (token.first) return;
    if (this.is(')') || this.is(']')) this.sink.report(token, 'unopened', { bracket: token.text });
    else this.expected('a new line or `;`', this.#hintFor(token));
    this.#leaveOut();
  }

  /** Is the `and` or `or` at the start of a line a name like others, by what follows it? */
  #namesValue(): boolean {
    if (this.token.kind !== 'name' || !this.token.first) return false;
    const after = this.peek(1);
    if (after.first || after.kind === 'symbol' || after.text === 'in') return true;
    return after.text === 'not' && this.is('in', 2);
  }

  #hintFor(token: Token): string | null {
    if (token.text === '{')
      return 'a body follows `if`, `when`, `for`, `that`, `not`, `every`, `count`, `min` or `max`';
    return token.kind === 'symbol' && token.text === '?' ? 'there is no `? :`; write two rules' : AND;
  }

  #literal(): Literal | null {
    const { token } = this;
    if (token.kind === 'symbol' && token.text === '!') {
      this.sink.report(token, 'operator', { found: '!', hint: 'write `not`' });
      return this.#not();
    }
    if (token.kind === 'name') {
      this.#foreign(token);
      if (this.is('not')) return this.#not();
      if (this.is('every')) return this.#every();
      if (this.is(',', 1) && this.#isEach()) return this.#each();
      if (this.is('=', 1) && !this.peek(1).first && !isReserved(this.token.text)) return this.#bind();
    }
    const expr = this.expression();
    return expr === null ? null : this.built({ kind: 'holds', expr, span: expr.span }, [expr]);
  }

  /** `some x in xs`: says what is written here instead, and reads on after it. */
  #foreign(token: Token): void {
    const hint = STARTERS.get(token.text);
    const after = this.peek(1);
    if (hint === undefined || after.first || after.kind !== 'name' || after.text === 'in' || after.text === 'not')
      return;
    this.sink.report(token, 'operator', { found: token.text, hint });
    this.next();
  }

  #isEach(): boolean {
    return this.peek(2).kind === 'name' && this.is('in', 3);
  }

  #variable(): Name | null {
    const { token } = this;
    if (token.kind !== 'name') return this.expected('a name');
    return this.name('a variable');
  }

  #names(): Head | null {
    const first = this.#variable();
    if (first === null) return null;
    if (this.take(',') === null) return { key: null, value: first };
    const value = this.#variable();
    return value === null ? null : { key: first, value };
  }

  #each(): Literal | null {
    const { start } = this.token;
    const names = this.#names();
    if (names === null || names.key === null || this.expect('in') === null) return null;
    const of = this.expression();
    if (of === null) return null;
    return this.built({ kind: 'each', key: names.key, value: names.value, of, span: { start, end: this.before } }, [
      of,
    ]);
  }

  #bind(): Literal | null {
    const { start } = this.token;
    const name = this.name('a value');
    this.next();
    const expr = this.expression();
    if (name === null || expr === null) return null;
    return this.built({ kind: 'bind', name, expr, span: { start, end: this.before } }, [expr]);
  }

  #not(): Literal | null {
    const { start } = this.next();
    const opener = this.take('{');
    const body = opener === null ? this.#negated() : this.bodyAfter(opener);
    if (body === null) return null;
    return this.built({ kind: 'not', body, span: { start, end: this.before } }, [body]);
  }

  /** The one literal after `not`, as a body. */
  #negated(): Body | null {
    const literal = this.deeper(() => this.#literal());
    return literal === null ? null : this.built({ literals: [literal], span: literal.span }, [literal]);
  }

  #every(): Literal | null {
    const { start } = this.next();
    const names = this.#names();
    const word = names === null ? null : this.expect('in', '`every x in list { … }`');
    const of = word === null ? null : this.expression();
    if (of === null) {
      this.skipTo((token) => token.first || (token.kind === 'symbol' && (token.text === '{' || token.text === ';')));
    }
    const body = this.is('{') || of !== null ? this.block('`every x in list { … }`') : null;
    if (names === null || of === null || body === null) return null;
    return this.built({ kind: 'every', ...names, of, body, span: { start, end: this.before } }, [of, body]);
  }

  /** Nothing more may stand here. */
  protected ended(): void {
    if (this.token.kind !== 'end')
      this.expected('nothing more', `${describeToken(this.token)} belongs to no expression`);
  }
}
