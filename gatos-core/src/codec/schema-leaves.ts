/** Schemas of values that hold no others. */
import { invariant, LIMITS } from '../kernel/index.js';
import { Cid } from './cid.js';
import { type Fault, fault, isMap, kindOf, type Scalar, type Schema, schemaOf } from './schema.js';
import { isWellFormed, type JsonValue, utf8Length, type Value } from './value.js';

const NO_FAULT = undefined;

export interface TextRules {
  /** Most UTF-8 bytes. */
  readonly maxBytes: number;
  /** Fewest UTF-8 bytes; 0 when absent. */
  readonly minBytes?: number | undefined;
  /** Has to match; anchor it yourself. */
  readonly pattern?: RegExp | undefined;
  /** What the pattern asks for, for messages: `an upper-case word`. */
  readonly form?: string | undefined;
}

/** Well-formed text of bounded length. */
export function text({ maxBytes, minBytes = 0, pattern, form }: TextRules): Schema<string> {
  invariant(pattern === undefined || !(pattern.global || pattern.sticky), 'a pattern keeps no state');
  return schemaOf({ t: 'text', maxBytes, minBytes, pattern }, (value) => {
    if (typeof value !== 'string') return fault(`is ${kindOf(value)}, not text`);
    // A UTF-16 unit takes at most three bytes, so most lengths are decided without counting.
    if (value.length * 3 > maxBytes && utf8Length(value) > maxBytes) return fault(`is longer than ${maxBytes} bytes`);
    if (value.length < minBytes && utf8Length(value) < minBytes) return fault(`is shorter than ${minBytes} bytes`);
    if (!isWellFormed(value)) return fault('has a lone surrogate');
    if (value.charCodeAt(0) === 0xfeff) return fault('starts with U+FEFF');
    if (pattern !== undefined && !pattern.test(value))
      return fault(`is not ${form ?? `of the form \`${pattern.source}\``}`);
    return NO_FAULT;
  });
}

/** A safe integer between two bounds, both included. */
export function int({ min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER }: IntRules = {}): Schema<number> {
  return schemaOf({ t: 'int', min, max }, (value) => {
    if (typeof value !== 'number') return fault(`is ${kindOf(value)}, not an integer`);
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) return fault('is not an integer within ±(2^53−1)');
    return value < min || value > max ? fault(`is not between ${min} and ${max}`) : NO_FAULT;
  });
}

export interface IntRules {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

export const bool: Schema<boolean> = schemaOf({ t: 'bool' }, (value) =>
  typeof value === 'boolean' ? NO_FAULT : fault(`is ${kindOf(value)}, not a boolean`),
);

/** Bytes of an exact or of a largest length. */
export function bytes(rules: { readonly length: number } | { readonly max: number }): Schema<Uint8Array> {
  const [min, max] = 'length' in rules ? [rules.length, rules.length] : [0, rules.max];
  return schemaOf({ t: 'bytes', min, max }, (value) => {
    if (!(value instanceof Uint8Array)) return fault(`is ${kindOf(value)}, not bytes`);
    if ('length' in rules)
      return value.length === rules.length ? NO_FAULT : fault(`has ${value.length} bytes, not ${rules.length}`);
    return value.length <= rules.max ? NO_FAULT : fault(`has ${value.length} bytes, more than ${rules.max}`);
  });
}

export const cid: Schema<Cid> = schemaOf({ t: 'cid' }, (value) =>
  value instanceof Cid ? NO_FAULT : fault(`is ${kindOf(value)}, not a CID`),
);

const quoted = (value: Scalar): string => (typeof value === 'string' ? `\`${value}\`` : String(value));

/** Exactly this value. */
export function literal<const T extends Scalar>(wanted: T): Schema<T> {
  return schemaOf({ t: 'one-of', values: [wanted] }, (value) =>
    Object.is(value, wanted) ? NO_FAULT : fault(`is not ${quoted(wanted)}`),
  );
}

/** One of these values. */
export function oneOf<const T extends Scalar>(wanted: readonly T[]): Schema<T> {
  const set = new Set<unknown>(wanted);
  return schemaOf({ t: 'one-of', values: wanted }, (value) => {
    if (set.has(value) && !Object.is(value, -0)) return NO_FAULT;
    return fault(`is none of ${wanted.map(quoted).join(', ')}`);
  });
}

function findForeign(value: unknown, { links }: { readonly links: boolean }): Fault | undefined {
  const find = (part: unknown, depth: number): Fault | undefined => {
    switch (typeof part) {
      case 'string':
        if (!isWellFormed(part)) return fault('has a lone surrogate');
        return part.charCodeAt(0) === 0xfeff ? fault('starts with U+FEFF') : NO_FAULT;
      case 'boolean':
        return NO_FAULT;
      case 'number':
        return Number.isFinite(part) && !Object.is(part, -0) ? NO_FAULT : fault('is a number without an encoding');
      case 'object':
        return part === null ? NO_FAULT : findInObject(part, depth);
      default:
        return fault(`is ${kindOf(part)}`);
    }
  };
  const findInObject = (part: object, depth: number): Fault | undefined => {
    if (part instanceof Uint8Array || part instanceof Cid) return links ? NO_FAULT : fault('has no JSON form');
    if (depth >= LIMITS.depth) return fault(`is nested deeper than ${LIMITS.depth}`);
    if (!Array.isArray(part) && !isMap(part)) return fault('is no plain object');
    for (const [step, entry] of Array.isArray(part) ? part.entries() : Object.entries(part)) {
      const inner = find(entry, depth + 1);
      if (inner !== undefined) {
        inner.steps.push(step);
        return inner;
      }
    }
    return NO_FAULT;
  };
  return find(value, 0);
}

/** Anything that JSON can say. */
export const json: Schema<JsonValue> = schemaOf({ t: 'json' }, (value) => findForeign(value, { links: false }));

/** Anything of the data model. */
export const value: Schema<Value> = schemaOf({ t: 'value' }, (part) => findForeign(part, { links: true }));
