import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compiledPolicy, POLICY_FILES } from '../../../testing/policy-programs.js';
import { decode, encode, formatHex, type Value } from '../../codec/index.js';
import { GatosError } from '../../kernel/index.js';
import { decodeProgram, encodeProgram, policyCodeRoot } from './index.js';

const SEED = 20261120;

function refusalOf(bytes: Uint8Array): string | null {
  try {
    const program = decodeProgram(bytes);
    expect(formatHex(encodeProgram(program))).toBe(formatHex(bytes));
    return null;
  } catch (error) {
    if (error instanceof GatosError && /^(policy-code|codec)\//.test(error.code)) return error.message;
    throw error;
  }
}

const program = compiledPolicy(POLICY_FILES);
const bytes = encodeProgram(program);

describe('encodeProgram, decodeProgram', () => {
  it('gives the same program back', () => {
    expect(decodeProgram(bytes)).toEqual(program);
    expect(policyCodeRoot(bytes)).toHaveLength(32);
  });

  it('does not depend on the order of the files, nor on tests', () => {
    const other = encodeProgram(
      compiledPolicy([...POLICY_FILES].reverse().filter(({ file }) => file !== 'law_test.rgs')),
    );
    expect(formatHex(other)).toBe(formatHex(bytes));
  });

  it('depends on every source', () => {
    const other = POLICY_FILES.map((each) =>
      each.file === 'people.rgs' ? { ...each, text: `${each.text}# said again\n` } : each,
    );
    expect(formatHex(policyCodeRoot(encodeProgram(compiledPolicy(other))))).not.toBe(formatHex(policyCodeRoot(bytes)));
  });

  it(`refuses other bytes, or holds what they say (seed ${SEED})`, () => {
    let refused = 0;
    const edit = fc.record({
      at: fc.nat({ max: bytes.length - 1 }),
      byte: fc.nat({ max: 255 }),
      kind: fc.nat({ max: 2 }),
    });
    const property = fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
      const changed = [...bytes];
      for (const { at, byte, kind } of edits) changed.splice(at, kind === 0 ? 0 : 1, ...(kind === 1 ? [] : [byte]));
      if (refusalOf(Uint8Array.from(changed)) !== null) refused += 1;
    });
    fc.assert(property, { seed: SEED, numRuns: 600 });
    expect(refused).toBeGreaterThan(400);
  });

  it(`refuses well-formed maps with another number, text or part (seed ${SEED})`, () => {
    let refused = 0;
    const property = fc.property(fc.nat(), fc.nat(), fc.integer({ min: -3, max: 9000 }), (which, how, number) => {
      const changed = decode(bytes);
      mutate(changed, { which, how, number });
      if (refusalOf(encode(changed)) !== null) refused += 1;
    });
    fc.assert(property, { seed: SEED, numRuns: 600 });
    expect(refused).toBeGreaterThan(100);
  });
});

interface Mutation {
  readonly which: number;
  readonly how: number;
  readonly number: number;
}

/** Changes one entry of one list or map somewhere in the value. */
function mutate(root: Value, { which, how, number }: Mutation): void {
  const found: (Value[] | Record<string, Value>)[] = [];
  const visit = (value: Value): void => {
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
    found.push(value as Value[] | Record<string, Value>);
    for (const part of Object.values(value) as Value[]) visit(part);
  };
  visit(root);
  const target = found[which % found.length] as Record<string, Value>;
  const keys = Object.keys(target);
  const key = keys[how % Math.max(1, keys.length)] ?? '0';
  const other = found[number < 0 ? 0 : number % found.length] as Value;
  const value = target[key];
  if (typeof value === 'number') target[key] = value + number;
  else if (how % 5 === 0 && !Array.isArray(target)) delete target[key];
  else if (how % 5 === 1) target[key] = 'x';
  else if (how % 5 === 2) target[key] = null;
  else target[key] = decode(encode(other));
}

describe('decodeProgram of hostile bytes', () => {
  const [law = 0] = program.modules.flatMap(({ name }, index) => (name === 'law' ? [index] : []));
  const place = [law, 0, 1];
  const clause = (change: object): object => ({ body: [], head: [], names: [], place, slots: 0, ...change });
  const predicate = (change: object): object => ({
    name: 'law.p',
    arity: 0,
    needs: [],
    clauses: [clause({})],
    ...change,
  });
  const withPredicates = (...predicates: readonly object[]): object => ({
    ...program,
    heads: [],
    predicates,
    strata: predicates.map((_, index) => [index]),
  });
  const one = (body: readonly object[], change: object = {}): object =>
    withPredicates(predicate({ clauses: [clause({ body: body.map((step) => ({ place, ...step })), ...change })] }));
  const expr = (parts: object): object => ({ place, ...parts });
  const nothing = expr({ op: 'value', value: null });
  const slot = (number: number): object => expr({ op: 'slot', slot: number });
  const two = { slots: 2, names: ['a', 'b'] };

  it('takes what is sound', () => {
    const body = [
      { op: 'each', of: expr({ op: 'input' }), key: 0, value: 1 },
      { op: 'test', expr: slot(1) },
    ];
    expect(refusalOf(encode(one(body, two) as Value))).toBeNull();
  });

  it.each<[string, object, RegExp]>([
    ['another version', { ...program, v: 2 }, /`v` is not 1/],
    ['an unknown field', { ...program, x: 1 }, /`x` is not a field/],
    ['modules out of order', { ...program, modules: [...program.modules].reverse() }, /out of order/],
    ['heads of one id', { ...program, heads: [program.heads[0], program.heads[0]] }, /out of order/],
    ['other layers', { ...program, strata: [] }, /not the layers/],
    ['a slot that nothing binds', one([{ op: 'test', expr: slot(0) }], two), /nothing binds/],
    ['a slot out of range', one([{ op: 'bind', slot: 2, expr: nothing }], two), /from 0 to 1/],
    [
      'a slot bound twice',
      one(
        [0, 0].map((to) => ({ op: 'bind', slot: to, expr: nothing })),
        two,
      ),
      /bound already/,
    ],
    [
      'a slot used outside of `not`',
      one(
        [
          { op: 'not', body: [{ op: 'bind', slot: 0, expr: nothing, place }] },
          { op: 'test', expr: slot(0) },
        ],
        two,
      ),
      /nothing binds/,
    ],
    ['fewer names than slots', one([], { slots: 2, names: ['a'] }), /1 names for 2/],
    ['a huge number of slots', one([], { slots: 9e15, names: [] }), /slots/],
    ['a place of no module', one([], { place: [99, 0, 1] }), /place\[0\]/],
    ['a place that ends before it starts', one([], { place: [0, 2, 1] }), /no place/],
    ['an unknown predicate', one([{ op: 'rows', predicate: 7, args: [] }]), /predicate/],
    ['too many arguments', one([{ op: 'facts', facts: 'granted', args: [null] }]), /1 arguments, not 3/],
    [
      'a grant of anybody',
      one([{ op: 'facts', facts: 'granted', args: [null, null, null] }]),
      /leaves out whose approval counts/,
    ],
    ['an unknown fact', one([{ op: 'facts', facts: 'power', args: [] }]), /none of/],
    [
      'an unknown built-in',
      one([{ op: 'test', expr: expr({ op: 'call', builtin: 'toString', args: [] }) }]),
      /no built-in/,
    ],
    [
      'arguments for a built-in',
      one([{ op: 'test', expr: expr({ op: 'call', builtin: 'length', args: [] }) }]),
      /0 arguments, not 1/,
    ],
    ['a float', one([{ op: 'test', expr: expr({ op: 'value', value: 0.5 }) }]), /no integer/],
    ['an unknown operation', one([{ op: 'constructor' }]), /no operation/],
    [
      'a key twice',
      one([
        {
          op: 'test',
          expr: expr({
            op: 'record',
            entries: [
              ['a', nothing],
              ['a', nothing],
            ],
          }),
        },
      ]),
      /another entry/,
    ],
    ['a negative circle', one([{ op: 'not', body: [{ op: 'rows', predicate: 0, args: [], place }] }]), /circle/],
    ['a predicate without clauses', withPredicates(predicate({ clauses: [] })), /no clause/],
    ['a predicate of no module', withPredicates(predicate({ name: 'p' })), /without its module/],
    ['a clause of another module', withPredicates(predicate({ name: 'people.p' })), /another module/],
    ['needs out of range', withPredicates(predicate({ needs: [0] })), /needs\[0\]/],
    [
      'a parameter that nothing binds',
      withPredicates(predicate({ arity: 1, clauses: [clause({ ...two, head: [slot(0)] })] })),
      /nothing binds/,
    ],
    [
      'a needed argument left open',
      withPredicates(
        predicate({ arity: 1, needs: [0], clauses: [clause({ ...two, head: [slot(0)] })] }),
        predicate({
          name: 'law.q',
          clauses: [clause({ ...two, body: [{ op: 'rows', predicate: 0, args: [{ free: 0 }], place }] })],
        }),
      ),
      /must be bound/,
    ],
  ])('refuses %s', (_what, value, why) => {
    expect(refusalOf(encode(value as Value))).toMatch(why);
  });
});
