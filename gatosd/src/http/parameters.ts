/** Parameters in paths, queries and headers: one JSON Schema each, which is checked here and published in the OpenAPI document. */
import { httpError } from './errors.js';

/** The part of JSON Schema that parameters are declared in; values are texts, and numbers in decimal. */
export type ParameterSchema =
  | {
      readonly type: 'string';
      readonly pattern?: string;
      readonly minLength?: number;
      readonly maxLength?: number;
      readonly enum?: readonly string[];
    }
  | { readonly type: 'integer'; readonly minimum: number; readonly maximum: number };

export interface Parameter {
  readonly schema: ParameterSchema;
  /** One line for people. */
  readonly does: string;
  readonly example: string;
}

export type Parameters = Readonly<Record<string, Parameter>>;

export type Where = 'path' | 'query' | 'header';

/** Why a text is not what a schema asks for; null when it is. */
export function faultOf(schema: ParameterSchema, text: string): string | null {
  if (schema.type === 'integer') {
    const number = /^(?:0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : Number.NaN;
    const { minimum, maximum } = schema;
    return number >= minimum && number <= maximum ? null : `is no whole number from ${minimum} to ${maximum}`;
  }
  const { pattern, minLength = 0, maxLength = 1024, enum: values } = schema;
  if (text.length < minLength) return `has fewer than ${minLength} characters`;
  if (text.length > maxLength) return `has more than ${maxLength} characters`;
  if (values !== undefined && !values.includes(text))
    return `is none of ${values.map((each) => `\`${each}\``).join(', ')}`;
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(text)) return `is not of the form \`${pattern}\``;
  return null;
}

/** Throws `http/bad-parameter`. */
export function checkParameter(
  schema: ParameterSchema,
  text: string,
  at: { readonly where: Where; readonly name: string },
) {
  const why = faultOf(schema, text);
  if (why !== null) throw httpError('bad-parameter', { ...at, why });
}

/** The parameters of a query. Each at most once, none that is not declared. Throws `http/bad-parameter`. */
export function parseQuery(text: string, declared: Parameters): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const part of text === '' ? [] : text.split('&')) {
    const equals = part.indexOf('=');
    const name = decoded(equals < 0 ? part : part.slice(0, equals));
    const value = decoded(equals < 0 ? '' : part.slice(equals + 1));
    const refuse = (why: string) =>
      httpError('bad-parameter', { where: 'query', name: (name ?? part).slice(0, 64), why });
    if (name === null || value === null) throw refuse('is not well-formed');
    if (!Object.hasOwn(declared, name)) throw refuse('is not known here');
    if (Object.hasOwn(found, name)) throw refuse('is there twice');
    checkParameter((declared[name] as Parameter).schema, value, { where: 'query', name });
    found[name] = value;
  }
  return found;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}

/** Headers as `IncomingMessage.headersDistinct` has them. */
export type DistinctHeaders = Readonly<Record<string, readonly string[] | undefined>>;

/** Declared headers, by their names in lower case. Each at most once. Throws `http/bad-parameter`. */
export function parseHeaders(headers: DistinctHeaders, declared: Parameters): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [name, { schema }] of Object.entries(declared)) {
    const key = name.toLowerCase();
    const value = soleHeader(headers, key);
    if (value === undefined) continue;
    checkParameter(schema, value, { where: 'header', name });
    found[key] = value;
  }
  return found;
}

/** A header that may be there once. Throws `http/bad-parameter`. */
export function soleHeader(headers: DistinctHeaders, name: string): string | undefined {
  const values = headers[name] ?? [];
  if (values.length > 1) throw httpError('bad-parameter', { where: 'header', name, why: 'is there more than once' });
  return values[0];
}
