/** Bodies against schemas: as another validator judges them, whatever their names, in bounded work. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeOf, refusalOf } from '../../testing/refusal.js';
import type { JsonValue } from '../codec/index.js';
import { LIMITS } from '../kernel/index.js';
import { bodyChecks } from './body-check.js';
import { schemaFault } from './schema-check.js';

const SEED = Number(process.env.GATOS_SEED ?? 20261120);
const RUNS = Number(process.env.GATOS_FUZZ_RUNS ?? 2000);

const check = (schema: JsonValue, body: JsonValue): void => {
  expect(schemaFault(schema)).toBeUndefined();
  bodyChecks({ name: 't', request: schema, response: true }).check('request', body);
};
const judged = (schema: JsonValue, body: JsonValue) => codeOf(() => check(schema, body));

describe('a body', () => {
  const person: JsonValue = {
    type: 'object',
    required: ['name'],
    properties: { name: { type: 'string', minLength: 1 }, age: { type: 'integer', minimum: 0 } },
    additionalProperties: false,
  };

  it('that fits is taken on its side', () => {
    const checks = bodyChecks({ name: 't', request: person, response: { const: 'ok' } });
    checks.check('request', { name: 'a', age: 3 });
    checks.check('response', 'ok');
    expect(() => checks.check('response', { name: 'a' })).toThrow(/body of the response is not what tool `t` declares/);
  });

  it('that does not fit is refused with place and reason', () => {
    const fault = refusalOf(() => check(person, { name: '', age: -1, more: 1 }));
    expect(fault.code).toBe('tools/body-refused');
    expect(fault.message).toMatch(/`#\/name`|`#\/age`|`#\/more`/);
    expect(fault.hint).toBe('`git gatos tool show t` shows what it takes and gives');
  });

  it.each<[string, JsonValue, JsonValue, string?]>([
    ['a name that every object has', { required: ['toString'] }, {}, 'tools/body-refused'],
    ['a name that every object has, given', { required: ['toString'] }, { toString: 1 }],
    ['such a name among dependent ones', { dependentRequired: { constructor: ['a'] } }, {}],
    [
      'such a name among the properties',
      { properties: { constructor: { type: 'null' } }, additionalProperties: false },
      { a: 1 },
      'tools/body-refused',
    ],
    [
      'a property `__proto__`',
      { properties: { ['__proto__']: { type: 'null' } } },
      JSON.parse('{"__proto__": 1}') as JsonValue,
      'tools/body-refused',
    ],
    ['a property `$ref` of data', { const: { $ref: 'x' } }, { $ref: 'x' }],
    ['a title, which means nothing', { title: 'a', type: 'null', default: 1 }, null],
    ['a format, which means nothing', { format: 'date-time' }, 'yesterday'],
    [
      'an id, which means nothing',
      { $id: 'http://other.example/x', $ref: '#/$defs/a', $defs: { a: { type: 'null' } } },
      1,
      'tools/body-refused',
    ],
    ['false', false, null, 'tools/body-refused'],
    ['true', true, null],
    ['an empty list, which is no empty map', { const: [] }, {}, 'tools/body-refused'],
    ['lists in lists', { enum: [[[]], 1] }, [{}], 'tools/body-refused'],
    ['a map that is no list', { const: ['a'] }, { 0: 'a' }, 'tools/body-refused'],
    ['different things', { uniqueItems: true }, [{}, [], { 0: 1 }, [1], { '(list)': 1 }]],
    ['equal things', { uniqueItems: true }, [[{}], [[]], [{}]], 'tools/body-refused'],
    ['one item that fits, and at most two', { contains: { const: 1 }, maxContains: 2 }, [0], 'tools/body-refused'],
    ['no item that fits, which is enough', { contains: { const: 1 }, minContains: 0 }, []],
    [
      'items that nothing else looks at',
      { prefixItems: [true], unevaluatedItems: false },
      [1, 2],
      'tools/body-refused',
    ],
    ['items that `contains` looks at', { contains: { const: 1 }, unevaluatedItems: false }, [1]],
    ['a pattern', { pattern: '^a+$' }, 'aaab', 'tools/body-refused'],
    [
      'patterns of names',
      { patternProperties: { '^x-[a-z]+$': { type: 'null' } }, additionalProperties: false },
      { 'x-a': null, y: 1 },
      'tools/body-refused',
    ],
  ])('is held against %s', (_what, schema, body, want) => {
    expect(judged(schema, body)).toBe(want);
  });

  it('with more faults than can be listed is refused all the same', () => {
    const body = Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [`k${i}`, 1]));
    expect(judged({ allOf: [{ propertyNames: { maxLength: 1 } }] }, body)).toBe('tools/body-refused');
    const fault = refusalOf(() =>
      check({ propertyNames: { maxLength: 1 } }, { aa: 1, bb: 2, cc: 3, dd: 4, ee: 5, ff: 6, gg: 7, hh: 8, ii: 9 }),
    );
    expect((fault.data.faults as readonly string[]).length).toBeLessThanOrEqual(LIMITS.toolBodyFaults);
  });

  it('that makes too much work is refused before it is done', () => {
    const distinct = { uniqueItems: true };
    expect(
      judged(
        distinct,
        Array.from({ length: 1000 }, (_, i) => i),
      ),
    ).toBeUndefined();
    expect(
      judged(
        distinct,
        Array.from({ length: 100_000 }, (_, i) => i),
      ),
    ).toBe('tools/too-much-work');
    const wide = { items: { anyOf: Array.from({ length: 2000 }, (_, i) => ({ const: i })) } };
    expect(
      judged(
        wide,
        Array.from({ length: 40_000 }, () => 1999),
      ),
    ).toBe('tools/too-much-work');
    expect(
      judged(
        { items: { type: 'integer' } },
        Array.from({ length: 200_000 }, () => 1),
      ),
    ).toBeUndefined();
  });

  it('that makes too much work by the length of its texts is refused as well', () => {
    const text = 'a'.repeat(1_000_000);
    const walked = (count: number): JsonValue => ({
      allOf: Array.from({ length: count }, () => ({ $ref: '#/$defs/word' })),
      $defs: { word: { pattern: '^[a-z]*$' } },
    });
    expect(judged(walked(4), text)).toBeUndefined();
    expect(judged(walked(200), text)).toBe('tools/too-much-work');
    expect(judged(walked(200), { [text]: 1 })).toBe('tools/too-much-work');
    const named = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`^${i}$`, {}]));
    expect(judged({ patternProperties: named }, { [text]: 1 })).toBe('tools/too-much-work');
    expect(judged({ patternProperties: named }, { [text.slice(0, 1000)]: 1 })).toBeUndefined();
  });

  it('is told of in short, whatever its names are', () => {
    const checks = bodyChecks({ name: 'x', request: { additionalProperties: false }, response: {} });
    const long = 'n'.repeat(100_000);
    try {
      checks.check('request', { [long]: 1 });
      expect.unreachable();
    } catch (error) {
      expect((error as Error).message.length).toBeLessThan(4000);
    }
  });

  it('that is deep is taken', () => {
    const deep = Array.from({ length: 60 }).reduce<JsonValue>((inner) => [inner], 1);
    expect(judged({ type: 'array', items: { type: ['array'] } }, deep)).toBeUndefined();
  });
});

const small = fc.integer({ min: -2, max: 4 });
const count = fc.integer({ min: 0, max: 3 });
// Names that every object has, the other one takes for something else.
const name = fc.constantFrom('a', 'b', 'c');
const dictionary = <T>(value: fc.Arbitrary<T>) =>
  fc.array(fc.tuple(name, value), { maxLength: 3 }).map((entries) => Object.fromEntries(entries) as Record<string, T>);
const { body } = fc.letrec<{ body: JsonValue }>((tie) => ({
  body: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom<JsonValue>(null, true, false, '', 'a', 'ab', 'ba'),
    small,
    fc.array(tie('body'), { maxLength: 3 }),
    dictionary(tie('body')),
  ),
}));
const keyword = (schema: fc.Arbitrary<JsonValue>): fc.Arbitrary<readonly [string, JsonValue]> => {
  const some = fc.array(schema, { minLength: 1, maxLength: 3 });
  const rows: Record<string, fc.Arbitrary<unknown>> = {
    type: fc.constantFrom('null', 'boolean', 'object', 'array', 'number', 'integer', 'string', ['integer', 'null']),
    enum: fc.array(body, { minLength: 1, maxLength: 3 }),
    const: body,
    allOf: some,
    anyOf: some,
    oneOf: some,
    not: schema,
    if: schema,
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: schema,
    else: schema,
    properties: dictionary(schema),
    patternProperties: fc.tuple(fc.constantFrom('^a', 'o', '^_'), schema).map(([key, each]) => ({ [key]: each })),
    additionalProperties: schema,
    propertyNames: schema,
    minProperties: count,
    maxProperties: count,
    required: fc.uniqueArray(name),
    dependentRequired: dictionary(fc.uniqueArray(name)),
    dependentSchemas: dictionary(schema),
    prefixItems: some,
    items: schema,
    contains: schema,
    minContains: count,
    maxContains: count,
    unevaluatedProperties: schema,
    minItems: count,
    maxItems: count,
    uniqueItems: fc.boolean(),
    minimum: small,
    maximum: small,
    exclusiveMinimum: small,
    exclusiveMaximum: small,
    multipleOf: fc.integer({ min: 1, max: 3 }),
    minLength: count,
    maxLength: count,
    pattern: fc.constantFrom('^a', '^[ab]+$', 'b'),
    $ref: fc.constantFrom('#/$defs/x', '#/$defs/y'),
  };
  return fc.oneof(
    ...Object.entries(rows).map(([key, value]) => value.map((each) => [key, each as JsonValue] as const)),
  );
};
const { schema } = fc.letrec<{ schema: JsonValue }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.boolean(),
    fc.array(keyword(tie('schema')), { maxLength: 3 }).map((entries) => {
      const { contains, ...others } = Object.fromEntries(entries) as Record<string, JsonValue>;
      // The other one takes an empty list for `contains` beside `prefixItems`.
      return contains === undefined || 'prefixItems' in others ? others : { ...others, contains };
    }),
  ),
}));

/** What the other one says; undefined where it breaks over a schema, as it does over `not: true` among `oneOf`. */
const ajv = new Ajv2020({ strict: false, validateFormats: false, ownProperties: true });
function other(root: JsonValue, value: JsonValue): boolean | undefined {
  try {
    return ajv.compile(root as object | boolean)(value);
  } catch (error) {
    if (error instanceof ReferenceError) return undefined;
    throw error;
  }
}

describe(`verdicts (seed ${SEED}, ${RUNS} runs)`, () => {
  it('are those of another validator', () => {
    let [taken, refused] = [0, 0];
    fc.assert(
      fc.property(schema, body, (root, value) => {
        const whole =
          typeof root === 'boolean'
            ? root
            : { ...(root as object), $defs: { x: { type: 'integer' }, y: { items: false } } };
        const want = other(whole, value);
        if (want === undefined) return;
        expect(judged(whole, value) === undefined).toBe(want);
        if (want) taken += 1;
        else refused += 1;
      }),
      { seed: SEED, numRuns: RUNS },
    );
    expect(Math.min(taken, refused)).toBeGreaterThan(RUNS / 20);
  });
});
