/** Expressions: names resolved, constants folded in, calls checked for their number of arguments. */
import { type JsonValue, setEntry } from '../../codec/index.js';
import { LIMITS } from '../../kernel/index.js';
import { nearest } from '../input/index.js';
import type { Expr as Ast, Span } from '../language/index.js';
import type { Build, ExprPlan } from './build.js';
import { placeOf, type Site } from './bundle.js';
import { dottedName, extentOfValue } from './constants.js';
import type { Expr } from './ir.js';
import { resolveCallee } from './resolve-call.js';
import { Frame, type Variable } from './scope.js';

const NO_USES: ReadonlySet<Variable> = new Set();

function plan(span: Span, parts: readonly ExprPlan[], build: (build: Build) => Expr): ExprPlan {
  const uses = parts.length === 0 ? NO_USES : new Set(parts.flatMap((part) => [...part.uses]));
  return { uses, variable: null, span, build };
}

/** Stands for what was refused. */
export function poison(site: Site, span: Span): ExprPlan {
  return plan(span, [], () => {
    const expr: Expr = { op: 'value', value: null, place: placeOf(site, span) };
    site.bundle.poisoned.add(expr);
    return expr;
  });
}

function valuePlan(site: Site, value: JsonValue, span: Span): ExprPlan {
  const { budget, findings } = site.bundle;
  budget.left -= extentOfValue(value).count;
  if (budget.left < 0) {
    findings.add(site.unit.source, span, 'too-many', { what: 'values in the bundle', limit: LIMITS.policyNodes });
    return poison(site, span);
  }
  const expr: Expr = { op: 'value', value, place: placeOf(site, span) };
  return plan(span, [], () => expr);
}

/**
 * A mention of a variable. Where an inner body above met the name, that is another variable: after `not` it is refused, because
 * `not granted(a, r)` before `r = …` would ask for any `r` at all; after a collection it is only confusing.
 */
export function mention(
  site: Site,
  frame: Frame,
  { name, span }: { readonly name: string; readonly span: Span },
): Variable {
  const { variable, isNew } = frame.mention(name, span);
  const inner = isNew ? frame.inner.get(name) : undefined;
  if (inner === undefined) return variable;
  const { findings } = site.bundle;
  if (inner.kind === 'not') findings.add(site.unit.source, inner.variable.span, 'later-use', { name });
  else
    findings.add(site.unit.source, inner.variable.span, 'shadow', { name, what: 'the name of another variable below' });
  return variable;
}

/** Is the name that of a variable, rather than `input`, `_`, a constant or a module? */
export function isVariable(site: Site, name: string): boolean {
  return name !== 'input' && name !== '_' && !site.unit.constants.has(name) && !site.unit.imports.has(name);
}

export function resolveExpr(site: Site, frame: Frame, ast: Ast): ExprPlan {
  const place = placeOf(site, ast.span);
  const part = (each: Ast): ExprPlan => resolveExpr(site, frame, each);
  switch (ast.kind) {
    case 'value':
      return valuePlan(site, ast.value, ast.span);
    case 'name':
      return resolveName(site, frame, ast);
    case 'field':
      return resolveField(site, frame, ast);
    case 'index': {
      const [of, index] = [part(ast.of), part(ast.index)];
      return plan(ast.span, [of, index], (b) => ({ op: 'index', of: of.build(b), index: index.build(b), place }));
    }
    case 'call':
      return resolveCall(site, frame, ast);
    case 'list':
    case 'record':
      return resolveLiteralCollection(site, frame, ast);
    case 'binary':
    case 'in':
      return resolveOperator(site, frame, ast);
    case 'aggregate':
    case 'comprehension':
      return resolveCollection(site, frame, ast);
  }
}

function resolveLiteralCollection(site: Site, frame: Frame, ast: Extract<Ast, { kind: 'list' | 'record' }>): ExprPlan {
  const { poisoned } = site.bundle;
  const place = placeOf(site, ast.span);
  if (ast.kind === 'list') {
    const items = ast.items.map((item) => resolveExpr(site, frame, item));
    return plan(ast.span, items, (b) =>
      listOf(
        items.map((item) => item.build(b)),
        place,
        poisoned,
      ),
    );
  }
  const entries = ast.entries.map(({ key, value }) => [key.text, resolveExpr(site, frame, value)] as const);
  const parts = entries.map(([, value]) => value);
  return plan(ast.span, parts, (b) =>
    recordOf(
      entries.map(([key, value]) => [key, value.build(b)]),
      place,
      poisoned,
    ),
  );
}

function resolveOperator(site: Site, frame: Frame, ast: Extract<Ast, { kind: 'binary' | 'in' }>): ExprPlan {
  const place = placeOf(site, ast.span);
  const [left, right] = [resolveExpr(site, frame, ast.left), resolveExpr(site, frame, ast.right)];
  const sides = (b: Build): { readonly left: Expr; readonly right: Expr } => ({
    left: left.build(b),
    right: right.build(b),
  });
  if (ast.kind === 'in') {
    const { negated } = ast;
    return plan(ast.span, [left, right], (b) => ({ op: 'in', ...sides(b), negated, place }));
  }
  const { op: fn } = ast;
  return plan(ast.span, [left, right], (b) => ({ op: 'binary', fn, ...sides(b), place }));
}

function resolveName(site: Site, frame: Frame, ast: Extract<Ast, { kind: 'name' }>): ExprPlan {
  const { bundle, unit } = site;
  const place = placeOf(site, ast.span);
  if (ast.name === 'input') return plan(ast.span, [], () => ({ op: 'input', place }));
  if (ast.name === '_') {
    bundle.findings.add(unit.source, ast.span, 'underscore', {});
    return poison(site, ast.span);
  }
  const constant = bundle.constants.find(unit, ast);
  if (constant !== undefined)
    return constant.value === undefined ? poison(site, ast.span) : valuePlan(site, constant.value, ast.span);
  if (unit.imports.has(ast.name)) {
    bundle.findings.add(unit.source, ast.span, 'module-value', { name: ast.name });
    return poison(site, ast.span);
  }
  const variable = mention(site, frame, ast);
  const build = (b: Build): Expr => ({ op: 'slot', slot: b.slotOf(variable), place });
  return { uses: new Set([variable]), variable, span: ast.span, build };
}

function resolveField(site: Site, frame: Frame, ast: Extract<Ast, { kind: 'field' }>): ExprPlan {
  const { bundle, unit } = site;
  const constant = bundle.constants.find(unit, ast);
  if (constant !== undefined)
    return constant.value === undefined ? poison(site, ast.span) : valuePlan(site, constant.value, ast.span);
  const alias = dottedName(ast.of)?.join('.');
  const module = alias === undefined ? undefined : unit.imports.get(alias);
  if (module === null) return poison(site, ast.span);
  if (module !== undefined) {
    const { text, span } = ast.name;
    if (module.rules.has(text))
      bundle.findings.add(unit.source, ast.span, 'rule-as-value', { name: `${alias}.${text}` });
    else {
      const meant = nearest(text, module.constants.keys());
      bundle.findings.add(unit.source, span, 'unknown-member', { module: module.name, name: text, meant });
    }
    return poison(site, ast.span);
  }
  const of = resolveExpr(site, frame, ast.of);
  const place = placeOf(site, ast.span);
  return plan(ast.span, [of], (b) => ({ op: 'field', of: of.build(b), name: ast.name.text, place }));
}

function resolveCall(site: Site, frame: Frame, ast: Extract<Ast, { kind: 'call' }>): ExprPlan {
  const { findings } = site.bundle;
  const callee = resolveCallee(site, ast.name);
  const args = ast.args.map((arg) => resolveExpr(site, frame, arg));
  if (callee === null) return poison(site, ast.span);
  if (callee.kind !== 'builtin') {
    findings.add(site.unit.source, ast.span, 'rule-as-value', { name: ast.name.text });
    return poison(site, ast.span);
  }
  const { name, params } = callee.signature;
  if (args.length !== params.length) {
    findings.add(site.unit.source, ast.span, 'arity', { name, wanted: params.length, found: args.length });
    return poison(site, ast.span);
  }
  const place = placeOf(site, ast.span);
  return plan(ast.span, args, (b) => ({ op: 'call', builtin: name, args: args.map((arg) => arg.build(b)), place }));
}

function resolveCollection(
  site: Site,
  frame: Frame,
  ast: Extract<Ast, { kind: 'aggregate' | 'comprehension' }>,
): ExprPlan {
  const inner = new Frame(frame);
  const body = site.bundle.resolveBody(site, inner, ast.body);
  const value = resolveExpr(site, inner, ast.value);
  inner.close('collection');
  const place = placeOf(site, ast.span);
  const build = (b: Build): Expr => {
    const inside = b.fork();
    const steps = inside.order([
      ...body.literals,
      // The value is asked for last: what it needs must be bound by then.
      { missing: (now) => now.missing(value.uses), emit: () => [] },
    ]);
    const parts = { value: value.build(inside), body: steps, place };
    return ast.kind === 'aggregate' ? { op: 'aggregate', fn: ast.fn, ...parts } : { op: 'collect', ...parts };
  };
  return { uses: inner.outer, variable: null, span: ast.span, build };
}

/** A list whose items are all values is a value. */
function listOf(items: readonly Expr[], place: Expr['place'], poisoned: WeakSet<Expr>): Expr {
  const values: JsonValue[] = [];
  for (const item of items) {
    if (item.op !== 'value' || poisoned.has(item)) return { op: 'list', items, place };
    values.push(item.value);
  }
  return { op: 'value', value: values, place };
}

function recordOf(entries: readonly (readonly [string, Expr])[], place: Expr['place'], poisoned: WeakSet<Expr>): Expr {
  const value: Record<string, JsonValue> = {};
  for (const [key, item] of entries) {
    if (item.op !== 'value' || poisoned.has(item)) return { op: 'record', entries, place };
    setEntry(value, key, item.value);
  }
  return { op: 'value', value, place };
}
