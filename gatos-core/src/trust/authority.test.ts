import { describe, expect, it } from 'vitest';
import { TEST_REPO, testSigner } from '../../testing/hand-made.js';
import type { Envelope, EnvelopeHeader } from '../chain/index.js';
import { buildEnvelope } from '../chain/index.js';
import { encode, formatKey } from '../codec/index.js';
import { isRegistrable, type Signer } from '../identity/index.js';
import { authorizeByThreshold, authorizer, type TrustChange } from './index.js';
import { applyChanges, stateOfGenesis, type TrustState } from './state.js';

const [alice, bob, carol] = [1, 2, 3].map(testSigner) as [Signer, Signer, Signer];
const second = testSigner(11);
const stranger = testSigner(99);
const HOUR = 3_600_000_000;
const NOW = 1_700_000_000_000_000;

const place = (clock: number) => ({ clock, isRegistrable });
const START = stateOfGenesis(
  {
    nonce: new Uint8Array(16),
    profile: 'default',
    threshold: 2,
    roots: ['user:alice', 'user:bob', 'user:carol'],
    principals: [
      { actor: 'user:alice', keys: [{ key: alice.key }, { key: second.key }] },
      { actor: 'user:bob', keys: [{ key: bob.key, not_before: NOW - HOUR, not_after: NOW + HOUR }] },
      { actor: 'user:carol', keys: [{ key: carol.key }] },
      { actor: 'service:ci', keys: [{ key: testSigner(50).key }] },
    ],
    groups: [],
  },
  place(0),
);

function envelope(more: Partial<EnvelopeHeader> = {}): Envelope {
  const header: EnvelopeHeader = {
    v: 1,
    repo: TEST_REPO,
    chain: 'journal/default/user-alice',
    seq: 0,
    prev: null,
    clock: 10,
    actor: 'user:alice',
    time: NOW,
    policy: null,
    kind: 'journal.event',
    ...more,
  };
  return buildEnvelope(header, [encode(1)]);
}

const by = (...signers: readonly Signer[]) => signers.map(({ key }) => ({ key, sig: new Uint8Array(64) }));
const change = (state: TrustState, changes: readonly TrustChange[], clock: number) =>
  applyChanges(state, changes, place(clock));

const OF_ACTOR = {};
const judgeBy = (state: TrustState) => authorizer(state, []);

/** What is refused of one envelope by these signers: code and exit status. */
function judge(state: TrustState, signers: readonly Signer[], header: Partial<EnvelopeHeader> = {}) {
  const refusal = judgeBy(state)(envelope(header), by(...signers), OF_ACTOR);
  return refusal === null ? null : [refusal.code, refusal.exit];
}

describe('a key may sign', () => {
  it('for its own actor, with any of his keys', () => {
    expect(judge(START, [alice])).toBeNull();
    expect(judge(START, [second])).toBeNull();
    expect(judge(START, [alice, second])).toBeNull();
    expect(judge(START, [bob], { actor: 'user:bob' })).toBeNull();
  });

  it('not when it is unknown, beside a good one as well', () => {
    expect(judge(START, [stranger])).toEqual(['trust/unknown-key', 11]);
    expect(judge(START, [alice, stranger])).toEqual(['trust/unknown-key', 11]);
    const refusal = judgeBy(START)(envelope(), by(stranger), OF_ACTOR);
    expect(refusal?.message).toContain(formatKey(stranger.key));
    expect(refusal?.hint).toContain('git gatos trust add user:alice');
  });

  it('not for another actor', () => {
    expect(judge(START, [bob])).toEqual(['trust/other-actor', 11]);
    expect(judge(START, [alice, bob])).toEqual(['trust/other-actor', 11]);
    expect(judge(START, [alice], { actor: 'user:bob' })).toEqual(['trust/other-actor', 11]);
  });

  it('from the place after the one where it was added', () => {
    const state = change(START, [{ op: 'add-key', actor: 'user:alice', key: stranger.key }], 9);
    const at = (clock: number) => judge(state, [stranger], { clock });
    expect([at(8), at(9), at(10)]).toEqual([['trust/not-yet', 11], ['trust/not-yet', 11], null]);
  });

  it('up to the place where it is revoked, and what it signed before stays good', () => {
    const state = change(START, [{ op: 'revoke-key', key: alice.key, reason: 'lost' }], 9);
    const at = (clock: number) => judge(state, [alice], { clock });
    expect([at(3), at(9), at(10), at(11)]).toEqual([null, null, ['trust/revoked', 18], ['trust/revoked', 18]]);
    expect(judgeBy(state)(envelope(), by(alice), OF_ACTOR)?.message).toContain('from place 10 in history (lost)');
  });

  it('up to an earlier place when it was compromised since then', () => {
    const since = change(START, [{ op: 'revoke-key', key: alice.key, reason: 'stolen', since: 4 }], 9);
    const at = (clock: number) => judge(since, [alice], { clock });
    expect([at(3), at(4), at(9)]).toEqual([null, ['trust/revoked', 18], ['trust/revoked', 18]]);
    const further = change(since, [{ op: 'revoke-key', key: alice.key, reason: 'earlier still', since: 2 }], 12);
    expect(judge(further, [alice], { clock: 3 })).toEqual(['trust/revoked', 18]);
    expect(judge(further, [alice], { clock: 1 })).toBeNull();
  });

  it('within its validity interval, both ends included', () => {
    const at = (time: number) => judge(START, [bob], { actor: 'user:bob', time });
    expect([at(NOW - HOUR), at(NOW + HOUR)]).toEqual([null, null]);
    expect([at(NOW - HOUR - 1), at(NOW + HOUR + 1)]).toEqual([
      ['trust/expired', 18],
      ['trust/expired', 18],
    ]);
    const open = change(START, [{ op: 'add-key', actor: 'user:bob', key: stranger.key, not_before: NOW }], 5);
    const early = judgeBy(open)(envelope({ actor: 'user:bob', time: NOW - 1 }), by(stranger), OF_ACTOR);
    expect(early?.message).toContain('until further notice');
  });

  it('after a rotation: the old key before its place, the new one after it', () => {
    const state = change(START, [{ op: 'rotate-key', old: carol.key, key: stranger.key, reason: 'yearly' }], 9);
    const carols = { actor: 'user:carol' };
    expect(judge(state, [carol], { ...carols, clock: 9 })).toBeNull();
    expect(judge(state, [carol], { ...carols, clock: 10 })).toEqual(['trust/revoked', 18]);
    expect(judge(state, [stranger], { ...carols, clock: 9 })).toEqual(['trust/not-yet', 11]);
    expect(judge(state, [stranger], { ...carols, clock: 10 })).toBeNull();
  });

  it('never without a signature', () => {
    expect(() => judge(START, [])).toThrow(/invariant/);
  });

  it('whatever was asked before', () => {
    const judge = judgeBy(START);
    const judgement = (of: Envelope, signatures: ReturnType<typeof by>) => judge(of, signatures, OF_ACTOR);
    for (let i = 0; i < 3; i++) {
      expect(judgement(envelope(), by(alice))).toBeNull();
      expect(judgement(envelope(), by(stranger))?.code).toBe('trust/unknown-key');
      expect(judgement(envelope({ actor: 'user:bob' }), by(alice))?.code).toBe('trust/other-actor');
      expect(judgement(envelope({ actor: 'user:bob' }), by(bob))).toBeNull();
    }
  });
});

describe('a trust change', () => {
  const judged = (signers: readonly Signer[], header: Partial<EnvelopeHeader> = {}, state = START) => {
    const refusal = authorizeByThreshold(state, envelope(header), by(...signers));
    return refusal === null ? null : [refusal.code, refusal.exit];
  };

  it('needs the threshold of distinct roots', () => {
    expect(judged([alice, bob])).toBeNull();
    expect(judged([alice, bob, carol])).toBeNull();
    expect(judged([alice])).toEqual(['trust/threshold', 11]);
    expect(judged([])).toEqual(['trust/threshold', 11]);
  });

  it('counts principals, not keys', () => {
    expect(judged([alice, second])).toEqual(['trust/threshold', 11]);
    const refusal = authorizeByThreshold(START, envelope(), by(alice, second));
    expect(refusal?.data).toMatchObject({ have: ['user:alice'], need: 2 });
    expect(judged([alice, second, bob])).toBeNull();
  });

  it('is signed by the one in whose name it is', () => {
    expect(judged([bob, carol])).toEqual(['trust/actor-did-not-sign', 11]);
    expect(judged([bob, carol], { actor: 'user:carol' })).toBeNull();
  });

  it("is not helped by keys that are unknown, or no root's, but spoilt", () => {
    expect(judged([alice, stranger])).toEqual(['trust/unknown-key', 11]);
    expect(judged([alice, bob, stranger])).toEqual(['trust/unknown-key', 11]);
    expect(judged([alice, bob, testSigner(50)])).toEqual(['trust/not-a-root', 11]);
  });

  it('is not signed by a root key that is revoked, expired or added later', () => {
    const revoked = change(START, [{ op: 'revoke-key', key: carol.key, reason: 'lost' }], 9);
    expect(judged([alice, carol], {}, revoked)).toEqual(['trust/revoked', 18]);
    expect(judged([alice, bob], { time: NOW + 2 * HOUR })).toEqual(['trust/expired', 18]);
    const later = change(START, [{ op: 'add-key', actor: 'user:carol', key: stranger.key }], 10);
    expect(judged([alice, stranger], {}, later)).toEqual(['trust/not-yet', 11]);
    expect(judged([alice, stranger], { clock: 11 }, later)).toBeNull();
  });
});

describe('what needs the threshold on another chain', () => {
  const roots = ['user:alice', 'user:bob', 'user:carol'];
  const MANDATES = [
    { from: 0, roots, threshold: 2 },
    { from: 10, roots: ['user:carol'], threshold: 1 },
  ];
  const judged = (signers: readonly Signer[], header: Partial<EnvelopeHeader>, mandates = MANDATES) => {
    const refusal = authorizer(START, mandates)(envelope(header), by(...signers), { signed: 'by-threshold' });
    return refusal === null ? null : refusal.code;
  };

  it('is judged by who decided at its place', () => {
    for (const clock of [1, 10]) {
      expect(judged([alice, bob], { clock })).toBeNull();
      expect(judged([carol], { clock, actor: 'user:carol' })).toBe('trust/threshold');
    }
    expect(judged([carol], { clock: 11, actor: 'user:carol' })).toBeNull();
    expect(judged([alice, bob], { clock: 11 })).toBe('trust/not-a-root');
  });

  it('has nobody to decide on it before there was a genesis', () => {
    expect(judged([alice, bob], { clock: 1 }, [])).toBe('trust/not-a-root');
    expect(judged([alice, bob], { clock: 10 }, MANDATES.slice(1))).toBe('trust/not-a-root');
  });

  it('lacks everything without a signature', () => {
    expect(judged([], { clock: 1 })).toBe('trust/threshold');
  });
});
