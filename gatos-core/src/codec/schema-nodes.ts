/** Schemas of values that hold others. */
import { type Fault, fault, inside, isMap, kindOf, type Optional, type Schema, schemaOf } from './schema.js';
import type { Step } from './value.js';

type Fields = Readonly<Record<string, Schema<unknown> | Optional<unknown>>>;

type RequiredKeys<F extends Fields> = { [K in keyof F]: F[K] extends Optional<unknown> ? never : K }[keyof F];
type OptionalKeys<F extends Fields> = { [K in keyof F]: F[K] extends Optional<unknown> ? K : never }[keyof F];
type FieldType<F> = F extends Optional<infer T> ? T : F extends Schema<infer T> ? T : never;
type Flat<T> = { [K in keyof T]: T[K] };

export type Struct<F extends Fields> = Flat<
  { readonly [K in RequiredKeys<F>]: FieldType<F[K]> } & { readonly [K in OptionalKeys<F>]?: FieldType<F[K]> }
>;

/** A map with exactly these fields: unknown ones are refused, `optional` ones may be absent. */
export function struct<F extends Fields>(fields: F): Schema<Struct<F>> {
  const known = new Map<string, { readonly schema: Schema<unknown>; readonly required: boolean }>();
  const required: string[] = [];
  for (const [name, field] of Object.entries(fields)) {
    const mayBeAbsent = 'optional' in field;
    known.set(name, { schema: mayBeAbsent ? field.optional : field, required: !mayBeAbsent });
    if (!mayBeAbsent) required.push(name);
  }
  const shapes = [...known].map(([name, field]) => [name, { shape: field.schema.shape, required: field.required }]);
  return schemaOf({ t: 'struct', fields: Object.fromEntries(shapes) }, (value) => {
    if (!isMap(value)) return fault(`is ${kindOf(value)}, not a map`);
    let missing = required.length;
    for (const key of Object.keys(value)) {
      const field = known.get(key);
      if (field === undefined) return inside(key, fault('is not a field of this map'));
      const inner = field.schema.find(value[key]);
      if (inner !== undefined) return inside(key, inner);
      if (field.required) missing--;
    }
    return missing === 0 ? undefined : absent(value, required);
  });
}

function absent(value: object, required: readonly string[]): Fault {
  const name = required.find((key) => !Object.hasOwn(value, key)) ?? '';
  return inside(name, fault('is missing'));
}

/** Inside of `struct`: the field may be absent. (A field that may be null is `nullable`.) */
export function optional<T>(schema: Schema<T>): Optional<T> {
  return { optional: schema };
}

/** The value, or null. */
export function nullable<T>(schema: Schema<T>): Schema<T | null> {
  return schemaOf({ t: 'nullable', of: schema.shape }, (value) => (value === null ? undefined : schema.find(value)));
}

export interface ListRules {
  /** Fewest items; 0 when absent. */
  readonly min?: number | undefined;
  /** Most items. */
  readonly max: number;
}

/** A list of bounded length, each item of one shape. */
export function list<T>(item: Schema<T>, { min = 0, max }: ListRules): Schema<readonly T[]> {
  return schemaOf({ t: 'list', item: item.shape, min, max }, (value) => {
    if (!Array.isArray(value)) return fault(`is ${kindOf(value)}, not a list`);
    if (value.length < min) return fault(`has ${value.length} items, fewer than ${min}`);
    if (value.length > max) return fault(`has ${value.length} items, more than ${max}`);
    for (let i = 0; i < value.length; i++) {
      const inner = item.find(value[i]);
      if (inner !== undefined) return inside(i, inner);
    }
    return undefined;
  });
}

export interface RecordRules {
  /** Most entries. */
  readonly max: number;
}

interface RecordShape<T> extends RecordRules {
  readonly key: Schema<string> | undefined;
  readonly item: Schema<T>;
}

function recordOf<T>({ key, item, max }: RecordShape<T>): Schema<{ readonly [key: string]: T }> {
  return schemaOf({ t: 'record', key: key?.shape, item: item.shape, max }, (value) => {
    if (!isMap(value)) return fault(`is ${kindOf(value)}, not a map`);
    const entries: readonly [Step, unknown][] = Object.entries(value);
    if (entries.length > max) return fault(`has ${entries.length} entries, more than ${max}`);
    for (const [name, entry] of entries) {
      const odd = key?.find(name);
      if (odd !== undefined) return inside(name, fault(`has a key that ${odd.why}`));
      const inner = item.find(entry);
      if (inner !== undefined) return inside(name, inner);
    }
    return undefined;
  });
}

/** A map with a bounded number of entries: keys of one shape (any text when no schema is given), items of one shape. */
export function record<T>(item: Schema<T>, rules: RecordRules): Schema<{ readonly [key: string]: T }>;
export function record<T>(
  key: Schema<string>,
  item: Schema<T>,
  rules: RecordRules,
): Schema<{ readonly [key: string]: T }>;
export function record<T>(
  ...parts: readonly [Schema<T>, RecordRules] | readonly [Schema<string>, Schema<T>, RecordRules]
): Schema<{ readonly [key: string]: T }> {
  if (parts.length === 2) return recordOf({ key: undefined, item: parts[0], max: parts[1].max });
  return recordOf({ key: parts[0], item: parts[1], max: parts[2].max });
}

/** A schema with one more condition: `refusal` says in words (`is not …`) why a value of the right shape is wrong. */
export function refine<T>(schema: Schema<T>, refusal: (value: T) => string | undefined): Schema<T> {
  return schemaOf(schema.shape, (value) => {
    const inner = schema.find(value);
    if (inner !== undefined) return inner;
    const why = refusal(value as T);
    return why === undefined ? undefined : fault(why);
  });
}
