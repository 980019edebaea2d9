/** Derivation trees: how a firing follows, literal by literal, down to the places of the document that were read. */
import { formatPath, type Step as PathStep } from '../../codec/index.js';
import { LIMITS } from '../../kernel/index.js';
import { isComposite, type Val } from '../builtins/index.js';
import type { Expr, Place, Scope, Step } from '../compile/index.js';
import { describeStep, lookUp, namesIn } from './describe.js';
import type { Env } from './env.js';
import { boundBy, partsOf } from './plan.js';
import type { Position, Positions } from './positions.js';
import { matchedRow, proveRow, type World } from './prove.js';
import type { Row } from './relation.js';
import { showValue } from './show.js';

/** A place of the document and what stands there. */
export interface Read {
  /** `input.updates[0].ref` */
  readonly path: string;
  readonly value: string;
}

export interface LiteralProof extends Position {
  readonly text: string;
  readonly reads: readonly Read[];
  /** Of a rule: how its row follows. Null for other literals, and where the tree is cut. */
  readonly because: Derivation | null;
}

export interface Derivation extends Position {
  /** `module.rule`, or the id of a head. */
  readonly rule: string;
  readonly bindings: readonly { readonly name: string; readonly value: string }[];
  readonly literals: readonly LiteralProof[];
}

/** A `not` that held on the way, with the variables that it saw. */
export interface Negation {
  readonly step: Extract<Step, { op: 'not' }>;
  readonly scope: Scope;
  readonly env: Env;
}

/** Where a value stands in the document; null for what was computed. */
type Origin = readonly PathStep[] | null;
type Origins = Map<number, Origin>;

interface Subject {
  readonly rule: string;
  readonly place: Place;
  readonly scope: Scope;
  readonly body: readonly Step[];
  readonly env: Env;
  /** Of a rule, not of a head. */
  readonly head?: readonly Expr[];
}

/** Without what the search left behind in the slots of inner bodies, which are none of this one's variables. */
function ownBindings(env: Env, body: readonly Step[], head: readonly Expr[]): Env {
  const own = new Set(body.flatMap(boundBy));
  for (const expr of head) if (expr.op === 'slot') own.add(expr.slot);
  return Array.from(env, (value, slot) => (own.has(slot) ? value : undefined));
}

/** Values of more parts are shown by their place or their size. */
const FEW = 8;

function showPlace(value: Val, origin: Origin): string {
  if (!isComposite(value)) return showValue(value);
  if (origin !== null) return formatPath('input', origin);
  return showPart(value);
}

function showPart(value: Val): string {
  if (!isComposite(value) || value.size <= FEW) return showValue(value);
  return 'items' in value ? `a list of ${value.items.length}` : `a record of ${value.values.length} fields`;
}

export class DerivationBuilder {
  /** Every `not` of the tree, in the order of the tree. */
  readonly negations: Negation[] = [];
  #nodes = 0;
  #depth = 0;

  constructor(
    readonly world: World,
    readonly positions: Positions,
  ) {}

  build(subject: Subject): Derivation {
    return this.#build(subject, new Map());
  }

  #build({ rule, place, scope, body, env: found, head = [] }: Subject, origins: Origins): Derivation {
    this.#nodes++;
    const env = ownBindings(found, body, head);
    const literals = body.map((step) => this.#literal(step, { scope, env, origins }));
    // After the literals, which say where values come from.
    const bindings = scope.names.flatMap((name, slot) => {
      const value = env[slot];
      return name === '' || value === undefined ? [] : [{ name, value: showPlace(value, origins.get(slot) ?? null) }];
    });
    return { rule, ...this.positions.of(place), bindings, literals };
  }

  #literal(step: Step, at: { scope: Scope; env: Env; origins: Origins }): LiteralProof {
    const { scope, env, origins } = at;
    const reads = new Map<string, string>();
    let because: Derivation | null = null;
    if (step.op === 'not') this.negations.push({ step, scope, env });
    if (step.op === 'each') this.#element(step, at, reads);
    else if (step.op === 'rows') because = this.#rows(step, at);
    else if (step.op === 'facts') this.#facts(step, env, reads);
    else if (step.op === 'bind') origins.set(step.slot, originOf(this.world, step.expr, at));
    for (const expr of expressions(step)) readsOf(this.world, expr, at, reads);
    const text = this.positions.textOf(step.place) ?? describeStep(step, namesIn(this.world, scope.names));
    const list = [...reads].map(([path, value]) => ({ path, value }));
    return { ...this.positions.of(step.place), text, reads: list, because };
  }

  #element(step: Extract<Step, { op: 'each' }>, at: { env: Env; origins: Origins }, reads: Map<string, string>): void {
    const { env, origins } = at;
    const origin = originOf(this.world, step.of, at);
    const of = lookUp(this.world, step.of, env);
    if (of === undefined || !isComposite(of)) return;
    const items = 'items' in of ? of.items : of.values;
    const index = step.value === null ? -1 : items.indexOf(env[step.value] as Val);
    const known = step.key === null ? ('items' in of ? index : of.shape.keys[index]) : env[step.key];
    if (origin === null || known === undefined || known === -1) return;
    const path = [...origin, known as PathStep];
    if (step.value === null) return;
    origins.set(step.value, path);
    const value = env[step.value];
    if (value !== undefined) reads.set(formatPath('input', path), showPart(value));
  }

  #facts(step: Extract<Step, { op: 'facts' }>, env: Env, reads: Map<string, string>): void {
    const found = matchedRow(this.world, step, env);
    if (found === null) return;
    if (step.facts === 'member') {
      const [group, actor] = found.row;
      reads.set(formatPath('input', ['groups', String(group)]), `has ${showValue(actor as Val)}`);
      return;
    }
    const grant = this.world.run.facts.grants[step.facts][found.position];
    if (grant !== undefined) reads.set(formatPath('input', ['grants', grant.at]), `grant ${showValue(grant.id)}`);
  }

  #rows(step: Extract<Step, { op: 'rows' }>, { env, origins }: { env: Env; origins: Origins }): Derivation | null {
    if (this.#nodes >= LIMITS.policyExplainNodes || this.#depth >= LIMITS.policyExplainDepth) return null;
    const found = matchedRow(this.world, step, env);
    if (found === null) return null;
    this.#depth++;
    const inner: Origins = new Map();
    const made = this.#row(step.predicate, found.row, inner);
    this.#depth--;
    if (made === null) return null;
    step.args.forEach((arg, column) => {
      const head = made.head[column];
      if (arg === null || !('free' in arg) || head === undefined) return;
      origins.set(arg.free, originOf(this.world, head, { env: made.env, origins: inner }));
    });
    return made.derivation;
  }

  #row(predicate: number, row: Row, origins: Origins) {
    const proof = proveRow(this.world, predicate, row);
    if (proof === null) return null;
    const { source } = proof.clause;
    const { before } = this.world.run;
    // Below this row, only what was derived before it counts.
    this.world.run.before = orderOf(this.world, predicate, row) ?? before;
    const derivation = this.#build(
      {
        rule: proof.predicate.name,
        place: source.place,
        scope: source,
        body: source.body,
        env: proof.env,
        head: source.head,
      },
      origins,
    );
    this.world.run.before = before;
    return { derivation, head: source.head, env: proof.env };
  }
}

function orderOf({ prepared, run }: World, predicate: number, row: Row) {
  const stratum = prepared.predicates[predicate]?.stratum ?? -1;
  const relation = run.relations[predicate];
  const position = relation?.positionOf(row);
  if (stratum === -1 || relation === undefined || position === undefined) return null;
  return { stratum, order: relation.order[position] as number };
}

/** Expressions of a literal that are read once; those of inner bodies are read for each of their ways. */
function expressions(step: Step): readonly Expr[] {
  if (step.op === 'test' || step.op === 'bind') return [step.expr];
  if (step.op !== 'rows' && step.op !== 'facts') return [];
  return step.args.flatMap((arg) => (arg !== null && 'bound' in arg ? [arg.bound] : []));
}

type At = { readonly env: Env; readonly origins: Origins };

function originOf(world: World, expr: Expr, at: At): Origin {
  if (expr.op === 'input') return [];
  if (expr.op === 'slot') return at.origins.get(expr.slot) ?? null;
  if (expr.op === 'field') {
    const of = originOf(world, expr.of, at);
    return of === null ? null : [...of, expr.name];
  }
  if (expr.op !== 'index') return null;
  const of = originOf(world, expr.of, at);
  const index = lookUp(world, expr.index, at.env);
  return of === null || (typeof index !== 'string' && typeof index !== 'number') ? null : [...of, index];
}

/** The largest parts of an expression that are places of the document. */
function readsOf(world: World, expr: Expr, at: At, reads: Map<string, string>): void {
  const origin = originOf(world, expr, at);
  if (origin !== null) {
    const value = lookUp(world, expr, at.env);
    if (value !== undefined) reads.set(formatPath('input', origin), showPart(value));
    return;
  }
  for (const part of partsOf(expr))
    if (expr.op !== 'aggregate' && expr.op !== 'collect') readsOf(world, part, at, reads);
}
