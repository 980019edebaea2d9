/** A program made ready to run: everything that does not depend on the document, once. */
import { Pool, type RuleFault, type Val } from '../builtins/index.js';
import type { Clause, Expr, Head, Program, Step } from '../compile/index.js';
import type { Env } from './env.js';
import { evaluateError } from './errors.js';
import { compileExpr, type Eval } from './expression.js';
import { deltaPlan, type Plan, planOf, rebind, walkSteps } from './plan.js';
import { Relation, type Row } from './relation.js';
import type { StepCompiler } from './rows.js';
import type { Run } from './run.js';
import { type Body, solve } from './solve.js';
import { compileStep } from './steps.js';

export interface PreparedClause {
  readonly source: Clause;
  readonly head: readonly Eval[];
  readonly body: Body;
  /** Of a recursive clause: one for each of its recursive literals, which meets the rows of the last round. */
  readonly rounds: readonly { readonly predicate: number; readonly body: Body }[];
  /** The body for a head that is known; made when it is first asked for. */
  proof(): Proving;
}

export interface Proving {
  readonly plan: Plan;
  readonly body: Body;
}

export interface PreparedPredicate {
  readonly index: number;
  readonly name: string;
  readonly arity: number;
  readonly needs: readonly number[];
  readonly stratum: number;
  readonly clauses: readonly PreparedClause[];
  /** Does it depend on what was granted? */
  readonly usesGrants: boolean;
}

export interface PreparedHead {
  readonly source: Head;
  readonly body: Body;
  readonly message: readonly (string | Eval)[];
  readonly hint: readonly (string | Eval)[] | null;
  readonly usesGrants: boolean;
}

export interface Prepared {
  readonly program: Program;
  /** Of the constants. */
  readonly pool: Pool;
  readonly arities: readonly number[];
  readonly predicates: readonly PreparedPredicate[];
  readonly heads: readonly PreparedHead[];
  readonly usesGrants: (steps: readonly Step[]) => boolean;
  /** Compiled once for each node. */
  readonly evalOf: (expr: Expr) => Eval;
  readonly bodyOf: (steps: readonly Step[]) => Body;
}

/** Throws `evaluate/program` for what no compiler makes. */
export function prepareProgram(program: Program): Prepared {
  const strata = strataOf(program);
  const infos = program.predicates.map(({ arity, needs }, at) => ({ arity, needs, stratum: strata[at] as number }));
  const pool = new Pool();
  const compiler: StepCompiler = {
    pool,
    predicates: infos,
    compileBody: (steps) => compilePlan(planOf(steps)),
  };
  const compilePlan = (plan: Plan): Body => plan.map((each) => compileStep(each, compiler));
  const evals = new WeakMap<Expr, Eval>();
  const bodies = new WeakMap<readonly Step[], Body>();
  const evalOf = (expr: Expr): Eval => remembered(evals, expr, () => compileExpr(expr, compiler));
  const bodyOf = (steps: readonly Step[]): Body => remembered(bodies, steps, () => compiler.compileBody(steps));
  const granting = grantingPredicates(program);
  const usesGrants = (steps: readonly Step[]): boolean => touchesGrants(steps, granting);
  const template = (parts: readonly (string | Expr)[]): readonly (string | Eval)[] =>
    parts.map((part) => (typeof part === 'string' ? part : evalOf(part)));
  const clauseOf = (clause: Clause, at: number): PreparedClause =>
    prepareClause(clause, { info: infos[at] as (typeof infos)[number], infos, evalOf, compilePlan });
  return {
    program,
    pool,
    arities: infos.map(({ arity }) => arity),
    predicates: program.predicates.map((predicate, at) => ({
      index: at,
      name: predicate.name,
      arity: predicate.arity,
      needs: predicate.needs,
      stratum: strata[at] as number,
      clauses: predicate.clauses.map((clause) => clauseOf(clause, at)),
      usesGrants: granting.has(at),
    })),
    heads: program.heads.map((source) => ({
      source,
      body: bodyOf(source.body),
      message: template(source.message),
      hint: source.hint === null ? null : template(source.hint),
      usesGrants: usesGrants(source.body),
    })),
    usesGrants,
    evalOf,
    bodyOf,
  };
}

function remembered<K extends object, V>(known: WeakMap<K, V>, key: K, make: () => V): V {
  let value = known.get(key);
  if (value === undefined) {
    value = make();
    known.set(key, value);
  }
  return value;
}

/** The layer of each predicate; every relation is in exactly one, test rules in none. */
function strataOf({ predicates, strata }: Program): readonly number[] {
  const out: number[] = predicates.map(() => -1);
  strata.forEach((members, layer) => {
    for (const member of members) {
      if (out[member] !== -1)
        throw evaluateError('program', { why: 'its layers name a rule twice, or one that is not there' });
      out[member] = layer;
    }
  });
  predicates.forEach(({ name, arity, needs, clauses }, at) => {
    const isTest = needs.length > 0;
    if (isTest !== (out[at] === -1)) throw evaluateError('program', { why: `\`${name}\` is in the wrong layer` });
    const isSound =
      needs.every((need) => need >= 0 && need < arity) && clauses.every(({ head }) => head.length === arity);
    if (!isSound) throw evaluateError('program', { why: `\`${name}\` has alternatives of different length` });
  });
  return out;
}

interface ClauseContext {
  readonly info: { readonly stratum: number };
  readonly infos: readonly { readonly stratum: number }[];
  readonly evalOf: (expr: Expr) => Eval;
  readonly compilePlan: (plan: Plan) => Body;
}

function prepareClause(source: Clause, { info, infos, evalOf, compilePlan }: ClauseContext): PreparedClause {
  const isRecursive = (step: Step): boolean =>
    step.op === 'rows' && info.stratum !== -1 && infos[step.predicate]?.stratum === info.stratum;
  const rounds = source.body.flatMap((step, at) => {
    if (step.op !== 'rows' || !isRecursive(step)) return [];
    return [{ predicate: step.predicate, body: compilePlan(deltaPlan(source.body, at, isRecursive)) }];
  });
  let proof: Proving | undefined;
  return {
    source,
    head: source.head.map(evalOf),
    body: compilePlan(planOf(source.body)),
    rounds,
    proof: () => {
      if (proof === undefined) {
        const slots = source.head.flatMap((expr) => (expr.op === 'slot' ? [expr.slot] : []));
        const plan = rebind(planOf(source.body), new Set(slots));
        proof = { plan, body: compilePlan(plan) };
      }
      return proof;
    },
  };
}

function touchesGrants(steps: readonly Step[], granting: ReadonlySet<number>): boolean {
  for (const step of walkSteps(steps)) {
    if (step.op === 'facts' && step.facts !== 'member') return true;
    if (step.op === 'rows' && granting.has(step.predicate)) return true;
  }
  return false;
}

/** Predicates that depend on what was granted, by way of others too. */
function grantingPredicates({ predicates }: Program): ReadonlySet<number> {
  const uses = predicates.map(({ clauses }) => clauses.flatMap(({ body }) => [...walkSteps(body)]));
  const callers = new Map<number, number[]>();
  const found = new Set<number>();
  uses.forEach((steps, at) => {
    for (const step of steps) {
      if (step.op === 'facts' && step.facts !== 'member') found.add(at);
      if (step.op !== 'rows') continue;
      const known = callers.get(step.predicate);
      if (known === undefined) callers.set(step.predicate, [at]);
      else known.push(at);
    }
  });
  const todo = [...found];
  for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
    for (const caller of callers.get(at) ?? []) {
      if (found.has(caller)) continue;
      found.add(caller);
      todo.push(caller);
    }
  }
  return found;
}

/** Variables of a clause of which these columns of the row are known; null when they contradict each other. */
export function bindHead(clause: PreparedClause, columns: Iterable<readonly [column: number, value: Val]>): Env | null {
  const env: Env = new Array<Val | undefined>(clause.source.slots);
  for (const [column, value] of columns) {
    const expr = clause.source.head[column];
    if (expr?.op !== 'slot') continue;
    if (env[expr.slot] !== undefined && env[expr.slot] !== value) return null;
    env[expr.slot] = value;
  }
  return env;
}

/** Rows of a test rule for what it needs. */
export function answer(prepared: Prepared, predicate: number, needed: readonly Val[], run: Run): readonly Row[] {
  const { name, arity, needs, clauses } = prepared.predicates[predicate] as PreparedPredicate;
  const found = new Relation(arity);
  const { rule, trace } = run;
  run.rule = name;
  run.trace = null;
  for (const clause of clauses) {
    const env = bindHead(
      clause,
      needs.map((need, index) => [need, needed[index] as Val]),
    );
    if (env === null) continue;
    const take = (): boolean => {
      const row = clause.head.map((each) => each(env, run));
      if (needs.every((need, index) => row[need] === needed[index])) found.add(row, 0);
      return false;
    };
    solve(clause.body, env, run, take, { onFault: (fault: RuleFault) => run.note(name, fault) });
  }
  run.rule = rule;
  run.trace = trace;
  return found.rows;
}
