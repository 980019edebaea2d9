/** Literals as closures. */
import { kindOf, ListVal, RecordVal, RuleFault, type Val } from '../builtins/index.js';
import type { Step } from '../compile/index.js';
import type { Env } from './env.js';
import { compileExpr, compileTest } from './expression.js';
import type { PlanStep } from './plan.js';
import { compileFacts, compileRows, type StepCompiler } from './rows.js';
import type { Run } from './run.js';
import { type CompiledStep, solve } from './solve.js';

type Of<Op extends Step['op']> = Extract<Step, { op: Op }>;

/** Throws `evaluate/program` for what no compiler makes. */
export function compileStep(plan: PlanStep, compiler: StepCompiler): CompiledStep {
  const { step } = plan;
  const { place } = step;
  switch (step.op) {
    case 'each':
      return compileEach(step, plan, compiler);
    case 'bind': {
      const value = compileExpr(step.expr, compiler);
      const { slot } = step;
      return {
        place,
        holds: (env, run) => {
          env[slot] = value(env, run);
          return true;
        },
      };
    }
    case 'test':
      return { place, holds: compileTest(step.expr, compiler) };
    case 'not': {
      const body = compiler.compileBody(step.body);
      return { place, holds: (env, run) => !solve(body, env, run, () => true) };
    }
    case 'every':
      return compileEvery(step, compiler);
    case 'rows':
      return compileRows(step, plan.range, compiler);
    case 'facts':
      return compileFacts(step, compiler);
  }
}

/** Elements with their keys: of a list by index, of a record in the byte order of keys. */
function entriesOf(value: Val): { readonly keys: readonly string[] | null; readonly items: readonly Val[] } {
  if (value instanceof ListVal) return { keys: null, items: value.items };
  if (value instanceof RecordVal) return { keys: value.shape.keys, items: value.values };
  throw new RuleFault('policy/type', `only lists and records have elements, and this is ${kindOf(value)}`);
}

function compileEach(step: Of<'each'>, plan: PlanStep, compiler: StepCompiler): CompiledStep {
  const of = compileExpr(step.of, compiler);
  const { place, key, value } = step;
  const { checkKey, checkValue } = plan;
  const open = (env: Env, run: Run): (() => boolean) => {
    const found = of(env, run);
    run.place = place;
    const { keys, items } = entriesOf(found);
    let next = 0;
    const [wantedKey, wantedValue] = [key === null ? null : env[key], value === null ? null : env[value]];
    return () => {
      while (next < items.length) {
        run.spend(1);
        const at = next++;
        const item = items[at] as Val;
        const name = keys === null ? at : (keys[at] as string);
        if ((checkValue && item !== wantedValue) || (checkKey && name !== wantedKey)) continue;
        if (value !== null) env[value] = item;
        if (key !== null) env[key] = name;
        return true;
      }
      return false;
    };
  };
  return { place, open };
}

function compileEvery(step: Of<'every'>, compiler: StepCompiler): CompiledStep {
  const of = compileExpr(step.of, compiler);
  const body = compiler.compileBody(step.body);
  const { place, key, value } = step;
  const holds = (env: Env, run: Run): boolean => {
    const found = of(env, run);
    run.place = place;
    const { keys, items } = entriesOf(found);
    return items.every((item, at) => {
      run.spend(1);
      env[value] = item;
      if (key !== null) env[key] = keys === null ? at : (keys[at] as string);
      return solve(body, env, run, () => true);
    });
  };
  return { place, holds };
}
