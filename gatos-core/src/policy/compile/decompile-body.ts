/** Steps and expressions as text: every slot a name of its own, parentheses wherever the order of operations could be misread. */
import { RESERVED_WORDS } from '../language/index.js';
import type { Arg, Expr, Scope, Step } from './ir.js';
import { quoteText, textOfValue } from './text-of-value.js';

/** Names of the slots of one rule: as written where that is free, so that different variables are never called the same. */
export function nameSlots({ slots, names }: Scope, taken: ReadonlySet<string>): readonly string[] {
  const used = new Set<string>([...RESERVED_WORDS, ...taken, '_']);
  return Array.from({ length: slots }, (_, slot) => {
    let name = names[slot] ?? '';
    if (name === '') name = `_v${slot}`;
    while (used.has(name)) name = `${name}_${slot}`;
    used.add(name);
    return name;
  });
}

/** Can follow `.` or `[`, or stand beside an operator, without parentheses. */
const ATOMS: ReadonlySet<Expr['op']> = new Set(['slot', 'input', 'field', 'index', 'call']);

const COMPARISON = 1;
const STRENGTH = { '==': 1, '!=': 1, '<': 1, '<=': 1, '>': 1, '>=': 1, '+': 2, '-': 2, '*': 3 } as const;
const STRONGEST = 4;

export class BodyWriter {
  constructor(
    readonly names: readonly string[],
    /** How a predicate is called in this module. */
    readonly callName: (predicate: number) => string,
  ) {}

  private slot(slot: number): string {
    return this.names[slot] ?? '_';
  }

  step(step: Step): string {
    switch (step.op) {
      case 'each':
        return `${this.binders(step)} in ${this.operand(step.of)}`;
      case 'bind':
        return `${this.slot(step.slot)} = ${this.expr(step.expr)}`;
      case 'test':
        return this.expr(step.expr);
      case 'rows':
        return `${this.callName(step.predicate)}(${this.args(step.args)})`;
      case 'facts':
        return `${step.facts}(${this.args(step.args)})`;
      case 'not':
        return `not { ${this.body(step.body)} }`;
      case 'every':
        return `every ${this.binders(step)} in ${this.operand(step.of)} { ${this.body(step.body)} }`;
    }
  }

  private binders({ key, value }: { readonly key: number | null; readonly value: number | null }): string {
    const element = value === null ? '_' : this.slot(value);
    return key === null ? element : `${this.slot(key)}, ${element}`;
  }

  private args(args: readonly Arg[]): string {
    return args
      .map((arg) => (arg === null ? '_' : 'free' in arg ? this.slot(arg.free) : this.expr(arg.bound)))
      .join(', ');
  }

  /** On one line. */
  body(steps: readonly Step[]): string {
    return steps.length === 0 ? 'true' : steps.map((step) => this.step(step)).join('; ');
  }

  /** Each step on a line of its own. */
  block(steps: readonly Step[]): string {
    const lines = steps.length === 0 ? ['true'] : steps.map((step) => this.step(step));
    return `{\n${lines.map((line) => `  ${line}\n`).join('')}}`;
  }

  /** Beside an operator of that strength. */
  private operand(expr: Expr, strength = STRONGEST): string {
    const text = this.expr(expr);
    if (expr.op === 'binary') return STRENGTH[expr.fn] >= strength ? text : `(${text})`;
    const plain =
      expr.op === 'value' && (typeof expr.value !== 'object' || expr.value === null || Array.isArray(expr.value));
    const bare = ATOMS.has(expr.op) || expr.op === 'list' || (plain && !text.startsWith('-'));
    return bare ? text : `(${text})`;
  }

  private binary({ fn, left, right }: Extract<Expr, { op: 'binary' }>): string {
    const strength = STRENGTH[fn];
    // Arithmetic goes on from left to right; a comparison cannot go on.
    const leftStrength = strength === COMPARISON ? strength + 1 : strength;
    return `${this.operand(left, leftStrength)} ${fn} ${this.operand(right, strength + 1)}`;
  }

  private base(expr: Expr): string {
    return ATOMS.has(expr.op) ? this.expr(expr) : `(${this.expr(expr)})`;
  }

  expr(expr: Expr): string {
    switch (expr.op) {
      case 'value':
        return textOfValue(expr.value);
      case 'slot':
        return this.slot(expr.slot);
      case 'input':
        return 'input';
      case 'field':
        return `${this.base(expr.of)}.${expr.name}`;
      case 'index':
        return `${this.base(expr.of)}[${this.expr(expr.index)}]`;
      case 'call':
        return `${expr.builtin}(${expr.args.map((arg) => this.expr(arg)).join(', ')})`;
      case 'list':
        return `[${expr.items.map((item) => this.expr(item)).join(', ')}]`;
      case 'record':
        return `{ ${expr.entries.map(([key, value]) => `${quoteText(key)}: ${this.expr(value)}`).join(', ')} }`;
      case 'binary':
        return this.binary(expr);
      case 'in':
        return `${this.operand(expr.left, COMPARISON + 1)} ${expr.negated ? 'not in' : 'in'} ${this.operand(expr.right, COMPARISON + 1)}`;
      case 'aggregate':
        return `${expr.fn} { ${this.expr(expr.value)} | ${this.body(expr.body)} }`;
      case 'collect':
        return `[${this.expr(expr.value)} | ${this.body(expr.body)}]`;
    }
  }

  /** A message: texts with `{expression}` between them. */
  template(parts: readonly (string | Expr)[]): string {
    const inside = (text: string): string => text.replaceAll('{', '{{').replaceAll('}', '}}');
    return quoteText(parts.map((part) => (typeof part === 'string' ? inside(part) : `{${this.expr(part)}}`)).join(''));
  }
}
