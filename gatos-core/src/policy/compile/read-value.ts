/** Reads decoded values as compiled policies: closed maps, bounded lists, nothing that is not asked for. */
import { formatPath, isWellFormed, type JsonValue, type Step as PathStep, type Value } from '../../codec/index.js';
import { LIMITS } from '../../kernel/index.js';
import { policyCodeError } from './errors.js';

type Entries = { readonly [key: string]: Value };

export class ValueReader {
  readonly #steps: PathStep[] = [];
  #nodes = 0;

  refuse(why: string): never {
    throw policyCodeError('shape', { path: formatPath('', this.#steps), why });
  }

  inside<T>(step: PathStep, read: () => T): T {
    this.#steps.push(step);
    this.#nodes += 1;
    // Predicates are looked at twice.
    if (this.#nodes > 2 * LIMITS.policyNodes) this.refuse('holds too many values');
    const out = read();
    this.#steps.pop();
    return out;
  }

  /** A map with exactly these fields. */
  map<K extends string>(value: Value, fields: readonly K[]): Readonly<Record<K, Value>> {
    const entries = this.entries(value);
    for (const name of fields) if (!Object.hasOwn(entries, name)) this.refuse(`has no field \`${name}\``);
    const keys = Object.keys(entries);
    if (keys.length === fields.length) return entries as Readonly<Record<K, Value>>;
    for (const key of keys)
      if (!(fields as readonly string[]).includes(key))
        this.inside(key, () => this.refuse('is not a field of this map'));
    return entries as Readonly<Record<K, Value>>;
  }

  entries(value: Value): Entries {
    const plain =
      typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
    const prototype = plain ? (Object.getPrototypeOf(value) as unknown) : undefined;
    return plain && (prototype === Object.prototype || prototype === null)
      ? (value as Entries)
      : this.refuse('is no map');
  }

  /** A field of a map, read in its place. */
  field<K extends string, T>(map: Readonly<Record<K, Value>>, name: K, read: (value: Value) => T): T {
    return this.inside(name, () => read(map[name]));
  }

  list<T>(value: Value, read: (item: Value, index: number) => T): readonly T[] {
    if (!Array.isArray(value)) return this.refuse('is no list');
    return (value as readonly Value[]).map((item, index) => this.inside(index, () => read(item, index)));
  }

  text(value: Value, { pattern, form }: { readonly pattern?: RegExp; readonly form?: string } = {}): string {
    if (typeof value !== 'string' || !isWellFormed(value)) return this.refuse('is no text');
    if (pattern !== undefined && !pattern.test(value)) this.refuse(`is not ${form ?? 'of the right form'}`);
    return value;
  }

  int(value: Value, { min, below }: { readonly min: number; readonly below: number }): number {
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) return this.refuse('is no integer');
    return value >= min && value < below ? value : this.refuse(`is not from ${min} to ${below - 1}`);
  }

  oneOf<const T extends string>(value: Value, known: readonly T[]): T {
    return known.find((each) => each === value) ?? this.refuse(`is none of ${known.join(', ')}`);
  }

  /** A value of the language: no floats, no bytes, no links. */
  json(value: Value): JsonValue {
    if (typeof value === 'number')
      return this.int(value, { min: Number.MIN_SAFE_INTEGER, below: Number.MAX_SAFE_INTEGER + 1 });
    if (typeof value === 'string') return this.text(value);
    if (value === null || typeof value === 'boolean') return value;
    if (Array.isArray(value)) return this.list(value, (item) => this.json(item));
    const entries = this.entries(value);
    for (const [key, item] of Object.entries(entries)) this.inside(key, () => this.json(item));
    return entries as { readonly [key: string]: JsonValue };
  }
}
