/** Between MYTHOS-CAN and JSON: the part of both that says the same, and a view of everything for people. */
import { LIMITS } from '../kernel/index.js';
import { CanMap, CanSigned, type CanValue } from './can-value.js';
import { codecError } from './errors.js';
import { formatHex } from './text-hex.js';
import { formatPath, type JsonValue, type Step, setEntry } from './value.js';

/**
 * A JSON value with integers only, as MYTHOS-CAN: integers from 0 are unsigned, below 0 signed, map keys are text.
 * Throws `codec/can-unencodable` with the path of a fraction or of an integer beyond ±(2^53−1), `codec/depth`.
 */
export function canOfJson(value: JsonValue): CanValue {
  return ofJson(value, []);
}

function ofJson(value: JsonValue, steps: readonly Step[]): CanValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value))
      throw codecError('can-unencodable', {
        path: formatPath('', steps),
        why: `${value} is not an integer within ±(2^53−1), and MYTHOS-CAN has no fractions`,
      });
    return value < 0 ? new CanSigned(BigInt(value)) : BigInt(value);
  }
  if (steps.length >= LIMITS.depth) throw codecError('depth', { limit: LIMITS.depth, where: formatPath('', steps) });
  if (Array.isArray(value)) return value.map((item: JsonValue, index) => ofJson(item, [...steps, index]));
  return new CanMap(Object.entries(value).map(([key, item]) => [key, ofJson(item, [...steps, key])]));
}

/**
 * The inverse of `canOfJson`. Throws `codec/can-not-json` with the path of what JSON has no word for: bytes, keys that
 * are not text, integers beyond 2^53−1, and a signed integer that is not negative, which would come back unsigned.
 */
export function jsonOfCan(value: CanValue): JsonValue {
  return ofCan(value, []);
}

function notJson(steps: readonly Step[], why: string): Error {
  return codecError('can-not-json', { path: formatPath('', steps), why });
}

function exact(value: bigint, steps: readonly Step[]): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw notJson(steps, `is ${value}, beyond 2^53−1`);
  return number;
}

function ofCan(value: CanValue, steps: readonly Step[]): JsonValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'bigint') return exact(value, steps);
  if (value instanceof CanSigned) {
    if (value.value >= 0n) throw notJson(steps, `is ${value.value} as a signed integer, not as an unsigned one`);
    return exact(value.value, steps);
  }
  if (value instanceof Uint8Array) throw notJson(steps, 'is bytes');
  if (!(value instanceof CanMap)) return value.map((item, index) => ofCan(item, [...steps, index]));
  const out: Record<string, JsonValue> = {};
  for (const [key, item] of value.entries) {
    if (typeof key !== 'string') throw notJson(steps, 'has a key that is not text');
    setEntry(out, key, ofCan(item, [...steps, key]));
  }
  return out;
}

/**
 * Any value as JSON, for people: bytes as `{bytes: hex}`, integers beyond 2^53−1 as text. Keys are text; a map in which two of them
 * would look the same is a list of `entries`, so that nothing in it is hidden.
 */
export function canView(value: CanValue): JsonValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'bigint') return integerView(value);
  if (value instanceof CanSigned) return integerView(value.value);
  if (value instanceof Uint8Array) return { bytes: formatHex(value) };
  if (!(value instanceof CanMap)) return value.map(canView);
  const names = value.entries.map(([key]) => keyView(key));
  if (new Set(names).size < names.length)
    return { entries: value.entries.map(([key, item]) => [canView(key), canView(item)]) };
  const out: Record<string, JsonValue> = {};
  for (const [i, [, item]] of value.entries.entries()) setEntry(out, names[i] as string, canView(item));
  return out;
}

/** An integer as JSON: text where a number would not be exact. */
export function integerView(value: bigint): JsonValue {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

function keyView(key: CanValue): string {
  if (typeof key === 'string') return key;
  if (typeof key === 'bigint') return key.toString();
  if (key instanceof CanSigned) return key.value.toString();
  if (key instanceof Uint8Array) return formatHex(key);
  return key === null || typeof key === 'boolean' ? String(key) : '(a list or a map)';
}
