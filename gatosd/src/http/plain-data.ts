/** Data of faults and reports as JSON. */
import { type JsonValue, LIMITS } from 'gatos-core';

/** What JSON can say of a value, in the way of the command line: bytes as base64url, and what has a text form of its own as that. */
export function plainData(value: unknown, depth = 0): JsonValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : null;
    case 'bigint':
      return String(value);
    case 'object':
      return value === null || depth >= LIMITS.depth ? null : plainObject(value, depth);
    default:
      return null;
  }
}

function plainObject(value: object, depth: number): JsonValue {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64url');
  if (value instanceof Map || value instanceof Set) return plainData([...value], depth);
  if (Array.isArray(value)) return value.map((each) => plainData(each, depth + 1));
  if ('toJSON' in value && typeof value.toJSON === 'function') return plainData(value.toJSON(), depth + 1);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return String(value);
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries.map(([name, each]) => [name, plainData(each, depth + 1)]));
}
