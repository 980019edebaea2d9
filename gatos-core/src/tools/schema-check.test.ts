import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../codec/index.js';
import { LIMITS } from '../kernel/index.js';
import { schemaFault } from './schema-check.js';
import { extentOf } from './schema-extent.js';
import { forValidator, typeId } from './schema-normal.js';

const why = (schema: JsonValue): string => {
  const fault = schemaFault(schema);
  return fault === undefined ? 'taken' : `${fault.steps.join('/')}: ${fault.why}`;
};

const chain = (count: number, next: (name: string) => JsonValue): JsonValue => ({
  $ref: '#/$defs/d0',
  $defs: Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`d${i}`, i + 1 < count ? next(`#/$defs/d${i + 1}`) : true]),
  ),
});

describe('a schema', () => {
  it.each<[string, JsonValue]>([
    ['true', true],
    ['false', false],
    ['empty', {}],
    [
      'of an object',
      {
        type: 'object',
        required: ['a'],
        properties: { a: { type: ['integer', 'null'] } },
        additionalProperties: false,
      },
    ],
    ['with definitions', { $ref: '#/$defs/a.b', $defs: { 'a.b': { items: { $ref: '#/$defs/c' } }, c: { const: 1 } } }],
    [
      'with notes',
      {
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        $id: 'x',
        title: 't',
        examples: [1.5],
        format: 'date',
      },
    ],
    [
      'with data that looks like a schema',
      { const: { $ref: '#/$defs/none', type: 'odd' }, enum: [{ pattern: '(a+)+' }] },
    ],
    [
      'with a property of any name',
      { properties: { __proto__: { type: 'null' }, $ref: { type: 'string' }, pattern: {} } },
    ],
    ['that uses definitions of definitions', chain(40, (ref) => ({ items: { $ref: ref } }))],
  ])('%s is taken', (_what, schema) => expect(why(schema)).toBe('taken'));

  it.each<[JsonValue, string | RegExp]>([
    [1, ': is no schema: a map, `true` or `false`'],
    [[], ': is no schema: a map, `true` or `false`'],
    [{ typ: 'object' }, /^typ: is no keyword that is supported; these are: \$schema, .*pattern$/],
    [{ $dynamicRef: '#x' }, /^\$dynamicRef: is no keyword/],
    [{ $recursiveRef: '#' }, /^\$recursiveRef: is no keyword/],
    [{ definitions: {} }, /^definitions: is no keyword/],
    [{ dependencies: {} }, /^dependencies: is no keyword/],
    [{ __absolute_ref__: 'x' }, /^__absolute_ref__: is no keyword/],
    [{ constructor: {} }, /^constructor: is no keyword/],
    [{ type: 'float' }, /^type: is none of `null`, `boolean`/],
    [{ type: [] }, /^type: is none of/],
    [{ type: ['null', 'null'] }, /^type: is none of/],
    [{ properties: { a: { minimum: 0.5 } } }, 'properties/a/minimum: is not an integer within ±(2^53−1)'],
    [{ multipleOf: 0 }, 'multipleOf: is not an integer from 1 on'],
    [{ minLength: -1 }, 'minLength: is not a count: an integer from 0 on'],
    [{ enum: [] }, 'enum: is not a list with something in it'],
    [{ enum: [[1, 0.5]] }, /^enum: holds a number that is not an integer/],
    [{ const: { a: 0.5 } }, /^const: holds a number/],
    [{ default: 0.5 }, /^default: is not an integer/],
    [{ required: ['a', 'a'] }, 'required: is not a list of names, each once'],
    [{ dependentRequired: { a: 'b' } }, 'dependentRequired: is not a map of lists of names'],
    [{ items: [{}] }, 'items: is no schema: a map, `true` or `false`'],
    [{ allOf: [] }, 'allOf: is not a list of schemas'],
    [{ anyOf: [{}, { oneOf: [{ not: 3 }] }] }, 'anyOf/1/oneOf/0/not: is no schema: a map, `true` or `false`'],
    [{ properties: [] }, 'properties: is not a map of schemas'],
    [{ uniqueItems: 1 }, 'uniqueItems: is neither true nor false'],
    [{ title: 1 }, 'title: is not text'],
    [{ $schema: 'http://json-schema.org/draft-07/schema#' }, /^\$schema: is not `https/],
    [{ $ref: 'other.json' }, /^\$ref: is not `#\/\$defs\/NAME`/],
    [{ $ref: '#' }, /^\$ref: is not/],
    [{ $ref: '#/$defs/none' }, '$ref: names `#/$defs/none`, which is not defined'],
    [{ $ref: '#/$defs/toString', $defs: {} }, /which is not defined/],
    [{ properties: { a: { $defs: {} } } }, /^properties\/a\/\$defs: stands inside/],
    [{ $defs: { 'a b': {} } }, /^\$defs\/a b: is no name of a definition/],
    [{ pattern: '(a+)+$' }, /^pattern: may take long/],
    [{ patternProperties: { '^(a|a)*$': {} } }, /^patternProperties\/\^\(a\|a\)\*\$: may take long/],
    [{ propertyNames: { pattern: '[' } }, /^propertyNames\/pattern: is not a regular expression/],
    [{ $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/a' } } }, /^\$defs\/a: leads to itself/],
    [
      { $defs: { a: { items: { $ref: '#/$defs/b' } }, b: { properties: { x: { $ref: '#/$defs/a' } } } } },
      /leads to itself/,
    ],
    [chain(LIMITS.toolSchemaDepth, (ref) => ({ items: { $ref: ref } })), /^: has more than 128 schemas inside/],
    [chain(1000, (ref) => ({ items: { $ref: ref } })), /^: has more than 128 schemas inside/],
    // 2^30 parts, were it written out.
    [chain(30, (ref) => ({ allOf: [{ $ref: ref }, { $ref: ref }] })), /^: has more than 4096 values/],
    [{ enum: Array.from({ length: LIMITS.toolSchemaValues }, (_, i) => i) }, /^: has more than 4096 values/],
  ])('%j is refused', (schema, want) => {
    if (typeof want === 'string') expect(why(schema)).toBe(want);
    else expect(why(schema)).toMatch(want);
  });

  it('counts definitions where they are used', () => {
    expect(extentOf({})).toBe(1);
    expect(extentOf({ items: true })).toBe(2);
    expect(
      extentOf({ items: { $ref: '#/$defs/a' }, contains: { $ref: '#/$defs/a' }, $defs: { a: { type: 'null' } } }),
    ).toBe(9);
  });
});

describe('the id of a type', () => {
  const schema: JsonValue = {
    type: 'object',
    properties: { title: { type: 'string' }, n: { maximum: 3 } },
    const: { title: 1 },
  };

  it('is the same whatever is said to people, and in whatever order', () => {
    const noted: JsonValue = {
      $id: 'x',
      const: { title: 1 },
      properties: {
        n: { description: 'd', maximum: 3, examples: [0.5] },
        title: { title: 'a', type: 'string', $comment: 'c' },
      },
      type: 'object',
      title: 't',
    };
    expect(typeId(noted)).toEqual(typeId(schema));
  });

  it.each<[string, JsonValue]>([
    ['a property with such a name', { type: 'object', properties: { n: { maximum: 3 } }, const: { title: 1 } }],
    [
      'a value with such a name',
      { type: 'object', properties: { title: { type: 'string' }, n: { maximum: 3 } }, const: {} },
    ],
    ['a default', { ...(schema as object), default: 1 }],
    ['a format', { ...(schema as object), format: 'date' }],
  ])('is another with or without %s', (_what, other) => expect(typeId(other)).not.toEqual(typeId(schema)));

  it('leaves to a validator what it has to look at', () => {
    const noted = {
      title: 't',
      format: 'x',
      properties: { format: { default: 1 } },
      allOf: [{ $id: 'x' }],
      if: { deprecated: true },
    };
    expect(forValidator(noted)).toEqual({ properties: { format: {} }, allOf: [{}], if: {} });
    expect(forValidator(false)).toBe(false);
  });
});
