/** Operations on types: what a value has, what two have in common, what fits where, and how a type is said in words. */
import type { JsonValue } from '../../codec/index.js';
import type { Field, Type } from '../input/index.js';

/** A type, and the values of a text that is one of few. */
export interface Typed {
  readonly type: Type;
  readonly oneOf: readonly string[] | null;
}

export const ANY: Typed = { type: { t: 'any' }, oneOf: null };
/** Nothing is known to come here yet. Fits everywhere, as `any` does, but says nothing about where it is passed on. */
export const NEVER: Typed = { type: { t: 'any' }, oneOf: null };
export const BOOL: Typed = { type: { t: 'bool' }, oneOf: null };
export const INT: Typed = { type: { t: 'int' }, oneOf: null };
export const TEXT: Typed = { type: { t: 'text' }, oneOf: null };

/** Deeper than any sensible type: what is inside is not followed. */
const DEPTH = 24;
const depths = new WeakMap<Type, number>();

function depthOf(type: Type): number {
  return depths.get(type) ?? 0;
}

function nested(type: Type, parts: readonly Type[]): Type {
  const depth = 1 + parts.reduce((most, part) => Math.max(most, depthOf(part)), 0);
  if (depth > DEPTH) return ANY.type;
  depths.set(type, depth);
  return type;
}

export const listType = (of: Type): Type => nested({ t: 'list', of }, [of]);

export const typed = (type: Type): Typed => ({ type, oneOf: null });

export function typeOfValue(value: JsonValue): Type {
  if (value === null) return { t: 'null' };
  if (typeof value === 'boolean') return { t: 'bool' };
  if (typeof value === 'number') return { t: 'int' };
  if (typeof value === 'string') return { t: 'text' };
  if (Array.isArray(value)) return listType(joinAll((value as readonly JsonValue[]).map(typeOfValue)));
  return recordType(Object.entries(value).map(([key, item]) => [key, typeOfValue(item)]));
}

export function recordType(entries: readonly (readonly [string, Type])[]): Type {
  const fields = Object.create(null) as Record<string, Field>;
  for (const [key, type] of entries) fields[key] = { type, about: '' };
  return nested(
    { t: 'record', fields },
    entries.map(([, type]) => type),
  );
}

/** The least type that holds both. */
export function join(a: Type, b: Type): Type {
  if (a === b || a.t === 'any') return a;
  if (b.t === 'any') return b;
  if (a.t === 'null') return b.t === 'null' || b.t === 'nullable' ? b : { t: 'nullable', of: b };
  if (b.t === 'null') return a.t === 'nullable' ? a : { t: 'nullable', of: a };
  if (a.t === 'nullable' || b.t === 'nullable') return orNull(join(notNull(a), notNull(b)));
  if (a.t === 'list' && b.t === 'list') return listType(join(a.of, b.of));
  if (a.t === 'map' && b.t === 'map') return { t: 'map', of: join(a.of, b.of) };
  return sameType(a, b) ? a : ANY.type;
}

const orNull = (type: Type): Type => (type.t === 'any' || type.t === 'nullable' ? type : { t: 'nullable', of: type });

export function joinAll(types: readonly Type[]): Type {
  const [first, ...rest] = types;
  return first === undefined ? ANY.type : rest.reduce(join, first);
}

export function joinTyped(a: Typed, b: Typed): Typed {
  const oneOf = a.oneOf === null || b.oneOf === null ? null : [...new Set([...a.oneOf, ...b.oneOf])];
  return { type: join(a.type, b.type), oneOf };
}

/** Pairs that are known to be the same, so that shared parts are compared once. */
const same = new WeakMap<Type, WeakSet<Type>>();

export function sameType(a: Type, b: Type): boolean {
  if (a === b || same.get(a)?.has(b) === true) return true;
  const result = sameShape(a, b);
  if (result) same.set(a, (same.get(a) ?? new WeakSet()).add(b));
  return result;
}

function sameShape(a: Type, b: Type): boolean {
  if (a.t === 'record' && b.t === 'record') {
    const [keys, others] = [Object.keys(a.fields), Object.keys(b.fields)];
    if (keys.length !== others.length) return false;
    return keys.every((key) => {
      const [field, other] = [a.fields[key], b.fields[key]];
      return field !== undefined && other !== undefined && sameType(field.type, other.type);
    });
  }
  if ((a.t === 'list' || a.t === 'map' || a.t === 'nullable') && a.t === b.t) return sameType(a.of, (b as typeof a).of);
  return a.t === b.t;
}

export const sameTyped = (a: Typed, b: Typed): boolean =>
  sameType(a.type, b.type) && (a.oneOf?.join() ?? null) === (b.oneOf?.join() ?? null);

/** Without the possibility of null. */
export const notNull = (type: Type): Type => (type.t === 'nullable' ? type.of : type);

/** Can a value of one type be one of the other? Where that depends on the value, it is left to the evaluator. */
export function overlaps(a: Type, b: Type): boolean {
  const isNull = (type: Type): boolean => type.t === 'null' || type.t === 'nullable';
  if (isNull(a) && isNull(b)) return true;
  const [left, right] = [notNull(a), notNull(b)];
  if (left.t === 'any' || right.t === 'any') return true;
  if (left.t === 'list' && right.t === 'list') return true;
  if ((left.t === 'record' || left.t === 'map') && (right.t === 'record' || right.t === 'map')) return true;
  return left.t === right.t;
}

/** May a value of type `found` stand where `wanted` is asked for? A null that may be there is left to the evaluator. */
export function fits(found: Type, wanted: Type): boolean {
  const [value, place] = [notNull(found), notNull(wanted)];
  if (value.t === 'any' || place.t === 'any') return true;
  if (value.t === 'list' && place.t === 'list') return fits(value.of, place.of);
  if (place.t === 'map') {
    if (value.t === 'map') return fits(value.of, place.of);
    return value.t === 'record' && Object.values(value.fields).every(({ type }) => fits(type, place.of));
  }
  if (value.t === 'record' && place.t === 'record') return true;
  return value.t === place.t || (value.t === 'null' && wanted.t === 'nullable');
}

/** Elements of a collection, and what they are known by; null when it is none. */
export function elementsOf(type: Type): { readonly key: Typed; readonly value: Typed } | null {
  const whole = notNull(type);
  if (whole === NEVER.type) return { key: NEVER, value: NEVER };
  if (whole.t === 'any') return { key: ANY, value: ANY };
  if (whole.t === 'list') return { key: INT, value: typed(whole.of) };
  if (whole.t === 'map') return { key: TEXT, value: typed(whole.of) };
  if (whole.t !== 'record') return null;
  return { key: TEXT, value: typed(joinAll(Object.values(whole.fields).map((field) => field.type))) };
}

const WORDS: Readonly<Record<Type['t'], string>> = {
  null: 'null',
  bool: 'a boolean',
  int: 'an integer',
  text: 'a text',
  any: 'a value',
  list: 'a list',
  record: 'a record',
  map: 'a record',
  nullable: 'a value or null',
};

export function sayType(type: Type): string {
  if (type.t === 'nullable') return `${sayType(type.of)} or null`;
  if (type.t === 'list' && WORDS[type.of.t] !== undefined && ['bool', 'int', 'text'].includes(type.of.t))
    return `a list of ${{ bool: 'booleans', int: 'integers', text: 'texts' }[type.of.t as 'bool' | 'int' | 'text']}`;
  return WORDS[type.t];
}
