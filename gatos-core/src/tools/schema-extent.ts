/**
 * How large a schema is with its definitions written out where they are referred to. Each value of a body meets each part of that at most
 * once, so the product of both bounds the work of holding one against the other, beside what is spent on the texts themselves; and nothing
 * nests deeper than the schema does.
 */
import type { JsonValue } from '../codec/index.js';
import { LIMITS } from '../kernel/index.js';
import type { SchemaFault } from './schema-fault.js';
import { definitionsOf, isMapOfJson, type JsonMap, keywordNamed, referenceName } from './schema-keywords.js';

/** Why a schema has no bound, or one that is too large; undefined when it is small enough. */
export function extentFault(root: JsonValue): SchemaFault | undefined {
  try {
    if (extentOf(root) <= LIMITS.toolSchemaValues) return undefined;
  } catch (error) {
    if (error instanceof Unbounded) return { steps: error.steps, why: error.why };
    throw error;
  }
  return { steps: [], why: `has more than ${LIMITS.toolSchemaValues} values with its definitions written out` };
}

/** JSON values of a schema whose parts were checked, each by itself. Throws `Unbounded`. */
export function extentOf(root: JsonValue): number {
  return new Measure(definitionsOf(root)).whole(root).size;
}

/** Keywords of such a schema that walk through a whole text, definitions written out. */
export function textWalksOf(root: JsonValue): number {
  return new Measure(definitionsOf(root)).whole(root).walks;
}

const WALKS: ReadonlySet<string> = new Set(['pattern', 'minLength', 'maxLength']);

class Unbounded {
  constructor(
    readonly steps: readonly string[],
    readonly why: string,
  ) {}
}

interface Extent {
  /** JSON values. */
  readonly size: number;
  /** Schemas inside one another. */
  readonly depth: number;
  /** Keywords that walk through a text. */
  readonly walks: number;
}

class Measure {
  readonly #known = new Map<string, Extent>();
  readonly #open = new Set<string>();

  constructor(private readonly definitions: JsonMap) {}

  whole(root: JsonValue): Pick<Extent, 'size' | 'walks'> {
    const all = Object.keys(this.definitions).map((name) => this.#definition(name, 0));
    const own = this.#schema(root, 0);
    return {
      size: all.reduce((sum, { size }) => sum + size, own.size),
      walks: all.reduce((sum, { walks }) => sum + walks, own.walks),
    };
  }

  /** `level`: schemas around it. */
  #schema(value: JsonValue, level: number): Extent {
    checkLevel(level + 1);
    if (!isMapOfJson(value)) return { size: 1, depth: 1, walks: 0 };
    let [size, depth, walks] = [1, 0, 0];
    const add = (part: Extent): void => {
      size += part.size;
      depth = Math.max(depth, part.depth);
      walks += part.walks;
    };
    for (const [name, part] of Object.entries(value)) {
      const holds = keywordNamed(name)?.holds;
      if (name === '$ref') add(this.#definition(referenceName(part), level + 1));
      else if (holds === 'schema') add(this.#schema(part, level + 1));
      else if (holds === 'value' || holds === 'note')
        add({ size: valuesIn(part), depth: 0, walks: WALKS.has(name) ? 1 : 0 });
      // Definitions count by themselves, and where they are referred to.
      else if (name !== '$defs')
        for (const each of Object.values(part ?? {})) add(this.#schema(each as JsonValue, level + 1));
      if (holds === 'by-pattern') walks += Object.keys(part ?? {}).length;
    }
    return { size, depth: depth + 1, walks };
  }

  #definition(name: string, level: number): Extent {
    const known = this.#known.get(name);
    if (known !== undefined) {
      checkLevel(level + known.depth);
      return known;
    }
    if (this.#open.has(name))
      throw new Unbounded(['$defs', name], 'leads to itself, so that nobody can say how long it takes');
    this.#open.add(name);
    const extent = this.#schema(this.definitions[name] ?? true, level);
    this.#open.delete(name);
    this.#known.set(name, extent);
    return extent;
  }
}

function checkLevel(level: number): void {
  if (level > LIMITS.toolSchemaDepth)
    throw new Unbounded(
      [],
      `has more than ${LIMITS.toolSchemaDepth} schemas inside one another, definitions written out`,
    );
}

/** Values in a value, itself among them. */
export function valuesIn(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((count, each) => count + valuesIn(each as JsonValue), 1);
}

/** UTF-16 units of the texts in a value, names among them. */
export function unitsIn(value: JsonValue): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  const names = Array.isArray(value) ? 0 : Object.keys(value).reduce((sum, { length }) => sum + length, 0);
  return Object.values(value).reduce<number>((sum, each) => sum + unitsIn(each as JsonValue), names);
}
