/** JSON Schemas from shapes: each shape, and what a validator of others makes of it. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { Cid, formatBase64url, jsonSchemaOf, s } from './index.js';

const ajv = new Ajv2020({ strict: true });

describe('jsonSchemaOf', () => {
  it.each([
    [
      s.text({ maxBytes: 5, minBytes: 3, pattern: /^a/ }),
      { type: 'string', minLength: 1, maxLength: 5, pattern: '^a' },
    ],
    [s.int({ min: 0, max: 9 }), { type: 'integer', minimum: 0, maximum: 9 }],
    [s.bool, { type: 'boolean' }],
    [s.literal('x'), { const: 'x' }],
    [s.literal(null), { const: null }],
    [s.oneOf([1, 'a']), { enum: [1, 'a'] }],
    [s.json, {}],
    [s.value, {}],
    [s.nullable(s.bool), { anyOf: [{ type: 'null' }, { type: 'boolean' }] }],
    [s.list(s.bool, { min: 1, max: 2 }), { type: 'array', items: { type: 'boolean' }, minItems: 1, maxItems: 2 }],
    [
      s.record(s.text({ maxBytes: 2 }), s.bool, { max: 3 }),
      {
        type: 'object',
        additionalProperties: { type: 'boolean' },
        propertyNames: { type: 'string', maxLength: 2 },
        maxProperties: 3,
      },
    ],
    [s.refine(s.bool, () => 'is never right'), { type: 'boolean' }],
    [
      s.struct({ a: s.bool, b: s.optional(s.bool) }),
      {
        type: 'object',
        additionalProperties: false,
        required: ['a'],
        properties: { a: { type: 'boolean' }, b: { type: 'boolean' } },
      },
    ],
  ])('%#', (schema, want) => {
    expect(jsonSchemaOf(schema.shape)).toEqual(want);
  });

  it.each([0, 1, 2, 3, 32, 33])('has as many digits as %i bytes print with', (length) => {
    const schema = ajv.compile(jsonSchemaOf(s.bytes({ length }).shape));
    expect(schema(formatBase64url(new Uint8Array(length)))).toBe(true);
    expect(schema(formatBase64url(new Uint8Array(length + 1)))).toBe(false);
    if (length > 0) expect(schema(formatBase64url(new Uint8Array(length - 1)))).toBe(false);
  });

  it('takes every CID, and neither other text nor other versions', () => {
    const schema = ajv.compile(jsonSchemaOf(s.cid.shape));
    expect((['dag-cbor', 'raw'] as const).map((codec) => schema(String(Cid.hash(codec))))).toEqual([true, true]);
    const text = String(Cid.hash('raw'));
    expect([text.toUpperCase(), text.slice(1), `${text}a`, `z${text.slice(1)}`].map((other) => schema(other))).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});
