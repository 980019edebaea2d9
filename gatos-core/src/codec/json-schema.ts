/**
 * JSON Schema (2020-12) of the JSON view of what a schema describes: CIDs as their text, bytes as base64url without padding, as
 * `--json` prints them. It is as narrow as it can say: bounds in bytes become bounds in characters, and what `refine` asks is not in it.
 */
import type { Shape } from './schema.js';
import type { JsonValue } from './value.js';

type JsonRecord = { readonly [key: string]: JsonValue };

/** CIDv1, dag-cbor or raw, sha2-256: 36 bytes in base32. The first four are fixed. */
const CID_PATTERN = '^baf[ky]rei[a-z2-7]{52}$';

/** Digits of base64url for that many bytes. */
const digits = (bytes: number): number => Math.ceil((bytes * 4) / 3);

const SAFE = Number.MAX_SAFE_INTEGER;

/** A bound that bounds nothing is left out. */
const most = (name: string, bound: number): JsonRecord => (bound >= SAFE ? {} : { [name]: bound });
const fewest = (name: string, bound: number): JsonRecord => (bound <= 0 ? {} : { [name]: bound });

function textSchema({ maxBytes, minBytes, pattern }: Extract<Shape, { t: 'text' }>): JsonRecord {
  return {
    type: 'string',
    // A character takes at most four bytes.
    ...fewest('minLength', Math.ceil(minBytes / 4)),
    ...most('maxLength', maxBytes),
    ...(pattern === undefined ? {} : { pattern: pattern.source }),
  };
}

function structSchema({ fields }: Extract<Shape, { t: 'struct' }>): JsonRecord {
  const entries = Object.entries(fields);
  return {
    type: 'object',
    additionalProperties: false,
    required: entries.filter(([, { required }]) => required).map(([name]) => name),
    properties: Object.fromEntries(entries.map(([name, { shape }]) => [name, jsonSchemaOf(shape)])),
  };
}

/** The JSON Schema of a shape. */
export function jsonSchemaOf(shape: Shape): JsonRecord {
  switch (shape.t) {
    case 'text':
      return textSchema(shape);
    case 'int':
      return { type: 'integer', minimum: shape.min, maximum: shape.max };
    case 'bool':
      return { type: 'boolean' };
    case 'cid':
      return { type: 'string', pattern: CID_PATTERN };
    case 'bytes':
      return {
        type: 'string',
        contentEncoding: 'base64url',
        pattern: '^[A-Za-z0-9_-]*$',
        ...fewest('minLength', digits(shape.min)),
        ...most('maxLength', digits(shape.max)),
      };
    case 'one-of':
      return shape.values.length === 1 ? { const: shape.values[0] ?? null } : { enum: shape.values };
    case 'json':
    case 'value':
      return {};
    case 'nullable':
      return { anyOf: [{ type: 'null' }, jsonSchemaOf(shape.of)] };
    case 'list':
      return {
        type: 'array',
        items: jsonSchemaOf(shape.item),
        ...fewest('minItems', shape.min),
        ...most('maxItems', shape.max),
      };
    case 'record':
      return {
        type: 'object',
        additionalProperties: jsonSchemaOf(shape.item),
        ...(shape.key === undefined ? {} : { propertyNames: jsonSchemaOf(shape.key) }),
        ...most('maxProperties', shape.max),
      };
    case 'struct':
      return structSchema(shape);
  }
}
