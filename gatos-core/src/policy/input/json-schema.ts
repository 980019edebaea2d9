/** The input document as JSON Schema 2020-12, made from the table. */
import type { JsonValue } from '../../codec/index.js';
import { INPUT_TYPE } from './table.js';
import type { Field, Type } from './types.js';

type JsonRecord = { readonly [key: string]: JsonValue };

const SAFE = { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER } as const;

function schemaOfField(name: string, { type, about, oneOf }: Field): JsonRecord {
  if (name === 'v') return { description: about, const: 1 };
  const choices = oneOf === undefined ? {} : { enum: oneOf };
  return { description: about, ...schemaOf(type), ...choices };
}

function schemaOf(type: Type): JsonRecord {
  switch (type.t) {
    case 'null':
      return { type: 'null' };
    case 'bool':
      return { type: 'boolean' };
    case 'int':
      return { type: 'integer', ...SAFE };
    case 'text':
      return { type: 'string' };
    case 'any':
      return {};
    case 'list':
      return { type: 'array', items: schemaOf(type.of) };
    case 'map':
      return { type: 'object', additionalProperties: schemaOf(type.of) };
    case 'nullable':
      return { anyOf: [{ type: 'null' }, schemaOf(type.of)] };
    case 'record':
      return {
        type: 'object',
        additionalProperties: false,
        required: Object.keys(type.fields),
        properties: Object.fromEntries(
          Object.entries(type.fields).map(([name, field]) => [name, schemaOfField(name, field)]),
        ),
      };
  }
}

/** docs/policy-input.schema.json is this value. */
export function inputJsonSchema(): JsonValue {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Input of a GATOS policy',
    description:
      'What a push would do, as far as it is known before it is done. Every field is always there; what is absent is null.',
    ...schemaOf(INPUT_TYPE),
  };
}
