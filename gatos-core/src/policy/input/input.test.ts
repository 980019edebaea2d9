import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonValue, parseJson } from '../../codec/index.js';
import {
  checkInput,
  checkPartialInput,
  completeInput,
  INPUT_TYPE,
  inputJsonSchema,
  nearest,
  type PolicyInput,
  type Type,
} from './index.js';

const SEED = 20261120;
const asJson = (input: PolicyInput): JsonValue => input as unknown as JsonValue;

/** A partial document: any choice of fields, each with a value of its type. */
function partial(type: Type): fc.Arbitrary<JsonValue> {
  switch (type.t) {
    case 'bool':
      return fc.boolean();
    case 'int':
      return fc.maxSafeInteger().map((value) => value + 0);
    case 'text':
      return fc.string({ maxLength: 5 });
    case 'list':
      return fc.array(partial(type.of), { maxLength: 2 });
    case 'map':
      return fc.dictionary(fc.string({ maxLength: 4 }), partial(type.of), { maxKeys: 2 }).map((map) => ({ ...map }));
    case 'nullable':
      return fc.option(partial(type.of));
    case 'record': {
      const fields = Object.entries(type.fields).map(([name, field]) => [
        name,
        name === 'v'
          ? fc.constant(1)
          : field.oneOf === undefined
            ? partial(field.type)
            : fc.constantFrom(...field.oneOf),
      ]);
      return fc
        .record(Object.fromEntries(fields) as Record<string, fc.Arbitrary<JsonValue>>, { requiredKeys: [] })
        .map((map) => ({ ...map }) as JsonValue);
    }
    default:
      return fc.constant(null);
  }
}

describe('completeInput', () => {
  it('makes a whole document of nothing', () => {
    const input = completeInput({});
    expect(checkInput(asJson(input))).toEqual([]);
    expect(input).toMatchObject({
      v: 1,
      profile: 'default',
      pusher: 'user:alice',
      updates: [],
      grants: [],
      groups: {},
    });
  });

  it('completes each element, and what follows from ref and kind', () => {
    const { updates, grants } = completeInput({
      updates: [
        { commits: [{ changes: [{ path: 'a' }], signer: null }] },
        { ref: 'refs/tags/v1', kind: 'create' },
        { ref: 'refs/gatos/trust', kind: 'delete' },
        { ref: 'refs/notes/x', name: 'own', fast_forward: false },
      ],
      grants: [{ action: 'x' }],
    });
    expect(updates.map(({ name, space, kind, fast_forward }) => [name, space, kind, fast_forward])).toEqual([
      ['main', 'branch', 'update', true],
      ['v1', 'tag', 'create', true],
      ['trust', 'gatos', 'delete', false],
      ['own', 'other', 'update', false],
    ]);
    expect(updates[1]?.old).toBeNull();
    expect(updates[2]?.new).toBeNull();
    expect(updates[0]?.commits[0]).toMatchObject({
      signer: null,
      author: { name: 'Alice' },
      changes: [{ path: 'a', op: 'modify' }],
    });
    expect(grants[0]).toMatchObject({ action: 'x', expires: null, uses_left: 1, approvers: [] });
  });

  it(`always gives a whole document that keeps what was given (seed ${SEED})`, () => {
    const property = fc.property(partial(INPUT_TYPE), (given) => {
      const whole = completeInput(given);
      expect(checkInput(asJson(whole))).toEqual([]);
      expect(whole).toMatchObject(given as object);
      expect(completeInput(asJson(whole))).toEqual(whole);
    });
    fc.assert(property, { seed: SEED, numRuns: 200 });
  });

  it('refuses what is no part of the input', () => {
    expect(() => completeInput({ updtes: [] })).toThrow('`input.updtes` is not a field of the input');
    expect(() => completeInput(null)).toThrow('`input` is null, not a record');
  });
});

describe('checkInput', () => {
  it.each<[JsonValue, string, string | null]>([
    [{ updates: [{ reff: 'x' }] }, '`input.updates[0].reff` is not a field of the input', 'did you mean `ref`?'],
    [{ updates: {} }, '`input.updates` is a record, not a list', null],
    [{ received: 0.5 }, '`input.received` is a number that is no integer, not an integer', null],
    [{ received: -0 }, '`input.received` is minus zero, not an integer', null],
    [{ profile: null }, '`input.profile` is null, not text', null],
    [{ profile: '\ud800' }, '`input.profile` is text with half a character, not text', null],
    [{ groups: { leads: ['a', 1] } }, '`input.groups.leads[1]` is an integer, not text', null],
    [
      { updates: [{ kind: 'deleted' }] },
      '`input.updates[0].kind` is none of `create`, `update`, `delete`',
      'did you mean `delete`?',
    ],
    [{ updates: [{ fast_forward: 1 }] }, '`input.updates[0].fast_forward` is an integer, not a boolean', null],
    [{ v: 2 }, '`input.v` is not 1', null],
    [
      { toString: 1 },
      '`input.toString` is not a field of the input',
      'its fields: v, profile, received, repository, policy, pusher, options, updates, grants, groups',
    ],
    [[], '`input` is a list, not a record', null],
  ])('%j', (value, message, hint) => {
    const [problem, ...more] = checkPartialInput(value);
    expect(more).toEqual([]);
    expect(`\`${problem?.path}\` ${problem?.why}`).toBe(message);
    expect(problem?.hint).toBe(hint);
  });

  it('asks for every field of a whole document', () => {
    const { pusher: _, ...rest } = completeInput({});
    expect(checkInput(rest as unknown as JsonValue)).toEqual([
      { path: 'input.pusher', steps: ['pusher'], why: 'is missing', hint: null },
    ]);
  });
});

describe('inputJsonSchema', () => {
  it('is what docs/policy-input.schema.json says', () => {
    const published = readFileSync(new URL('../../../../docs/policy-input.schema.json', import.meta.url), 'utf8');
    expect(parseJson(published)).toEqual(inputJsonSchema());
  });

  it('describes every field', () => {
    const undescribed: string[] = [];
    const visit = (type: Type, path: string): void => {
      if (type.t === 'record')
        for (const [name, field] of Object.entries(type.fields)) {
          if (field.about.length < 5 || /^[A-Z][a-z]|\.$/.test(field.about)) undescribed.push(`${path}.${name}`);
          visit(field.type, `${path}.${name}`);
        }
      else if ('of' in type) visit(type.of, path);
    };
    visit(INPUT_TYPE, 'input');
    expect(undescribed).toEqual([]);
  });
});

describe('nearest', () => {
  const known = ['ref', 'name', 'updates', 'fast_forward', 'grants', 'path.ext'];
  it.each([
    ['reff', 'ref'],
    ['rfe', 'ref'],
    ['update', 'updates'],
    ['fastforward', 'fast_forward'],
    ['forward', 'fast_forward'],
    ['Name', 'name'],
    ['grnats', 'grants'],
    ['x', null],
    ['zzzzzz', null],
    ['', null],
    ['a'.repeat(100), null],
  ])('of %s is %s', (word, meant) => {
    expect(nearest(word, known)).toBe(meant);
  });

  it('does not depend on the order of what is known', () => {
    expect(nearest('ab', ['abc', 'abd'])).toBe(nearest('ab', ['abd', 'abc']));
  });
});
