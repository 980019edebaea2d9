/** Literals that match rows: of relations by index, of test rules by asking them, of the facts of the document. */
import type { Val } from '../builtins/index.js';
import type { Arg, FactName, Step } from '../compile/index.js';
import type { Env } from './env.js';
import { evaluateError } from './errors.js';
import { compileExpr, type Eval, type ExpressionCompiler } from './expression.js';
import { FACT_ARITY, groupName } from './facts.js';
import { lowerBound, type Range, type Relation, type Row } from './relation.js';
import type { Run } from './run.js';
import type { CompiledStep } from './solve.js';

export interface PredicateInfo {
  readonly arity: number;
  /** Empty for a relation. */
  readonly needs: readonly number[];
  /** Layer of a relation; -1 for a test rule. */
  readonly stratum: number;
}

export interface StepCompiler extends ExpressionCompiler {
  readonly predicates: readonly PredicateInfo[];
}

type Of<Op extends Step['op']> = Extract<Step, { op: Op }>;

/** How a row is matched against arguments. */
interface Match {
  /** Columns whose value is known, and the expressions that give them. */
  readonly columns: readonly number[];
  readonly values: readonly Eval[];
  /** Columns that bind a slot. */
  readonly free: readonly { readonly column: number; readonly slot: number }[];
  /** Columns that must equal a slot that another column of the row binds. */
  readonly same: readonly { readonly column: number; readonly slot: number }[];
}

function compileArgs(args: readonly Arg[], compiler: StepCompiler): Match {
  const freeSlots = new Set(args.flatMap((arg) => (arg !== null && 'free' in arg ? [arg.free] : [])));
  const met = new Set<number>();
  const match = {
    columns: [] as number[],
    values: [] as Eval[],
    free: [] as { column: number; slot: number }[],
    same: [] as { column: number; slot: number }[],
  };
  args.forEach((arg, column) => {
    if (arg === null) return;
    if ('free' in arg) {
      (met.has(arg.free) ? match.same : match.free).push({ column, slot: arg.free });
      met.add(arg.free);
    } else if (arg.bound.op === 'slot' && freeSlots.has(arg.bound.slot)) {
      match.same.push({ column, slot: arg.bound.slot });
    } else {
      match.columns.push(column);
      match.values.push(compileExpr(arg.bound, compiler));
    }
  });
  return match;
}

/** Binds the free slots by the row; false when the row does not fit. */
function accept({ free, same }: Match, row: Row, env: Env): boolean {
  for (const { column, slot } of free) env[slot] = row[column] as Val;
  for (const { column, slot } of same) if (env[slot] !== row[column]) return false;
  return true;
}

interface Scan {
  readonly relation: Relation;
  readonly start: number;
  readonly end: number;
  readonly values: readonly Val[];
  /** Is told the position of each row that fits. */
  readonly note?: ((position: number) => void) | undefined;
}

/** One row after the other, by index where a column is known. */
function scan(match: Match, { relation, start, end, values, note }: Scan, env: Env, run: Run): () => boolean {
  const { columns } = match;
  const positions = columns.length === 0 ? null : (relation.find(columns, values) ?? []);
  let next = positions === null ? start : lowerBound(positions, start);
  return () => {
    for (;;) {
      const position = positions === null ? next : (positions[next] ?? end);
      if (position >= end) return false;
      next++;
      run.spend(1);
      if (!accept(match, relation.rows[position] as Row, env)) continue;
      note?.(position);
      return true;
    }
  };
}

function rangeOf(relation: Relation, range: Range, isRecursive: boolean): readonly [number, number] {
  if (range === 'old') return [0, relation.old];
  if (range === 'delta') return [relation.old, relation.end];
  return [0, isRecursive ? relation.end : relation.rows.length];
}

export function compileRows(step: Of<'rows'>, range: Range, compiler: StepCompiler): CompiledStep {
  const { predicate, place } = step;
  const info = compiler.predicates[predicate];
  if (info === undefined || info.arity !== step.args.length) {
    throw evaluateError('program', { why: 'a rule is called with another number of arguments than it has' });
  }
  if (info.needs.length > 0) return compileAsk(step, info.needs, compiler);
  const match = compileArgs(step.args, compiler);
  const open = (env: Env, run: Run): (() => boolean) => {
    const values = match.values.map((each) => each(env, run));
    run.place = place;
    const relation = run.relations[predicate] as Relation;
    const [start, end] = rangeOf(relation, range, run.stratum === info.stratum);
    const { before } = run;
    const last = before?.stratum === info.stratum ? relation.countBefore(before.order) : end;
    const { trace } = run;
    const note =
      trace === null ? undefined : (at: number) => trace.rows.push({ predicate, row: relation.rows[at] as Row });
    return scan(match, { relation, start, end: Math.min(end, last), values, note }, env, run);
  };
  return { place, open };
}

/** A call of a test rule: it is asked once for each value of what it needs. */
function compileAsk(step: Of<'rows'>, needs: readonly number[], compiler: StepCompiler): CompiledStep {
  const { predicate, place } = step;
  const match = compileArgs(step.args, compiler);
  const asked = needs.map((need) => match.columns.indexOf(need));
  if (asked.includes(-1)) throw evaluateError('program', { why: 'a test rule is called without what it needs' });
  const open = (env: Env, run: Run): (() => boolean) => {
    const values = match.values.map((each) => each(env, run));
    run.place = place;
    const rows = run.ask(
      predicate,
      asked.map((index) => values[index] as Val),
    );
    let next = 0;
    return () => {
      while (next < rows.length) {
        const row = rows[next++] as Row;
        run.spend(1);
        if (!match.columns.every((column, index) => row[column] === values[index]) || !accept(match, row, env))
          continue;
        run.trace?.rows.push({ predicate, row });
        return true;
      }
      return false;
    };
  };
  return { place, open };
}

export function compileFacts(step: Of<'facts'>, compiler: StepCompiler): CompiledStep {
  const { place, facts } = step;
  if (step.args.length !== FACT_ARITY[facts]) {
    throw evaluateError('program', { why: `\`${facts}\` is called with another number of arguments than it has` });
  }
  const match = compileArgs(step.args, compiler);
  const open = (env: Env, run: Run): (() => boolean) => {
    const values = match.values.map((each, index) => {
      const value = each(env, run);
      return facts === 'member' && match.columns[index] === 0 ? groupName(value) : value;
    });
    run.place = place;
    const relation = run.facts.relation[facts];
    return scan(
      match,
      { relation, start: 0, end: relation.rows.length, values, note: noteGrant(facts, run) },
      env,
      run,
    );
  };
  return { place, open };
}

function noteGrant(facts: FactName, { trace, facts: { grants } }: Run): ((position: number) => void) | undefined {
  if (trace === null || facts === 'member') return undefined;
  return (position) => {
    const grant = grants[facts][position];
    if (grant !== undefined) trace.grants.add(grant.id);
  };
}
