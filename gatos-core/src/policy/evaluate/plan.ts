/**
 * The order in which the literals of a body are tried, and what each finds bound. The compiler's order stands, but for two
 * uses: a recursive literal goes first where it meets the rows of the last round, and the proof of a row starts with the
 * variables of the head bound.
 */
import { type Arg, partsOf as directParts, type Expr, exprsOf, type Step } from '../compile/index.js';
import type { Range } from './relation.js';

export interface PlanStep {
  readonly step: Step;
  /** Of `rows`: which of them. */
  readonly range: Range;
  /** Of `each`: the slot is bound already, and only elements that equal it count. */
  readonly checkKey: boolean;
  readonly checkValue: boolean;
}

export type Plan = readonly PlanStep[];

export function planOf(steps: readonly Step[]): Plan {
  return steps.map((step) => ({ step, range: 'all', checkKey: false, checkValue: false }));
}

/** The slots that a literal binds. */
export function boundBy(step: Step): readonly number[] {
  if (step.op === 'bind') return [step.slot];
  if (step.op === 'each') return [step.key, step.value].filter((slot) => slot !== null);
  if (step.op !== 'rows' && step.op !== 'facts') return [];
  return step.args.flatMap((arg) => (arg !== null && 'free' in arg ? [arg.free] : []));
}

/** Calls `visit` with every slot that the expression reads, those of its bodies too. Its depth is that of the program. */
function slotsOf(expr: Expr, visit: (slot: number) => void): void {
  if (expr.op === 'slot') visit(expr.slot);
  for (const part of partsOf(expr)) slotsOf(part, visit);
  if (expr.op !== 'aggregate' && expr.op !== 'collect') return;
  for (const each of walkSteps(expr.body)) for (const part of exprsOf(each)) slotsOf(part, visit);
}

/** Expressions right below this one, the value of a collection too. */
export function partsOf(expr: Expr): readonly Expr[] {
  return expr.op === 'aggregate' || expr.op === 'collect' ? [expr.value] : directParts(expr);
}

/** All literals of a body and of the bodies inside it. */
export function* walkSteps(steps: readonly Step[]): Iterable<Step> {
  for (const step of steps) {
    yield step;
    if (step.op === 'not' || step.op === 'every') yield* walkSteps(step.body);
    for (const expr of exprsOf(step)) yield* walkBodies(expr);
  }
}

function* walkBodies(expr: Expr): Iterable<Step> {
  if (expr.op === 'aggregate' || expr.op === 'collect') yield* walkSteps(expr.body);
  for (const part of partsOf(expr)) yield* walkBodies(part);
}

/** The plan when the slots in `bound` are bound before it starts. */
export function rebind(plan: Plan, bound: ReadonlySet<number>): Plan {
  const known = new Set(bound);
  return plan.map((each) => {
    const changed = rebindStep(each, known);
    for (const slot of boundBy(each.step)) known.add(slot);
    return changed;
  });
}

function rebindStep(plan: PlanStep, known: ReadonlySet<number>): PlanStep {
  const { step } = plan;
  const { place } = step;
  if (step.op === 'each') {
    const isKnown = (slot: number | null): boolean => slot !== null && known.has(slot);
    return { ...plan, checkKey: isKnown(step.key), checkValue: isKnown(step.value) };
  }
  if (step.op === 'bind' && known.has(step.slot)) {
    const left: Expr = { op: 'slot', slot: step.slot, place };
    return { ...plan, step: { op: 'test', expr: { op: 'binary', fn: '==', left, right: step.expr, place }, place } };
  }
  if (step.op !== 'rows' && step.op !== 'facts') return plan;
  const args = step.args.map((arg): Arg => {
    if (arg === null || !('free' in arg) || !known.has(arg.free)) return arg;
    return { bound: { op: 'slot', slot: arg.free, place } };
  });
  return { ...plan, step: { ...step, args } };
}

/**
 * The plan of a recursive rule where literal `delta` meets the rows of the last round: those before it meet all rows, those
 * after it older ones only, so that no combination is met twice.
 */
export function deltaPlan(steps: readonly Step[], delta: number, isRecursive: (step: Step) => boolean): Plan {
  const plan = planOf(steps).map((each, at): PlanStep => {
    if (!isRecursive(each.step) || at < delta) return each;
    return { ...each, range: at === delta ? 'delta' : 'old' };
  });
  return deltaFirst(plan, delta) ?? plan;
}

/** With the delta literal first, when all before it can use an index then; null otherwise. */
function deltaFirst(plan: Plan, delta: number): Plan | null {
  const [before, after] = [plan.slice(0, delta), plan.slice(delta + 1)];
  const literal = plan[delta];
  if (literal?.step.op !== 'rows' || before.some(({ step }) => step.op === 'each')) return null;
  const earlier = new Set(before.flatMap(({ step }) => boundBy(step)));
  const args: Arg[] = [];
  for (const arg of literal.step.args) {
    if (arg !== null && 'bound' in arg && arg.bound.op === 'slot' && earlier.has(arg.bound.slot)) {
      args.push({ free: arg.bound.slot });
      continue;
    }
    let needsEarlier = false;
    if (arg !== null && 'bound' in arg) {
      slotsOf(arg.bound, (slot) => {
        needsEarlier ||= earlier.has(slot);
      });
    }
    if (needsEarlier) return null;
    args.push(arg);
  }
  const first: PlanStep = { ...literal, step: { ...literal.step, args } };
  return [first, ...rebind(before, new Set(boundBy(first.step))), ...after];
}
