/** Comparing what a checkpoint claims with what recomputing gives: nothing that differs is taken for the same. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cid, encode, type Value } from '../codec/index.js';
import { bytesEqual, utf8 } from '../kernel/index.js';
import { compareFolded, departureOf } from './compare-proof.js';
import { CHECKPOINT_KIND, type Checkpoint } from './schema.js';

const SEED = 20261120;
const cid = (name: string): Cid => Cid.hash('dag-cbor', utf8(name));
const digest = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);

const HONEST: Checkpoint = {
  name: 'test',
  ns: 'default',
  fold_version: 1,
  windows: [
    { chain: 'journal/default/user-alice', first_seq: 0, last_seq: 9, head: cid('a') },
    { chain: 'journal/default/user-bob', first_seq: 0, last_seq: 1100, head: cid('b') },
  ],
  events: 1111,
  history_root: digest(1),
  policy_root: null,
  policy_code_root: null,
  fold_root: cid('fold'),
  engine: 'engine',
  gas_used: 2222,
  state_root: cid('state'),
  prev_state: cid('before'),
  base: {
    events: 1024,
    state_root: cid('base'),
    gas_used: 2048,
    frontier: [digest(2), digest(3)],
    heads: [
      { chain: 'journal/default/user-alice', head: cid('a') },
      { chain: 'journal/default/user-bob', head: cid('b') },
    ],
    skip: 7,
  },
  attachments: ['root.cbor', 'blocks/', 'state/'].map((path) => ({ path, size: 5, cid: cid(path) })),
};

describe('lists that only look alike when they are written in one line', () => {
  it.each<[string, string, Checkpoint]>([
    [
      'attachments',
      'two files in one path',
      {
        ...HONEST,
        attachments: [...HONEST.attachments.slice(0, 1), { path: 'blocks/ state/', size: 1, cid: cid('whatever') }],
      },
    ],
    [
      'base.heads',
      'two heads in one chain',
      {
        ...HONEST,
        base: {
          ...HONEST.base,
          heads: [{ chain: `journal/default/user-alice@${cid('a')} journal/default/user-bob`, head: cid('b') }],
        },
      },
    ],
    [
      'attachments',
      'a path in quotes',
      { ...HONEST, attachments: [{ path: '"root.cbor', size: 5, cid: cid('x') }, ...HONEST.attachments.slice(1)] },
    ],
  ])('%s: %s', (field, _what, forged) => {
    const found = compareFolded(forged, HONEST);
    expect(found?.field).toBe(field);
    expect(found?.claimed).not.toBe(found?.computed);
  });
});

/** Every place in a value that can be changed on its own, as a way to it. */
function* placesIn(value: Value, way: readonly (string | number)[] = []): Generator<readonly (string | number)[]> {
  yield way;
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || value instanceof Cid) return;
  for (const [key, part] of Object.entries(value)) yield* placesIn(part as Value, [...way, key]);
}

const PLACES = [...placesIn(HONEST as unknown as Value)].filter((way) => way.length > 0);

function changed(value: Value, [key, ...rest]: readonly (string | number)[], by: (part: Value) => Value): Value {
  if (key === undefined) return by(value);
  if (Array.isArray(value))
    return value.map((part, i) => (i === Number(key) ? changed(part as Value, rest, by) : part));
  const map = value as { readonly [key: string]: Value };
  return { ...map, [key]: changed(map[key] as Value, rest, by) };
}

/** Another value of the same type. */
function otherThan(value: Value, salt: number): Value {
  if (typeof value === 'number') return value + 1 + salt;
  if (typeof value === 'string') return salt % 2 === 0 ? `${value} ${salt}` : value.slice(1);
  if (value === null) return salt % 2 === 0 ? digest(salt % 256) : cid(`other ${salt}`);
  if (value instanceof Uint8Array) return digest(200 + (salt % 50));
  if (value instanceof Cid) return cid(`other ${salt}`);
  if (Array.isArray(value)) return salt % 2 === 0 ? value.slice(1) : [...(value as Value[]), ...(value as Value[])];
  return value;
}

describe(`any change (seed ${SEED})`, () => {
  it('to a checkpoint is a difference, and no change is none', () => {
    expect(PLACES.length).toBeGreaterThan(50);
    let differed = 0;
    fc.assert(
      fc.property(fc.constantFrom(...PLACES), fc.nat(1000), (way, salt) => {
        const forged = changed(HONEST as unknown as Value, way, (part) => otherThan(part, salt));
        const same = bytesEqual(encode(forged), encode(HONEST as unknown as Value));
        const found = compareFolded(forged as unknown as Checkpoint, HONEST);
        expect(found === null).toBe(same);
        if (found === null) return;
        differed += 1;
        expect(found.claimed).not.toBe(found.computed);
        // In the other direction too: what is missing is a difference as much as what is too much.
        expect(compareFolded(HONEST, forged as unknown as Checkpoint)).not.toBeNull();
      }),
      { seed: SEED, numRuns: 2000, examples: PLACES.map((way): [typeof way, number] => [way, 1]) },
    );
    expect(differed).toBeGreaterThan(1000);
    expect(CHECKPOINT_KIND.schema.read(HONEST as unknown as Value)).toEqual(HONEST);
  });
});

describe('where a fold departs', () => {
  const BAD_BASE = { ...HONEST, base: { ...HONEST.base, state_root: cid('made up') } };

  it.each<[string, Checkpoint, number, object | undefined]>([
    ['not, when all agrees', HONEST, 0, undefined],
    ['before the base', BAD_BASE, 100, { agrees_after: 100, differs_after: 1024 }],
    ['nowhere, when what agreed already reaches the base that was made up', BAD_BASE, 1024, undefined],
    [
      'after the base that agrees',
      { ...HONEST, state_root: cid('made up') },
      1024,
      { agrees_after: 1024, differs_after: 1111 },
    ],
    [
      'after what agreed beyond the base',
      { ...HONEST, gas_used: 1 },
      1100,
      { agrees_after: 1100, differs_after: 1111 },
    ],
    [
      'somewhere, when the base lies elsewhere',
      { ...HONEST, state_root: cid('made up'), base: { ...HONEST.base, events: 0 } },
      10,
      { agrees_after: 10, differs_after: 1111 },
    ],
    ['unknown, when other events were folded', { ...HONEST, history_root: digest(9), gas_used: 1 }, 0, undefined],
  ])('%s', (_where, claimed, agreed, want) => {
    expect(departureOf(claimed, HONEST, agreed)).toEqual(want);
  });
});
