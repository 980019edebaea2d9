import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testSigner } from '../../testing/hand-made.js';
import { refusalOf } from '../../testing/refusal.js';
import { encode, formatKey, parseHex, type Value } from '../codec/index.js';
import { isRegistrable } from '../identity/index.js';
import { LIMITS } from '../kernel/index.js';
import { CHANGE_KIND, GENESIS_KIND, type Genesis, type TrustChange } from './schema.js';
import { applyChanges, keysOf, principalsOf, stateOfGenesis, type TrustState } from './state.js';

const seed = Number(process.env.GATOS_SEED ?? 20261120);
const keys = Array.from({ length: 12 }, (_, i) => testSigner(i + 1).key);
const key = (i: number) => keys[i] as Uint8Array;
const place = (clock: number) => ({ clock, isRegistrable });
const [alice, bob, carol] = ['user:alice', 'user:bob', 'user:carol'] as const;

const GENESIS: Genesis = {
  nonce: new Uint8Array(16),
  profile: 'default',
  threshold: 1,
  roots: [alice],
  principals: [
    { actor: alice, keys: [{ key: key(0) }] },
    { actor: bob, keys: [{ key: key(1) }, { key: key(2), not_before: 10, not_after: 20 }] },
  ],
  groups: [{ name: 'leads', members: [alice, bob] }],
};
const START = stateOfGenesis(GENESIS, place(0));

const change = (state: TrustState, changes: readonly TrustChange[], clock = 5) =>
  applyChanges(state, changes, place(clock));
const whyNot = (action: () => unknown) => {
  const { code, exit, data } = refusalOf(action);
  expect([code, exit]).toEqual(['trust/bad-change', 1]);
  return String(data.why);
};

describe('the state of a genesis', () => {
  it('holds principals with their keys, roots, threshold and groups', () => {
    expect(START).toMatchObject({ profile: 'default', threshold: 1, roots: [alice] });
    expect(principalsOf(START)).toEqual([alice, bob]);
    expect(keysOf(START, bob)).toMatchObject([
      { added: 0, not_before: 0, not_after: Number.MAX_SAFE_INTEGER, revoked: null },
      { added: 0, not_before: 10, not_after: 20, revoked: null },
    ]);
    expect(START.groups.get('leads')).toEqual([alice, bob]);
  });

  const twice = { actor: carol, keys: [{ key: key(3) }] };
  it.each<[string, Partial<Genesis>, RegExp]>([
    ['a threshold nobody reaches', { threshold: 2 }, /threshold is 2, but only 1 roots/],
    ['roots without keys', { roots: [carol] }, /only 0 roots would have a key \(none\)/],
    ['no roots', { roots: [] }, /threshold/],
    ['a root twice', { roots: [alice, alice] }, /root `user:alice` is named twice/],
    [
      'a principal twice',
      { principals: [...GENESIS.principals, twice, twice] },
      /principal `user:carol` is named twice/,
    ],
    ['a group twice', { groups: [...GENESIS.groups, ...GENESIS.groups] }, /group `leads` is named twice/],
    ['a member twice', { groups: [{ name: 'x', members: [bob, bob] }] }, /member `user:bob` is named twice/],
    [
      'a key of two people',
      { principals: [...GENESIS.principals, { actor: carol, keys: [{ key: key(0) }] }] },
      /already belongs to `user:alice`/,
    ],
    [
      'a key that is never valid',
      { principals: [{ actor: alice, keys: [{ key: key(0), not_before: 2, not_after: 1 }] }] },
      /never be valid/,
    ],
    [
      'a key of small order',
      { principals: [{ actor: alice, keys: [{ key: new Uint8Array(32).fill(0, 1) }] }] },
      /no key that somebody can hold alone/,
    ],
  ])('refuses %s', (_, more, why) => {
    expect(whyNot(() => stateOfGenesis({ ...GENESIS, ...more }, place(0)))).toMatch(why);
  });
});

describe('a change', () => {
  it('adds a key, from its own place on', () => {
    const state = change(START, [{ op: 'add-key', actor: carol, key: key(3), not_before: 7 }]);
    expect(state.keys.get(formatKey(key(3)))).toMatchObject({ actor: carol, added: 5, not_before: 7, revoked: null });
    expect(START.keys.has(formatKey(key(3)))).toBe(false);
    expect(whyNot(() => change(state, [{ op: 'add-key', actor: bob, key: key(3) }]))).toMatch(
      /already belongs to `user:carol`/,
    );
  });

  it.each([
    // Points of order 1, 2, 4 and 8, encodings that are not canonical, and one that is no point (RFC 8032 section 5.1.3).
    '0100000000000000000000000000000000000000000000000000000000000000',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    '0000000000000000000000000000000000000000000000000000000000000080',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    '0200000000000000000000000000000000000000000000000000000000000000',
  ])('adds no key that is weak: %s', (hex) => {
    expect(whyNot(() => change(START, [{ op: 'add-key', actor: carol, key: parseHex(hex) }]))).toMatch(/no key/);
  });

  it('revokes a key from its own place on, or from an earlier one, and only ever further back', () => {
    const revoke = (more: object = {}): TrustChange => ({ op: 'revoke-key', key: key(1), reason: 'lost', ...more });
    const now = change(START, [revoke()]);
    expect(now.keys.get(formatKey(key(1)))?.revoked).toEqual({ from: 6, by: 5, reason: 'lost' });
    expect(change(START, [revoke({ since: 2 })]).keys.get(formatKey(key(1)))?.revoked?.from).toBe(2);
    const earlier = change(now, [revoke({ since: 3, reason: 'stolen' })], 8);
    expect(earlier.keys.get(formatKey(key(1)))?.revoked).toEqual({ from: 3, by: 8, reason: 'stolen' });
    for (const since of [undefined, 4, 3]) {
      const again = since === undefined ? revoke() : revoke({ since });
      expect(whyNot(() => change(earlier, [again], 9))).toMatch(/already revoked from place 3/);
    }
    expect(whyNot(() => change(START, [revoke({ since: 7 })]))).toMatch(/place 7 is in the future/);
    expect(change(START, [revoke({ since: 6 })]).keys.get(formatKey(key(1)))?.revoked?.from).toBe(6);
    expect(whyNot(() => change(START, [{ ...revoke(), key: key(9) } as TrustChange]))).toMatch(
      /not in the trust chain/,
    );
  });

  it('rotates a key: the new one from the place on, the old one no more', () => {
    const state = change(START, [{ op: 'rotate-key', old: key(0), key: key(4), reason: 'yearly' }]);
    expect(state.keys.get(formatKey(key(0)))?.revoked).toEqual({ from: 6, by: 5, reason: 'yearly' });
    expect(state.keys.get(formatKey(key(4)))).toMatchObject({ actor: alice, added: 5, revoked: null });
    expect(whyNot(() => change(START, [{ op: 'rotate-key', old: key(0), key: key(1), reason: '' }]))).toMatch(
      /already belongs/,
    );
    expect(whyNot(() => change(START, [{ op: 'rotate-key', old: key(9), key: key(4), reason: '' }]))).toMatch(
      /not in the trust/,
    );
  });

  it('never leaves the repository without anybody who can change it', () => {
    const last: TrustChange = { op: 'revoke-key', key: key(0), reason: 'lost' };
    expect(whyNot(() => change(START, [last]))).toMatch(/threshold is 1, but only 0 roots would have a key/);
    expect(whyNot(() => change(START, [{ op: 'set-roots', roots: [carol], threshold: 1 }]))).toMatch(/only 0 roots/);
    expect(whyNot(() => change(START, [{ op: 'set-roots', roots: [alice, bob], threshold: 3 }]))).toMatch(
      /only 2 roots/,
    );
    expect(whyNot(() => change(START, [{ op: 'set-roots', roots: [], threshold: 1 }]))).toMatch(/only 0 roots/);
    const two = change(START, [{ op: 'set-roots', roots: [alice, bob], threshold: 2 }]);
    expect(two).toMatchObject({ roots: [alice, bob], threshold: 2 });
    expect(whyNot(() => change(two, [last]))).toMatch(/threshold is 2, but only 1 roots would have a key \(user:bob\)/);
    // Bob has another key, so he may lose one of the two and not the second.
    const one = change(two, [{ op: 'revoke-key', key: key(1), reason: '' }]);
    expect(whyNot(() => change(one, [{ op: 'revoke-key', key: key(2), reason: '' }]))).toMatch(/only 1 roots/);
  });

  it('sets, replaces and removes groups', () => {
    const state = change(START, [
      { op: 'set-group', name: 'ops', members: [carol] },
      { op: 'set-group', name: 'leads', members: [bob] },
    ]);
    expect(Object.fromEntries(state.groups)).toEqual({ leads: [bob], ops: [carol] });
    expect([...change(state, [{ op: 'set-group', name: 'ops', members: [] }]).groups.keys()]).toEqual(['leads']);
    expect(whyNot(() => change(START, [{ op: 'set-group', name: 'x', members: [bob, bob] }]))).toMatch(/named twice/);
  });

  it('sees the changes before it in the same envelope', () => {
    const state = change(START, [
      { op: 'add-key', actor: carol, key: key(3) },
      { op: 'set-roots', roots: [carol], threshold: 1 },
      { op: 'revoke-key', key: key(0), reason: 'left' },
    ]);
    expect(state.roots).toEqual([carol]);
    expect(START.roots).toEqual([alice]);
  });
});

describe('the bounds of the state', () => {
  // What is counted are names: no key has to be one.
  const anyKey = { clock: 5, isRegistrable: () => true };
  const nth = (i: number) => new Uint8Array(32).map((_, at) => (at < 4 ? (i >> (8 * at)) & 0xff : 77));
  const adds = (count: number, actorOf: (i: number) => string): TrustChange[] =>
    Array.from({ length: count }, (_, i) => ({ op: 'add-key', actor: actorOf(i), key: nth(i) }));

  it('are so many keys of one principal at a time; revoked ones do not count', () => {
    const full = applyChanges(
      START,
      adds(LIMITS.keysPerPrincipal, () => carol),
      anyKey,
    );
    const more: TrustChange = { op: 'add-key', actor: carol, key: key(5) };
    expect(whyNot(() => applyChanges(full, [more], anyKey))).toMatch(/more than 64 keys/);
    const room: TrustChange = { op: 'revoke-key', key: nth(0), reason: '' };
    expect(keysOf(applyChanges(full, [room, more], anyKey), carol)).toHaveLength(LIMITS.keysPerPrincipal + 1);
  });

  it('are so many principals and groups', () => {
    const people = adds(LIMITS.principals - 1, (i) => `user:p${i}`);
    expect(whyNot(() => applyChanges(START, people, anyKey))).toMatch(/more than 4096 principals/);
    expect(principalsOf(applyChanges(START, people.slice(1), anyKey))).toHaveLength(LIMITS.principals);
    const groups = Array.from(
      { length: LIMITS.groups },
      (_, i): TrustChange => ({ op: 'set-group', name: `g${i}`, members: [bob] }),
    );
    expect(whyNot(() => applyChanges(START, groups, anyKey))).toMatch(/more than 1024 groups/);
  });

  it('leave room for thousands of changes in one envelope, applied in linear time', () => {
    const rotate = (count: number) =>
      Array.from(
        { length: count },
        (_, i): TrustChange => ({ op: 'rotate-key', old: i === 0 ? key(1) : nth(i - 1), key: nth(i), reason: '' }),
      );
    const state = applyChanges(START, rotate(9000), anyKey);
    expect(keysOf(state, bob)).toHaveLength(9002);
  }, 10_000);
});

describe('a change as a record', () => {
  it('has one shape for each operation', () => {
    for (const good of [
      { op: 'add-key', actor: alice, key: key(0) },
      { op: 'add-key', actor: alice, key: key(0), not_before: 0, not_after: 9 },
      { op: 'revoke-key', key: key(0), reason: '' },
      { op: 'revoke-key', key: key(0), reason: 'x', since: 4 },
      { op: 'rotate-key', old: key(0), key: key(1), reason: 'x' },
      { op: 'set-group', name: 'leads', members: [] },
      { op: 'set-roots', roots: [alice], threshold: 1 },
    ])
      expect(CHANGE_KIND.schema.read(good, 'change')).toBe(good);
    for (const bad of [
      null,
      {},
      { actor: alice },
      { op: 1 },
      { op: 'add-key', actor: 'alice', key: key(0) },
      { op: 'add-key', actor: 'user:a..b', key: key(0) },
      { op: 'add-key', actor: alice, key: new Uint8Array(31) },
      { op: 'add-key', actor: alice, key: key(0), more: 1 },
      { op: 'add-key', actor: alice, key: key(0), not_before: -1 },
      { op: 'revoke-key', key: key(0) },
      { op: 'revoke-key', key: key(0), reason: 'x'.repeat(257) },
      { op: 'set-group', name: 'Leads', members: [] },
      { op: 'set-roots', roots: [alice], threshold: 0 },
    ]) {
      expect(refusalOf(() => CHANGE_KIND.schema.read(bad, 'change')).code).toBe('codec/schema');
      expect(CHANGE_KIND.schema.find(bad)).toBeDefined();
    }
  });

  it('of an operation that is not known is none that can be judged', () => {
    const { code, exit, kind } = refusalOf(() => CHANGE_KIND.schema.read({ op: 'add-oracle', url: 'x' }, 'change'));
    expect([code, exit, kind]).toEqual(['trust/unknown-operation', 30, 'unsupported']);
    expect(CHANGE_KIND.schema.find({ op: 'add-oracle' })).toBeDefined();
  });

  it('is described in the commit', () => {
    expect(CHANGE_KIND.describe({ op: 'set-group', name: 'x', members: [] }, 1).title).toBe('trust: set-group');
    expect(CHANGE_KIND.describe({ op: 'set-group', name: 'x', members: [] }, 3).title).toBe(
      'trust: set-group and 2 more',
    );
    expect(GENESIS_KIND.describe(GENESIS, 1)).toEqual({
      title: 'trust: genesis by 1 of 1 roots',
      trailers: [['Profile', 'default']],
    });
    expect(GENESIS_KIND.schema.find(GENESIS)).toBeUndefined();
    expect(encode(GENESIS as unknown as Value).length).toBeGreaterThan(100);
  });
});

describe(`any sequence of changes (seed ${seed})`, () => {
  const actor = fc.constantFrom(alice, bob, carol);
  const aKey = fc.constantFrom(...keys);
  const anyChange: fc.Arbitrary<TrustChange> = fc.oneof(
    fc.record({ op: fc.constant('add-key' as const), actor, key: aKey }),
    fc.record(
      { op: fc.constant('revoke-key' as const), key: aKey, reason: fc.constant(''), since: fc.nat(60) },
      { requiredKeys: ['op', 'key', 'reason'] },
    ),
    fc.record({ op: fc.constant('rotate-key' as const), old: aKey, key: aKey, reason: fc.constant('') }),
    fc.record({
      op: fc.constant('set-roots' as const),
      roots: fc.uniqueArray(actor),
      threshold: fc.integer({ min: 1, max: 3 }),
    }),
  );

  it('keeps who can change it able to, never brings a revoked key back, and never changes what stood before', () => {
    fc.assert(
      fc.property(fc.array(anyChange, { maxLength: 40 }), (changes) => {
        let state = START;
        let clock = 1;
        for (const one of changes) {
          clock += 1;
          const before = JSON.stringify([...state.keys].map(([name, { revoked }]) => [name, revoked]));
          let next: TrustState;
          try {
            next = change(state, [one], clock);
          } catch (error) {
            expect(error).toMatchObject({ code: 'trust/bad-change' });
            next = state;
          }
          expect(JSON.stringify([...state.keys].map(([name, { revoked }]) => [name, revoked]))).toBe(before);
          const able = next.roots.filter((root) => keysOf(next, root).some(({ revoked }) => revoked === null));
          expect(able.length).toBeGreaterThanOrEqual(next.threshold);
          for (const [name, { actor: owner, added, revoked }] of state.keys) {
            const now = next.keys.get(name);
            expect([now?.actor, now?.added]).toEqual([owner, added]);
            if (revoked !== null) expect(now?.revoked?.from).toBeLessThanOrEqual(revoked.from);
          }
          state = next;
        }
      }),
      { seed, numRuns: 200 },
    );
  });
});
