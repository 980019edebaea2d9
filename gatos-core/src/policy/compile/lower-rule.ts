/** Alternatives of a rule: which parameters a caller must bind, and the clause that each alternative becomes. */
import { LIMITS } from '../../kernel/index.js';
import type { Body, RuleItem } from '../language/index.js';
import { type BodyPlan, Build, type ExprPlan, type LiteralPlan, sameSlots } from './build.js';
import { type PredicateInfo, placeOf, type Site } from './bundle.js';
import type { Clause, Expr, Step } from './ir.js';
import { resolveBody } from './resolve-body.js';
import { poison, resolveExpr } from './resolve-expr.js';
import { Frame, type Variable } from './scope.js';
import { reportUnsafe, warnUnused } from './unsafe.js';

export interface ClausePlan {
  readonly site: Site;
  readonly item: RuleItem;
  readonly predicate: PredicateInfo;
  readonly params: readonly ExprPlan[];
  readonly body: BodyPlan;
}

export function resolveClause(site: Site, predicate: PredicateInfo, item: RuleItem): ClausePlan {
  const frame = new Frame(null);
  const params = item.params.map((param) => {
    if (param.kind !== 'name' || param.name !== '_') return resolveExpr(site, frame, param);
    site.bundle.findings.add(site.unit.source, param.span, 'underscore', {});
    return poison(site, param.span);
  });
  const body = item.body === null ? { frame, literals: [] } : resolveBody(site, frame, item.body);
  warnUnused(site, frame);
  return { site, item, predicate, params, body };
}

/** Adds to the needs of the rule what this alternative cannot bind by itself. True when they grew. */
export function inferNeeds({ predicate, params, body }: ClausePlan): boolean {
  const before = predicate.needs.size;
  const build = new Build((pending, b) => {
    const missing = pending.flatMap((literal) => literal.missing(b)).map(({ variable }) => variable);
    // The first parameter that helps: what is missing does not depend on the order of the literals, and neither does this.
    const helpful =
      params.find(({ variable }) => variable !== null && missing.includes(variable))?.variable ?? undefined;
    // Where no parameter helps, something else is unsafe: it is reported when the clause is made.
    const variable = helpful ?? missing[0];
    if (variable === undefined) return;
    if (helpful !== undefined) predicate.needs.add(indexOfParam(params, helpful));
    b.bind(variable);
  });
  bindNeeded(build, params, predicate.needs);
  build.order(body.literals);
  params.forEach(({ variable }, index) => {
    if (variable !== null && !build.bound.has(variable)) predicate.needs.add(index);
  });
  return predicate.needs.size > before;
}

function indexOfParam(params: readonly ExprPlan[], variable: Variable): number {
  return params.findIndex((param) => param.variable === variable);
}

function bindNeeded(build: Build, params: readonly ExprPlan[], needs: ReadonlySet<number>): void {
  params.forEach(({ variable }, index) => {
    if (variable !== null && needs.has(index)) build.bind(variable);
  });
}

/** The clause of one alternative, once the needs of all rules are known. */
export function lowerClause({ site, item, predicate, params, body }: ClausePlan): Clause {
  const place = placeOf(site, item.span);
  const build = new Build((pending, b) => reportUnsafe(site, body.frame, { pending, build: b }));
  const first: Step[] = [];
  const given = new Map<number, Expr>();
  for (const index of [...predicate.needs].sort((a, b) => a - b)) {
    const param = params[index];
    if (param === undefined || param.variable === null) continue;
    const paramPlace = placeOf(site, param.span);
    const met = build.bound.has(param.variable);
    const slot = met ? build.fresh() : build.bind(param.variable);
    if (met) first.push(sameSlots(slot, build.slotOf(param.variable), paramPlace));
    given.set(index, { op: 'slot', slot, place: paramPlace });
  }
  const steps = build.order([...body.literals, needing(params)]);
  const head = params.map((param, index) => given.get(index) ?? param.build(build));
  checkSlots(site, build, item.body);
  return { head, body: [...first, ...steps], slots: build.names.length, names: build.names, place };
}

/** A last literal that does nothing, but asks for the variables of these expressions. */
export function needing(exprs: readonly ExprPlan[]): LiteralPlan {
  return { missing: (b) => exprs.flatMap(({ uses }) => b.missing(uses)), emit: () => [] };
}

export function checkSlots(site: Site, build: Build, body: Body | null): void {
  if (build.names.length <= LIMITS.policySlots || body === null) return;
  site.bundle.findings.add(site.unit.source, body.span, 'too-many', {
    what: 'variables in a rule',
    limit: LIMITS.policySlots,
  });
}
