/** Slots and order: what is bound while the literals of a rule are put in the order in which they are tried. */
import type { Span } from '../language/index.js';
import type { Expr, Place, Step } from './ir.js';
import type { Frame, Variable } from './scope.js';

/** An expression whose names are resolved; it becomes IR once the slots of its variables are known. */
export interface ExprPlan {
  /** Variables that must be bound before it has a value. */
  readonly uses: ReadonlySet<Variable>;
  /** The expression is this variable and nothing else. */
  readonly variable: Variable | null;
  readonly span: Span;
  readonly build: (build: Build) => Expr;
}

export interface LiteralPlan {
  /** What keeps the literal from being tried now. */
  readonly missing: (build: Build) => readonly Missing[];
  readonly emit: (build: Build) => readonly Step[];
}

export interface Missing {
  readonly variable: Variable;
  /** The test rule that asks for it, and the name of its parameter. */
  readonly asked: { readonly rule: string; readonly parameter: string; readonly span: Span } | null;
}

export interface BodyPlan {
  readonly frame: Frame;
  readonly literals: readonly LiteralPlan[];
}

/** Called when no pending literal can be tried; must bind something. */
export type OnStuck = (pending: readonly LiteralPlan[], build: Build) => void;

interface SlotTable {
  readonly names: string[];
  readonly slots: Map<Variable, number>;
}

export class Build {
  readonly bound: Set<Variable>;
  readonly #table: SlotTable;

  constructor(
    readonly onStuck: OnStuck,
    table: SlotTable = { names: [], slots: new Map() },
    bound: ReadonlySet<Variable> = new Set(),
  ) {
    this.#table = table;
    this.bound = new Set(bound);
  }

  get names(): readonly string[] {
    return this.#table.names;
  }

  /** For an inner body: the same slots, but what it binds stays inside. */
  fork(): Build {
    return new Build(this.onStuck, this.#table, this.bound);
  }

  /** The slot of a variable, a new one at its first use. */
  slotOf(variable: Variable): number {
    const known = this.#table.slots.get(variable);
    if (known !== undefined) return known;
    const slot = this.fresh(variable.name);
    this.#table.slots.set(variable, slot);
    return slot;
  }

  fresh(name = ''): number {
    this.#table.names.push(name);
    return this.#table.names.length - 1;
  }

  /** Binds the variable to its slot. */
  bind(variable: Variable): number {
    this.bound.add(variable);
    return this.slotOf(variable);
  }

  missing(uses: Iterable<Variable>): readonly Missing[] {
    const out: Missing[] = [];
    for (const variable of uses) if (!this.bound.has(variable)) out.push({ variable, asked: null });
    return out;
  }

  /** The steps of a body: literals in the written order, each put off until what it needs is bound. */
  order(literals: readonly LiteralPlan[]): Step[] {
    const pending = [...literals];
    const steps: Step[] = [];
    while (pending.length > 0) {
      const next = pending.findIndex((literal) => literal.missing(this).length === 0);
      const [literal] = next === -1 ? [] : pending.splice(next, 1);
      if (literal === undefined) this.onStuck(pending, this);
      else steps.push(...literal.emit(this));
    }
    return steps;
  }
}

export const slotExpr = (slot: number, place: Place): Expr => ({ op: 'slot', slot, place });

/** `slot == slot`, for what is met twice. */
export const sameSlots = (left: number, right: number, place: Place): Step => ({
  op: 'test',
  expr: { op: 'binary', fn: '==', left: slotExpr(left, place), right: slotExpr(right, place), place },
  place,
});
