/** Expressions. Precedence, from loose to tight: comparison, `+ -`, `*`, postfix. Null: something was wrong, and is reported. */
import type { AggregateFn, ArithmeticOp, CompareOp, Expr, Name, Span } from './ast.js';
import { BracketParser } from './parse-brackets.js';
import type { Token } from './token.js';
import { isReserved } from './words.js';

const COMPARISONS: ReadonlySet<string> = new Set<CompareOp>(['==', '!=', '<', '<=', '>', '>=']);
const AGGREGATES: ReadonlySet<string> = new Set<AggregateFn>(['count', 'min', 'max']);
const CONSTANTS: ReadonlyMap<string, null | boolean> = new Map([
  ['null', null],
  ['true', true],
  ['false', false],
]);

/** Operators of other languages: what is written instead, and what they are read as, so that the rest of the line is looked at too. */
const FOREIGN: ReadonlyMap<string, { readonly hint: string; readonly as: CompareOp | '*' }> = new Map([
  ['===', { hint: 'to compare, write `==`', as: '==' }],
  ['!==', { hint: 'to compare, write `!=`', as: '!=' }],
  ['<>', { hint: 'to compare, write `!=`', as: '!=' }],
  [':=', { hint: 'to name a value, write `x = …`; to compare, `==`', as: '==' }],
  ['=>', { hint: 'to compare, write `>=`', as: '>=' }],
  ['/', { hint: 'integers are divided by `div(a, b)`', as: '*' }],
  ['%', { hint: 'the remainder is `mod(a, b)`', as: '*' }],
] as const);

type Binary = { readonly op: CompareOp | ArithmeticOp | 'in' | 'not in'; readonly token: Token };

export abstract class ExpressionParser extends BracketParser {
  override expression(): Expr | null {
    return this.deeper(() => this.#comparison());
  }

  #comparison(): Expr | null {
    let left = this.#sum();
    let first: Token | null = null;
    while (left !== null) {
      const found = this.#comparisonOperator();
      if (found === null) return left;
      const { op, token } = found;
      if (first !== null) {
        this.sink.report(token, 'chain', { first: first.text, second: token.text });
      }
      first = token;
      const right = this.#sum();
      if (right === null) return null;
      left = this.#join(op, left, right);
    }
    return left;
  }

  #join(op: Binary['op'], left: Expr, right: Expr): Expr | null {
    const span = { start: left.span.start, end: right.span.end };
    const isIn = op === 'in' || op === 'not in';
    const node: Expr = isIn
      ? { kind: 'in', negated: op === 'not in', left, right, span }
      : { kind: 'binary', op, left, right, span };
    return this.built(node, [left, right]);
  }

  #comparisonOperator(): Binary | null {
    const { token } = this;
    if (token.kind === 'name') {
      if (token.text === 'in') return { op: 'in', token: this.next() };
      if (token.text !== 'not' || !this.joined || !this.is('in', 1)) return null;
      this.next();
      this.next();
      return { op: 'not in', token };
    }
    if (token.kind !== 'symbol') return null;
    if (COMPARISONS.has(token.text)) return { op: this.next().text as CompareOp, token };
    const foreign = FOREIGN.get(token.text);
    if (foreign !== undefined && foreign.as !== '*') {
      this.sink.report(token, 'operator', { found: token.text, hint: foreign.hint });
      this.next();
      return { op: foreign.as, token };
    }
    // A body takes `name = …` before it comes here.
    if (token.text !== '=' || !this.joined) return null;
    this.sink.report(token, 'assignment', {});
    this.next();
    return { op: '==', token };
  }

  #sum(): Expr | null {
    let left = this.#product();
    while (left !== null && (this.is('+') || (this.is('-') && this.joined))) {
      const op = this.next().text === '+' ? '+' : '-';
      const right = this.#product();
      if (right === null) return null;
      left = this.#join(op, left, right);
    }
    return left;
  }

  #product(): Expr | null {
    let left = this.#postfix();
    for (;;) {
      const { token } = this;
      const foreign = token.kind === 'symbol' ? FOREIGN.get(token.text) : undefined;
      if (left === null || !(this.is('*') || foreign?.as === '*')) return left;
      if (foreign !== undefined) this.sink.report(token, 'operator', { found: token.text, hint: foreign.hint });
      this.next();
      const right = this.#postfix();
      if (right === null) return null;
      left = this.#join('*', left, right);
    }
  }

  #postfix(): Expr | null {
    let left = this.#primary();
    while (left !== null) {
      if (this.is('.')) left = this.#field(left);
      else if (this.is('[') && this.joined) left = this.#index(left);
      else if (this.is('(') && this.joined) left = this.#call(left);
      else return left;
    }
    return left;
  }

  #field(of: Expr): Expr | null {
    this.next();
    const { token } = this;
    if (token.kind !== 'name' || !this.joined)
      return this.expected('the name of a field', 'other keys are read as `value["key"]`');
    this.next();
    const name: Name = { text: token.text, span: { start: token.start, end: token.end } };
    return this.built({ kind: 'field', of, name, span: { start: of.span.start, end: token.end } }, [of]);
  }

  #index(of: Expr): Expr | null {
    const opener = this.next();
    const index = this.within(true, () => this.expression());
    const end = this.close(opener);
    if (index === null || end === null) return null;
    return this.built({ kind: 'index', of, index, span: { start: of.span.start, end } }, [of, index]);
  }

  #call(callee: Expr): Expr | null {
    const name = dottedName(callee);
    if (name === null) this.sink.report(callee.span, 'call', {});
    const opener = this.next();
    const args = this.items(opener);
    if (name === null || args === null) return null;
    const span = { start: callee.span.start, end: this.before };
    return this.built({ kind: 'call', name, args, span }, args);
  }

  #primary(): Expr | null {
    const { token } = this;
    const span: Span = { start: token.start, end: token.end };
    if (token.kind === 'number') {
      this.next();
      return { kind: 'value', value: token.value, form: token.form, span };
    }
    if (token.kind === 'text') {
      this.next();
      return { kind: 'value', value: token.text, form: { as: 'json' }, span };
    }
    if (token.kind === 'name') return this.#word(token);
    if (token.kind === 'end') return this.expected('an expression');
    if (token.text === '-') return this.#negative();
    if (token.text === '(') return this.parenthesis();
    if (token.text === '[') return this.list();
    if (token.text === '{') return this.record();
    return this.#noExpression(token);
  }

  #noExpression(token: Token): null {
    if (token.text === '!') {
      this.sink.report(token, 'operator', { found: '!', hint: 'write `not` at the start of a literal' });
      return null;
    }
    return this.expected('an expression');
  }

  #word(token: Token): Expr | null {
    const span: Span = { start: token.start, end: token.end };
    const constant = CONSTANTS.get(token.text);
    if (constant !== undefined) {
      this.next();
      return { kind: 'value', value: constant, form: { as: 'json' }, span };
    }
    if (AGGREGATES.has(token.text) && this.is('{', 1) && !this.peek(1).first)
      return this.aggregate(token.text as AggregateFn);
    if (isReserved(token.text) && token.text !== 'input') {
      if (this.atItem() || token.text === 'not') {
        const hint = token.text === 'not' ? '`not` stands at the start of a literal' : null;
        return this.expected('an expression', hint);
      }
      this.sink.report(token, 'reserved', { word: token.text, wanted: 'value' });
      return null;
    }
    this.next();
    return { kind: 'name', name: token.text, span };
  }

  #negative(): Expr | null {
    const minus = this.next();
    const { token } = this;
    if (token.kind !== 'number' || token.start !== minus.end) {
      this.sink.report(minus, 'minus', {});
      return this.deeper(() => this.#postfix());
    }
    this.next();
    const text = `-${token.form.as === 'source' ? token.form.text : token.text}`;
    // `-0` is written 0: there is one zero.
    const value = token.value === 0 ? 0 : -token.value;
    const form = token.form.as === 'source' ? ({ as: 'source', text } as const) : ({ as: 'json' } as const);
    return { kind: 'value', value, form, span: { start: minus.start, end: token.end } };
  }
}

/** `module.name` of `a`, `a.b`, `a.b.c`; null of anything else. */
export function dottedName(expr: Expr): Name | null {
  const words: string[] = [];
  let at = expr;
  while (at.kind === 'field') {
    words.unshift(at.name.text);
    at = at.of;
  }
  if (at.kind !== 'name' || at.name === 'input') return null;
  return { text: [at.name, ...words].join('.'), span: expr.span };
}
