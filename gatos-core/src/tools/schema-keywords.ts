/**
 * The JSON Schemas (draft 2020-12) that tools may declare: a closed set of keywords, of which we know how much work they make.
 *
 * Whatever has no bound is refused: definitions that lead to themselves, expressions that may take long (`pattern-check.ts`), references
 * to other documents. `format` and `content…` say something to people and are not checked, as 2020-12 has it by default. Numbers are
 * integers, since bodies have no others.
 */
import type { JsonValue } from '../codec/index.js';
import { patternFault } from './pattern-check.js';

export type JsonMap = { readonly [key: string]: JsonValue };

export function isMapOfJson(value: JsonValue | undefined): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

type Refusal = (value: JsonValue) => string | undefined;
/** What stands under a keyword: other schemas, or a value that is looked at. `note`: it means nothing to a validator. */
export type Keyword =
  | { readonly holds: 'schema' | 'schemas' | 'named' | 'by-pattern' }
  | { readonly holds: 'value'; readonly refuse: Refusal }
  | { readonly holds: 'note'; readonly refuse: Refusal };

const TYPES = ['null', 'boolean', 'object', 'array', 'number', 'integer', 'string'];
const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
export const DEFINITION_NAME = /^[A-Za-z0-9_.-]{1,64}$/;
const REFERENCE = /^#\/\$defs\/([A-Za-z0-9_.-]{1,64})$/;

const isText = (value: JsonValue): value is string => typeof value === 'string';
const text: Refusal = (value) => (isText(value) ? undefined : 'is not text');
const flag: Refusal = (value) => (typeof value === 'boolean' ? undefined : 'is neither true nor false');
const whole: Refusal = (value) => {
  if (typeof value === 'number') return integer(value);
  if (typeof value !== 'object' || value === null) return undefined;
  const inner = Object.values(value).map((each) => whole(each as JsonValue));
  return inner.some((why) => why !== undefined) ? 'holds a number that is not an integer within ±(2^53−1)' : undefined;
};
const integer: Refusal = (value) => (Number.isSafeInteger(value) ? undefined : 'is not an integer within ±(2^53−1)');
const count: Refusal = (value) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? undefined : 'is not a count: an integer from 0 on';
const factor: Refusal = (value) =>
  Number.isSafeInteger(value) && (value as number) > 0 ? undefined : 'is not an integer from 1 on';
const list: Refusal = (value) => (Array.isArray(value) ? undefined : 'is not a list');
const choices: Refusal = (value) =>
  Array.isArray(value) && value.length > 0 ? whole(value) : 'is not a list with something in it';
const names: Refusal = (value) =>
  Array.isArray(value) && value.every(isText) && new Set(value).size === value.length
    ? undefined
    : 'is not a list of names, each once';
const nameLists: Refusal = (value) =>
  isMapOfJson(value) && Object.values(value).every((each) => names(each) === undefined)
    ? undefined
    : 'is not a map of lists of names';
const types: Refusal = (value) => {
  const all: readonly JsonValue[] = Array.isArray(value) ? value : [value];
  const known =
    all.length > 0 && new Set(all).size === all.length && all.every((each) => isText(each) && TYPES.includes(each));
  return known ? undefined : `is none of ${TYPES.map((type) => `\`${type}\``).join(', ')}, and no list of them`;
};
const pattern: Refusal = (value) => (isText(value) ? patternFault(value) : 'is not text');
const reference: Refusal = (value) =>
  isText(value) && REFERENCE.test(value) ? undefined : 'is not `#/$defs/NAME`, and nothing else can be referred to';
const dialect: Refusal = (value) => (value === DIALECT ? undefined : `is not \`${DIALECT}\``);

const value = (refuse: Refusal): Keyword => ({ holds: 'value', refuse });
const note = (refuse: Refusal): Keyword => ({ holds: 'note', refuse });
const schema: Keyword = { holds: 'schema' };
const schemas: Keyword = { holds: 'schemas' };
const named: Keyword = { holds: 'named' };

export const KEYWORDS: Readonly<Record<string, Keyword>> = {
  $schema: note(dialect),
  $id: note(text),
  $comment: note(text),
  title: note(text),
  description: note(text),
  examples: note(list),
  default: note(whole),
  deprecated: note(flag),
  readOnly: note(flag),
  writeOnly: note(flag),
  format: note(text),
  contentEncoding: note(text),
  contentMediaType: note(text),
  $defs: named,
  $ref: value(reference),
  type: value(types),
  enum: value(choices),
  const: value(whole),
  allOf: schemas,
  anyOf: schemas,
  oneOf: schemas,
  not: schema,
  if: schema,
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: schema,
  else: schema,
  properties: named,
  patternProperties: { holds: 'by-pattern' },
  additionalProperties: schema,
  unevaluatedProperties: schema,
  propertyNames: schema,
  minProperties: value(count),
  maxProperties: value(count),
  required: value(names),
  dependentRequired: value(nameLists),
  dependentSchemas: named,
  prefixItems: schemas,
  items: schema,
  unevaluatedItems: schema,
  contains: schema,
  minContains: value(count),
  maxContains: value(count),
  minItems: value(count),
  maxItems: value(count),
  uniqueItems: value(flag),
  minimum: value(integer),
  maximum: value(integer),
  exclusiveMinimum: value(integer),
  exclusiveMaximum: value(integer),
  multipleOf: value(factor),
  minLength: value(count),
  maxLength: value(count),
  pattern: value(pattern),
};

/** The keyword of this name, if there is one. */
export function keywordNamed(name: string): Keyword | undefined {
  return Object.hasOwn(KEYWORDS, name) ? KEYWORDS[name] : undefined;
}

/** The definition that a `$ref` names. */
export function referenceName(ref: JsonValue): string {
  return REFERENCE.exec(String(ref))?.[1] ?? '';
}

/** The definitions of a schema. */
export function definitionsOf(root: JsonValue): JsonMap {
  const defs = isMapOfJson(root) && Object.hasOwn(root, '$defs') ? root.$defs : undefined;
  return isMapOfJson(defs) ? defs : {};
}
