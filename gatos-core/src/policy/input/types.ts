/** Types of the language: what the checker infers, what the input document consists of, and what built-ins take and give. */
import type { JsonValue } from '../../codec/index.js';

export type Type =
  | { readonly t: 'null' | 'bool' | 'int' | 'text' | 'any' }
  | { readonly t: 'list'; readonly of: Type }
  /** A record whose fields are known, and always there. */
  | { readonly t: 'record'; readonly fields: Readonly<Record<string, Field>> }
  /** A record of unknown keys. */
  | { readonly t: 'map'; readonly of: Type }
  | { readonly t: 'nullable'; readonly of: Type };

export interface Field {
  readonly type: Type;
  /** One line, for the JSON Schema and the language reference. */
  readonly about: string;
  /** Values of a text that is one of few. */
  readonly oneOf?: readonly string[];
  /** What a test's `given` that leaves the field out gets; else null, false, 0, an empty text, list or map, or a record of presets. */
  readonly preset?: JsonValue;
}
