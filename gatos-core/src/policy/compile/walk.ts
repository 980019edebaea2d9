/** Visits the parts of IR. Depth is that of the tree, which is bounded where trees are made (parser, decoder). */
import type { Arg, Clause, Expr, Head, Place, Step } from './ir.js';

/** The expressions directly inside an expression; those of inner bodies are reached through `bodyOf`. */
export function partsOf(expr: Expr): readonly Expr[] {
  switch (expr.op) {
    case 'field':
      return [expr.of];
    case 'index':
      return [expr.of, expr.index];
    case 'call':
      return expr.args;
    case 'list':
      return expr.items;
    case 'record':
      return expr.entries.map(([, value]) => value);
    case 'binary':
    case 'in':
      return [expr.left, expr.right];
    default:
      return [];
  }
}

export function boundArgs(args: readonly Arg[]): readonly Expr[] {
  return args.flatMap((arg) => (arg !== null && 'bound' in arg ? [arg.bound] : []));
}

/** The expressions that a step evaluates outside of its inner body. */
export function exprsOf(step: Step): readonly Expr[] {
  switch (step.op) {
    case 'each':
    case 'every':
      return [step.of];
    case 'bind':
    case 'test':
      return [step.expr];
    case 'rows':
    case 'facts':
      return boundArgs(step.args);
    case 'not':
      return [];
  }
}

export function templateExprs(template: readonly (string | Expr)[] | null): readonly Expr[] {
  return (template ?? []).filter((part) => typeof part !== 'string');
}

export interface RowUse {
  readonly predicate: number;
  /** Inside of `not`, `every`, an aggregate or a comprehension. */
  readonly closed: boolean;
  readonly place: Place;
}

/** Every use of a predicate's rows in some steps, inner bodies included. */
export function rowUses(steps: readonly Step[], closed = false): readonly RowUse[] {
  const out: RowUse[] = [];
  collect(steps, closed, out);
  return out;
}

function collect(steps: readonly Step[], closed: boolean, out: RowUse[]): void {
  for (const step of steps) {
    if (step.op === 'rows') out.push({ predicate: step.predicate, closed, place: step.place });
    for (const expr of exprsOf(step)) collectIn(expr, out);
    if (step.op === 'not' || step.op === 'every') collect(step.body, true, out);
  }
}

function collectIn(expr: Expr, out: RowUse[]): void {
  for (const part of partsOf(expr)) collectIn(part, out);
  if (expr.op !== 'aggregate' && expr.op !== 'collect') return;
  collect(expr.body, true, out);
  collectIn(expr.value, out);
}

export function clauseUses(clause: Clause): readonly RowUse[] {
  const out = [...rowUses(clause.body)];
  for (const expr of clause.head) collectIn(expr, out);
  return out;
}

export function headUses(head: Head): readonly RowUse[] {
  const out = [...rowUses(head.body)];
  for (const expr of [...templateExprs(head.message), ...templateExprs(head.hint)]) collectIn(expr, out);
  return out;
}
