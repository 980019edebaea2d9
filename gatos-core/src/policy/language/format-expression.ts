/** Expressions, literals and bodies as layout. */
import type { JsonValue } from '../../codec/index.js';
import type { Body, Expr, Literal, Span } from './ast.js';
import { all, breaks, type Doc, group, hard, indent, line, soft } from './doc.js';
import type { Comments, Entry } from './format-rows.js';
import { quote } from './quote.js';

/** How tightly the outermost operator binds. */
function tightness(expr: Expr): number {
  if (expr.kind === 'in') return 1;
  if (expr.kind !== 'binary') return 4;
  if (expr.op === '*') return 3;
  return expr.op === '+' || expr.op === '-' ? 2 : 1;
}

/** Does the first token of the expression open a record? */
function startsWithBrace(expr: Expr): boolean {
  if (expr.kind === 'record') return true;
  if (expr.kind === 'value') return typeof expr.value === 'object' && expr.value !== null && !Array.isArray(expr.value);
  if (expr.kind === 'binary' || expr.kind === 'in')
    return startsWithBrace(expr.left) && tightness(expr.left) >= tightness(expr);
  return (expr.kind === 'field' || expr.kind === 'index') && tightness(expr.of) === 4 && startsWithBrace(expr.of);
}

function valueDoc(value: JsonValue): Doc {
  if (typeof value === 'string') return quote(value);
  if (value === null || typeof value !== 'object') return String(value);
  const entries = Object.entries(value).map(([key, each]) => all(`${quote(key)}: `, valueDoc(each)));
  const isList = Array.isArray(value);
  const docs = isList ? (value as readonly JsonValue[]).map(valueDoc) : entries;
  if (docs.length === 0) return isList ? '[]' : '{ }';
  const parts = docs.flatMap((doc, index) => (index === 0 ? [doc] : [',', line, doc]));
  const [open, pad, close] = isList ? ['[', soft, ']'] : ['{', line, '}'];
  return group(all(open, indent(all(pad, ...parts)), pad, close));
}

export class ExpressionFormatter {
  readonly comments: Comments;

  constructor(comments: Comments) {
    this.comments = comments;
  }

  expression(expr: Expr): Doc {
    if (expr.kind === 'value') return expr.form.as === 'source' ? expr.form.text : valueDoc(expr.value);
    if (expr.kind === 'name') return expr.name;
    if (expr.kind === 'field') return all(this.#operand(expr.of, 4), `.${expr.name.text}`);
    if (expr.kind === 'index') return all(this.#operand(expr.of, 4), '[', this.expression(expr.index), ']');
    if (expr.kind === 'call') {
      const range = { start: expr.name.span.end, end: expr.span.end };
      return all(expr.name.text, this.list({ open: '(', close: ')', items: expr.args, range }));
    }
    if (expr.kind === 'list') return this.list({ open: '[', close: ']', items: expr.items, range: expr.span });
    if (expr.kind === 'record') return this.record(expr, false);
    if (expr.kind === 'aggregate' || expr.kind === 'comprehension') return this.#collected(expr);
    return this.#binary(expr);
  }

  #operand(expr: Expr, atLeast: number): Doc {
    const doc = this.expression(expr);
    return tightness(expr) < atLeast ? all('(', doc, ')') : doc;
  }

  #binary(expr: Extract<Expr, { kind: 'binary' | 'in' }>): Doc {
    const own = tightness(expr);
    const op = expr.kind === 'binary' ? expr.op : expr.negated ? 'not in' : 'in';
    // Comparisons do not go on, so that one inside another needs parentheses on either side.
    const left = this.#operand(expr.left, own === 1 ? 2 : own);
    const right = this.#operand(expr.right, own + 1);
    // A bracket on the right breaks inside itself.
    const bracketed = ['list', 'record', 'call', 'aggregate', 'comprehension', 'value'].includes(expr.right.kind);
    return bracketed ? all(left, ` ${op} `, right) : group(all(left, ` ${op}`, indent(all(line, right))));
  }

  list({ open, close, items, range }: { open: string; close: string; items: readonly Expr[]; range: Span }): Doc {
    const entries = items.map((item): Entry => ({ span: item.span, doc: () => this.expression(item) }));
    return this.#bracketed({ open, close, pad: soft, entries, range, broken: false });
  }

  /** `broken`: one entry a line even where it would fit. */
  record(expr: Extract<Expr, { kind: 'record' }>, broken: boolean): Doc {
    const entries = expr.entries.map(({ key, value }): Entry => {
      const span = { start: key.span.start, end: value.span.end };
      return { span, doc: () => all(`${quote(key.text)}: `, this.expression(value)) };
    });
    return this.#bracketed({ open: '{', close: '}', pad: line, entries, range: expr.span, broken });
  }

  #bracketed(given: {
    open: string;
    close: string;
    pad: Doc;
    entries: readonly Entry[];
    range: Span;
    broken: boolean;
  }): Doc {
    const { open, close, entries, range } = given;
    const rows = this.comments.rows(entries, { range, mark: ',', between: line });
    if (rows.empty) return open === '{' ? '{ }' : `${open}${close}`;
    const pad = rows.forced || given.broken ? hard : given.pad;
    return group(all(open, indent(all(pad, rows.doc)), pad, close));
  }

  #collected(expr: Extract<Expr, { kind: 'aggregate' | 'comprehension' }>): Doc {
    const [open, pad, close] = expr.kind === 'aggregate' ? [`${expr.fn} {`, line, '}'] : ['[', soft, ']'];
    const { value, body, span } = expr;
    const head = this.comments.rows([{ span: value.span, doc: () => this.expression(value) }], {
      range: { start: span.start, end: value.span.end },
      mark: '',
      between: hard,
    });
    const rows = this.#literals(body, { start: value.span.end, end: span.end }, breaks('; '));
    const forced = head.forced || rows.forced ? hard : pad;
    if (rows.empty) return group(all(open, indent(all(forced, head.doc, ' |')), forced, close));
    return group(all(open, indent(all(forced, head.doc, ' |', indent(all(line, rows.doc)))), forced, close));
  }

  #literals(body: Body, range: Span, between: Doc): ReturnType<Comments['rows']> {
    const entries = body.literals.map((each): Entry => ({ span: each.span, doc: () => this.literal(each) }));
    return this.comments.rows(entries, { range, mark: '', between });
  }

  /** `{ … }`: one line a literal when `broken`, else on one line where it fits. */
  block(body: Body, broken: boolean): Doc {
    const rows = this.#literals(body, body.span, broken ? hard : breaks('; '));
    if (rows.empty) return '{ }';
    const pad = rows.forced || broken ? hard : line;
    return group(all('{', indent(all(pad, rows.doc)), pad, '}'));
  }

  literal(literal: Literal): Doc {
    if (literal.kind === 'holds') return this.expression(literal.expr);
    if (literal.kind === 'bind') return all(`${literal.name.text} = `, this.expression(literal.expr));
    if (literal.kind === 'each')
      return all(`${literal.key.text}, ${literal.value.text} in `, this.expression(literal.of));
    if (literal.kind === 'not') return this.#not(literal.body);
    const names = literal.key === null ? literal.value.text : `${literal.key.text}, ${literal.value.text}`;
    return all(`every ${names} in `, this.expression(literal.of), ' ', this.block(literal.body, false));
  }

  #not(body: Body): Doc {
    const [only, second] = body.literals;
    if (only === undefined || second !== undefined) return all('not ', this.block(body, false));
    const brace = only.kind === 'holds' && startsWithBrace(only.expr);
    return brace ? all('not ', this.block(body, false)) : all('not ', this.literal(only));
  }
}
