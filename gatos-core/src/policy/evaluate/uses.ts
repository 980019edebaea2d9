/**
 * Grants that kept a deny from firing. What would fire if nothing had been granted, and does not, was kept by the first
 * literal that holds only in that other world; the grants are those from which its failure here follows.
 */
import type { Val } from '../builtins/index.js';
import type { Expr, Step } from '../compile/index.js';
import { deriveAll } from './derive.js';
import type { Env } from './env.js';
import { eachFiring, type Fired } from './firings.js';
import { answer, type Prepared, type PreparedPredicate } from './prepare.js';
import { attempt, matchedRow, proveRow, someElement, type World } from './prove.js';
import { Relation, type Row } from './relation.js';
import { Run, type Trace } from './run.js';
import { solve } from './solve.js';

/** Ids, sorted by the caller. Gas and what ends for want of it are those of `run`. */
export function grantsUsed(prepared: Prepared, run: Run, fired: readonly Fired[]): ReadonlySet<string> {
  const used = new Set<string>();
  const heads = fired.filter(({ head }) => head.usesGrants && head.source.effect === 'deny');
  if (heads.length === 0 || run.facts.grants.grant.length === 0) return used;
  const bare = withoutGrants(prepared, run);
  const here: World = { prepared, run };
  const there: World = { prepared, run: bare };
  for (const { head, keys } of heads) {
    const stopped: Env[] = [];
    eachFiring(head, bare, (key, env) => {
      if (!keys.has(key)) stopped.push([...env]);
    });
    run.rule = head.source.id;
    run.within(() => {
      for (const env of stopped) for (const id of blame({ here, there }, head.source.body, env)) used.add(id);
    });
  }
  // What errs only where nothing is granted is no error of this decision; an answer that is missing is.
  for (const [key, met] of bare.errors) if (met.code === 'policy/gas') run.errors.set(key, met);
  return used;
}

/** The same document as if nothing had been granted; relations that do not depend on it are shared. */
function withoutGrants(prepared: Prepared, run: Run): Run {
  const bare = new Run({
    pool: run.pool,
    globs: run.globs,
    input: run.input,
    meter: run.meter,
    arities: prepared.arities,
    answer: (predicate, needed, asking) => answer(prepared, predicate, needed, asking),
    withGrants: false,
  });
  for (const { index, usesGrants } of prepared.predicates) {
    if (!usesGrants) bare.relations[index] = run.relations[index] as Relation;
  }
  deriveAll(prepared, bare, ({ usesGrants }) => usesGrants);
  return bare;
}

interface Worlds {
  readonly here: World;
  readonly there: World;
}

interface Task {
  readonly steps: readonly Step[];
  /** Of a solution in the world without grants. */
  readonly env: Env;
}

/** Rows that were looked at. */
class Seen {
  readonly #relations = new Map<number, Relation>();

  add(predicate: number, row: Row): boolean {
    let relation = this.#relations.get(predicate);
    if (relation === undefined) {
      relation = new Relation(row.length);
      this.#relations.set(predicate, relation);
    }
    return relation.add(row, 0);
  }
}

/** The grants for which the first literal fails here that holds in the other world. */
function blame(worlds: Worlds, steps: readonly Step[], env: Env): ReadonlySet<string> {
  const tasks: Task[] = [{ steps, env }];
  const seen = new Seen();
  for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) {
    for (const step of task.steps) {
      const grants = blameStep(worlds, step, task.env, (predicate, row) => {
        const proof = seen.add(predicate, row) ? proveRow(worlds.there, predicate, row) : null;
        if (proof !== null) tasks.push({ steps: proof.clause.source.body, env: proof.env });
      });
      if (grants !== null && grants.size > 0) return grants;
    }
  }
  return new Set();
}

/** Null: the literal holds here too, or `expand` was told the row that is missing here. */
function blameStep(
  worlds: Worlds,
  step: Step,
  env: Env,
  expand: (predicate: number, row: Row) => void,
): ReadonlySet<string> | null {
  const { here, there } = worlds;
  const { prepared, run } = here;
  if (step.op === 'facts' || !prepared.usesGrants([step])) return null;
  switch (step.op) {
    case 'not': {
      const scratch = [...env];
      const holds = attempt(() => solve(prepared.bodyOf(step.body), scratch, run, () => true), false);
      return holds ? grantsBehind(here, step.body, scratch) : null;
    }
    case 'test':
      return blameValue(here, step.expr, env, true);
    case 'bind':
      return blameValue(here, step.expr, env, env[step.slot]);
    case 'each':
      return blameElement(here, step.of, env, step.value === null ? undefined : env[step.value]);
    case 'rows': {
      const found = attempt(() => matchedRow(there, step, env), null);
      if (found !== null && attempt(() => matchedRow(here, step, env), null) === null)
        expand(step.predicate, found.row);
      return null;
    }
    case 'every':
      return blameEvery(worlds, step, env);
  }
}

function blameEvery(worlds: Worlds, step: Extract<Step, { op: 'every' }>, env: Env): ReadonlySet<string> | null {
  const { here, there } = worlds;
  const scratch = [...env];
  const body = here.prepared.bodyOf(step.body);
  let grants: ReadonlySet<string> | null = null;
  attempt(
    () =>
      someElement(here, step, scratch, () => {
        if (solve(body, [...scratch], here.run, () => true)) return false;
        const other = [...scratch];
        if (!solve(body, other, there.run, () => true)) return false;
        grants = blame(worlds, step.body, other);
        return true;
      }),
    false,
  );
  return grants;
}

/** Grants that an expression looks at, when it has another value here. */
function blameValue(here: World, expr: Expr, env: Env, wanted: Val | undefined): ReadonlySet<string> | null {
  const { value, grants } = traced(here, expr, env);
  return value === wanted ? null : grants;
}

function blameElement(here: World, expr: Expr, env: Env, element: Val | undefined): ReadonlySet<string> | null {
  const { value, grants } = traced(here, expr, env);
  const items = value === null || typeof value !== 'object' ? [] : 'items' in value ? value.items : value.values;
  return element !== undefined && items.includes(element) ? null : grants;
}

interface Traced {
  /** Undefined when it errs. */
  readonly value: Val | undefined;
  readonly grants: ReadonlySet<string>;
}

function traced(world: World, expr: Expr, env: Env): Traced {
  const { prepared, run } = world;
  const trace: Trace = { grants: new Set(), rows: [] };
  const outer = run.trace;
  run.trace = trace;
  let value: Val | undefined;
  try {
    value = attempt<Val | undefined>(() => prepared.evalOf(expr)([...env], run), undefined);
  } finally {
    run.trace = outer;
  }
  collectGrants(world, { grants: trace.grants, rows: trace.rows, seen: new Seen() });
  return { value, grants: trace.grants };
}

interface Collection {
  readonly grants: Set<string>;
  readonly rows: { readonly predicate: number; readonly row: Row }[];
  readonly seen: Seen;
}

/** Grants from which a solution of a body follows. */
function grantsBehind(world: World, steps: readonly Step[], env: Env): ReadonlySet<string> {
  const collection: Collection = { grants: new Set(), rows: [], seen: new Seen() };
  collectBody(world, steps, env, collection);
  collectGrants(world, collection);
  return collection.grants;
}

/** Follows rows to the rows and grants that they rest on, each once. */
function collectGrants(world: World, collection: Collection): void {
  const { rows, seen } = collection;
  for (let next = rows.pop(); next !== undefined; next = rows.pop()) {
    const { predicate, row } = next;
    const { usesGrants } = world.prepared.predicates[predicate] as PreparedPredicate;
    const proof = usesGrants && seen.add(predicate, row) ? proveRow(world, predicate, row) : null;
    if (proof !== null) collectBody(world, proof.clause.source.body, proof.env, collection);
  }
}

function collectBody(world: World, steps: readonly Step[], env: Env, collection: Collection): void {
  const { prepared, run } = world;
  for (const step of steps) {
    if (!prepared.usesGrants([step])) continue;
    if (step.op === 'facts' && step.facts !== 'member') {
      const found = attempt(() => matchedRow(world, step, env), null);
      const grant = found === null ? undefined : run.facts.grants[step.facts][found.position];
      if (grant !== undefined) collection.grants.add(grant.id);
    } else if (step.op === 'rows') {
      const found = attempt(() => matchedRow(world, step, env), null);
      if (found !== null) collection.rows.push({ predicate: step.predicate, row: found.row });
    } else if (step.op === 'every') {
      collectEvery(world, step, env, collection);
    } else if (step.op === 'test' || step.op === 'bind' || step.op === 'each') {
      const { grants } = traced(world, step.op === 'each' ? step.of : step.expr, env);
      for (const id of grants) collection.grants.add(id);
    }
  }
}

function collectEvery(world: World, step: Extract<Step, { op: 'every' }>, env: Env, collection: Collection): void {
  const scratch = [...env];
  const body = world.prepared.bodyOf(step.body);
  attempt(
    () =>
      someElement(world, step, scratch, () => {
        const inner = [...scratch];
        if (solve(body, inner, world.run, () => true)) collectBody(world, step.body, inner, collection);
        return false;
      }),
    false,
  );
}
