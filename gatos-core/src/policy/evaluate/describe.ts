/** Expressions and literals of a program as text: with the names of the source, or with the values that they have. */
import { formatJson } from '../../codec/index.js';
import { isComposite, type Val } from '../builtins/index.js';
import type { Arg, Expr, Step } from '../compile/index.js';
import type { Env } from './env.js';
import { attempt, type World } from './prove.js';
import { cutText, escapeText, showValue } from './show.js';

/** Names of slots, and of rules. */
export interface Naming {
  readonly names: readonly string[];
  readonly rules: readonly string[];
  /** The value of an expression, where it shall stand for it. */
  readonly lookUp?: (expr: Expr) => Val | undefined;
}

const UNITS = 120;

export function describeExpr(expr: Expr, naming: Naming): string {
  const value = naming.lookUp?.(expr);
  if (value !== undefined && !isComposite(value)) return showValue(value);
  const inner = (each: Expr): string => describeExpr(each, naming);
  switch (expr.op) {
    case 'value':
      return cutText(escapeText(formatJson(expr.value, { sorted: true })), UNITS);
    case 'slot':
      return naming.names[expr.slot] || '_';
    case 'input':
      return 'input';
    case 'field':
      return `${inner(expr.of)}.${expr.name}`;
    case 'index':
      return `${inner(expr.of)}[${inner(expr.index)}]`;
    case 'call':
      return `${expr.builtin}(${expr.args.map(inner).join(', ')})`;
    case 'list':
      return `[${expr.items.map(inner).join(', ')}]`;
    case 'record':
      return `{${expr.entries.map(([key, each]) => `"${key}": ${inner(each)}`).join(', ')}}`;
    case 'binary':
      return `${inner(expr.left)} ${expr.fn} ${inner(expr.right)}`;
    case 'in':
      return `${inner(expr.left)} ${expr.negated ? 'not in' : 'in'} ${inner(expr.right)}`;
    case 'aggregate':
      return `${expr.fn} { ${inner(expr.value)} | ${describeBody(expr.body, naming)} }`;
    case 'collect':
      return `[${inner(expr.value)} | ${describeBody(expr.body, naming)}]`;
  }
}

export function describeStep(step: Step, naming: Naming): string {
  const name = (slot: number | null): string => (slot === null ? '_' : naming.names[slot] || '_');
  const args = (all: readonly Arg[]): string =>
    all
      .map((arg) => {
        if (arg === null) return '_';
        return 'free' in arg
          ? describeExpr({ op: 'slot', slot: arg.free, place: step.place }, naming)
          : describeExpr(arg.bound, naming);
      })
      .join(', ');
  switch (step.op) {
    case 'each':
      return `${step.key === null ? '' : `${name(step.key)}, `}${name(step.value)} in ${describeExpr(step.of, naming)}`;
    case 'bind':
      return `${name(step.slot)} = ${describeExpr(step.expr, naming)}`;
    case 'test':
      // A condition stands for what it asks, not for its answer.
      return describeTest(step.expr, naming);
    case 'rows':
      return `${naming.rules[step.predicate] ?? '?'}(${args(step.args)})`;
    case 'facts':
      return `${step.facts}(${args(step.args)})`;
    case 'not':
      return step.body.length === 1
        ? `not ${describeBody(step.body, naming)}`
        : `not { ${describeBody(step.body, naming)} }`;
    case 'every': {
      const key = step.key === null ? '' : `${name(step.key)}, `;
      return `every ${key}${name(step.value)} in ${describeExpr(step.of, naming)} { ${describeBody(step.body, naming)} }`;
    }
  }
}

export function describeBody(steps: readonly Step[], naming: Naming): string {
  return steps.map((step) => describeStep(step, naming)).join('; ');
}

/** As written, but with what stands left and right of the operator, or in the call, as values. */
function describeTest(expr: Expr, naming: Naming): string {
  const { lookUp, ...plain } = naming;
  if (lookUp === undefined || !['binary', 'in', 'call'].includes(expr.op)) return describeExpr(expr, plain);
  return describeExpr(expr, { ...naming, lookUp: (each) => (each === expr ? undefined : lookUp(each)) });
}

/** Names as in the source. */
export function namesIn({ prepared }: World, names: readonly string[]): Naming {
  return { names, rules: prepared.predicates.map(({ name }) => name) };
}

/** Values where they are known and short. */
export function valuesIn(world: World, names: readonly string[], env: Env): Naming {
  return { ...namesIn(world, names), lookUp: (expr) => lookUp(world, expr, env) };
}

/** Undefined when a variable of it is not bound, or it errs. */
export function lookUp({ prepared, run }: World, expr: Expr, env: Env): Val | undefined {
  return attempt<Val | undefined>(() => prepared.evalOf(expr)([...env], run), undefined);
}
