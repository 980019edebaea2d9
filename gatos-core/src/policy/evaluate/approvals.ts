/**
 * Approvals that are too few: a condition such as `count { a | a in who; member("@leads", a) } >= 2` that fails, where `who`
 * are the approvers of a grant. Who counts is what the rule itself says: its body is asked again, as if everybody had approved.
 */
import { LIMITS } from '../../kernel/index.js';
import { isComposite, ListVal, type Val } from '../builtins/index.js';
import type { Expr, Step } from '../compile/index.js';
import { lookUp } from './describe.js';
import type { Env } from './env.js';
import { groupName } from './facts.js';
import type { Plan } from './plan.js';
import type { PreparedPredicate } from './prepare.js';
import type { World } from './prove.js';
import { showPlain } from './show.js';

/** How many are asked for, and of whom. */
export interface Approvals {
  readonly wanted: number;
  /** Whose approval counts now, and those of whom it would count. */
  readonly have: readonly Val[];
  readonly may: readonly Val[];
  /** ` of @leads`; empty where the body names no single group. */
  readonly of: string;
}

type Count = Extract<Expr, { op: 'aggregate' }>;
type Facts = Extract<Step, { op: 'facts' }>;

/** The approvals that the literal at this place of the plan asks for; null when it asks for something else. */
export function approvalsAsked(world: World, plan: Plan, at: number, env: Env): Approvals | null {
  const step = plan[at]?.step;
  const asked = step?.op === 'test' ? thresholdOf(step.expr, plan) : null;
  if (asked === null) return null;
  const slot = listSlot(asked.count.body);
  const least = lookUp(world, asked.least, env);
  const approvers = slot === null ? undefined : env[slot];
  if (slot === null || typeof least !== 'number' || !isApprovers(world, approvers)) return null;
  return counted(world, { count: asked.count, wanted: least + asked.more, slot, env });
}

/** The same before there is a grant: what the literals below say of the approvers that this one would bind. */
export function approvalsToCome(world: World, plan: Plan, at: number, env: Env): readonly Approvals[] {
  const step = plan[at]?.step;
  const last = step?.op === 'facts' && step.facts !== 'member' ? step.args.at(-1) : null;
  if (last === null || last === undefined || !('free' in last)) return [];
  return plan.slice(at + 1).flatMap(({ step: later }) => {
    const asked = later.op === 'test' ? thresholdOf(later.expr, plan) : null;
    if (asked === null || listSlot(asked.count.body) !== last.free) return [];
    const least = lookUp(world, asked.least, env);
    if (typeof least !== 'number') return [];
    const none = [...env];
    none[last.free] = world.run.pool.list([]);
    return [counted(world, { count: asked.count, wanted: least + asked.more, slot: last.free, env: none })];
  });
}

interface Threshold {
  readonly count: Count;
  readonly least: Expr;
  /** 1 for `>`. */
  readonly more: number;
}

const TURNED = { '<=': '>=', '<': '>', '==': '==', '>=': '', '>': '' } as const;

function thresholdOf(expr: Expr, plan: Plan): Threshold | null {
  if (expr.op !== 'binary') return null;
  const [left, right] = [expr.left, expr.right].map((side) => countOf(side, plan));
  const fn = left !== null ? expr.fn : TURNED[expr.fn as keyof typeof TURNED];
  const count = left ?? right ?? null;
  if (count === null || (fn !== '>=' && fn !== '>' && fn !== '==')) return null;
  return { count, least: left !== null ? expr.right : expr.left, more: fn === '>' ? 1 : 0 };
}

/** A `count`, as it stands or by the name that a literal gave it. */
function countOf(expr: Expr, plan: Plan): Count | null {
  if (expr.op === 'aggregate') return expr.fn === 'count' ? expr : null;
  if (expr.op !== 'slot') return null;
  for (const { step } of plan) if (step.op === 'bind' && step.slot === expr.slot) return countOf(step.expr, []);
  return null;
}

/** The variable of the list whose elements are counted. */
function listSlot(body: readonly Step[]): number | null {
  for (const step of body) {
    if (step.op === 'each' && step.of.op === 'slot') return step.of.slot;
    if (step.op === 'test' && step.expr.op === 'in' && step.expr.right.op === 'slot') return step.expr.right.slot;
  }
  return null;
}

function isApprovers({ run }: World, value: Val | undefined): boolean {
  return value instanceof ListVal && run.facts.relation.granted.rows.some((row) => row[2] === value);
}

interface Asked {
  readonly count: Count;
  readonly wanted: number;
  readonly slot: number;
  readonly env: Env;
}

function counted(world: World, { count, wanted, slot, env }: Asked): Approvals {
  const { value, body, place } = count;
  const collect: Expr = { op: 'collect', value, body, place };
  const among = (approvers: Val | undefined): readonly Val[] => {
    const as = [...env];
    as[slot] = approvers;
    const found = lookUp(world, collect, as);
    return found instanceof ListVal ? found.items : [];
  };
  const have = among(env[slot]);
  const everybody = among(world.run.pool.list(known(world, body)));
  return { wanted, have, may: everybody.filter((each) => !have.includes(each)), of: groupIn(world, body, env) };
}

/** Everybody whom the document names as a member of a group, or a rule that the body asks. */
function known({ run, prepared }: World, body: readonly Step[]): readonly Val[] {
  const found = new Set<Val>(run.facts.relation.member.rows.map(([, actor]) => actor as Val));
  for (const step of body) {
    if (step.op !== 'rows') continue;
    const { index, needs } = prepared.predicates[step.predicate] as PreparedPredicate;
    const rows = needs.length > 0 ? [] : (run.relations[index]?.rows ?? []);
    for (const row of rows) for (const value of row) if (!isComposite(value)) found.add(value);
  }
  return [...found];
}

function groupIn(world: World, body: readonly Step[], env: Env): string {
  const groups = body.filter((step): step is Facts => step.op === 'facts' && step.facts === 'member');
  const arg = groups.length === 1 ? groups[0]?.args[0] : null;
  const name = arg === null || arg === undefined || !('bound' in arg) ? undefined : lookUp(world, arg.bound, env);
  return typeof name === 'string' ? ` of @${showPlain(groupName(name))}` : '';
}

const approvals = (count: number): string => (count === 1 ? 'approval' : 'approvals');

/** `2 approvals of @leads` */
export function formatWanted({ wanted, of }: Approvals): string {
  return `${wanted} ${approvals(wanted)}${of}`;
}

/** `1 more approval of @leads` */
export function formatMissing({ wanted, have, of }: Approvals): string {
  const missing = wanted - have.length;
  return `${missing} more ${approvals(missing)}${of}`;
}

/** `1 of 2: user:bob of @leads approved; user:carol, user:dan may` */
export function formatApprovals({ wanted, have, may, of }: Approvals): string {
  const done = have.length === 0 ? `nobody${of} approved` : `${names(have)}${of} approved`;
  return `${have.length} of ${wanted}: ${done}; ${formatMay(may)}`;
}

/** `user:carol, user:dan may` */
export function formatMay(may: readonly Val[]): string {
  return may.length === 0 ? 'nobody else may' : `${names(may)} may`;
}

function names(all: readonly Val[]): string {
  const shown = all.slice(0, LIMITS.policyExplainWidth).map(showPlain).join(', ');
  const more = all.length - LIMITS.policyExplainWidth;
  return more > 0 ? `${shown} and ${more} more` : shown;
}
