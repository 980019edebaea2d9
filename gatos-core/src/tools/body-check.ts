/**
 * Holds bodies against the schemas of a tool, with a library of others (`@cfworker/json-schema`, draft 2020-12). Schemas were checked when
 * the manifest was read, so that nothing in them is without a bound; how much work one body makes is counted before it is done.
 */
import { type Schema, Validator } from '@cfworker/json-schema';
import type { JsonValue } from '../codec/index.js';
import { LIMITS } from '../kernel/index.js';
import { toolError } from './errors.js';
import type { ToolManifest } from './manifest.js';
import { extentOf, textWalksOf, unitsIn, valuesIn } from './schema-extent.js';
import { isMapOfJson } from './schema-keywords.js';
import { forValidator } from './schema-normal.js';

export type BodySide = 'request' | 'response';

export interface BodyChecks {
  /** Throws `tools/body-refused` with what departs where, `tools/too-much-work`. */
  check(what: BodySide, body: JsonValue): void;
}

/** Made once for a tool, and kept as long as one likes. */
export function bodyChecks({
  name,
  request,
  response,
}: Pick<ToolManifest, 'name' | 'request' | 'response'>): BodyChecks {
  const sides = { request: new Side(request), response: new Side(response) };
  return {
    check: (what, body) => {
      const faults = sides[what].faults(what, body);
      if (faults.length > 0) throw toolError('body-refused', { what, tool: name, faults });
    },
  };
}

class Side {
  readonly #validator: Validator;
  readonly #size: number;
  readonly #walks: number;
  readonly #distinct: boolean;

  constructor(schema: JsonValue) {
    const bare = copyOf(forValidator(schema));
    this.#size = extentOf(schema);
    this.#walks = textWalksOf(schema);
    this.#distinct = mentions(bare, 'uniqueItems');
    this.#validator = new Validator(bare as Schema | boolean, '2020-12', true);
  }

  faults(what: BodySide, body: JsonValue): readonly string[] {
    const limit = LIMITS.toolSchemaWork;
    const values = valuesIn(body) + (this.#distinct ? comparisonsIn(body) : 0);
    const work = this.#size * values + this.#walks * unitsIn(body);
    if (work > limit) throw toolError('too-much-work', { what: `body of the ${what}`, limit });
    const { valid, errors } = validated(this.#validator, copyOf(body));
    if (valid) return [];
    const leaves = errors.filter(({ error }) => !error.startsWith('A subschema'));
    const shown = (leaves.length > 0 ? leaves : errors).slice(-LIMITS.toolBodyFaults);
    return shown.map(({ instanceLocation, error }) => `\`${cut(instanceLocation)}\`: ${cut(error.replace(/\.$/, ''))}`);
  }
}

/** Names and values that somebody else chose stand in there. */
function cut(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
const SHOWN = 160;

/** Also a property of that name, which costs nothing but an estimate that is too high. */
function mentions(value: JsonValue, keyword: string): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return keyword in value || Object.values(value).some((each) => mentions(each as JsonValue, keyword));
}

type Verdict = ReturnType<Validator['validate']>;

/** The library gathers faults as arguments of a call, of which there is a most: what it could not judge is not taken. */
function validated(validator: Validator, body: JsonValue): Verdict {
  try {
    return validator.validate(body);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const unit = { keyword: '', keywordLocation: '#', instanceLocation: '#', error: 'it has too many faults to list' };
    return { valid: false, errors: [unit] };
  }
}

/** `uniqueItems` compares each item with each other. */
function comparisonsIn(body: JsonValue): number {
  if (typeof body !== 'object' || body === null) return 0;
  const inner = Object.values(body).reduce<number>((sum, each) => sum + comparisonsIn(each as JsonValue), 0);
  return Array.isArray(body) ? inner + body.length * valuesIn(body) : inner;
}

/**
 * As the library needs it: without prototypes, so that `toString` is a name like any other; and lists with a mark that no map has, since
 * it takes `{}` for equal to `[]` (`deepCompareStrict` of 4.1.1 compares keys).
 */
function copyOf(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return Object.assign(value.map(copyOf), { '(list)': LIST });
  if (!isMapOfJson(value)) return value;
  const out: Record<string, JsonValue> = Object.create(null);
  for (const [name, each] of Object.entries(value)) out[name] = copyOf(each);
  return out;
}

const LIST = Symbol('list');
