/** Types of expressions. */
import { resultType, SIGNATURES } from '../builtins/index.js';
import { INPUT_TYPE, nearest, type Type } from '../input/index.js';
import type { ReportAt } from './findings.js';
import type { Expr, Place, Step } from './ir.js';
import {
  ANY,
  BOOL,
  elementsOf,
  fits,
  INT,
  joinAll,
  listType,
  NEVER,
  notNull,
  overlaps,
  recordType,
  sayType,
  TEXT,
  type Typed,
  typed,
  typeOfValue,
} from './type-algebra.js';

type Of<O extends Expr['op']> = Extract<Expr, { op: O }>;

/** What the types of a body's expressions are read from and written to. */
export interface TypeScope {
  /** By slot. */
  readonly slots: Map<number, Typed>;
  readonly poisoned: WeakSet<Expr>;
  readonly report: ReportAt;
  /** Parts of the input that a line above has found not to be null; see `pathOf`. */
  nonNull: ReadonlySet<string>;
  /** Types the steps of an inner body, and what is asked of them; what they find out stays inside. */
  readonly inside: <T>(steps: readonly Step[], then: () => T) => T;
}

/** A name for what an expression reads, the same wherever it reads the same; null where it computes. */
export function pathOf(expr: Expr): string | null {
  if (expr.op === 'input') return 'input';
  if (expr.op === 'slot') return `${expr.slot}`;
  if (expr.op !== 'field') return null;
  const of = pathOf(expr.of);
  return of === null ? null : `${of}.${expr.name}`;
}

/** Warns where a null that may be there would be an error of the rule. */
function expectValue(scope: TypeScope, expr: Expr, { type }: Typed): void {
  if (type.t !== 'nullable') return;
  const path = pathOf(expr);
  if (path === null || scope.nonNull.has(path)) return;
  const name = expr.op === 'field' ? expr.name : null;
  scope.report(expr.place, 'may-be-null', { name });
}

export function typeOf(scope: TypeScope, expr: Expr): Typed {
  switch (expr.op) {
    case 'value':
      return scope.poisoned.has(expr) ? ANY : typed(typeOfValue(expr.value));
    case 'slot':
      return scope.slots.get(expr.slot) ?? ANY;
    case 'input':
      return typed(INPUT_TYPE);
    case 'field':
      return typeOfField(scope, expr);
    case 'index':
      return typeOfIndex(scope, expr);
    case 'call':
      return typeOfCall(scope, expr);
    case 'list':
      return typed(listType(joinAll(expr.items.map((item) => typeOf(scope, item).type))));
    case 'record':
      return typed(recordType(expr.entries.map(([key, value]) => [key, typeOf(scope, value).type])));
    case 'binary':
      return typeOfBinary(scope, expr);
    case 'in':
      return typeOfIn(scope, expr);
    case 'aggregate':
    case 'collect':
      return typeOfCollection(scope, expr);
  }
}

/** How a value is called in a message: `update` is better than `a record`. */
function say(expr: Expr, { type }: Typed): string {
  if (expr.op === 'input') return '`input`';
  return expr.op === 'field' ? `\`${expr.name}\`, ${sayType(type)},` : sayType(type);
}

function fieldOf(
  scope: TypeScope,
  of: Typed,
  { name, place, expr }: { name: string; place: Place; expr: Expr },
): Typed {
  const type = notNull(of.type);
  if (type.t === 'any') return type === NEVER.type ? NEVER : ANY;
  if (type.t === 'map') return typed(type.of);
  if (type.t !== 'record') {
    scope.report(place, 'no-fields', { name, found: sayType(type) });
    return ANY;
  }
  const field = Object.hasOwn(type.fields, name) ? type.fields[name] : undefined;
  if (field !== undefined) return { type: field.type, oneOf: field.oneOf ?? null };
  const fields = Object.keys(type.fields);
  const data = { name, of: say(expr, { ...of, type }), fields, meant: nearest(name, fields) };
  scope.report(place, 'unknown-field', data);
  return ANY;
}

function typeOfField(scope: TypeScope, { of, name, place }: Of<'field'>): Typed {
  // The name is the last thing that is written.
  const [module, , end] = place;
  const whole = typeOf(scope, of);
  expectValue(scope, of, whole);
  return fieldOf(scope, whole, { name, place: [module, end - name.length, end], expr: of });
}

function typeOfIndex(scope: TypeScope, { of, index, place }: Of<'index'>): Typed {
  const [whole, key] = [typeOf(scope, of), typeOf(scope, index)];
  const type = notNull(whole.type);
  if (type.t === 'any') return type === NEVER.type ? NEVER : ANY;
  if (type.t === 'list') {
    expect(scope, index, { found: key, wanted: INT.type, what: 'the index of a list' });
    return typed(type.of);
  }
  if (type.t !== 'map' && type.t !== 'record') {
    scope.report(place, 'type', { what: 'what has an index', wanted: 'a list or a record', found: sayType(type) });
    return ANY;
  }
  expect(scope, index, { found: key, wanted: TEXT.type, what: 'the key of a record' });
  if (index.op === 'value' && typeof index.value === 'string')
    return fieldOf(scope, whole, { name: index.value, place: index.place, expr: of });
  return elementsOf(type)?.value ?? ANY;
}

export function expect(
  scope: TypeScope,
  expr: Expr,
  { found, wanted, what }: { found: Typed; wanted: Type; what: string },
): void {
  if (!fits(found.type, wanted))
    scope.report(expr.place, 'type', { what, wanted: sayType(wanted), found: sayType(found.type) });
}

function typeOfCall(scope: TypeScope, { builtin, args }: Of<'call'>): Typed {
  const found = args.map((arg) => typeOf(scope, arg));
  const signature = SIGNATURES.get(builtin);
  if (signature === undefined) return ANY;
  signature.params.forEach(({ name, accepts }, index) => {
    const [arg, type] = [args[index], found[index]?.type];
    if (arg === undefined || type === undefined) return;
    if (accepts.some((each) => fits(type, each))) {
      if (!accepts.some(({ t }) => t === 'null' || t === 'any')) expectValue(scope, arg, typed(type));
      return;
    }
    const wanted = accepts.map(sayType).join(' or ');
    scope.report(arg.place, 'type', { what: `\`${name}\` of \`${builtin}\``, wanted, found: sayType(type) });
  });
  return typed(
    resultType(
      signature,
      found.map(({ type }) => type),
    ),
  );
}

function typeOfBinary(scope: TypeScope, expr: Of<'binary'>): Typed {
  const [left, right] = [typeOf(scope, expr.left), typeOf(scope, expr.right)];
  if (expr.fn === '==' || expr.fn === '!=') {
    checkEqual(scope, { place: expr.place, left, right });
    checkChoice(scope, { choice: left, value: expr.right });
    checkChoice(scope, { choice: right, value: expr.left });
    return BOOL;
  }
  const ordered = expr.fn !== '-' && expr.fn !== '*';
  const texts = ordered && [left, right].some(({ type }) => notNull(type).t === 'text');
  const wanted = texts ? TEXT.type : INT.type;
  for (const [side, found] of [
    [expr.left, left],
    [expr.right, right],
  ] as const) {
    const type = notNull(found.type);
    const right = type.t === 'any' || type.t === wanted.t;
    expectValue(scope, side, found);
    const words = ordered && !texts ? 'an integer or a text' : sayType(wanted);
    if (!right)
      scope.report(side.place, 'type', { what: `a side of \`${expr.fn}\``, wanted: words, found: sayType(found.type) });
  }
  if (expr.fn !== '+' && expr.fn !== '-' && expr.fn !== '*') return BOOL;
  if (texts) return TEXT;
  return expr.fn === '+' && [left, right].some(({ type }) => notNull(type).t === 'any') ? ANY : INT;
}

function checkEqual(scope: TypeScope, { place, left, right }: { place: Place; left: Typed; right: Typed }): void {
  if (overlaps(left.type, right.type)) return;
  const types = [left.type, right.type];
  const other = types.find(({ t }) => t !== 'null');
  if (other !== undefined && types.some(({ t }) => t === 'null'))
    scope.report(place, 'never-null', { found: sayType(other) });
  else scope.report(place, 'never-equal', { left: sayType(left.type), right: sayType(right.type) });
}

/** A text that is one of few is compared with another one. */
function checkChoice(scope: TypeScope, { choice: { oneOf }, value }: { choice: Typed; value: Expr }): void {
  if (oneOf === null || value.op !== 'value') return;
  const values = Array.isArray(value.value) ? (value.value as readonly unknown[]) : [value.value];
  for (const each of values)
    if (typeof each === 'string' && !oneOf.includes(each))
      scope.report(value.place, 'never-value', { value: each, choices: oneOf, meant: nearest(each, oneOf) });
}

function typeOfIn(scope: TypeScope, { left, right, place }: Of<'in'>): Typed {
  const [member, whole] = [typeOf(scope, left), typeOf(scope, right)];
  const elements = elementsOf(whole.type);
  if (elements === null) {
    scope.report(right.place, 'type', {
      what: 'what stands after `in`',
      wanted: 'a list or a record',
      found: sayType(whole.type),
    });
    return BOOL;
  }
  checkEqual(scope, { place, left: member, right: elements.value });
  checkChoice(scope, { choice: member, value: right });
  return BOOL;
}

function typeOfCollection(scope: TypeScope, expr: Of<'aggregate'> | Of<'collect'>): Typed {
  const value = scope.inside(expr.body, () => typeOf(scope, expr.value));
  if (expr.op === 'collect') return typed(listType(value.type));
  if (expr.fn === 'count') return INT;
  const type = notNull(value.type);
  if (type.t !== 'any' && type.t !== 'int' && type.t !== 'text')
    scope.report(expr.value.place, 'type', {
      what: `a value of \`${expr.fn}\``,
      wanted: 'an integer or a text',
      found: sayType(type),
    });
  return value;
}
