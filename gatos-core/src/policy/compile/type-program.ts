/** Types of rows: what each parameter of each rule can hold, from the input to the heads, until nothing changes any more. */
import { FACTS } from '../builtins/index.js';
import type { ReportAt } from './findings.js';
import type { Arg, Clause, Expr, Head, Program, Step } from './ir.js';
import { components } from './strata.js';
import {
  ANY,
  BOOL,
  elementsOf,
  fits,
  joinTyped,
  NEVER,
  overlaps,
  sameTyped,
  sayType,
  type Typed,
  typed,
} from './type-algebra.js';
import { pathOf, type TypeScope, typeOf } from './type-expr.js';
import { templateExprs } from './walk.js';

/** More rounds than any sensible program takes; what still changes then holds any value. */
const ROUNDS = 12;

export function checkTypes(
  program: Program,
  { report, poisoned }: { readonly report: ReportAt; readonly poisoned: WeakSet<Expr> },
): void {
  const types = new ProgramTypes(program, poisoned);
  for (let round = 0; round < ROUNDS && types.pass(() => {}); round++);
  if (types.pass(() => {})) types.widen();
  types.pass(report);
}

class ProgramTypes {
  /** By predicate and parameter; undefined: nothing is known to come there. */
  readonly #columns: (Typed | undefined)[][];
  readonly #order: readonly number[];
  #changed = false;

  constructor(
    readonly program: Program,
    readonly poisoned: WeakSet<Expr>,
  ) {
    this.#columns = program.predicates.map(({ arity }) => Array.from({ length: arity }, () => undefined));
    this.#order = components(program.predicates).flat();
  }

  widen(): void {
    for (const columns of this.#columns) columns.fill(ANY);
  }

  /** Types everything once. True when a parameter may hold more than was known before. */
  pass(report: ReportAt): boolean {
    this.#changed = false;
    for (const index of this.#order)
      for (const clause of this.program.predicates[index]?.clauses ?? []) this.#clause(index, clause, report);
    for (const head of this.program.heads) this.#head(head, report);
    return this.#changed;
  }

  #clause(index: number, clause: Clause, report: ReportAt): void {
    const needs: readonly number[] = this.program.predicates[index]?.needs ?? [];
    const scope = this.#scope(report);
    for (const need of needs) {
      const param = clause.head[need];
      if (param?.op === 'slot') scope.slots.set(param.slot, this.#columns[index]?.[need] ?? NEVER);
    }
    this.#steps(scope, clause.body);
    clause.head.forEach((expr, column) => {
      const found = typeOf(scope, expr);
      if (!needs.includes(column)) this.#widen({ index, column, found });
    });
  }

  #head(head: Head, report: ReportAt): void {
    const scope = this.#scope(report);
    this.#steps(scope, head.body);
    for (const expr of [...templateExprs(head.message), ...templateExprs(head.hint)]) typeOf(scope, expr);
  }

  #widen({ index, column, found }: { readonly index: number; readonly column: number; readonly found: Typed }): void {
    const columns = this.#columns[index];
    if (columns === undefined || found.type === NEVER.type) return;
    const before = columns[column];
    const now = before === undefined ? found : joinTyped(before, found);
    if (before !== undefined && sameTyped(before, now)) return;
    columns[column] = now;
    this.#changed = true;
  }

  #scope(report: ReportAt): TypeScope {
    const scope: TypeScope = {
      slots: new Map(),
      poisoned: this.poisoned,
      report,
      nonNull: new Set(),
      inside: (steps, then) => {
        const { nonNull } = scope;
        this.#steps(scope, steps);
        const out = then();
        scope.nonNull = nonNull;
        return out;
      },
    };
    return scope;
  }

  #steps(scope: TypeScope, steps: readonly Step[]): void {
    for (const step of steps) this.#step(scope, step);
  }

  /** `e != null` holds for all lines below. */
  #learn(scope: TypeScope, expr: Expr): void {
    if (expr.op !== 'binary' || expr.fn !== '!=') return;
    for (const [side, other] of [
      [expr.left, expr.right],
      [expr.right, expr.left],
    ] as const) {
      const path = pathOf(side);
      if (path !== null && other.op === 'value' && other.value === null)
        scope.nonNull = new Set([...scope.nonNull, path]);
    }
  }

  #step(scope: TypeScope, step: Step): void {
    switch (step.op) {
      case 'each':
      case 'every':
        this.#elements(scope, step);
        if (step.op === 'every') scope.inside(step.body, () => {});
        return;
      case 'bind':
        scope.slots.set(step.slot, typeOf(scope, step.expr));
        // Another name for what is known not to be null.
        if (scope.nonNull.has(pathOf(step.expr) ?? '')) scope.nonNull = new Set([...scope.nonNull, `${step.slot}`]);
        return;
      case 'test': {
        const found = typeOf(scope, step.expr);
        this.#learn(scope, step.expr);
        if (!fits(found.type, BOOL.type))
          scope.report(step.expr.place, 'type', {
            what: 'a line of a body',
            wanted: 'a boolean',
            found: sayType(found.type),
          });
        return;
      }
      case 'rows':
        this.#rows(scope, step);
        return;
      case 'facts':
        this.#facts(scope, step);
        return;
      case 'not':
        scope.inside(step.body, () => {});
    }
  }

  #elements(scope: TypeScope, { of, key, value }: Extract<Step, { op: 'each' | 'every' }>): void {
    const whole = typeOf(scope, of);
    const elements = elementsOf(whole.type);
    if (elements === null)
      scope.report(of.place, 'type', {
        what: 'what stands after `in`',
        wanted: 'a list or a record',
        found: sayType(whole.type),
      });
    if (key !== null) scope.slots.set(key, elements?.key ?? ANY);
    if (value !== null) scope.slots.set(value, elements?.value ?? ANY);
  }

  #rows(scope: TypeScope, { predicate: index, args }: Extract<Step, { op: 'rows' }>): void {
    const needs: readonly number[] = this.program.predicates[index]?.needs ?? [];
    const name = this.program.predicates[index]?.name ?? '';
    args.forEach((arg, column) => {
      const known = this.#columns[index]?.[column];
      if (arg === null) return;
      if ('free' in arg) {
        scope.slots.set(arg.free, known ?? NEVER);
        return;
      }
      const found = typeOf(scope, arg.bound);
      if (needs.includes(column)) this.#widen({ index, column, found });
      else if (known !== undefined && !overlaps(found.type, known.type)) {
        const data = {
          what: `argument ${column + 1} of \`${name}\``,
          wanted: sayType(known.type),
          found: sayType(found.type),
        };
        scope.report(arg.bound.place, 'type', data);
      }
    });
  }

  #facts(scope: TypeScope, { facts, args }: Extract<Step, { op: 'facts' }>): void {
    args.forEach((arg: Arg, column) => {
      const param = FACTS[facts][column];
      const wanted = param?.accepts[0] ?? ANY.type;
      if (arg === null) return;
      if ('free' in arg) scope.slots.set(arg.free, typed(wanted));
      else {
        const found = typeOf(scope, arg.bound);
        if (fits(found.type, wanted)) return;
        const data = {
          what: `\`${param?.name ?? ''}\` of \`${facts}\``,
          wanted: sayType(wanted),
          found: sayType(found.type),
        };
        scope.report(arg.bound.place, 'type', data);
      }
    });
  }
}
