/** Expressions as closures: compiled once, run for every binding. */
import {
  type BuiltIn,
  builtIn,
  canonicalList,
  extreme,
  kindOf,
  type Pool,
  RuleFault,
  type Val,
} from '../builtins/index.js';
import type { Expr, Place, Step } from '../compile/index.js';
import type { Env } from './env.js';
import { evaluateError } from './errors.js';
import { at, fieldOf, isMember, OPERATORS } from './operators.js';
import type { Run } from './run.js';
import { type Body, solve } from './solve.js';

export type Eval = (env: Env, run: Run) => Val;

export interface ExpressionCompiler {
  /** Constants are made here, once for all runs. */
  readonly pool: Pool;
  compileBody(steps: readonly Step[]): Body;
}

type Of<Op extends Expr['op']> = Extract<Expr, { op: Op }>;

/** Throws `evaluate/program` for what no compiler makes. */
export function compileExpr(expr: Expr, compiler: ExpressionCompiler): Eval {
  const { place } = expr;
  switch (expr.op) {
    case 'value': {
      const value = compiler.pool.fromJson(expr.value);
      return () => value;
    }
    case 'slot':
      return compileSlot(expr.slot, place);
    case 'input':
      return (_env, run) => run.input;
    case 'field': {
      const of = compileExpr(expr.of, compiler);
      const { name } = expr;
      return (env, run) => {
        const value = of(env, run);
        run.place = place;
        return fieldOf(value, name);
      };
    }
    case 'index':
      return compileTwo([expr.of, expr.index], { place, compiler, apply: at });
    case 'binary':
      return compileTwo([expr.left, expr.right], { place, compiler, apply: OPERATORS[expr.fn] });
    case 'in': {
      const { negated } = expr;
      return compileTwo([expr.left, expr.right], {
        place,
        compiler,
        apply: (left, right, run) => isMember(left, right, run) !== negated,
      });
    }
    case 'call':
      return compileCall(expr, compiler);
    case 'list':
    case 'record':
      return compileMade(expr, compiler);
    case 'aggregate':
    case 'collect':
      return compileCollected(expr, compiler);
  }
}

function compileSlot(slot: number, place: Place): Eval {
  return (env, run) => {
    const value = env[slot];
    if (value !== undefined) return value;
    run.place = place;
    throw new RuleFault('policy/unbound', 'a variable is used before it is bound');
  };
}

interface Two {
  readonly place: Place;
  readonly compiler: ExpressionCompiler;
  readonly apply: (left: Val, right: Val, run: Run) => Val;
}

function compileTwo([first, second]: readonly [Expr, Expr], { place, compiler, apply }: Two): Eval {
  const left = compileExpr(first, compiler);
  const right = compileExpr(second, compiler);
  return (env, run) => {
    const [a, b] = [left(env, run), right(env, run)];
    run.place = place;
    return apply(a, b, run);
  };
}

function compileCall({ builtin, args, place }: Of<'call'>, compiler: ExpressionCompiler): Eval {
  const apply: BuiltIn | null = builtIn(builtin, args.length);
  if (apply === null) {
    throw evaluateError('program', { why: `there is no built-in \`${builtin}\` that takes ${args.length} arguments` });
  }
  const evals = args.map((arg) => compileExpr(arg, compiler));
  return (env, run) => {
    const values = evals.map((each) => each(env, run));
    run.place = place;
    return apply(values, run);
  };
}

function compileMade(expr: Of<'list'> | Of<'record'>, compiler: ExpressionCompiler): Eval {
  const { place } = expr;
  const parts = expr.op === 'list' ? expr.items : expr.entries.map(([, value]) => value);
  const keys = expr.op === 'record' ? expr.entries.map(([key]) => key) : null;
  if (keys !== null && new Set(keys).size !== keys.length) {
    throw evaluateError('program', { why: 'a record has a key twice' });
  }
  const evals = parts.map((part) => compileExpr(part, compiler));
  return (env, run) => {
    const values = evals.map((each) => each(env, run));
    run.place = place;
    run.spend(values.length >>> 3);
    if (keys === null) return run.pool.list(values);
    return run.pool.record(keys.map((key, index) => [key, values[index] as Val]));
  };
}

/** Aggregates and comprehensions: over the distinct values that the expression has for the solutions of the body. */
function compileCollected(expr: Of<'aggregate'> | Of<'collect'>, compiler: ExpressionCompiler): Eval {
  const { place } = expr;
  const value = compileExpr(expr.value, compiler);
  const body = compiler.compileBody(expr.body);
  const what = expr.op === 'aggregate' ? expr.fn : 'list';
  return (env, run) => {
    const found = new Set<Val>();
    solve(body, env, run, () => {
      found.add(value(env, run));
      return false;
    });
    run.place = place;
    if (what === 'count') return found.size;
    return what === 'list' ? canonicalList(found, run) : extreme(found, what === 'min' ? 1 : -1);
  };
}

/** An expression that must be a boolean. */
export function compileTest(expr: Expr, compiler: ExpressionCompiler): (env: Env, run: Run) => boolean {
  const test = compileExpr(expr, compiler);
  const { place } = expr;
  return (env, run) => {
    const value = test(env, run);
    if (typeof value === 'boolean') return value;
    run.place = place;
    throw new RuleFault('policy/type', `a condition is true or false, and this is ${kindOf(value)}`);
  };
}
