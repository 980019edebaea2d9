/** Why a body has no solution: the nearest literals that fail, through rules, with what is needed and what was found. */
import { LIMITS } from '../../kernel/index.js';
import { isComposite, ListVal, type Val } from '../builtins/index.js';
import type { Expr, Place, Scope, Step } from '../compile/index.js';
import {
  type Approvals,
  approvalsAsked,
  approvalsToCome,
  formatApprovals,
  formatMay,
  formatMissing,
  formatWanted,
} from './approvals.js';
import { describeBody, describeExpr, describeStep, lookUp, namesIn, valuesIn } from './describe.js';
import type { Env } from './env.js';
import { groupName } from './facts.js';
import { type Plan, partsOf, planOf } from './plan.js';
import type { Position, Positions } from './positions.js';
import { bindHead, type PreparedPredicate } from './prepare.js';
import { attempt, type World } from './prove.js';
import type { Row } from './relation.js';
import { showPlain, showValue } from './show.js';
import { type Body, solve } from './solve.js';

/** A literal that would have to hold. */
export interface Need extends Position {
  readonly needed: string;
  readonly found: string | null;
}

interface Where {
  readonly scope: Scope;
  readonly env: Env;
  readonly depth: number;
}

type Called<Op extends Step['op']> = Extract<Step, { op: Op }>;

export class WhyNot {
  readonly #needs = new Map<string, Need>();

  constructor(
    readonly world: World,
    readonly positions: Positions,
  ) {}

  /** The needs of a body without a solution; each alone may not be enough, and any of several alternatives may do. */
  needsOf(steps: readonly Step[], scope: Scope, env: Env): readonly Need[] {
    this.#body(planOf(steps), this.world.prepared.bodyOf(steps), { scope, env, depth: 0 });
    return [...this.#needs.values()].slice(0, LIMITS.policyExplainWidth);
  }

  #add(place: Place, needed: string, found: string | null): void {
    if (this.#needs.size >= LIMITS.policyExplainWidth) return;
    const key = `${needed}\n${found ?? ''}`;
    if (!this.#needs.has(key)) this.#needs.set(key, { ...this.positions.of(place), needed, found });
  }

  /** The literal that is reached but never holds, for the first few ways that reach it. */
  #body(plan: Plan, body: Body, { scope, env, depth }: Where): boolean {
    const { run } = this.world;
    for (let at = body.length - 1; at >= 0; at--) {
      const scratch = [...env];
      const reached: Env[] = [];
      const reach = (): boolean => reached.push([...scratch]) >= LIMITS.policyExplainWidth;
      solve(body.slice(0, at), scratch, run, reach, { onFault: () => undefined });
      for (const each of reached) this.#step(plan, at, { scope, env: each, depth });
      if (reached.length > 0) return true;
    }
    return false;
  }

  #step(plan: Plan, at: number, where: Where): void {
    const { step, checkValue } = plan[at] as Plan[number];
    const { scope, env } = where;
    const values = valuesIn(this.world, scope.names, env);
    switch (step.op) {
      case 'test': {
        const asked = approvalsAsked(this.world, plan, at, env);
        if (asked !== null && asked.have.length < asked.wanted)
          this.#add(step.place, formatMissing(asked), formatApprovals(asked));
        else
          this.#add(step.place, describeStep(step, namesIn(this.world, scope.names)), this.#valuesOf(step.expr, where));
        return;
      }
      case 'bind':
        this.#add(step.place, describeStep(step, values), this.#valuesOf(step.expr, where));
        return;
      case 'each': {
        const of = lookUp(this.world, step.of, env);
        const needed = checkValue ? describeStep(step, values) : `an element in ${describeExpr(step.of, values)}`;
        const text = describeExpr(step.of, namesIn(this.world, scope.names));
        this.#add(step.place, needed, of === undefined ? null : `\`${text}\` is ${showValue(of)}`);
        return;
      }
      case 'facts':
        if (step.facts === 'member') this.#member(step, where);
        else this.#grant(step, where, approvalsToCome(this.world, plan, at, env));
        return;
      case 'rows':
        this.#rows(step, where);
        return;
      case 'not':
        this.#add(step.place, describeStep(step, values), `\`${describeBody(step.body, values)}\` holds`);
        return;
      case 'every':
        this.#every(step, where);
        return;
    }
  }

  /** `commit.signer is null`, for the parts of a condition that are not constant. */
  #valuesOf(expr: Expr, { scope, env }: Where): string | null {
    const found = new Map<string, string>();
    const naming = namesIn(this.world, scope.names);
    const visit = (each: Expr): void => {
      if (each.op === 'value') return;
      const isOperator = each.op === 'binary' || each.op === 'in' || (each === expr && each.op === 'call');
      if (isOperator) {
        for (const part of partsOf(each)) visit(part);
        return;
      }
      const value = lookUp(this.world, each, env);
      if (value !== undefined) found.set(describeExpr(each, naming), showValue(value));
    };
    visit(expr);
    return found.size === 0 ? null : [...found].map(([text, value]) => `\`${text}\` is ${value}`).join(', ');
  }

  #args(step: Called<'facts'> | Called<'rows'>, env: Env): readonly (Val | undefined)[] {
    return step.args.map((arg) => {
      if (arg === null) return undefined;
      return 'free' in arg ? undefined : lookUp(this.world, arg.bound, env);
    });
  }

  #grant(step: Called<'facts'>, { env }: Where, toCome: readonly Approvals[]): void {
    const args = this.#args(step, env);
    const [action, target] = step.facts === 'grant' ? args.slice(1) : args;
    const show = (value: Val | undefined): string => (value === undefined ? 'any' : `\`${showPlain(value)}\``);
    const quorum = toCome.map(formatWanted).join(' and ');
    const needed = `a grant for action ${show(action)} on target ${show(target)}${quorum === '' ? '' : ` with ${quorum}`}`;
    const { rows } = this.world.run.facts.relation.granted;
    const near = rows.filter((row) => row[0] === action || row[1] === target).slice(0, LIMITS.policyExplainWidth);
    const list = near.map((row) => `\`${showPlain(row[0] as Val)}\` on \`${showPlain(row[1] as Val)}\``).join(', ');
    const none = rows.length === 0 ? 'no grant holds now' : `none of the ${rows.length} grants that hold now`;
    const who = toCome.map(({ may }) => `; ${formatMay(may)} approve`).join('');
    this.#add(step.place, needed, `${list === '' ? none : `there is one for ${list}`}${who}`);
  }

  #member(step: Called<'facts'>, { env }: Where): void {
    const [group, actor] = this.#args(step, env);
    const show = (value: Val | undefined): string => (value === undefined ? 'anyone' : `\`${showPlain(value)}\``);
    const name = group === undefined ? undefined : groupName(group);
    const { rows } = this.world.run.facts.relation.member;
    const members = rows.filter((row) => row[0] === name).map((row) => showPlain(row[1] as Val));
    const needed = `${show(actor)} in group ${name === undefined ? 'of any name' : `\`@${showPlain(name)}\``}`;
    const shown = members.slice(0, LIMITS.policyExplainWidth).join(', ');
    const more =
      members.length > LIMITS.policyExplainWidth ? ` and ${members.length - LIMITS.policyExplainWidth} more` : '';
    this.#add(step.place, needed, members.length === 0 ? 'the group has no members' : `its members: ${shown}${more}`);
  }

  /** Into each alternative of the rule, with the arguments that are known. */
  #rows(step: Called<'rows'>, where: Where): void {
    const { prepared } = this.world;
    const predicate = prepared.predicates[step.predicate] as PreparedPredicate;
    const args = this.#args(step, where.env);
    const known = args.flatMap((value, column) => (value === undefined ? [] : [[column, value] as const]));
    let expanded = false;
    if (where.depth < LIMITS.policyExplainDepth) {
      for (const clause of predicate.clauses) {
        const env = bindHead(clause, known);
        if (env === null || !fitsConstants(this.world, clause.source.head, args)) continue;
        const { plan, body } = clause.proof();
        const inner = { scope: clause.source, env, depth: where.depth + 1 };
        expanded = this.#body(plan, body, inner) || expanded;
      }
    }
    if (expanded) return;
    const naming = valuesIn(this.world, where.scope.names, where.env);
    this.#add(step.place, describeStep(step, naming), this.#rowsFound(predicate));
  }

  #rowsFound({ index, name, needs }: PreparedPredicate): string | null {
    if (needs.length > 0) return null;
    const rows: readonly Row[] = this.world.run.relations[index]?.rows ?? [];
    if (rows.length === 0) return `\`${name}\` has no rows`;
    const shown = rows.slice(0, LIMITS.policyExplainWidth).map((row) => `(${row.map(showValue).join(', ')})`);
    const more = rows.length > shown.length ? ` and ${rows.length - shown.length} more` : '';
    return `\`${name}\` has ${shown.join(', ')}${more}`;
  }

  #every(step: Called<'every'>, where: Where): void {
    const { prepared, run } = this.world;
    const of = lookUp(this.world, step.of, where.env);
    if (of === undefined || !isComposite(of)) return;
    const items = of instanceof ListVal ? of.items : of.values;
    const body = prepared.bodyOf(step.body);
    items.forEach((item, at) => {
      const env = [...where.env];
      env[step.value] = item;
      if (step.key !== null) env[step.key] = of instanceof ListVal ? at : of.shape.keys[at];
      if (attempt(() => solve(body, [...env], run, () => true), false)) return;
      this.#body(planOf(step.body), body, { ...where, env });
    });
  }
}

/** Can a row of this head have these values, as far as the head is constant? */
function fitsConstants(world: World, head: readonly Expr[], args: readonly (Val | undefined)[]): boolean {
  return head.every((expr, column) => {
    const value = args[column];
    return value === undefined || expr.op !== 'value' || lookUp(world, expr, []) === value;
  });
}
