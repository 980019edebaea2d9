/** Is this a JSON Schema that a tool may declare? What is taken: `schema-keywords.ts`. */
import type { JsonValue } from '../codec/index.js';
import { patternFault } from './pattern-check.js';
import { extentFault } from './schema-extent.js';
import type { SchemaFault } from './schema-fault.js';
import {
  DEFINITION_NAME,
  definitionsOf,
  isMapOfJson,
  type JsonMap,
  KEYWORDS,
  type Keyword,
  keywordNamed,
  referenceName,
} from './schema-keywords.js';

/** The first departure of a schema from what is taken, or undefined when there is none. */
export function schemaFault(root: JsonValue): SchemaFault | undefined {
  return new SchemaCheck(definitionsOf(root)).schema(root, []) ?? extentFault(root);
}

class SchemaCheck {
  constructor(private readonly definitions: JsonMap) {}

  schema(value: JsonValue, steps: readonly string[]): SchemaFault | undefined {
    if (typeof value === 'boolean') return undefined;
    if (!isMapOfJson(value)) return { steps, why: 'is no schema: a map, `true` or `false`' };
    for (const [name, part] of Object.entries(value)) {
      const keyword = keywordNamed(name);
      const here = [...steps, name];
      if (keyword === undefined) {
        const known = Object.keys(KEYWORDS).join(', ');
        return { steps: here, why: `is no keyword that is supported; these are: ${known}` };
      }
      const fault = this.#keyword(keyword, part, here);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #keyword(keyword: Keyword, part: JsonValue, steps: readonly string[]): SchemaFault | undefined {
    switch (keyword.holds) {
      case 'schema':
        return this.schema(part, steps);
      case 'schemas':
        return this.#schemas(part, steps);
      case 'named':
        return steps.at(-1) === '$defs' ? this.#definitions(part, steps) : this.#named(part, steps, () => undefined);
      case 'by-pattern':
        return this.#named(part, steps, patternFault);
      default: {
        const why = keyword.refuse(part) ?? this.#undefinedReference(steps.at(-1), part);
        return why === undefined ? undefined : { steps, why };
      }
    }
  }

  #undefinedReference(name: string | undefined, part: JsonValue): string | undefined {
    if (name !== '$ref' || Object.hasOwn(this.definitions, referenceName(part))) return undefined;
    return `names \`${String(part)}\`, which is not defined`;
  }

  #schemas(part: JsonValue, steps: readonly string[]): SchemaFault | undefined {
    if (!Array.isArray(part) || part.length === 0) return { steps, why: 'is not a list of schemas' };
    for (const [i, each] of part.entries()) {
      const fault = this.schema(each as JsonValue, [...steps, String(i)]);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #definitions(part: JsonValue, steps: readonly string[]): SchemaFault | undefined {
    if (steps.length > 1) return { steps, why: 'stands inside; definitions stand at the top of the schema' };
    const form = 'is no name of a definition: letters, digits, `_`, `.` and `-`, 64 at most';
    return this.#named(part, steps, (name) => (DEFINITION_NAME.test(name) ? undefined : form));
  }

  #named(
    part: JsonValue,
    steps: readonly string[],
    nameFault: (name: string) => string | undefined,
  ): SchemaFault | undefined {
    if (!isMapOfJson(part)) return { steps, why: 'is not a map of schemas' };
    for (const [name, each] of Object.entries(part)) {
      const here = [...steps, name];
      const why = nameFault(name);
      const fault = why === undefined ? this.schema(each, here) : { steps: here, why };
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
}
