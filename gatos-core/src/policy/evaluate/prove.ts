/** Why a row is there: a clause and its variables, found again from the rows that were derived before it. */
import { RuleFault, type Val } from '../builtins/index.js';
import type { Step } from '../compile/index.js';
import type { Env } from './env.js';
import { groupName } from './facts.js';
import { bindHead, type Prepared, type PreparedClause, type PreparedPredicate } from './prepare.js';
import type { Relation, Row } from './relation.js';
import type { Run } from './run.js';
import { solve } from './solve.js';

export interface Proof {
  readonly predicate: PreparedPredicate;
  readonly clause: PreparedClause;
  readonly env: Env;
}

export interface World {
  readonly prepared: Prepared;
  readonly run: Run;
}

/** What `work` gives, or `otherwise` when it errs. Gas is not caught. */
export function attempt<T>(work: () => T, otherwise: T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RuleFault) || error.code === 'policy/gas') throw error;
    return otherwise;
  }
}

/** The first way, in the order of clauses and literals, in which the row follows from rows that were derived before it. */
export function proveRow({ prepared, run }: World, predicate: number, row: Row): Proof | null {
  const info = prepared.predicates[predicate] as PreparedPredicate;
  const { before } = run;
  if (info.stratum !== -1) {
    const relation = run.relations[predicate] as Relation;
    const position = relation.positionOf(row);
    if (position === undefined) return null;
    const kept = run.proofOf(predicate, position);
    const clause = kept === undefined ? undefined : info.clauses[kept.clause];
    if (kept !== undefined && clause !== undefined) return { predicate: info, clause, env: [...kept.env] };
    run.before = { stratum: info.stratum, order: relation.order[position] as number };
  }
  try {
    for (const clause of info.clauses) {
      const env = bindHead(clause, row.entries());
      if (env === null) continue;
      const fits = (): boolean => clause.head.every((each, column) => each(env, run) === row[column]);
      if (solve(clause.proof().body, env, run, fits, { onFault: () => undefined }))
        return { predicate: info, clause, env };
    }
    return null;
  } finally {
    run.before = before;
  }
}

type Called = Extract<Step, { op: 'rows' } | { op: 'facts' }>;

/** Values of the arguments of a literal that holds, by column; undefined for `_`. */
function knownColumns({ prepared, run }: World, step: Called, env: Env): readonly (Val | undefined)[] {
  return step.args.map((arg, column) => {
    if (arg === null) return undefined;
    const value = 'free' in arg ? env[arg.free] : prepared.evalOf(arg.bound)(env, run);
    return step.op === 'facts' && step.facts === 'member' && column === 0 && value !== undefined
      ? groupName(value)
      : value;
  });
}

/** The first row, and its position, that a literal matches where its variables have these values. */
export function matchedRow(
  world: World,
  step: Called,
  env: Env,
): { readonly row: Row; readonly position: number } | null {
  const { prepared, run } = world;
  const values = knownColumns(world, step, env);
  const columns = values.flatMap((value, column) => (value === undefined ? [] : [column]));
  const known = columns.map((column) => values[column] as Val);
  if (step.op === 'rows' && (prepared.predicates[step.predicate]?.needs.length ?? 0) > 0) {
    const { needs } = prepared.predicates[step.predicate] as PreparedPredicate;
    const rows = run.ask(
      step.predicate,
      needs.map((need) => values[need] as Val),
    );
    const position = rows.findIndex((row) => columns.every((column) => row[column] === values[column]));
    return position === -1 ? null : { row: rows[position] as Row, position };
  }
  const relation = step.op === 'facts' ? run.facts.relation[step.facts] : (run.relations[step.predicate] as Relation);
  const position = columns.length === 0 ? 0 : relation.find(columns, known)?.[0];
  const row = position === undefined ? undefined : relation.rows[position];
  if (position === undefined || row === undefined) return null;
  const { before } = run;
  const isLater =
    step.op === 'rows' &&
    before?.stratum === prepared.predicates[step.predicate]?.stratum &&
    position >= relation.countBefore(before?.order ?? 0);
  return isLater ? null : { row, position };
}

/** The elements of an `every`, one after the other bound in `env`; stops when `each` says true. */
export function someElement(
  { prepared, run }: World,
  step: Extract<Step, { op: 'every' }>,
  env: Env,
  each: () => boolean,
): boolean {
  const of = prepared.evalOf(step.of)(env, run);
  if (of === null || typeof of !== 'object') return false;
  const keys = 'items' in of ? null : of.shape.keys;
  const items = 'items' in of ? of.items : of.values;
  return items.some((item, at) => {
    run.spend(1);
    env[step.value] = item;
    if (step.key !== null) env[step.key] = keys === null ? at : (keys[at] as string);
    return each();
  });
}
