/** Bodies: each literal with its names resolved, what it needs, and the steps that it becomes. */
import { LIMITS } from '../../kernel/index.js';
import { FACTS } from '../builtins/index.js';
import type { Expr as Ast, Body, Literal, Name, Span } from '../language/index.js';
import {
  type BodyPlan,
  type Build,
  type ExprPlan,
  type LiteralPlan,
  type Missing,
  sameSlots,
  slotExpr,
} from './build.js';
import { type PredicateInfo, placeOf, type Site } from './bundle.js';
import type { Arg, Place, Step } from './ir.js';
import { type Callee, resolveCallee } from './resolve-call.js';
import { isVariable, mention, resolveExpr } from './resolve-expr.js';
import { Frame, type Variable } from './scope.js';

export function resolveBody(site: Site, frame: Frame, body: Body): BodyPlan {
  const { findings } = site.bundle;
  const literals: LiteralPlan[] = [];
  if (body.literals.length === 0) findings.add(site.unit.source, body.span, 'empty-body', {});
  for (const literal of body.literals.slice(0, LIMITS.policyLiterals))
    literals.push(resolveLiteral(site, frame, literal));
  if (body.literals.length > LIMITS.policyLiterals)
    findings.add(site.unit.source, body.span, 'too-many', { what: 'literals in a body', limit: LIMITS.policyLiterals });
  return { frame, literals };
}

function resolveLiteral(site: Site, frame: Frame, literal: Literal): LiteralPlan {
  switch (literal.kind) {
    case 'holds':
      return resolveHolds(site, frame, literal.expr);
    case 'bind':
      return resolveBind(site, frame, literal);
    case 'each':
      return resolveEach(site, frame, literal);
    case 'not':
      return resolveNot(site, frame, literal.body, literal.span);
    case 'every':
      return resolveEvery(site, frame, literal);
  }
}

function resolveHolds(site: Site, frame: Frame, expr: Ast): LiteralPlan {
  if (expr.kind === 'in' && !expr.negated && expr.left.kind === 'name') {
    const { name } = expr.left;
    if (name === '_' || isVariable(site, name)) return resolveElement(site, frame, { expr, left: expr.left });
  }
  if (expr.kind === 'call') {
    const callee = resolveCallee(site, expr.name);
    if (callee !== null && callee.kind !== 'builtin') return resolveRows(site, frame, { callee, call: expr });
  }
  const test = resolveExpr(site, frame, expr);
  const place = placeOf(site, expr.span);
  return { missing: (b) => b.missing(test.uses), emit: (b) => [{ op: 'test', expr: test.build(b), place }] };
}

type In = Extract<Ast, { kind: 'in' }>;

/** `x in EXPR`: a membership where `x` is bound, else each element in turn. */
function resolveElement(
  site: Site,
  frame: Frame,
  { expr, left }: { expr: In; left: Extract<Ast, { kind: 'name' }> },
): LiteralPlan {
  const of = resolveExpr(site, frame, expr.right);
  const place = placeOf(site, expr.span);
  const variable = left.name === '_' ? null : mention(site, frame, left);
  const emit = (b: Build): readonly Step[] => {
    if (variable === null) return [{ op: 'each', of: of.build(b), key: null, value: null, place }];
    if (!b.bound.has(variable)) {
      const collection = of.build(b);
      return [{ op: 'each', of: collection, key: null, value: b.bind(variable), place }];
    }
    const member = slotExpr(b.slotOf(variable), placeOf(site, left.span));
    return [{ op: 'test', expr: { op: 'in', left: member, right: of.build(b), negated: false, place }, place }];
  };
  return { missing: (b) => b.missing(of.uses), emit };
}

function resolveBind(site: Site, frame: Frame, { name, expr, span }: Extract<Literal, { kind: 'bind' }>): LiteralPlan {
  const { findings } = site.bundle;
  const value = resolveExpr(site, frame, expr);
  const place = placeOf(site, span);
  if (!isVariable(site, name.text)) {
    if (site.unit.constants.has(name.text))
      findings.add(site.unit.source, name.span, 'compares-constant', { name: name.text });
    const left = resolveExpr(site, frame, { kind: 'name', name: name.text, span: name.span });
    const emit = (b: Build): readonly Step[] => [
      { op: 'test', expr: { op: 'binary', fn: '==', left: left.build(b), right: value.build(b), place }, place },
    ];
    return { missing: (b) => b.missing(value.uses), emit };
  }
  const variable = mention(site, frame, { name: name.text, span: name.span });
  const emit = (b: Build): readonly Step[] => {
    const built = value.build(b);
    if (!b.bound.has(variable)) return [{ op: 'bind', slot: b.bind(variable), expr: built, place }];
    const left = slotExpr(b.slotOf(variable), placeOf(site, name.span));
    return [{ op: 'test', expr: { op: 'binary', fn: '==', left, right: built, place }, place }];
  };
  return { missing: (b) => b.missing(value.uses), emit };
}

/** The variable that a binder names; null for `_`. A constant or a module cannot be bound. */
function binderOf(site: Site, frame: Frame, name: Name): Variable | null {
  if (name.text === '_') return null;
  if (!isVariable(site, name.text)) warnBinder(site, name);
  return mention(site, frame, { name: name.text, span: name.span });
}

function warnBinder(site: Site, { text, span }: Name): void {
  const what = site.unit.constants.has(text) ? 'a constant' : 'an imported module';
  site.bundle.findings.add(site.unit.source, span, 'shadow', { name: text, what });
}

function resolveEach(site: Site, frame: Frame, literal: Extract<Literal, { kind: 'each' }>): LiteralPlan {
  const of = resolveExpr(site, frame, literal.of);
  const place = placeOf(site, literal.span);
  const binders = [literal.key, literal.value].map((name) => binderOf(site, frame, name));
  const emit = (b: Build): readonly Step[] => {
    const collection = of.build(b);
    const tests: Step[] = [];
    const [key = null, value = null] = binders.map((variable) =>
      variable === null ? null : freeSlot(b, variable, { place, tests }),
    );
    return [{ op: 'each', of: collection, key, value, place }, ...tests];
  };
  return { missing: (b) => b.missing(of.uses), emit };
}

/** A free slot for the variable; where it is bound already, another one that a test compares with it. */
function freeSlot(
  b: Build,
  variable: Variable,
  { place, tests }: { readonly place: Place; readonly tests: Step[] },
): number {
  if (!b.bound.has(variable)) return b.bind(variable);
  const slot = b.fresh();
  tests.push(sameSlots(slot, b.slotOf(variable), place));
  return slot;
}

function resolveNot(site: Site, frame: Frame, body: Body, span: Span): LiteralPlan {
  const inner = new Frame(frame);
  const { literals } = resolveBody(site, inner, body);
  inner.close('not');
  const place = placeOf(site, span);
  return {
    missing: (b) => b.missing(inner.outer),
    emit: (b) => [{ op: 'not', body: b.fork().order(literals), place }],
  };
}

export function resolveEvery(site: Site, frame: Frame, literal: Extract<Literal, { kind: 'every' }>): LiteralPlan {
  const { findings } = site.bundle;
  const of = resolveExpr(site, frame, literal.of);
  const inner = new Frame(frame);
  const place = placeOf(site, literal.span);
  const declare = ({ text, span }: Name): Variable => {
    if (text !== '_' && !isVariable(site, text)) warnBinder(site, { text, span });
    else if (frame.find(text) !== undefined)
      findings.add(site.unit.source, span, 'shadow', { name: text, what: 'bound outside' });
    return inner.declare(text === '_' ? '' : text, span);
  };
  const key = literal.key === null || literal.key.text === '_' ? null : declare(literal.key);
  const value = declare(literal.value);
  const { literals } = resolveBody(site, inner, literal.body);
  const emit = (b: Build): readonly Step[] => {
    const collection = of.build(b);
    const inside = b.fork();
    const slots = { key: key === null ? null : inside.bind(key), value: inside.bind(value) };
    return [{ op: 'every', of: collection, ...slots, body: inside.order(literals), place }];
  };
  return { missing: (b) => b.missing([...of.uses, ...inner.outer]), emit };
}

type RowCallee = Exclude<Callee, { kind: 'builtin' }>;
type RowArg = { readonly plan: ExprPlan } | { readonly any: Span };

/** `rule(args)` and `granted(args)`: bound arguments select rows, unbound variables are bound by them. */
function resolveRows(
  site: Site,
  frame: Frame,
  { callee, call }: { callee: RowCallee; call: Extract<Ast, { kind: 'call' }> },
): LiteralPlan {
  const args = call.args.map(
    (arg): RowArg =>
      arg.kind === 'name' && arg.name === '_' ? { any: arg.span } : { plan: resolveExpr(site, frame, arg) },
  );
  const predicate = callee.kind === 'rule' ? callee.predicate : null;
  if (predicate !== null && site.caller !== null) predicate.callers.add(site.caller);
  const place = placeOf(site, call.span);
  const wanted = callee.kind === 'rule' ? callee.predicate.arity : FACTS[callee.facts].length;
  if (args.length !== wanted) {
    const data = { name: call.name.text, wanted, found: args.length };
    const forgets = callee.kind === 'facts' && callee.facts !== 'member' && args.length === wanted - 1;
    site.bundle.findings.add(site.unit.source, call.span, forgets ? 'no-approvers' : 'arity', data);
    return { missing: () => [], emit: (b) => bindAll(b, args) };
  }
  if (callee.kind === 'facts' && callee.facts !== 'member') refuseAnyApprovers(site, call.name.text, args);
  const emit = (b: Build): readonly Step[] => {
    const tests: Step[] = [];
    const bound = new Set(b.bound);
    const built = args.map((arg, index) =>
      rowArg(b, arg, { bound, tests, place, needed: predicate?.needs.has(index) === true }),
    );
    const step: Step =
      callee.kind === 'rule'
        ? { op: 'rows', predicate: callee.predicate.index, args: built, place }
        : { op: 'facts', facts: callee.facts, args: built, place };
    for (const [index, arg] of args.entries())
      if ('any' in arg && predicate?.needs.has(index) === true) refuseAny(site, { predicate, index, span: arg.any });
    return [step, ...tests];
  };
  return { missing: (b) => missingArgs(b, args, { predicate, span: call.span }), emit };
}

/** Whoever proposes writes the quorum: what anybody approved means nothing yet. A variable that nothing asks about is found later. */
function refuseAnyApprovers(site: Site, name: string, args: readonly RowArg[]): void {
  const last = args.at(-1);
  if (last === undefined) return;
  if ('any' in last) site.bundle.findings.add(site.unit.source, last.any, 'any-approvers', { name });
  else if (last.plan.variable !== null) last.plan.variable.approversOf = name;
}

function bindAll(b: Build, args: readonly RowArg[]): readonly Step[] {
  for (const arg of args) if ('plan' in arg) for (const variable of arg.plan.uses) b.bind(variable);
  return [];
}

interface RowSite {
  /** What was bound before this literal. */
  readonly bound: ReadonlySet<Variable>;
  readonly tests: Step[];
  readonly place: Place;
  readonly needed: boolean;
}

function rowArg(b: Build, arg: RowArg, { bound, tests, place }: RowSite): Arg {
  if ('any' in arg) return null;
  const { variable } = arg.plan;
  if (variable === null || bound.has(variable)) return { bound: arg.plan.build(b) };
  return { free: freeSlot(b, variable, { place, tests }) };
}

function missingArgs(
  b: Build,
  args: readonly RowArg[],
  { predicate, span }: { readonly predicate: PredicateInfo | null; readonly span: Span },
): readonly Missing[] {
  return args.flatMap((arg, index) => {
    if ('any' in arg) return [];
    const missing = b.missing(arg.plan.uses);
    if (arg.plan.variable === null) return missing;
    if (predicate === null || !predicate.needs.has(index)) return [];
    const asked = { rule: predicate.name, parameter: predicate.parameters[index] ?? '', span };
    return missing.map(({ variable }) => ({ variable, asked }));
  });
}

function refuseAny(
  site: Site,
  { predicate, index, span }: { predicate: PredicateInfo; index: number; span: Span },
): void {
  const data = { name: '_', rule: predicate.name, parameter: predicate.parameters[index] ?? '' };
  site.bundle.findings.add(site.unit.source, span, 'unbound-argument', data);
}
