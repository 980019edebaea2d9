import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GOVERNANCE_START, GovernanceBook, ROOT, testCid } from '../../testing/governance-world.js';
import { chainError } from '../chain/index.js';
import { gitError } from '../git/index.js';
import { LIMITS } from '../kernel/index.js';
import { type Conditions, type Held, type Proposal, Standings, stateOf, type TrustPoint } from './index.js';

const SEED = 20_240_315;
const NOW: Conditions = { time: GOVERNANCE_START, policyRoot: null };
const ALICE = 'user:alice';
const BOB = 'user:bob';
const CAROL = 'user:carol';
const DAVE = 'user:dave';
const EVE = 'user:eve';
const POLICY = testCid('policy');

type Sketch = (book: GovernanceBook) => Held<Proposal>;

function standing(sketch: Sketch, conditions: Partial<Conditions> = {}) {
  const book = new GovernanceBook();
  const proposal = sketch(book);
  return stateOf(book.ledger(), proposal, { ...NOW, ...conditions });
}

const judged = (sketch: Sketch, conditions: Partial<Conditions> = {}): string => {
  const { state, reason } = standing(sketch, conditions);
  return `${state}: ${reason}`;
};

/** A grant that others are judged by: what happens to it, and what it is then. */
const granted =
  (
    after: (book: GovernanceBook, made: ReturnType<GovernanceBook['granted']>) => unknown,
    more: Partial<Proposal> = {},
  ): Sketch =>
  (book) => {
    const made = book.granted(more);
    after(book, made);
    return made.proposal;
  };
const open =
  (after: (book: GovernanceBook, proposal: Held<Proposal>) => unknown, more: Partial<Proposal> = {}): Sketch =>
  (book) => {
    const proposal = book.proposal(more);
    after(book, proposal);
    return proposal;
  };
const nothing = () => undefined;

const TABLE: readonly [string, Sketch, string, Partial<Conditions>?][] = [
  ['a proposal', open(nothing), 'proposal: waiting'],
  ['one approval of two', open((b, p) => b.approval(p, BOB)), 'partial: waiting'],
  ['two, and no grant yet', open((b, p) => [b.approval(p, BOB), b.approval(p, ALICE)]), 'partial: ready'],
  ['an approval of somebody without a voice', open((b, p) => b.approval(p, EVE)), 'proposal: waiting'],
  [
    'an approval of another proposal',
    open((b, p) => b.approval(p, BOB, { proposal: testCid('x') })),
    'proposal: waiting',
  ],
  ['an approval in the name of another', open((b, p) => b.approval(p, BOB, { actor: ALICE })), 'proposal: waiting'],
  ['an approval that claims to be older', open((b, p) => b.approval(p, BOB, { clock: p.clock })), 'proposal: waiting'],
  [
    'an approval that was revoked',
    open((b, p) => [b.approval(p, ALICE), b.revocation('approval', b.approval(p, BOB), BOB)]),
    'partial: waiting',
  ],
  [
    'an approval that somebody else revoked',
    open((b, p) => [b.approval(p, ALICE), b.revocation('approval', b.approval(p, BOB), ALICE)]),
    'partial: ready',
  ],
  ['revoked by its proposer', open((b, p) => b.revocation('proposal', p, ALICE)), 'revoked: proposal-revoked'],
  ['revoked by a root', open((b, p) => b.revocation('proposal', p, ROOT)), 'revoked: proposal-revoked'],
  ['revoked by anybody', open((b, p) => b.revocation('proposal', p, BOB)), 'proposal: waiting'],
  ['revoked as what it is not', open((b, p) => b.revocation('grant', p, ALICE)), 'proposal: waiting'],
  [
    'revoked before it was there',
    open((b, p) => b.revocation('proposal', p, ALICE, { clock: p.clock })),
    'proposal: waiting',
  ],
  ['expired before it was granted', open(nothing, { expires: GOVERNANCE_START - 1 }), 'expired: expired'],
  ['bound to another policy', open(nothing, { policy_root: POLICY }), 'stale: other-policy'],
  ['bound to the policy in force', open(nothing, { policy_root: POLICY }), 'proposal: waiting', { policyRoot: POLICY }],

  ['a grant', granted(nothing), 'granted: granted'],
  ['a grant at its last moment', granted(nothing, { expires: GOVERNANCE_START }), 'granted: granted'],
  [
    'a grant after it',
    granted(nothing, { expires: GOVERNANCE_START }),
    'expired: expired',
    { time: GOVERNANCE_START + 1 },
  ],
  [
    'a grant under the policy in force',
    granted(nothing, { policy_root: POLICY }),
    'granted: granted',
    { policyRoot: POLICY },
  ],
  [
    'a grant under a former policy',
    granted(nothing, { policy_root: POLICY }),
    'stale: other-policy',
    { policyRoot: testCid('new') },
  ],
  ['a grant under a policy when none is in force', granted(nothing, { policy_root: POLICY }), 'stale: other-policy'],
  ['a grant bound to no policy', granted(nothing), 'granted: granted', { policyRoot: POLICY }],
  ['used', granted((b, { grant }) => b.use(grant)), 'used-up: used-up'],
  ['used once of two', granted((b, { grant }) => b.use(grant), { uses: 2 }), 'granted: granted'],
  ['one move recorded twice', granted((b, { grant }) => [b.use(grant), b.use(grant)], { uses: 2 }), 'granted: granted'],
  [
    'two moves',
    granted((b, { grant }) => [b.use(grant), b.use(grant, { ref: 'refs/heads/x' })], { uses: 2 }),
    'used-up: used-up',
  ],
  ['used as often as one likes', granted((b, { grant }) => b.use(grant), { uses: null }), 'granted: granted'],
  ['a use of another grant', granted((b, { grant }) => b.use(grant, { grant: testCid('x') })), 'granted: granted'],
  ['a use before the grant', granted((b, { grant }) => b.use(grant, { clock: grant.clock })), 'granted: granted'],
  ['revoked by its proposer', granted((b, { grant }) => b.revocation('grant', grant, ALICE)), 'revoked: grant-revoked'],
  [
    'revoked by one who approved',
    granted((b, { grant }) => b.revocation('grant', grant, BOB)),
    'revoked: grant-revoked',
  ],
  ['revoked by a root', granted((b, { grant }) => b.revocation('grant', grant, ROOT)), 'revoked: grant-revoked'],
  ['revoked by another lead', granted((b, { grant }) => b.revocation('grant', grant, CAROL)), 'granted: granted'],
  [
    'its proposal revoked',
    granted((b, { proposal }) => b.revocation('proposal', proposal, ALICE)),
    'revoked: proposal-revoked',
  ],
  [
    'an approval revoked that was needed',
    granted((b, { approvals: [, second] }) => second && b.revocation('approval', second, BOB)),
    'revoked: quorum-lost',
  ],
  [
    'the lost voice replaced afterwards',
    granted((b, { proposal, approvals: [, second] }) => [
      second && b.revocation('approval', second, BOB),
      b.approval(proposal, CAROL),
    ]),
    'revoked: quorum-lost',
  ],
  [
    'an approval revoked that was not needed',
    (b) => {
      const { proposal, approvals } = b.granted({}, { by: [ALICE, BOB, CAROL] });
      b.revocation('approval', approvals[2] as (typeof approvals)[number], CAROL);
      return proposal;
    },
    'granted: granted',
  ],
  [
    'a lead who is one no more',
    granted((b) => {
      b.groups = { ...b.groups, leads: [ALICE, CAROL] };
    }),
    'revoked: quorum-lost',
  ],
  [
    'a group that is no more',
    granted((b) => {
      b.groups = {};
    }),
    'revoked: quorum-lost',
  ],
  [
    'replaced by its proposer',
    granted((b, { grant }) => b.granted({ supersedes: grant.cid })),
    'superseded: superseded',
  ],
  [
    'replaced by others, one of whom approved it',
    granted((b, { grant }) => b.granted({ supersedes: grant.cid }, { by: [BOB, CAROL], actor: CAROL })),
    'superseded: superseded',
  ],
  [
    'replaced by strangers to it',
    granted((b, { grant }) => b.granted({ supersedes: grant.cid, quorum: DAVE }, { by: [DAVE], actor: DAVE })),
    'granted: granted',
  ],
  [
    'replaced by a root',
    granted((b, { grant }) => b.granted({ supersedes: grant.cid }, { by: [BOB, CAROL], actor: ROOT })),
    'superseded: superseded',
  ],
  [
    'replaced by what claims to be older',
    granted((b, { grant }) => {
      const proposal = b.proposal({ supersedes: grant.cid }, { clock: 3 });
      const approvals = [ALICE, BOB].map((actor) => b.approval(proposal, actor, { clock: 4 }));
      b.grant(proposal, b.consensus(proposal, approvals, { clock: 5 }), { clock: 6 });
    }),
    'granted: granted',
  ],
  ['about to be replaced', granted((b, { grant }) => b.proposal({ supersedes: grant.cid })), 'granted: granted'],
  [
    'replaced by what was not really granted',
    granted((b, { grant }) => b.granted({ supersedes: grant.cid }, { by: [ALICE] })),
    'granted: granted',
  ],
  [
    'replaced by a grant that was revoked since',
    granted((b, { grant }) => b.revocation('grant', b.granted({ supersedes: grant.cid }).grant, ALICE)),
    'superseded: superseded',
  ],
  ['granted without the quorum', (b) => b.granted({}, { by: [ALICE] }).proposal, 'partial: unsound-grant'],
];

describe('the state of a proposal', () => {
  it.each(TABLE)('%s', (_, sketch, want, conditions) => {
    expect(judged(sketch, conditions)).toBe(want);
  });

  it('says in words why, who counts, and how often it may be used', () => {
    const found = standing(granted((b, { grant }) => b.use(grant), { uses: 3 }));
    expect(found).toMatchObject({ why: 'granted by user:alice, user:bob', approvers: [ALICE, BOB], usesLeft: 2 });
    const lost = standing(granted((b, { approvals: [, second] }) => second && b.revocation('approval', second, BOB)));
    expect(lost.why).toBe('the quorum is no longer met: `2 of @leads` has 1 (user:alice)');
    expect(lost).toMatchObject({ approvers: [ALICE], usesLeft: 1 });
  });
});

describe('what a grant rests on', () => {
  /** Grants one under the other, the first under none. */
  function tower(book: GovernanceBook, height: number, more: Partial<Proposal> = {}) {
    const made = [book.granted(more)];
    while (made.length < height) made.push(book.granted({ under: made.at(-1)?.grant.cid as never }));
    return made;
  }
  const first = (made: ReturnType<typeof tower>) => made[0] as (typeof made)[number];
  const last = (made: ReturnType<typeof tower>) => made.at(-1) as (typeof made)[number];

  it.each<[string, (book: GovernanceBook, base: ReturnType<GovernanceBook['granted']>) => unknown, string]>([
    ['nothing happens', nothing, 'granted: granted'],
    ['it is revoked', (b, { grant }) => b.revocation('grant', grant, ROOT), 'revoked: under'],
    ['its proposal is revoked', (b, { proposal }) => b.revocation('proposal', proposal, ROOT), 'revoked: under'],
    ['it is replaced', (b, { grant }) => b.granted({ supersedes: grant.cid }), 'superseded: under'],
    ['it is used up', (b, { grant }) => b.use(grant), 'used-up: under'],
  ])('falls with it: %s', (_, after, want) => {
    const book = new GovernanceBook();
    const made = tower(book, 3);
    after(book, first(made));
    const { state, reason } = stateOf(book.ledger(), last(made).proposal, NOW);
    expect(`${state}: ${reason}`).toBe(want);
  });

  it('falls when it expires, or its policy goes', () => {
    const book = new GovernanceBook();
    const made = tower(book, 2, { expires: GOVERNANCE_START, policy_root: POLICY });
    const at = (conditions: Conditions) => stateOf(book.ledger(), last(made).proposal, conditions).state;
    expect(at({ time: GOVERNANCE_START, policyRoot: POLICY })).toBe('granted');
    expect(at({ time: GOVERNANCE_START + 1, policyRoot: POLICY })).toBe('expired');
    expect(at({ time: GOVERNANCE_START, policyRoot: null })).toBe('stale');
  });

  it('is in doubt when what it rests on is not there', () => {
    expect(judged((b) => b.granted({ under: testCid('nowhere') }).proposal)).toBe('unknown: no-such-grant');
    expect(judged((b) => b.proposal({ under: testCid('nowhere') }))).toBe('unknown: no-such-grant');
    const unproved = (b: GovernanceBook) => b.granted({ under: b.granted({}, { by: [ALICE] }).grant.cid }).proposal;
    expect(judged(unproved)).toBe('unknown: under');
  });

  it('is bounded, and the same whoever is asked first', () => {
    const book = new GovernanceBook();
    const made = tower(book, LIMITS.grantDepth + 3);
    const ledger = book.ledger();
    const forwards = new Standings(ledger, NOW);
    const upwards = made.map(({ proposal }) => forwards.of(proposal).state);
    const backwards = new Standings(ledger, NOW);
    const downwards = made
      .map((_, i) => backwards.of((made.at(-1 - i) as (typeof made)[number]).proposal).state)
      .reverse();
    expect(upwards).toEqual(downwards);
    expect(upwards.map((state) => state === 'granted').lastIndexOf(true)).toBe(LIMITS.grantDepth);
    expect(stateOf(ledger, (made[LIMITS.grantDepth + 1] as (typeof made)[number]).proposal, NOW).reason).toBe(
      'too-deep',
    );
  });

  it('is in doubt when it goes in a circle, and for whatever rests on the circle', () => {
    // Hashes admit no circle; a ledger is judged as it is given.
    const book = new GovernanceBook();
    const [one, two] = [testCid('one'), testCid('two')];
    const p = book.proposal({ under: two });
    const q = book.proposal({ under: one });
    for (const [proposal, cid] of [
      [p, one],
      [q, two],
    ] as const) {
      const approvals = [ALICE, BOB].map((actor) => book.approval(proposal, actor));
      book.grant(proposal, book.consensus(proposal, approvals), { cid });
    }
    const above = book.granted({ under: one });
    for (const order of [
      [p, q, above.proposal],
      [above.proposal, q, p],
    ]) {
      const standings = new Standings(book.ledger(), NOW);
      expect(order.map((proposal) => standings.of(proposal).state)).toEqual(['unknown', 'unknown', 'unknown']);
    }
  });
});

describe('a root', () => {
  it('is who was one at the place of the revocation', () => {
    const book = new GovernanceBook();
    const { grant, proposal } = book.granted();
    const [start] = book.points as [TrustPoint];
    const revocation = book.revocation('grant', grant, EVE);
    const state = (from: number, to: number) => {
      const points = [start, { ...start, cid: testCid('in'), clock: from, roots: [EVE] }];
      book.points = [...points, { ...start, cid: testCid('out'), clock: to }];
      return stateOf(book.ledger(), proposal, NOW).state;
    };
    expect(state(revocation.clock - 1, revocation.clock)).toBe('revoked');
    expect(state(revocation.clock, revocation.clock + 1)).toBe('granted');
    expect(state(revocation.clock - 2, revocation.clock - 1)).toBe('granted');
  });
});

describe('doubt', () => {
  const missing = gitError('missing-object', { oid: 'a'.repeat(40) });
  const broken = chainError('unsigned', { chain: 'x', commit: 'y' });

  it('about any ref but uses stops every grant', () => {
    for (const chain of ['revocations/01', 'grants/01', 'proposals/01', 'approvals/01', 'audit/proofs/governance/01']) {
      const book = new GovernanceBook();
      const { proposal } = book.granted();
      book.faults.push({ chain, error: missing, unread: true });
      expect(stateOf(book.ledger(), proposal, NOW)).toMatchObject({ state: 'unknown', reason: 'unread' });
    }
  });

  it('is no doubt where a chain is plainly not valid', () => {
    const book = new GovernanceBook();
    const { proposal } = book.granted();
    book.faults.push({ chain: 'revocations/01', error: broken, unread: false });
    expect(stateOf(book.ledger(), proposal, NOW).state).toBe('granted');
  });

  it.each([true, false])(
    'about its uses stops the one grant, unless it may be used as often as one likes (%s)',
    (unread) => {
      for (const [uses, want] of [
        [1, 'unknown'],
        [1000, 'unknown'],
        [null, 'granted'],
      ] as const) {
        const book = new GovernanceBook();
        const { proposal, grant } = book.granted({ uses });
        const other = book.granted();
        book.faults.push({ chain: `audit/grants/${grant.chain.slice(-26)}`, error: unread ? missing : broken, unread });
        expect(stateOf(book.ledger(), proposal, NOW).state).toBe(want);
        expect(stateOf(book.ledger(), other.proposal, NOW).state).toBe('granted');
      }
    },
  );
});

describe('a forged proof or grant does not pass', () => {
  type Forge = (book: GovernanceBook) => Held<Proposal>;
  const two = (book: GovernanceBook, proposal: Held<Proposal>) =>
    [ALICE, BOB].map((actor) => book.approval(proposal, actor));
  const proof =
    (more: (book: GovernanceBook, proposal: Held<Proposal>) => object, by = two): Forge =>
    (book) => {
      const proposal = book.proposal();
      const approvals = by(book, proposal);
      book.grant(proposal, book.consensus(proposal, approvals, more(book, proposal)));
      return proposal;
    };
  const grant =
    (more: object): Forge =>
    (book) => {
      const proposal = book.proposal({ policy_root: null });
      book.grant(proposal, book.consensus(proposal, two(book, proposal)), more);
      return proposal;
    };
  const cids = (held: readonly { readonly cid: unknown }[]) => held.map(({ cid }) => cid);

  it.each<[string, Forge, string]>([
    ['proof: proposal', proof(() => ({ proposal: testCid('x') })), 'field `proposal`'],
    ['proof: quorum', proof(() => ({ quorum: '1 of @leads' })), 'field `quorum`'],
    ['proof: rule', proof(() => ({ rule: 'mine' })), 'field `rule`'],
    [
      'proof: an approval that is not there',
      proof(() => ({ approvals: [testCid('x'), testCid('y')] })),
      'no valid approval',
    ],
    [
      'proof: trust of later',
      proof((b) => {
        b.points = [...b.points, { ...(b.points[0] as TrustPoint), cid: testCid('later'), clock: 1000 }];
        return { trust: testCid('later') };
      }),
      'stands after the proof',
    ],
    ['proof: trust', proof(() => ({ trust: testCid('x') })), 'field `trust`'],
    ['proof: place', proof((_, p) => ({ clock: p.clock + 1 })), 'after the proof'],
    [
      'proof: too few',
      proof(
        () => ({}),
        (b, p) => [b.approval(p, ALICE)],
      ),
      'field `verdict`',
    ],
    ['proof: not sorted', proof((b, p) => ({ approvals: cids(two(b, p)).reverse() })), 'not sorted by actor'],
    [
      'proof: one voice twice',
      proof(
        () => ({}),
        (b, p) => [b.approval(p, ALICE), b.approval(p, ALICE)],
      ),
      'each once',
    ],
    [
      'proof: a voice that counts for nothing',
      proof(
        () => ({}),
        (b, p) => [...two(b, p), b.approval(p, EVE)],
      ),
      'had no voice',
    ],
    [
      'proof: an approval of another proposal',
      proof(
        () => ({}),
        (b, p) => {
          const other = b.proposal();
          return [b.approval(p, ALICE), b.approval(other, BOB)];
        },
      ),
      'it is of',
    ],
    ['grant: proposal', grant({ proposal: testCid('x') }), 'field `proposal`'],
    ['grant: consensus', grant({ consensus: testCid('x') }), 'field `consensus`'],
    ['grant: action', grant({ action: 'anything' }), 'field `action`'],
    ['grant: target', grant({ target: 'refs/heads/other' }), 'field `target`'],
    ['grant: expires', grant({ expires: GOVERNANCE_START * 2 }), 'field `expires`'],
    ['grant: uses', grant({ uses: null }), 'field `uses`'],
    ['grant: policy_root', grant({ policy_root: POLICY }), 'field `policy_root`'],
    ['grant: place', grant({ clock: 1 }), 'after the grant'],
  ])('%s', (_, forge, why) => {
    const found = standing(forge, { policyRoot: POLICY });
    expect(found.reason).toBe('unsound-grant');
    expect(found.why).toContain(why);
    expect(['proposal', 'partial']).toContain(found.state);
    expect(found.grant).toBeNull();
  });

  it('and neither does one by groups of the past', () => {
    const book = new GovernanceBook();
    const eve = {
      cid: testCid('then'),
      clock: 2,
      groups: new Map([['leads', [EVE, BOB]]]),
      roots: [ROOT],
      threshold: 1,
    };
    book.points = [...book.points, eve, { ...(book.points[0] as typeof eve), cid: testCid('now'), clock: 3 }];
    const proposal = book.proposal();
    const approvals = [book.approval(proposal, BOB), book.approval(proposal, EVE)];
    book.grant(proposal, book.consensus(proposal, approvals, { trust: eve.cid }));
    // The proof is one; but it takes the groups of today as well.
    expect(stateOf(book.ledger(), proposal, NOW)).toMatchObject({ state: 'revoked', reason: 'quorum-lost' });
  });
});

describe('the properties of states', () => {
  const ACTORS = [ALICE, BOB, CAROL, DAVE, ROOT];
  const deed = fc.record({
    what: fc.constantFrom('approve', 'approve', 'grant', 'grant', 'revoke', 'use', 'propose', 'under', 'supersede'),
    which: fc.nat(7),
    actor: fc.constantFrom(...ACTORS),
    kind: fc.constantFrom('proposal', 'approval', 'grant'),
  });
  type Deed = typeof deed extends fc.Arbitrary<infer T> ? T : never;

  function perform(book: GovernanceBook, deeds: readonly Deed[]): void {
    book.proposal({ quorum: '2 of @leads or 1 of (user:dave, user:root)' });
    for (const { what, which, actor, kind } of deeds) {
      const all = <K extends string>(name: K) => book.records.filter((record) => record.kind === name);
      const pick = (name: string) => all(name)[which % Math.max(all(name).length, 1)]?.held;
      const proposal = pick('proposal') as Held<Proposal>;
      const base = pick('grant');
      const approvals = all('approval')
        .filter(({ held }) => (held as Held<{ proposal: unknown }>).body.proposal === proposal.cid)
        .map(({ held }) => held)
        .sort((a, b) => (a.actor < b.actor ? -1 : 1));
      const seen = (name: string, chain: string) => all(name).some(({ held }) => held.chain === chain);
      const ulid = proposal.body.ulid;
      if (what === 'propose') book.proposal({ quorum: '1 of (@leads, @security, user:root)' }, { actor });
      else if (what === 'approve' && !seen('approval', `approvals/${ulid}.${actor.replace(':', '-')}`))
        book.approval(proposal, actor);
      else if (what === 'grant' && !seen('grant', `grants/${ulid}`) && approvals.length > 0)
        book.grant(proposal, book.consensus(proposal, approvals as never));
      else if (what === 'revoke') {
        const target = pick(kind);
        if (target !== undefined) book.revocation(kind as never, target, actor);
      } else if (base !== undefined && what === 'use') book.use(base as never, { ref: `refs/heads/${which}` });
      else if (base !== undefined && what === 'under') book.proposal({ under: base.cid, uses: null }, { actor });
      else if (base !== undefined && what === 'supersede') book.proposal({ supersedes: base.cid }, { actor });
    }
  }

  const proposals = (book: GovernanceBook) =>
    book.records.flatMap((record) => (record.kind === 'proposal' ? [record.held] : []));

  it('the order of arrival does not matter, nor who is asked first', () => {
    let granted = 0;
    fc.assert(
      fc.property(fc.array(deed, { minLength: 5, maxLength: 40 }), fc.infiniteStream(fc.nat()), (deeds, random) => {
        const book = new GovernanceBook();
        perform(book, deeds);
        const shuffled = book.records
          .map((record) => ({ record, at: random.next().value as number }))
          .sort((a, b) => a.at - b.at)
          .map(({ record }) => record);
        const all = proposals(book);
        const one = new Standings(book.ledger(), NOW);
        const other = new Standings(book.ledger(shuffled), NOW);
        const forwards = all.map((proposal) => one.of(proposal));
        const backwards = [...all].reverse().map((proposal) => other.of(proposal));
        expect(backwards.reverse()).toEqual(forwards);
        granted += forwards.filter(({ state }) => state === 'granted').length;
      }),
      { seed: SEED, numRuns: 300 },
    );
    expect(granted).toBeGreaterThan(50);
  });

  it('revoking never makes anything pass that did not', () => {
    fc.assert(
      fc.property(fc.array(deed, { minLength: 5, maxLength: 30 }), deed, (deeds, { which, actor, kind }) => {
        const book = new GovernanceBook();
        perform(book, deeds);
        const passing = () => {
          const standings = new Standings(book.ledger(), NOW);
          return proposals(book)
            .filter((proposal) => standings.of(proposal).state === 'granted')
            .map(({ chain }) => chain);
        };
        const before = new Set(passing());
        const targets = book.records.filter((record) => record.kind === kind);
        const target = targets[which % Math.max(targets.length, 1)]?.held;
        fc.pre(target !== undefined);
        book.revocation(kind as never, target as Held<unknown>, actor);
        expect(passing().every((chain) => before.has(chain))).toBe(true);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});
