/**
 * One description of the shape of every record, used to check what was decoded and what is about to be encoded. A schema
 * returns the data it was given, typed, or says where it departs from the shape (`records[3].payload.x`).
 */
import { codecError } from './errors.js';
import { formatPath, type Step, type Value } from './value.js';

/** Where and how a value departs from its shape. Steps are in reverse: the innermost first. */
export interface Fault {
  readonly why: string;
  readonly steps: Step[];
}

/**
 * A schema as data, for whatever is derived from it, such as a JSON Schema. It says no more than can be said without code: the condition of
 * `refine` is not in it. Made once with the schema; reading values does not touch it.
 */
export type Shape =
  | { readonly t: 'text'; readonly maxBytes: number; readonly minBytes: number; readonly pattern?: RegExp | undefined }
  | { readonly t: 'int'; readonly min: number; readonly max: number }
  | { readonly t: 'bool' | 'cid' | 'json' | 'value' }
  /** Bytes: fewest and most. */
  | { readonly t: 'bytes'; readonly min: number; readonly max: number }
  | { readonly t: 'one-of'; readonly values: readonly Scalar[] }
  | { readonly t: 'nullable'; readonly of: Shape }
  | { readonly t: 'list'; readonly item: Shape; readonly min: number; readonly max: number }
  | { readonly t: 'record'; readonly key?: Shape | undefined; readonly item: Shape; readonly max: number }
  | { readonly t: 'struct'; readonly fields: Readonly<Record<string, { shape: Shape; required: boolean }>> };

export type Scalar = string | number | boolean | null;

export interface Schema<T> {
  readonly shape: Shape;
  /**
   * The same data, typed. `path` names the value in errors and may be empty.
   * Throws `codec/schema` with the path of the part that departs from the shape.
   */
  read(value: unknown, path?: string): T;
  /** The first departure from the shape, or undefined when there is none. Never throws. */
  find(value: unknown): Fault | undefined;
}

/** A field of a struct that may be absent. */
export interface Optional<T> {
  readonly optional: Schema<T>;
}

export type Infer<S> = S extends Schema<infer T> ? T : never;

/** A schema from its shape and the function that finds departures. */
export function schemaOf<T>(shape: Shape, find: (value: unknown) => Fault | undefined): Schema<T> {
  return {
    shape,
    find,
    read(value, path = '') {
      const fault = find(value);
      if (fault === undefined) return value as T;
      throw codecError('schema', { path: formatPath(path, fault.steps.reverse()), why: fault.why });
    },
  };
}

export function fault(why: string): Fault {
  return { why, steps: [] };
}

/** The fault of a part, seen from the value that holds it. */
export function inside(step: Step, inner: Fault): Fault {
  inner.steps.push(step);
  return inner;
}

/** What a value is, for messages. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Uint8Array) return 'bytes';
  switch (typeof value) {
    case 'string':
      return 'text';
    case 'number':
      return 'a number';
    case 'boolean':
      return 'a boolean';
    case 'undefined':
      return 'absent';
    default:
      return isMap(value) ? 'a map' : 'another object';
  }
}

/** Is this a plain object, as decoding makes them? */
export function isMap(value: unknown): value is { readonly [key: string]: Value } {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value) as unknown;
  return prototype === Object.prototype || prototype === null;
}
