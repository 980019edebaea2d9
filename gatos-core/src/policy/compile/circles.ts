/** The rules on circles: no `not` in them, no test rule, nothing computed. */
import { LIMITS } from '../../kernel/index.js';
import type { Clause, Expr, Place, Predicate, Step } from './ir.js';
import { components, dependencies, wayBetween } from './strata.js';
import { boundArgs, clauseUses, partsOf } from './walk.js';

/** Names of a circle that a message says. */
const SHOWN = 12;

export type CircleFault = { readonly place: Place } & (
  | { readonly what: 'negative-circle'; readonly circle: string }
  | { readonly what: 'test-circle'; readonly name: string; readonly circle: string; readonly parameters: string }
  | { readonly what: 'computed-circle'; readonly name: string; readonly parameter: number }
);

/** What is wrong with the circles, `limit` faults of each kind and circle at most: to name one takes a walk around the circle. */
export function findCircleFaults(
  predicates: readonly Predicate[],
  limit: number = LIMITS.policyDiagnostics,
): readonly CircleFault[] {
  const edges = dependencies(predicates);
  return components(predicates).flatMap((members): readonly CircleFault[] => {
    const [only = -1] = members;
    if (members.length === 1 && edges[only]?.includes(only) !== true) return [];
    const circle = new Circle(predicates, edges, new Set(members));
    const broken = [...circle.negative(limit), ...circle.tests(limit)];
    return broken.length > 0 ? broken : circle.computed();
  });
}

class Circle {
  constructor(
    readonly predicates: readonly Predicate[],
    readonly edges: readonly (readonly number[])[],
    readonly members: ReadonlySet<number>,
  ) {}

  name(index: number): string {
    return `\`${this.predicates[index]?.name ?? ''}\``;
  }

  clauses(): readonly { readonly index: number; readonly clause: Clause }[] {
    return [...this.members].flatMap((index) =>
      (this.predicates[index]?.clauses ?? []).map((clause) => ({ index, clause })),
    );
  }

  /** `a → b → c`, the middle left out where it is long. */
  private say(way: readonly number[], first?: string): string {
    const names = way.map((each, index) =>
      index === 1 && first !== undefined ? `${first} ${this.name(each)}` : this.name(each),
    );
    const shown = names.length <= SHOWN ? names : [...names.slice(0, SHOWN - 2), '…', ...names.slice(-1)];
    return shown.join(' → ');
  }

  negative(limit: number): readonly CircleFault[] {
    const uses = this.clauses().flatMap(({ index, clause }) =>
      clauseUses(clause)
        .filter(({ predicate, closed }) => closed && this.members.has(predicate))
        .map((use) => ({ index, use })),
    );
    return uses.slice(0, limit).map(({ index, use: { predicate, place } }): CircleFault => {
      const same = index === predicate;
      const way = same ? [index] : wayBetween(this.edges, { from: predicate, to: index, within: this.members });
      return { what: 'negative-circle', circle: this.say([index, ...way], 'not'), place };
    });
  }

  tests(limit: number): readonly CircleFault[] {
    const testing = [...this.members].filter((index) => (this.predicates[index]?.needs.length ?? 0) > 0);
    return testing.slice(0, limit).flatMap((index): readonly CircleFault[] => {
      const { name, needs, clauses } = this.predicates[index] ?? { name: '', needs: [], clauses: [] };
      const [clause] = clauses;
      if (clause === undefined) return [];
      const circle = this.say(wayBetween(this.edges, { from: index, to: index, within: this.members }));
      const parameters = `${needs.length === 1 ? 'parameter' : 'parameters'} ${needs.map((need) => need + 1).join(', ')}`;
      return [{ what: 'test-circle', name, circle, parameters, place: clause.place }];
    });
  }

  computed(): readonly CircleFault[] {
    return this.clauses().flatMap(({ index, clause }) => {
      const origins = new Origins(this.predicates, this.members);
      origins.follow(clause.body);
      return clause.head.flatMap((expr, parameter): readonly CircleFault[] => {
        if (origins.of(expr) !== 'computed') return [];
        const { name } = this.predicates[index] ?? { name: '' };
        return [{ what: 'computed-circle', name, parameter: parameter + 1, place: expr.place }];
      });
    });
  }
}

/**
 * Where a value comes from, seen from a circle of rules: `outside` it; a row of it, or part of such a row (`row`: parts of finite
 * values are finitely many); or `computed` from such a row, which might give ever new values.
 */
type Origin = 'outside' | 'row' | 'computed';

const worse = (a: Origin, b: Origin): Origin =>
  a === 'computed' || b === 'computed' ? 'computed' : a === 'row' || b === 'row' ? 'row' : 'outside';

class Origins {
  readonly #slots = new Map<number, Origin>();

  constructor(
    readonly predicates: readonly Predicate[],
    readonly members: ReadonlySet<number>,
  ) {}

  follow(steps: readonly Step[]): void {
    for (const step of steps) {
      switch (step.op) {
        case 'each':
          for (const slot of [step.key, step.value]) if (slot !== null) this.#slots.set(slot, this.of(step.of));
          break;
        case 'bind':
          this.#slots.set(step.slot, this.of(step.expr));
          break;
        case 'rows': {
          const origin = this.#ofRows(step);
          for (const arg of step.args) if (arg !== null && 'free' in arg) this.#slots.set(arg.free, origin);
          break;
        }
        default:
      }
    }
  }

  /** A test rule computes from its arguments; any other relation outside the circle is finite, whatever it is asked. */
  #ofRows({ predicate, args }: Extract<Step, { op: 'rows' }>): Origin {
    if (this.members.has(predicate)) return 'row';
    if (this.predicates[predicate]?.needs.length === 0) return 'outside';
    const given = boundArgs(args).map((arg) => this.of(arg));
    return given.reduce(worse, 'outside') === 'outside' ? 'outside' : 'computed';
  }

  of(expr: Expr): Origin {
    if (expr.op === 'slot') return this.#slots.get(expr.slot) ?? 'outside';
    if (expr.op === 'field') return this.of(expr.of);
    // An index is a key of the value, not part of the result.
    if (expr.op === 'index') return this.of(expr.of);
    if (expr.op === 'aggregate' || expr.op === 'collect') return this.#ofCollection(expr);
    const parts = partsOf(expr).map((part) => this.of(part));
    return parts.reduce(worse, 'outside') === 'outside' ? 'outside' : 'computed';
  }

  #ofCollection(expr: Extract<Expr, { op: 'aggregate' | 'collect' }>): Origin {
    // Slots that are bound inside have no origin yet: what matters is whether something from the circle comes in.
    return mentionsAny(expr, (slot) => (this.#slots.get(slot) ?? 'outside') !== 'outside') ? 'computed' : 'outside';
  }
}

function mentionsAny(expr: Expr, wanted: (slot: number) => boolean): boolean {
  if (expr.op === 'slot') return wanted(expr.slot);
  if (partsOf(expr).some((part) => mentionsAny(part, wanted))) return true;
  if (expr.op !== 'aggregate' && expr.op !== 'collect') return false;
  return mentionsAny(expr.value, wanted) || expr.body.some((step) => stepMentions(step, wanted));
}

function stepMentions(step: Step, wanted: (slot: number) => boolean): boolean {
  switch (step.op) {
    case 'each':
      return mentionsAny(step.of, wanted);
    case 'bind':
    case 'test':
      return mentionsAny(step.expr, wanted);
    case 'rows':
    case 'facts':
      return boundArgs(step.args).some((arg) => mentionsAny(arg, wanted));
    case 'not':
      return step.body.some((inner) => stepMentions(inner, wanted));
    case 'every':
      return mentionsAny(step.of, wanted) || step.body.some((inner) => stepMentions(inner, wanted));
  }
}
